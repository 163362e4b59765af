package dialplan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hatif/call"
	"hatif/callback"
	"hatif/queue"
)

const asking = `
  incoming:
    "1": [{ask: {prompt: enter-your-number, digits: 4, confirm: true, into: number, invalid: {set: {wrong: "1"}}, unanswered: {set: {silent: "1"}}}}, {set: {over: "1"}}]
    "2": [{ask: {prompt: rate-us, range: 0-10, into: number, inter: 3s, invalid: {set: {wrong: "1"}}, unanswered: {set: {silent: "1"}}}}, {set: {over: "1"}}]
    "3": [{ask: {prompt: enter-your-number, digits: 3-12, into: number, tries: 1, first: 2s, invalid_prompt: sorry, otherwise: {set: {wrong: "1", silent: "1"}}}}, {set: {over: "1"}}]
    "4": [{ask: {prompt: enter-your-number, digits: 4, terminator: "", into: number}}, {set: {over: "1"}}]
`

// readBack is what is heard when digits are said back.
func readBack(digits string) string {
	said := "prompt en/you-entered"
	for _, d := range digits {
		said += ", prompt en/digits/" + string(d)
	}
	return said + ", prompt en/press-1-to-confirm-2-to-repeat"
}

func TestANumberIsAskedFor(t *testing.T) {
	const (
		question, rating = "prompt en/enter-your-number", "prompt en/rate-us"
		short, wrong     = "prompt en/number-too-short", "prompt en/not-valid"
	)
	type press struct {
		after time.Duration
		keys  string
	}
	for _, c := range []struct {
		name    string
		dialled string
		presses []press
		want    string // the variable
		branch  string // "wrong", "silent"; "" none
		heard   []string
		lasts   time.Duration // 0: not looked at
	}{
		// Confirmed.
		{"yes", "1", []press{{2 * time.Second, "1234"}, {time.Second, "1"}}, "1234", "", []string{question, readBack("1234")}, 3 * time.Second},
		{"at the speed of thought", "1", []press{{0, "12341"}}, "1234", "", []string{question, readBack("1234")}, 0},
		{"with a hash that nobody asked for", "1", []press{{time.Second, "1234#"}, {time.Second, "1"}}, "1234", "", []string{question, readBack("1234"), readBack("1234")}, 2 * time.Second},
		{"again, and then yes", "1", []press{{time.Second, "1234"}, {time.Second, "2"}, {time.Second, "5678"}, {time.Second, "1"}}, "5678", "",
			[]string{question, readBack("1234"), question, readBack("5678")}, 0},
		{"silence says it again", "1", []press{{time.Second, "1234"}, {20 * time.Second, "1"}}, "1234", "", []string{question, readBack("1234"), readBack("1234")}, 21 * time.Second},
		{"another key says it again", "1", []press{{time.Second, "1234"}, {time.Second, "7"}, {time.Second, "1"}}, "1234", "", []string{question, readBack("1234"), wrong + ", " + readBack("1234")}, 0},
		{"never confirmed", "1", []press{{time.Second, "1234"}}, "", "silent", []string{question, readBack("1234"), readBack("1234"), readBack("1234"), question, question}, 0},
		{"refused three times", "1", []press{{time.Second, "1234"}, {time.Second, "2"}, {time.Second, "1234"}, {time.Second, "2"}, {time.Second, "1234"}, {time.Second, "2"}}, "", "silent", nil, 6 * time.Second},
		{"too short, and then right", "1", []press{{time.Second, "12#"}, {time.Second, "1234"}, {time.Second, "1"}}, "1234", "", []string{question, short + ", " + question, readBack("1234")}, 0},
		{"too short for too long", "1", []press{{time.Second, "12"}, {6 * time.Second, "34"}, {6 * time.Second, "56"}}, "", "wrong", []string{question, short + ", " + question, short + ", " + question, short}, 0},
		{"a star", "1", []press{{time.Second, "12*"}, {time.Second, "1234"}, {time.Second, "1"}}, "1234", "", []string{question, wrong + ", " + question, readBack("1234")}, 0},
		{"silence", "1", nil, "", "silent", []string{question, question, question}, 33 * time.Second},
		{"a hash instead of a number", "1", []press{{5 * time.Second, "#"}, {5 * time.Second, "#"}, {5 * time.Second, "#"}}, "", "silent", []string{question, question, question}, 15 * time.Second},

		// In a range.
		{"seven at once", "2", []press{{time.Second, "7"}}, "7", "", []string{rating}, time.Second},
		{"nought at once", "2", []press{{time.Second, "0"}}, "0", "", []string{rating}, time.Second},
		{"ten at once", "2", []press{{time.Second, "1"}, {time.Second, "0"}}, "10", "", []string{rating}, 2 * time.Second},
		{"one after the pause", "2", []press{{time.Second, "1"}}, "1", "", []string{rating}, 4 * time.Second},
		{"one and a hash", "2", []press{{time.Second, "1#"}}, "1", "", []string{rating}, time.Second},
		{"eleven", "2", []press{{time.Second, "11"}, {time.Second, "3"}}, "3", "", []string{rating, wrong + ", " + rating}, 2 * time.Second},
		{"stars for ever", "2", []press{{time.Second, "*"}, {time.Second, "*"}, {time.Second, "*"}}, "", "wrong", []string{rating, wrong + ", " + rating, wrong + ", " + rating, wrong}, 0},
		{"no rating", "2", nil, "", "silent", []string{rating, rating, rating}, 0},

		// As many as one likes, within limits.
		{"the fewest, after the pause", "3", []press{{time.Second, "123"}}, "123", "", []string{question}, 6 * time.Second},
		{"the fewest, and a hash", "3", []press{{time.Second, "123#"}}, "123", "", []string{question}, time.Second},
		{"the most", "3", []press{{time.Second, "123456789012"}}, "123456789012", "", []string{question}, time.Second},
		{"too few", "3", []press{{time.Second, "12#"}}, "", "wrong", []string{question, "prompt en/sorry"}, 2 * time.Second},
		{"silence, once", "3", nil, "", "wrong", []string{question}, 3 * time.Second},

		{"a hash is no end where it is none", "4", []press{{time.Second, "12#"}, {time.Second, "1234"}}, "1234", "", []string{question, wrong + ", " + question}, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				leg := caller(s, "1001", c.dialled)
				call := begin(s, leg)
				pressed := make(chan struct{})
				go func() {
					defer close(pressed)
					for _, p := range c.presses {
						time.Sleep(p.after)
						leg.Press(p.keys)
					}
				}()
				r := compiled(t, asking, s).Serve(t.Context(), call)
				<-pressed
				if got := call.Var("number"); got != c.want {
					t.Errorf("the number is %q, want %q", got, c.want)
				}
				if got := call.Var("wrong") == "1"; got != (c.branch == "wrong") {
					t.Errorf("the branch for wrong numbers: %v", got)
				}
				if got := call.Var("silent") == "1"; got != (c.branch == "silent" || c.dialled == "3" && c.branch == "wrong") {
					t.Errorf("the branch for silence: %v", got)
				}
				if call.Var("over") != "1" {
					t.Error("what follows was not done")
				}
				if c.heard != nil {
					wantHeard(t, leg, c.heard...)
				}
				if got := r.Duration().Round(500 * time.Millisecond); c.lasts > 0 && got != c.lasts {
					t.Errorf("it took %v, want %v\n%s", got, c.lasts, path(r))
				}
				if strings.Contains(path(r), "12") && c.want == "" {
					t.Errorf("a number that is not one stands in the record:\n%s", path(r))
				}
			})
		})
	}
}

// A range collects exactly what it must: every number in it can be keyed in, the last key of it ends the wait where
// nothing longer is possible, and nothing outside is taken.
func TestARangeTakesItsNumbersAndWaitsForNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(0, 300).Draw(t, "low")
		w := wanted{fewest: 1, ranged: true, low: low, high: low + rapid.IntRange(0, 3000).Draw(t, "size")}
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		digits := fmt.Sprint(n)
		if in := n >= w.low && n <= w.high; w.accepts(digits) != in {
			t.Fatalf("%v accepts %d: %v", w, n, !in)
		}
		longer := false
		for m := w.low; m <= w.high && !longer; m++ {
			is := fmt.Sprint(m)
			longer = len(is) > len(digits) && strings.HasPrefix(is, digits)
		}
		if n == 0 {
			longer = false // nobody keys in 07
		}
		if w.more(digits) != longer {
			t.Fatalf("%v after %d: waits for more: %v", w, n, !longer)
		}
	})
}

func TestWhatACallerConfirmedIsKeptThoughTheyHangUpHalfway(t *testing.T) {
	for _, c := range []struct {
		name  string
		act   func(press func(after time.Duration, keys string))
		want  []callback.Request
		notes string // the end of the path
	}{
		{"in the first number", func(press func(time.Duration, string)) { press(2*time.Second, "12") }, nil, "left out: playback goodbye\nhangup no answer"},
		{"before it is confirmed", func(press func(time.Duration, string)) { press(2*time.Second, "1234") }, nil, "left out: playback goodbye\nhangup no answer"},
		{"when it is", func(press func(time.Duration, string)) {
			press(2*time.Second, "1234")
			press(time.Second, "1")
		}, []callback.Request{{Number: "1234"}}, "request_callback 1234\nleft out: playback an-agent-will-call"},
		{"with the confirming key still under the finger", func(press func(time.Duration, string)) {
			press(2*time.Second, "1234")
			press(500*time.Millisecond, "1!")
		}, []callback.Request{{Number: "1234"}}, "request_callback 1234\nleft out: playback an-agent-will-call"},
		{"in the second number", func(press func(time.Duration, string)) {
			press(2*time.Second, "1234")
			press(time.Second, "1")
			press(time.Second, "567")
		}, []callback.Request{{Number: "1234"}}, "request_callback 1234\nleft out: playback an-agent-will-call"},
		{"before that is confirmed", func(press func(time.Duration, string)) {
			press(2*time.Second, "1234")
			press(time.Second, "1")
			press(time.Second, "5678")
		}, []callback.Request{{Number: "1234"}}, "request_callback 1234\nleft out: playback an-agent-will-call"},
		{"when both are", func(press func(time.Duration, string)) {
			press(2*time.Second, "1234")
			press(time.Second, "1")
			press(time.Second, "5678")
			press(time.Second, "1")
		}, []callback.Request{{Number: "1234", Alternative: "5678"}}, "request_callback 1234\nplayback an-agent-will-call"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				s.Line = counter(func(_ context.Context, c *call.Call, name string) (queue.Outcome, error) {
					c.Update(func(r *call.Record) { r.Queue, r.Result = name, call.ResultNoAnswer })
					return queue.Outcome{Result: queue.TimedOut}, nil
				})
				leg := caller(s, "1001", "0777")
				r := story(t, shipped(t), s, leg, func(*Walk) {
					time.Sleep(time.Second)
					leg.Press("1")
					time.Sleep(time.Second)
					c.act(func(after time.Duration, keys string) {
						time.Sleep(after)
						leg.Press(strings.TrimSuffix(keys, "!"))
						if strings.HasSuffix(keys, "!") {
							leg.Leave()
						}
					})
					time.Sleep(500 * time.Millisecond)
					leg.Leave()
				})
				for i := range c.want {
					c.want[i].Caller, c.want[i].Name, c.want[i].Language = "1001", "Outside caller", "ar"
					c.want[i].Queue, c.want[i].Call = "arabic", r.ID
				}
				if got := s.Callbacks.(*notebook).requests; !slices.Equal(got, c.want) {
					t.Errorf("kept %+v, want %+v", got, c.want)
				}
				if !strings.HasSuffix(path(r), c.notes) {
					t.Errorf("the path ends with\n%s\nwant\n%s", path(r), c.notes)
				}
				wantEnd(t, r, call.ResultNoAnswer, call.Normal)
			})
		})
	}
}

func TestAQuestionPutAgainForgetsTheAnswerBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		c := begin(s, leg)
		go func() {
			time.Sleep(time.Second)
			leg.Press("1234")
		}()
		compiled(t, `
  incoming: {"1": [{ask: {prompt: welcome, digits: 4, into: number}}, {set: {first: "{{ .number }}"}}, {ask: {prompt: welcome, digits: 4, into: number, tries: 1}}]}
`, s).Serve(t.Context(), c)
		if c.Var("first") != "1234" || c.Var("number") != "" {
			t.Errorf("first %q, then %q", c.Var("first"), c.Var("number"))
		}
	})
}

func TestNothingIsKeptWithoutANumber(t *testing.T) {
	s := house()
	r := story(t, `
  incoming: {"1": [{set: {number: ""}}, {request_callback: {number: "{{ .number }}", alternative: "5678"}}]}
`, s, caller(s, "1001", "1"), nil)
	if got := s.Callbacks.(*notebook).requests; len(got) != 0 {
		t.Errorf("kept %+v\n%s", got, path(r))
	}
}

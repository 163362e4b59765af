package dialplan

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

// What is heard before the answer, by what the file says.
func TestCallersHearSomethingBeforeTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		steps    string
		heard    []string
		answered bool
		result   call.Result
		cause    *call.Cause
	}{
		"a prompt":           {"[{playback: {prompt: welcome, answer: false}}, {hangup: busy}]", []string{"prompt en/welcome"}, false, call.ResultBusy, call.Busy},
		"a tone":             {"[{ringing: {tone: busy}}, {wait: 5s}, {hangup: busy}]", []string{"tone busy eg"}, false, call.ResultBusy, call.Busy},
		"music":              {"[{ringing: {music: jazz}}, {wait: 5s}, {hangup: congestion}]", []string{"music jazz"}, false, call.ResultFailed, call.Congestion},
		"a prompt and ring":  {"[{playback: {prompt: welcome, answer: false}}, {dial: \"2001\"}]", []string{"prompt en/welcome", "tone ringback eg", "voice 2001"}, true, call.ResultAnswered, call.Normal},
		"music and ring":     {"[{dial: {user: \"2001\", music: jazz}}]", []string{"music jazz", "voice 2001"}, true, call.ResultAnswered, call.Normal},
		"music though asked": {"[answer, {dial: {user: \"2001\", music: oud}}]", []string{"music oud", "voice 2001"}, true, call.ResultAnswered, call.Normal},
		"nothing":            {"[{dial: \"2001\"}]", []string{"voice 2001"}, true, call.ResultAnswered, call.Normal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				s.Country = "eg"
				var network calltest.Network
				network.Plug("2001", calltest.Phone{Answers: true, AnswerAfter: 3 * time.Second, Answered: func(l *calltest.Leg) {
					go func() { time.Sleep(time.Second); l.Leave() }()
				}})
				s.Dialer = &network
				leg := caller(s, "1001", "1")
				r := story(t, "\n  incoming: {\"1\": "+c.steps+"}\n", s, leg, nil)
				wantEnd(t, r, c.result, c.cause)
				if got := slices.DeleteFunc(leg.Heard(), func(h string) bool { return h == "silence" }); !slices.Equal(got, c.heard) {
					t.Errorf("heard %q, want %q", got, c.heard)
				}
				if r.Answered.IsZero() == c.answered {
					t.Errorf("answered at %v\n%s", r.Answered, path(r))
				}
				if early := name != "nothing" && !strings.Contains(name, "asked"); leg.Report().Heard.IsZero() == early {
					t.Errorf("heard before the answer: %v", leg.Report().Heard)
				}
			})
		})
	}
}

func TestWhatCannotBeHeardBeforeTheAnswerIsAMistake(t *testing.T) {
	for steps, want := range map[string]string{
		"{ringing: {tone: bussy}}":                 `"bussy" is no tone: ringback, busy, congestion; did you mean "busy"?`,
		"{ringing: {music: polka}}":                `there is no music "polka"`,
		"{ringing: {music: jazz, tone: busy}}":     "one thing is heard at a time",
		"{ringing: {sound: busy}}":                 "sound",
		"{dial: {user: \"2001\", music: polka}}":   `there is no music "polka"`,
		"{playback: {prompt: welcome, answer: 1}}": "true or false was expected",
	} {
		_, err := Compile(read(t, "contexts:\n  incoming: {\"1\": "+steps+"}\n"), house())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", steps, err, want)
		}
	}
}

func TestAQueueMayLeaveItToTheAgentToAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const contexts = `
  incoming:
    "0777": {queue: {name: help, answer: false}}
  staff:
    may_call: everyone
`
		s := openStageChanged(t, contexts, "0777", calltest.Phone{}, nil)
		r := s.customer.Report()
		if r.Heard.IsZero() || !slices.Equal(s.customer.Heard(), []string{"music default", "voice 2001"}) {
			t.Errorf("heard %q, before the answer at %v", s.customer.Heard(), r.Heard)
		}
		s.customer.Leave()
		<-s.record
		s.network.Plug("2001", calltest.Phone{}) // nobody answers
		time.Sleep(time.Minute)
		next := caller(s.services, "1001", "0777")
		_, record := s.serve("c2", next)
		if got := <-record; got.Result != call.ResultNoAnswer || !got.Answered.IsZero() || next.Report().Heard.IsZero() {
			t.Errorf("%s, answered at %v\n%s", got.Result, got.Answered, path(got))
		}
	})
}

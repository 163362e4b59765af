package dialplan

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hatif/calendar"
	"hatif/call"
	"hatif/call/calltest"
	"hatif/callback"
)

// owed runs a context on a leg that we have called, as of a conversation with 2001 in the Arabic queue.
func owed(t *testing.T, contexts, run string, s Services, act func(leg *calltest.Leg)) (*call.Call, call.Record, *calltest.Leg) {
	t.Helper()
	leg := calltest.NewLeg(call.Info{
		User: "1001", Called: "1001", Name: "Outside caller", Context: "incoming", Language: "fr",
		Caller: call.Identity{Number: "0777"},
	})
	if err := leg.Answer(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := begin(s, leg)
	c.Language = "ar"
	w := compiled(t, contexts, s).BeginOwed(c, run, map[string]string{"queue": "arabic"}, Origin{Call: "c0", Agent: "2001", Queue: "arabic"})
	done := make(chan struct{})
	go func() {
		defer close(done)
		act(leg)
	}()
	r := w.Serve(t.Context())
	<-done
	return c, r, leg
}

func TestTheFeedbackCallKeepsWhatWasSaidAndNothingElse(t *testing.T) {
	const hello, question, thanks = "prompt ar/feedback-hello", "prompt ar/rate-us", "prompt ar/thank-you"
	for _, c := range []struct {
		name  string
		act   func(l *calltest.Leg)
		want  callback.Rating
		heard []string
		post  []string // of voicemail
		lasts time.Duration
	}{
		{"ten", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Press("10") },
			callback.Rating{Answered: true, Value: 10}, []string{hello, question, thanks}, nil, 2500 * time.Millisecond},
		{"one", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Press("1") },
			callback.Rating{Answered: true, Value: 1}, []string{hello, question, "prompt ar/leave-a-message", thanks}, []string{"600"}, 6500 * time.Millisecond},
		{"five", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Press("5") },
			callback.Rating{Answered: true, Value: 5}, []string{hello, question, thanks}, nil, 2500 * time.Millisecond},
		{"four", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Press("4#") },
			callback.Rating{Answered: true, Value: 4}, []string{hello, question, "prompt ar/leave-a-message", thanks}, []string{"600"}, 3500 * time.Millisecond},
		{"nought", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Press("0") },
			callback.Rating{Answered: true, Value: 0}, []string{hello, question, "prompt ar/leave-a-message", thanks}, []string{"600"}, 3500 * time.Millisecond},
		{"silence", func(*calltest.Leg) {}, callback.Rating{}, []string{hello, question, question, question, thanks}, nil, 35 * time.Second},
		{"hanging up at the hello", func(l *calltest.Leg) { time.Sleep(500 * time.Millisecond); l.Leave() },
			callback.Rating{}, []string{hello}, nil, 500 * time.Millisecond},
		{"hanging up at the question", func(l *calltest.Leg) { time.Sleep(1500 * time.Millisecond); l.Leave() },
			callback.Rating{}, []string{hello, question}, nil, 1500 * time.Millisecond},
		{"hanging up after a one that may become a ten", func(l *calltest.Leg) {
			time.Sleep(1500 * time.Millisecond)
			l.Press("1")
			time.Sleep(time.Second)
			l.Leave()
		}, callback.Rating{}, []string{hello, question}, nil, 2500 * time.Millisecond},
		{"hanging up after a bad rating", func(l *calltest.Leg) {
			time.Sleep(1500 * time.Millisecond)
			l.Press("2")
			time.Sleep(500 * time.Millisecond)
			l.Leave()
		}, callback.Rating{Answered: true, Value: 2}, []string{hello, question, "prompt ar/leave-a-message"}, nil, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				_, r, leg := owed(t, shipped(t), "feedback", s, c.act)
				c.want.Caller, c.want.Name, c.want.Language, c.want.GivenIn = "1001", "Outside caller", "ar", r.ID
				c.want.Call, c.want.Agent, c.want.Queue = "c0", "2001", "arabic"
				if diff := cmp.Diff([]callback.Rating{c.want}, s.Callbacks.(*notebook).ratings); diff != "" {
					t.Errorf("ratings:\n%s", diff)
				}
				wantHeard(t, leg, c.heard...)
				var boxes []string
				for _, asked := range s.Voicemail.(*postroom).asked {
					boxes = append(boxes, strings.Fields(asked)[1])
				}
				if !slices.Equal(boxes, c.post) {
					t.Errorf("messages were taken for %v, want %v", boxes, c.post)
				}
				if got := r.Duration().Round(500 * time.Millisecond); got != c.lasts {
					t.Errorf("it took %v, want %v\n%s", got, c.lasts, path(r))
				}
				if leg.Context().Err() == nil {
					t.Error("the person is still on the line")
				}
				if !strings.HasPrefix(path(r), "calling 1001 for feedback\n") || r.Result != call.ResultService {
					t.Errorf("ended as %q\n%s", r.Result, path(r))
				}
			})
		})
	}
}

func TestACallThatIsOwedKnowsThePersonAndTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		c, _, _ := owed(t, `
  incoming: {"1": {goto: survey}}
  survey: {start: {set: {all: "{{ .Caller }} {{ .CallerName }} {{ .User }} {{ .Agent }} {{ .Queue }} {{ .About }} {{ .queue }} {{ .Language }}"}}}
  x: {"1": {set: {queue: x}}}
`, "survey", s, func(*calltest.Leg) {})
		if got, want := c.Var("all"), "1001 Outside caller 1001 2001 arabic c0 arabic ar"; got != want {
			t.Errorf("it knows %q, want %q", got, want)
		}
	})
}

func TestThePromiseSaysWhoWhenAndWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network := centre(calltest.Phone{Answers: true})
		s.Feedback = callback.Config{Hours: "09:00-20:00", Tries: 7, Every: time.Minute, Ring: 20 * time.Second}
		cairo, err := time.LoadLocation("Africa/Cairo")
		if err != nil {
			t.Fatal(err)
		}
		s.Zone = cairo
		leg := caller(s, "1001", "0777")
		r := story(t, `
  incoming:
    "0777": [{set: {queue: arabic, x: "{{ .Caller }}"}}, {queue: {name: "{{ .queue }}", answered: later}}]
  later:
    start: [{owe_call: {run: feedback}}, {owe_call: {run: feedback, number: "2002", after: 1h, tries: 1, every: 2m, ring: 10s, hours: "22:00-06:00"}},
      {owe_call: {run: feedback, number: "{{ .Queue }}"}}]
  feedback: {start: {playback: goodbye}}
`, s, leg, func(*Walk) {
			time.Sleep(time.Minute)
			leg.Leave()
		})
		if network.Legs()[0].Context().Err() == nil {
			t.Error("the agent is still there")
		}
		got := s.Callbacks.(*notebook).owed
		if len(got) != 2 {
			t.Fatalf("%d calls are owed\n%s", len(got), path(r))
		}
		now := time.Now().In(cairo)
		for i, want := range []callback.Promise{
			{To: "1001", At: now.Add(5 * time.Minute), Tries: 7, Every: time.Minute, Ring: 20 * time.Second},
			{To: "2002", At: now.Add(time.Hour), Tries: 1, Every: 2 * time.Minute, Ring: 10 * time.Second},
		} {
			want.Run, want.Language, want.Shown, want.Call, want.Agent, want.Queue = "feedback", "en", "0777", r.ID, "2001", "arabic"
			want.Variables = map[string]string{"queue": "arabic", "x": "1001"}
			hours := []string{"09:00-20:00", "22:00-06:00"}[i]
			if h := got[i].Hours.String(); h != hours {
				t.Errorf("%d: hours %s, want %s", i, h, hours)
			}
			if at := got[i].At; !at.Equal(want.At) || at.Location() != cairo {
				t.Errorf("%d: at %s, want %s", i, at, want.At)
			}
			got[i].Hours, got[i].At, want.At = calendar.Hours{}, time.Time{}, time.Time{}
			if diff := cmp.Diff(want, got[i], cmp.AllowUnexported(calendar.Hours{})); diff != "" {
				t.Errorf("%d: -want +got\n%s", i, diff)
			}
		}
		if !strings.Contains(path(r), "no call is owed: \"arabic\" is nobody whom we can call") {
			t.Error(path(r))
		}
	})
}

func TestMistakesInWhatIsAskedSaidAndPromised(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ask without into", `{ask: {prompt: welcome, digits: 4}}`, `a.1.0.ask: ask needs into`},
		{"ask without prompt", `{ask: {into: x, digits: 4}}`, `a.1.0.ask: ask needs prompt`},
		{"ask for nothing", `{ask: {prompt: welcome, into: x}}`, `a.1.0.ask: ask needs digits or range`},
		{"ask for both", `{ask: {prompt: welcome, into: x, digits: 4, range: 0-10}}`, `a.1.0.ask.range: an ask has digits or a range, not both`},
		{"no digits", `{ask: {prompt: welcome, into: x, digits: 0}}`, "a.1.0.ask.digits: digits are written `digits: 4` or `digits: 3-12`, between 1 and 32"},
		{"digits backwards", `{ask: {prompt: welcome, into: x, digits: 12-3}}`, `a.1.0.ask.digits: digits are written`},
		{"range in words", `{ask: {prompt: welcome, into: x, range: few}}`, "a.1.0.ask.range: a range is written `range: 0-10`"},
		{"capital variable", `{ask: {prompt: welcome, into: Language, digits: 4}}`, `a.1.0.ask.into: "Language" cannot be a variable`},
		{"terminator", `{ask: {prompt: welcome, into: x, digits: 4, terminator: "5"}}`, `a.1.0.ask.terminator: the terminator is one of`},
		{"confirm", `{ask: {prompt: welcome, into: x, digits: 4, confirm: maybe}}`, `a.1.0.ask.confirm: true or false was expected`},
		{"ask option", `{ask: {prompt: welcome, into: x, digit: 4}}`, `a.1.0.ask.digit: ask has no option "digit"; did you mean "digits"?`},
		{"prompt of an ask", `{ask: {prompt: wellcome, into: x, digits: 4}}`, `a.1.0.ask.prompt: there is no prompt "wellcome"; did you mean "welcome"?`},
		{"say in words", `{say: hello}`, "a.1.0.say: say is written"},
		{"say two things", `{say: {digits: "1", number: "1"}}`, `a.1.0.say: say says one thing`},
		{"say no number", `{say: {number: many}}`, `a.1.0.say.number: "many" cannot be said as number`},
		{"say no date", `{say: {date: "2026-13-01"}}`, `a.1.0.say.date: "2026-13-01" cannot be said as date`},
		{"callback without number", `{request_callback: {alternative: "1"}}`, `a.1.0.request_callback: request_callback needs number`},
		{"callback of what nothing sets", `{request_callback: {number: "{{ .number }}"}}`, `a.1.0.request_callback.number: nothing sets "number"`},
		{"owe what", `{owe_call: {after: 5m}}`, `a.1.0.owe_call: owe_call needs run`},
		{"owe what, and nothing besides", `{owe_call: {rn: feedback}}`, `a.1.0.owe_call.rn: owe_call has no option "rn"; did you mean "run"?`},
		{"owe an unknown context", `{owe_call: {run: feedbak}}`, `a.1.0.owe_call.run: context "feedbak" is not defined; did you mean "feedback"?`},
		{"owe a context without start", `{owe_call: {run: agents}}`, `a.1.0.owe_call.run: context "agents" has no extension "start"`},
		{"owe to nobody", `{owe_call: {run: feedback, number: "2003"}}`, `a.1.0.owe_call.number: no user "2003" can be called`},
		{"owe at odd hours", `{owe_call: {run: feedback, hours: 9-5}}`, `a.1.0.owe_call.hours: "9-5" are no hours`},
		{"owe too often", `{owe_call: {run: feedback, tries: 100}}`, `a.1.0.owe_call.tries: a whole number from 1 to 20 was expected`},
		{"rate what nothing sets", `{rate: "{{ .stars }}"}`, `a.1.0.rate: nothing sets "stars"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := faults(t, "  a: {\"1\": [{playback: goodbye}, "+c.text+"]}\n  feedback: {start: {playback: goodbye}}\n  agents: {\"2001\": answer}\n", house())
			want := strings.Replace(c.want, "a.1.0.", "a.1.1.", 1)
			if !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, want) }) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
		})
	}
}

func TestAPromptMissingInAContextThatIsOnlyPromisedIsFound(t *testing.T) {
	s := house()
	s.Sounds.(library)["sorry"] = []string{"en"}
	got := strings.Join(faults(t, `
  agents: {"1": {owe_call: {run: feedback}}}
  feedback: {start: {playback: sorry}}
`, s), "\n")
	if !strings.Contains(got, `feedback.start.playback: prompt "sorry" does not exist in the language "ar"`) {
		t.Errorf("found %s", got)
	}
}

func TestValuesAreSaidInTheCallsLanguage(t *testing.T) {
	for text, want := range map[string]string{
		`{say: {digits: "{{ .n }}"}}`:       "prompt en/digits/1, prompt en/digits/2, prompt en/digits/3",
		`{say: {number: "{{ .n }}"}}`:       "prompt en/numbers/100-and, prompt en/numbers/23",
		`{say: {time: "15:04"}}`:            "prompt en/numbers/3, prompt en/time/oh-4, prompt en/time/pm",
		`{say: {time: now}}`:                "prompt en/numbers/2, prompt en/time/am", // midnight UTC in Cairo
		`{say: {date: 2026-11-24}}`:         "prompt en/date/tuesday, prompt en/date/day-24, prompt en/date/november, prompt en/numbers/20, prompt en/numbers/26",
		`{say: {when: "2000-01-01 01:30"}}`: "prompt en/date/today, prompt en/time/at, prompt en/numbers/1, prompt en/numbers/30, prompt en/time/am",
		`{say: {duration: 90s}}`:            "prompt en/numbers/1, prompt en/units/minute, prompt en/units/and, prompt en/numbers/30, prompt en/units/seconds",
		`{say: {number: "{{ .Caller }}x"}}`: "",
		`{say: {digits: "{{ .none }}"}}`:    "",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := house()
			for _, name := range strings.Split(want, ", ") {
				s.Sounds.(library)[strings.TrimPrefix(name, "prompt en/")] = []string{"en", "ar", "fr"}
			}
			cairo, err := time.LoadLocation("Africa/Cairo")
			if err != nil {
				t.Fatal(err)
			}
			s.Zone = cairo
			leg := caller(s, "1001", "1")
			r := story(t, `
  incoming: {"1": [{set: {n: "123", none: ""}}, `+text+`]}
`, s, leg, nil)
			if want == "" {
				wantHeard(t, leg)
			} else {
				wantHeard(t, leg, want)
			}
			if r.Result != call.ResultService {
				t.Errorf("%s ended as %s", text, r.Result)
			}
		})
	}
}

// slow is a notebook whose pages cannot be written: each promise takes a second and waits then, or fails.
type slow struct {
	notebook
	err error
}

func (n *slow) Owe(ctx context.Context, p callback.Promise) (callback.Owed, error) {
	time.Sleep(time.Second)
	o, err := n.notebook.Owe(ctx, p)
	o.Waits = errors.New("the database is locked")
	return o, errors.Join(err, n.err)
}

func TestNobodyListensToSilenceWhileAPromiseIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		after string
		err   error
		stays time.Duration
		note  string
	}{
		"nothing is to be said": {"[{owe_call: {run: feedback}}, {set: {x: y}}]", nil, 0, "not yet stored"},
		"something is":          {"[{owe_call: {run: feedback}}, {playback: goodbye}]", nil, 2 * time.Second, "not yet stored"},
		"it fails":              {"[{owe_call: {run: feedback}}]", errors.New("broken"), 0, "failed: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, network := centre(calltest.Phone{Answers: true})
				s.Callbacks = &slow{err: c.err}
				leg := caller(s, "1001", "0777")
				var left time.Time
				r := story(t, `
  incoming: {"0777": {queue: {name: arabic, answered: later}}}
  later: {start: `+c.after+`}
  feedback: {start: {playback: goodbye}}
`, s, leg, func(*Walk) {
					time.Sleep(time.Minute)
					left = time.Now()
					network.Legs()[0].Leave()
				})
				if stayed := leg.Report().Ended.Sub(left).Truncate(time.Second); stayed != c.stays {
					t.Errorf("the caller was there for %v more, want %v", stayed, c.stays)
				}
				if r.Result != call.ResultAnswered || !strings.Contains(path(r), c.note) {
					t.Errorf("it is %q\n%s", r.Result, path(r))
				}
			})
		})
	}
}

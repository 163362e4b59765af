package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
)

const ivr = `
  incoming:
    "100":
      - answer
      - background: welcome
      - wait_exten: 5s
      - playback: goodbye
    "1": {playback: sorry}
    "12": {playback: no-agent-available}
    "3": {playback: recorded-for-quality}
    invalid: {playback: not-valid}
    "200": {wait_exten: 2s}
    timeout: {playback: goodbye}
  people:
    "100": [{background: welcome}, wait_exten]
`

func TestKeysDuringABackgroundLeadToAnExtensionOfTheContext(t *testing.T) {
	for name, c := range map[string]struct {
		dialled string
		after   time.Duration // before each key
		keys    string
		heard   []string
		lasts   time.Duration
	}{
		"at once when nothing longer is possible": {"100", 500 * time.Millisecond, "3", []string{"prompt en/welcome", "prompt en/recorded-for-quality"}, 1500 * time.Millisecond},
		"after the pause between digits":          {"100", 500 * time.Millisecond, "1", []string{"prompt en/welcome", "prompt en/sorry"}, 6500 * time.Millisecond},
		"the longer number":                       {"100", 500 * time.Millisecond, "12", []string{"prompt en/welcome", "prompt en/no-agent-available"}, 2 * time.Second},
		"after the prompt":                        {"100", 4 * time.Second, "3", []string{"prompt en/welcome", "prompt en/recorded-for-quality"}, 5 * time.Second},
		"a wrong key":                             {"100", 500 * time.Millisecond, "9", []string{"prompt en/welcome", "prompt en/not-valid"}, 1500 * time.Millisecond},
		"nothing goes on with what follows":       {"100", 0, "", []string{"prompt en/welcome", "prompt en/goodbye"}, 7 * time.Second},
		"nothing, and nothing follows":            {"200", 0, "", []string{"prompt en/goodbye"}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				leg := caller(s, "1001", c.dialled)
				r := story(t, ivr, s, leg, func(*Walk) {
					for _, key := range c.keys {
						time.Sleep(c.after)
						leg.Press(string(key))
					}
				})
				wantHeard(t, leg, c.heard...)
				if got := r.Duration().Round(100 * time.Millisecond); got != c.lasts {
					t.Errorf("took %v, want %v\n%s", got, c.lasts, path(r))
				}
			})
		})
	}
}

func TestAWrongNumberAfterTheAnswerIsSpokenOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		r := story(t, "\n  incoming: {\"1\": [wait_exten]}\n", s, leg, func(*Walk) { leg.Press("9") })
		wantHeard(t, leg, "prompt en/not-valid")
		wantEnd(t, r, call.ResultService, call.NotFound)
	})
}

func TestAMenuHasABranchForSilenceAndOneForWrongKeys(t *testing.T) {
	contexts := `
  incoming: {"1": [{menu: {prompt: welcome, tries: 1, wait: 2s, timeout: {playback: goodbye}, invalid: {playback: sorry}, otherwise: busy, "1": hangup}}, {set: {on: "yes"}}]}
`
	for keys, want := range map[string]string{"": "prompt en/goodbye", "5": "prompt en/sorry"} {
		synctest.Test(t, func(t *testing.T) {
			s := house()
			leg := caller(s, "1001", "1")
			c := begin(s, leg)
			leg.Press(keys)
			r := compiled(t, contexts, s).Serve(t.Context(), c)
			if keys == "" && r.Duration().Round(100*time.Millisecond) != 4*time.Second {
				t.Errorf("silence took %v, want 1 s of the welcome, the 2 s written, 1 s of the branch", r.Duration())
			}
			heard := leg.Heard()
			if last := heard[len(heard)-1]; last != want {
				t.Errorf("keys %q: heard %q at last, want %q", keys, last, want)
			}
			if c.Var("on") != "yes" {
				t.Errorf("keys %q: a branch does not go on with what follows the menu", keys)
			}
		})
	}
}

func TestValuesConditionsAndLanguagesDecideOnTheWay(t *testing.T) {
	s := house()
	leg := caller(s, "1001", "55")
	c := begin(s, leg)
	compiled(t, `
  incoming:
    _XX:
      - set: {rating: 4, who: "{{ .CallerName }} at {{ .Extension }} from {{ .Called }}"}
      - if: {when: rating < 5 and Extension == 55, then: {language: ar}, else: hangup}
      - switch: {on: "{{ .Language }}", cases: {ar: {set: {was: arabic}}, en: {set: {was: english}}}, otherwise: {set: {was: other}}}
      - switch: {on: "{{ .who }}", cases: {x: hangup}, otherwise: {goto: {extension: "{{ .rating }}{{ .rating }}{{ .rating }}"}}}
    _XXX: {set: {at: "{{ .Extension }} in {{ .Context }}"}}
`, s).Serve(t.Context(), c)
	for name, want := range map[string]string{"who": "Outside caller at 55 from 55", "was": "arabic", "at": "444 in incoming"} {
		if got := c.Var(name); got != want {
			t.Errorf("%s is %q, want %q\n%s", name, got, want, path(c.Snapshot()))
		}
	}
	if c.Language != "ar" {
		t.Errorf("language %q", c.Language)
	}
}

func TestAPromptThatOnlyTheCallNamesAndThatDoesNotExistIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		r := story(t, `
  incoming: {"1": [{set: {x: nothing}}, {playback: ["{{ .x }}", goodbye]}, {playback: "{{ .x }}"}, {menu: {prompt: "{{ .x }}", wait: 1s, "1": hangup}}]}
`, s, leg, nil)
		wantHeard(t, leg, "prompt en/goodbye")
		wantPath(t, r, "1 in incoming", "set x=nothing", "playback nothing goodbye", "no prompt nothing",
			"playback nothing", "no prompt nothing", "menu nothing", "no prompt nothing", "no digit in 1s")
	})
}

func TestEchoEndsWithTheHashKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "2001", "1")
		r := story(t, "\n  agents: {\"1\": [echo, {playback: goodbye}]}\n", s, leg, func(*Walk) {
			time.Sleep(time.Second)
			leg.Press("5")
			leg.Hold()
			time.Sleep(time.Second)
			leg.Press("#")
		})
		wantHeard(t, leg, "voice 2001", "prompt ar/goodbye")
		wantEnd(t, r, call.ResultService, call.Normal)
	})
}

func TestRefusalsBeforeTheAnswerCarryTheirCause(t *testing.T) {
	for steps, cause := range map[string]*call.Cause{
		"busy": call.Busy, "[ringing, congestion]": call.Congestion, "{hangup: declined}": call.Declined,
		"hangup": call.Normal, "{wait: 1s}": call.Normal,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := house()
			leg := caller(s, "2001", "1")
			r := story(t, "\n  agents: {\"1\": "+steps+"}\n", s, leg, nil)
			if !cause.Is(&r.Cause) || !r.Answered.IsZero() || len(leg.Heard()) > 0 {
				t.Errorf("%s: ended with %v, answered %v, heard %v", steps, &r.Cause, r.Answered, leg.Heard())
			}
			if (steps[0] == '[') == leg.Report().Rang.IsZero() {
				t.Errorf("%s: rang at %v", steps, leg.Report().Rang)
			}
		})
	}
}

func TestACallerWhoHangsUpEndsTheStepsBeforeTheNextOne(t *testing.T) {
	for _, step := range []string{"{wait: 5s}", "{playback: welcome}", "{wait_exten: 5s}", "echo"} {
		synctest.Test(t, func(t *testing.T) {
			s := house()
			leg := caller(s, "1001", "1")
			c := begin(s, leg)
			go func() { time.Sleep(500 * time.Millisecond); leg.Leave() }()
			r := compiled(t, "\n  incoming: {\"1\": [answer, "+step+", {set: {went: on}}]}\n", s).Serve(t.Context(), c)
			if c.Var("went") != "" || r.Duration() != 500*time.Millisecond {
				t.Errorf("%s went on after %v", step, r.Duration())
			}
			wantEnd(t, r, call.ResultService, call.Normal)
		})
	}
}

func TestTheNumberThatLedHereStaysUntilAnotherDoes(t *testing.T) {
	s := house()
	c := begin(s, caller(s, "1001", "1"))
	compiled(t, `
  incoming: {"1": {goto: b}, "2": {set: {second: "{{ .Extension }} in {{ .Context }}"}}}
  b: {start: [{set: {first: "{{ .Extension }} in {{ .Context }}"}}, {goto: "incoming,2"}]}
`, s).Serve(t.Context(), c)
	if c.Var("first") != "1 in b" || c.Var("second") != "2 in incoming" {
		t.Errorf("%v", c.Vars())
	}
}

func TestAssignmentsComeBeforeTheGotoTheyShareAPlaceWith(t *testing.T) {
	s := house()
	c := begin(s, caller(s, "1001", "1"))
	compiled(t, `
  incoming: {"1": {goto: b, set: {x: "1"}, language: ar}}
  b: {start: {set: {y: "{{ .Language }}{{ .x }}"}}}
`, s).Serve(t.Context(), c)
	if c.Var("y") != "ar1" {
		t.Errorf("%v", c.Vars())
	}
}

func TestALanguageThatDoesNotExistIsNotTaken(t *testing.T) {
	s := house()
	c := begin(s, caller(s, "1001", "xx"))
	r := compiled(t, `
  incoming: {xx: [{language: "{{ .Called }}"}, {set: {y: "{{ .Language }}"}}]}
`, s).Serve(t.Context(), c)
	if c.Var("y") != "en" {
		t.Errorf("%v", c.Vars())
	}
	wantPath(t, r, "xx in incoming", "language {{ .Called }}", "no language xx", "set y={{ .Language }}")
}

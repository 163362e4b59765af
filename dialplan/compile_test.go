package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"hatif/internal/fault"
)

// faults compiles text and returns what is wrong, each as "path: message".
func faults(t *testing.T, text string, s Services) []string {
	t.Helper()
	_, err := Compile(read(t, "contexts:\n"+text), s)
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, f.Error())
	}
	return all
}

func TestEachMistakeIsReportedAtItsPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		// What is written.
		{"octal number", `  a: {0777: answer}`, `a.0777: write it in quotes: "0777" (without them YAML reads the number 511)`},
		{"octal value", `  a: {"1": {goto: {extension: 010}}, "010": answer}`, `a.1.goto.extension: write it in quotes: "010"`},
		{"contexts as a list", "  - a", `contexts are written`},
		{"context as a word", "  a: b", `a: a context is written`},
		{"name of a context", `  "a,b": {"1": answer}`, `a,b: the context's name`},
		{"context named as a step", `  hangup: {"1": answer}`, `hangup: a context cannot be named "hangup"`},
		{"include misspelt", `  a: {includes: [a]}`, `a.includes: "includes" is neither a right nor a number; did you mean "include"?`},
		{"may-call", `  a: {may-call: everyone}`, `a.may-call: "may-call" is neither a right nor a number; did you mean "may_call"?`},
		{"bad pattern", `  a: {"_[5-1]": answer}`, `a._[5-1]: "_[5-1]" is no number and no pattern: [5-1]: the range 5-1 runs backwards`},
		{"same pattern twice", `  a: {"_NXX": answer, "_[2-9]XX": answer}`, `a._[2-9]XX: "_[2-9]XX" matches the same numbers as "_NXX"`},
		{"merge keys", "  a: &a {\"1\": answer}\n  b: {<<: *a}", `b.<<: merge keys`},
		{"group that is a list of lists", `  a: {may_call: [[b]]}`, `a.may_call.0: a name was expected, not a list`},
		{"everyone among others", `  a: {may_call: [everyone, a]}`, `a.may_call.0: everyone stands alone`},

		// Names.
		{"unknown context", `  a: {"1": {goto: b}}`, `a.1.goto: context "b" is not defined; did you mean "a"?`},
		{"unknown context in a word", `  incoming: {"1": incomming}`, `incoming.1: "incomming" is neither a step nor a context; did you mean "incoming"?`},
		{"unknown include", `  staff: {include: [stafff]}`, `staff.include.0: context "stafff" is not defined; did you mean "staff"?`},
		{"unknown group", `  agents: {may_call: [agent]}`, `agents.may_call.0: group "agent" is not a context; did you mean "agents"?`},
		{"unknown groups", `  agents: {may_call: evryone}`, `agents.may_call: group "evryone" is not a context; did you mean "everyone"?`},
		{"unknown extension", `  a: {"1": {goto: "a,22"}, "222": answer}`, `a.1.goto: context "a" has no extension "22"`},
		{"no start", `  a: {"1": {goto: b}}` + "\n" + `  b: {"1": answer}`, `a.1.goto: context "b" has no extension "start"`},
		{"unknown queue", `  a: {"1": {queue: arabc}}`, `a.1.queue: queue "arabc" is not defined; did you mean "arabic"?`},
		{"unknown queue to switch", `  a: {"1": {switch_queue: {queue: arabc, to: open}}}`, `a.1.switch_queue.queue: queue "arabc" is not defined; did you mean "arabic"?`},
		{"a queue switched to what is not", `  a: {"1": {switch_queue: {queue: arabic, to: ajar}}}`, `a.1.switch_queue.to: a queue is switched to open, closed, hours or toggle, not to "ajar"`},
		{"a key that calls back", `  a: {"1": {queue: {name: recalls, "1": hangup}}}`, `a.1.queue.1: 1 is the key by which callers of queue recalls ask to be called back (call_back): take another`},
		{"unknown queue in a variable", `  a: {"1": [{set: {q: arabc}}, {queue: {name: "{{ .q }}"}}]}`, `a.1.1.queue.name: queue "arabc" is not defined`},
		{"unknown queue by language", `  a: {"1": {queue: "{{ .Language }}"}}`, `a.1.queue: queue "ar" is not defined`},
		{"unknown user", `  a: {"1": {dial: "2003"}}`, `a.1.dial: no user "2003" can be called; did you mean "2001"?`},
		{"user who only calls", `  a: {"1": {dial: {user: "2900"}}}`, `a.1.dial.user: no user "2900" can be called`},
		{"unknown prompt", `  a: {"1": {playback: welcom}}`, `a.1.playback: there is no prompt "welcom"; did you mean "welcome"?`},
		{"unknown language", `  a: {"1": {language: de}}`, `a.1.language: language "de" is not one of languages`},
		{"unknown language of a prompt", `  a: {"1": {playback: {prompt: welcome, in: [ar, de]}}}`, `a.1.playback.in.1: "de" is not a language of this file: "en", "ar" or "fr"`},
		{"unknown variable", `  a: {"1": [{set: {number: "1"}}, {playback: "{{ .numbr }}"}]}`, `a.1.1.playback: nothing sets "numbr"; did you mean "number"?`},
		{"unknown variable in a condition", `  a: {"1": {if: {when: ratng < 5, then: hangup}}}`, `a.1.if.when: nothing sets "ratng"`},
		{"unknown cause", `  a: {"1": {hangup: bussy}}`, `a.1.hangup: "bussy" is no cause: use`},

		// Steps.
		{"unknown step", `  a: {"1": [{plaback: welcome}]}`, `a.1.0.plaback: there is no step "plaback"; did you mean "playback"?`},
		{"step without value", `  a: {"1": [playback]}`, `a.1.0: playback needs a value: ` + "`playback: …`"},
		{"step with nothing", `  a: {"1": [{playback: }]}`, `a.1.0.playback: playback needs a value`},
		{"empty extension", `  a: {"1": }`, `a.1: a step is missing here`},
		{"empty list", `  a: {"1": []}`, `a.1: the list of steps is empty`},
		{"list in a list", `  a: {"1": [[answer]]}`, `a.1.0: a list within a list`},
		{"two steps in one place", `  a: {"1": {playback: welcome, hangup: busy}}`, `a.1.playback: playback cannot share its place`},
		{"value for a bare step", `  a: {"1": {echo: loud}}`, `a.1.echo: echo takes no value`},
		{"unknown option", `  a: {"1": {dial: {user: "2001", rng: 5s}}}`, `a.1.dial.rng: dial has no option "rng"; did you mean "ring"?`},
		{"missing option", `  a: {"1": {dial: {ring: 5s}}}`, `a.1.dial: dial needs user`},
		{"number without unit", `  a: {"1": {wait: 10}}`, `a.1.wait: 10 has no unit: write 10s for seconds`},
		{"bad duration", `  a: {"1": {wait: soon}}`, `a.1.wait: "soon" is no time`},
		{"negative duration", `  a: {"1": {wait: -5s}}`, `a.1.wait: the time must be more than nothing`},
		{"long duration", `  a: {"1": {wait: 25h}}`, `a.1.wait: 25h is longer than a day`},
		{"bad number", `  a: {"1": {menu: {prompt: welcome, tries: many, "1": hangup}}}`, `a.1.menu.tries: a whole number from 1 to 100 was expected`},
		{"menu without keys", `  a: {"1": {menu: {prompt: welcome}}}`, `a.1.menu: a menu needs keys`},
		{"menu without prompt", `  a: {"1": {menu: {"1": hangup}}}`, `a.1.menu: menu needs prompt`},
		{"key of two digits", `  a: {"1": {menu: {prompt: welcome, "12": hangup}}}`, `a.1.menu.12: a menu takes one key of the phone, not "12": to take numbers use ask or wait_exten`},
		{"mistake behind a key", `  a: {"1": {menu: {prompt: welcome, "1": [answer, {gto: a}]}}}`, `a.1.menu.1.1.gto: there is no step "gto"; did you mean "goto"?`},
		{"capital variable", `  a: {"1": {set: {Language: ar}}}`, `a.1.set.Language: "Language" cannot be a variable`},
		{"bad template", `  a: {"1": {playback: "{{ .x"}}`, `a.1.playback: "{{ .x" is no template: {{ without its }}`},
		{"template with parts", `  a: {"1": {playback: "{{ .x.y }}"}}`, `a.1.playback: ".x.y": a value has no parts`},
		{"unknown variable in a part of a template", `  a: {"1": {playback: "{{ if .Caller }}welcome{{ else }}{{ .nope }}{{ end }}"}}`, `a.1.playback: nothing sets "nope"`},
		{"template for a context", `  a: {"1": {goto: "{{ .x }}"}}`, `a.1.goto: a template cannot stand here`},
		{"bad condition", `  a: {"1": {if: {when: x =, then: hangup}}}`, `a.1.if.when: "=" at character 3`},
		{"switch without cases", `  a: {"1": {switch: {on: x}}}`, `a.1.switch: switch needs cases`},
		{"record what", `  a: {"1": {record: everything}}`, `a.1.record: record knows one thing`},

		// The whole.
		{"include cycle", "  a: {include: [b]}\n  b: {include: [a]}", `b.include.0: "b" includes itself through "a"`},
		{"step after goto", `  a: {"1": [{goto: "a,2"}, answer], "2": answer}`, `a.1.1: this step is never reached: "goto a,2" before it does not go on`},
		{"step after hangup in both branches", `  a: {"1": [{if: {when: Caller, then: hangup, else: busy}}, answer]}`, `a.1.1: this step is never reached`},
		{"goto itself", `  a: {"1": [answer, {goto: "a,1"}]}`, `a.1.0: an endless loop without waiting: answer, goto a,1, answer`},
		{"dial of a busy phone for ever", `  a: {"1": {dial: {user: "2001", busy: {goto: "a,1"}}}}`, `a.1.dial: an endless loop without waiting`},
		{"full queue for ever", `  a: {"1": {queue: {name: arabic, full: "a,1"}}}`, `a.1.queue: an endless loop without waiting`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := faults(t, c.text, house())
			if !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, c.want) }) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestGoodContextsHaveNoFaults(t *testing.T) {
	for name, text := range map[string]string{
		"loop over a prompt":      `  a: {"1": [{playback: welcome}, {goto: "a,1"}]}`,
		"loop over a menu":        `  a: {"1": {menu: {prompt: welcome, "1": "a,1", otherwise: "a,1"}}}`,
		"redial after no answer":  `  a: {"1": {dial: {user: "2001", no_answer: "a,1"}}}`,
		"unquoted whole number":   `  a: {2000: answer, "1": {goto: {extension: 2000}}}`,
		"anchors":                 "  a: {\"1\": &x [answer, {playback: welcome}], \"2\": *x}",
		"go to a person":          "  a: {\"1\": {goto: \"agents,2001\"}}\n  agents: {may_call: agents}",
		"go where the call says":  `  a: {"1": [{set: {n: "2"}}, {goto: {extension: "{{ .n }}"}}], "2": answer}`,
		"values every call has":   `  a: {"1": {set: {x: "{{ .Caller }} {{ .CallerName }} {{ .User }} {{ .Called }} {{ .Context }} {{ .Extension }} {{ .Outcome }} {{ .Call }}"}}}`,
		"prompts of one language": `  a: {"1": {playback: [{ar: welcome}, {fr: goodbye}, welcome]}}`,
		"everything in words":     `  a: {"1": [answer, ringing, wait_exten, echo, hangup], "2": busy, "3": congestion}`,
		"no contexts":             ``,
	} {
		if got := faults(t, text, house()); len(got) > 0 {
			t.Errorf("%s: %s", name, strings.Join(got, "\n"))
		}
	}
}

func TestAPromptMissingInALanguageThatACallCanBeInIsFound(t *testing.T) {
	s := house()
	s.Sounds.(library)["sorry"] = []string{"en"}
	for name, c := range map[string]struct {
		text string
		want string // "" is good
	}{
		"begins in English":          {`  incoming: {"1": {playback: sorry}}`, ""},
		"begins in Arabic":           {`  agents: {"1": {playback: sorry}}`, `agents.1.playback: prompt "sorry" does not exist in the language "ar"`},
		"chosen on the way":          {"  incoming: {\"1\": [{language: fr}, {goto: b}]}\n  b: {start: {playback: sorry}}", `b.start.playback: prompt "sorry" does not exist in the language "fr"`},
		"chosen by a key":            {`  incoming: {"1": [{menu: {prompt: welcome, "1": {language: ar}, "2": {language: en}, otherwise: hangup}}, {playback: sorry}]}`, `does not exist in the language "ar"`},
		"changed back":               {`  agents: {"1": [{language: en}, {playback: sorry}]}`, ""},
		"language of its own":        {`  agents: {"1": {playback: [{en: sorry}]}}`, ""},
		"three languages":            {`  incoming: {"1": {playback: {prompt: sorry, in: [ar, fr]}}}`, `incoming.1.playback.prompt: prompt "sorry" does not exist in the language "ar"`},
		"a language set by the call": {`  incoming: {"1": [{set: {l: fr}}, {language: "{{ .l }}"}, {playback: sorry}]}`, `does not exist in the language "ar" and "fr"`},
		"through an include":         {"  agents: {include: [b]}\n  b: {\"1\": {playback: sorry}}", `b.1.playback: prompt "sorry"`},
		"the prompt of a menu":       {`  agents: {"1": {menu: {prompt: sorry, "1": hangup}}}`, `agents.1.menu.prompt: prompt "sorry"`},
		"keyed in":                   {`  incoming: {"1": [{language: ar}, {background: welcome}, wait_exten], "2": {playback: sorry}}`, `incoming.2.playback: prompt "sorry"`},
	} {
		got := strings.Join(faults(t, c.text, s), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	s.Guests = "b"
	if got := faults(t, `  b: {"1": [{language: fr}, {playback: sorry}]}`, s); len(got) != 1 {
		t.Errorf("guests are not looked at: %v", got)
	}
}

func TestAMistakeInThreeLanguagesIsReportedOnce(t *testing.T) {
	if got := faults(t, `  a: {"1": {playback: {prompt: welcom, in: [ar, en, fr]}}}`, house()); len(got) != 1 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestThatAnOptionIsMissingIsToldOnce(t *testing.T) {
	for step, want := range map[string]string{
		`menu: {"1": hangup}`:   "a.1.menu: menu needs prompt",
		`queue: {priority: 1}`:  "a.1.queue: queue needs name",
		`dial: {ring: 5s}`:      "a.1.dial: dial needs user",
		`owe_call: {after: 5m}`: "a.1.owe_call: owe_call needs run",
	} {
		if got := faults(t, `  a: {"1": {`+step+`}}`, house()); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: %q", step, got)
		}
	}
}

func TestAMenuNeedsItsNotValidPrompt(t *testing.T) {
	s := house()
	delete(s.Sounds.(library), "not-valid")
	if got := faults(t, `  a: {"1": {menu: {prompt: welcome, "1": hangup}}}`, s); len(got) != 1 || !strings.HasPrefix(got[0], `a.1.menu: there is no prompt "not-valid"`) {
		t.Errorf("%q", got)
	}
}

func TestAllMistakesAreReportedAtOnceInTheOrderOfTheirPlaces(t *testing.T) {
	got := faults(t, `
  b: {"2": {wait: 5}, "1": [{plaback: x}, {goto: nowhere}]}
  a: {0777: answer, include: [c]}
`, house())
	var places []string
	for _, f := range got {
		place, _, _ := strings.Cut(f, ":")
		places = append(places, place)
	}
	if want := "a.0777 a.include.0 b.1.0.plaback b.1.1.goto b.2.wait"; strings.Join(places, " ") != want {
		t.Errorf("faults at %v, want %s", places, want)
	}
}

func TestWhatNoCallReachesIsAWarning(t *testing.T) {
	p := compiled(t, `
  incoming: {"1": {goto: used}, "2": answer}
  used: {start: answer, other: answer}
  lost: {start: answer}
  agents: {include: [staff], "2000": answer}
  staff: {"2000": answer, "2001": answer}
`, house())
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, w.Error())
	}
	want := []string{
		`lost: no call reaches the context "lost": no account has it, and no step goes there`,
		`staff.2000: no call reaches "2000"`,
		`used.other: no call reaches "other"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheShippedContextsAreWithoutFaultAndWithoutWarning(t *testing.T) {
	if w := compiled(t, shipped(t), house()).Warnings(); len(w) > 0 {
		t.Errorf("%v", w)
	}
}

func TestAnAliasReachesOnlyAnchorsWithinTheContexts(t *testing.T) {
	var file struct {
		Users    any    `yaml:"users"`
		Contexts Config `yaml:"contexts"`
	}
	text := "users: &x answer\ncontexts:\n  a: {\"1\": *x}\n"
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	got := fault.All(file.Contexts.Validate())
	if len(got) != 1 || got[0].Error() != "a.1: alias *x: no anchor &x stands before it in the contexts" {
		t.Errorf("%v", got)
	}
}

func TestAliasesCannotUnfoldWithoutEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("contexts:\n  a:\n    \"0\": &x0 [answer, answer]\n")
	for i := range 30 {
		fmt.Fprintf(&b, "    \"%d\": &x%d [*x%d, *x%d]\n", i+1, i+1, i, i)
	}
	err := read(t, b.String()).Validate()
	if err == nil || !strings.Contains(err.Error(), "unfold to more than") {
		t.Errorf("%v", err)
	}
}

func FuzzContexts(f *testing.F) {
	f.Add("contexts:\n" + shipped(f))
	for _, seed := range []string{
		"contexts: {a: {1: &x [answer, {menu: {prompt: p, \"1\": *x}}]}}",
		"contexts: {a: {include: [a, [b]], may_call: {x: y}, 0777: {if: {when: '(', then: {}}}}}",
		"contexts: {a: {\"_X.\": {goto: {context: [], extension: {}}}, b: {switch: {on: [], cases: []}}}}",
		"contexts: {a: {s: {queue: {name: {}}}, t: {dial: []}, u: {playback: [[a]]}, v: {set: [a]}}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parser.ParseBytes([]byte(text), 0)
		if err != nil || len(file.Docs) == 0 {
			return // config refuses it before it comes here
		}
		var c Config
		if err := c.UnmarshalYAML(file.Docs[0].Body); err != nil {
			t.Fatalf("reading fails instead of keeping the mistake: %v", err)
		}
		p, err := Compile(c, house())
		if err == nil {
			for number := range p.services.Users {
				if _, err := p.Explain(number, "0777", "1"); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

package dialplan

import (
	"strings"
	"testing"
	"time"

	"hatif/queue"
)

func TestACallIsExplainedWithoutAPhone(t *testing.T) {
	s := house()
	s.Queues["arabic"] = queue.Config{MaxWait: 10 * time.Second}
	p := compiled(t, shipped(t), s)
	for _, c := range []struct{ from, to, keys, want string }{
		{"1001", "0777", "1", `
Outside caller <1001> of context incoming dials 0777
goto welcome
menu: plays ar/welcome, en/welcome, fr/welcome; then 10s for one of 1, 2, 3
key 1
language ar
set queue=arabic
goto talk-to-an-agent
plays ar/recorded-for-quality
records the conversation that follows
queue arabic: waits for 10s at most
answered:
  from here on also without the caller:
  goto later
  owes 1001 a call in 5m0s (any time; 3 tries, every 30m0s) that runs feedback
  hangs up
unanswered, full, empty, closed:
  goto leave-a-number
  plays ar/no-agent-available
  asks ar/enter-your-number for 4 digits, into number
  nothing is keyed in
  plays ar/goodbye
  hangs up (no answer)
abandoned:
  hangs up
`},
		{"1001", "0777", "1123455551667#1", `
Outside caller <1001> of context incoming dials 0777
goto welcome
menu: plays ar/welcome, en/welcome, fr/welcome; then 10s for one of 1, 2, 3
key 1
language ar
set queue=arabic
goto talk-to-an-agent
plays ar/recorded-for-quality
records the conversation that follows
queue arabic: waits for 10s at most
answered:
  from here on also without the caller:
  goto later
  owes 1001 a call in 5m0s (any time; 3 tries, every 30m0s) that runs feedback
  hangs up
unanswered, full, empty, closed:
  goto leave-a-number
  plays ar/no-agent-available
  asks ar/enter-your-number for 4 digits, into number
  1234 is not confirmed
  5551 is not confirmed
  67 is not valid
  no valid number in 3 tries
  plays ar/goodbye
  hangs up (no answer)
abandoned:
  hangs up
`},
		{"1001", "0777", "112341", `
Outside caller <1001> of context incoming dials 0777
goto welcome
menu: plays ar/welcome, en/welcome, fr/welcome; then 10s for one of 1, 2, 3
key 1
language ar
set queue=arabic
goto talk-to-an-agent
plays ar/recorded-for-quality
records the conversation that follows
queue arabic: waits for 10s at most
answered:
  from here on also without the caller:
  goto later
  owes 1001 a call in 5m0s (any time; 3 tries, every 30m0s) that runs feedback
  hangs up
unanswered, full, empty, closed:
  goto leave-a-number
  plays ar/no-agent-available
  asks ar/enter-your-number for 4 digits, into number
  1234 is confirmed
  number is 1234
  asks ar/enter-another-number for 4 digits, into alternative
  nothing is keyed in
  keeps the number 1234, to be called back by a person
  plays ar/an-agent-will-call
  hangs up
abandoned:
  hangs up
`},
		{"1001", "0777", "94", `
Outside caller <1001> of context incoming dials 0777
goto welcome
menu: plays ar/welcome, en/welcome, fr/welcome; then 10s for one of 1, 2, 3
key 9 is not valid: plays ar/not-valid, en/not-valid, fr/not-valid
key 4 is not valid: plays ar/not-valid, en/not-valid, fr/not-valid
no key in 10s
hangs up (normal)
`},
		{"1001", "2001", "", `
Outside caller <1001> of context incoming dials 2001
refused with 403: forbidden: 2001 may not be called from incoming
`},
		{"2001", "2002", "", `
Amal Haddad <2001> of context agents dials 2002
rings Karim Nasser <2002> for 20s
answered:
  hangs up
busy, no_answer, not_registered, declined, failed:
  there is no mailbox 2002: the caller is told how the dial ended, and the call ends
`},
		{"2002", "2001", "", `
Karim Nasser <2002> of context agents dials 2001
rings Amal Haddad <2001> for 20s
answered:
  hangs up
busy, no_answer, not_registered, declined, failed:
  takes a message for mailbox 2001 (Amal Haddad), 3m0s at most
  hangs up
`},
		{"2001", "*43", "", `
Amal Haddad <2001> of context agents dials *43
gives the caller's voice back until # is pressed
hangs up
`},
	} {
		got, err := p.Explain(c.from, c.to, c.keys)
		if err != nil || "\n"+got != c.want {
			t.Errorf("%s to %s with keys %q: %v\n%s\nwant%s", c.from, c.to, c.keys, err, got, c.want)
		}
	}
	if _, err := p.Explain("7", "0777", ""); err == nil {
		t.Error("an account that does not exist is explained")
	}
}

func TestWithoutKeysEveryWayIsExplained(t *testing.T) {
	p := compiled(t, shipped(t), house())
	got, err := p.Explain("1001", "0777", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n1:\n", "\n2:\n", "\n3:\n", "\n  plays fr/recorded-for-quality\n", "\n    plays en/no-agent-available\n", "\ntimeout, invalid:\n  hangs up"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAnExplanationOfACircleEnds(t *testing.T) {
	p := compiled(t, `
  incoming:
    "1": [{playback: welcome}, {background: welcome}, {wait_exten: 5s}, {goto: "incoming,1"}]
    "2": [{if: {when: Language == "ar", then: hangup}}, {switch: {on: "{{ .Caller }}", cases: {"1001": {language: ar}}, otherwise: busy}}, {goto: "incoming,1"}]
    "_3X": {goto: {extension: "{{ .Extension }}"}}
`, house())
	for keys, want := range map[string]string{
		"":   "and again: playback welcome",
		"2":  `switch {{ .Caller }}: 1001`,
		"22": "hangs up (normal)",
		"9":  "9 is refused: not found",
		"31": "and again: goto incoming,31",
	} {
		got, err := p.Explain("1001", "1", keys)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("keys %q: %v, no %q in\n%s", keys, err, want, got)
		}
		if n := strings.Count(got, "\n"); n > maxLines+1 {
			t.Errorf("keys %q: %d lines", keys, n)
		}
	}
}

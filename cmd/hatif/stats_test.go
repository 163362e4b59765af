package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
)

// desk is an outside caller and one agent.
const desk = `
data: %DATA%
languages: [en]
users:
  "2001": {name: Amal Haddad,    secret: amal,   context: staff, queue: help}
  "1001": {name: Outside caller, secret: caller, context: outside}
queues:
  help: {strategy: linear, max_wait: 30s, retry: 1s}
contexts:
  outside: {"0777": {queue: help}}
  staff: {may_call: everyone}
`

// hatif runs a command line and returns what it wrote.
func hatif(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(args, &out, &errs); code != 0 {
		t.Fatalf("hatif %s: exit code %d: %s", strings.Join(args, " "), code, &errs)
	}
	return out.String()
}

// A morning at the desk: two conversations, one ended by each side, an agent who declines, a caller who gives up. The
// figures and the log tell it, while hatif runs, and after a restart.
func TestAMorningIsToldByTheCommandsBesideARunningHatif(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	text := strings.Replace(desk, "%DATA%", data, 1)
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Format("2006-01-02 15:04")
	pbx := hatiftest.Start(t, hatiftest.Options{Config: text, Data: data})
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")

	first := caller.Dial("0777")
	agent.ExpectRing().Decline()
	ring := agent.ExpectRing() // again after a second
	ring.Answer()
	ring.ExpectAudioFrom(first)
	ring.Hangup()
	first.ExpectRow()

	second := caller.Dial("0777")
	ring = agent.ExpectRing()
	ring.Answer()
	ring.ExpectAudioFrom(second)
	second.Hangup()
	second.ExpectRow()
	pbx.ExpectIdle()

	third := caller.Dial("0777")
	agent.ExpectRing()
	third.Hangup()
	third.ExpectRow()
	pbx.ExpectIdle()

	for range 2 {
		var log string
		wanted := regexp.MustCompile(`(?s)ABANDON.*RINGCANCELED`) // the last is written in a moment
		for range 500 {
			if log = hatif(t, "queue-log", "--asterisk", "-c", file, "--since", began); wanted.MatchString(log) {
				break
			}
			tick()
		}
		lines := regexp.MustCompile(`(?m)^\d{10}\|[^|]+\|help\|`).FindAllString(log, -1)
		got := regexp.MustCompile(`(?m)^\d{10}\|[^|]+\|help\|(NONE|SIP/2001)\|([A-Z]+)`).ReplaceAllString(log, "$2")
		for _, part := range []string{
			"ENTERQUEUE||1001|1\nRINGNOANSWER|", "\nCONNECT|", "\nCOMPLETEAGENT|", "\nENTERQUEUE||1001|1\nCONNECT|0|", "\nCOMPLETECALLER|0|",
			"\nENTERQUEUE||1001|1\nABANDON|1|1|0\nRINGCANCELED|",
		} {
			_, after, found := strings.Cut(got, part)
			if !found {
				t.Errorf("the log does not go on with %q:\n%s", part, log)
			}
			got = "\n" + after
		}
		if len(lines) != 10 {
			t.Errorf("%d lines of the queue:\n%s", len(lines), log)
		}
		var figures map[string]any
		if err := json.Unmarshal([]byte(hatif(t, "stats", "-c", file, "--since", began, "--json")), &figures); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{
			"queue": "help", "offered": 3., "answered": 2., "answered in time": 2., "abandoned": 1., "declined": 1., "rung": 4., "pending": 0.,
			"service level of answered": 1., "completed": 2.,
		} {
			if figures[name] != want {
				t.Errorf("%s: %v, want %v", name, figures[name], want)
			}
		}
		if level := figures["service level"].(float64); level < 0.66 || level > 0.67 {
			t.Errorf("service level %v, want two thirds", level)
		}
		agents := hatif(t, "stats", "-c", file, "--since", began, "--agents")
		if !regexp.MustCompile(`(?m)^2001 +4 +2 +0 +1 +0 +0 `).MatchString(agents) {
			t.Errorf("the agents' figures:\n%s", agents)
		}
		var foreseen map[string]any
		again := hatif(t, "simulate", "-c", file, "--queue", "help", "--agents", "1", "--history", "--since", began, "--runs", "2", "--pick-up", "0", "--json")
		if err := json.Unmarshal([]byte(again), &foreseen); err != nil {
			t.Fatal(err)
		}
		if wait, answered := foreseen["average wait"].(float64); !answered || wait > 5 || foreseen["agents"] != 1. || foreseen["service level"] == nil {
			t.Errorf("the morning again: %s", again)
		}
		pbx.Restart()
	}
}

func TestANumberOfAgentsIsOneOrARange(t *testing.T) {
	for text, want := range map[string]numbers{"8": {8, 8}, "4..12": {4, 12}, "1..1": {1, 1}} {
		var n numbers
		if err := n.UnmarshalText([]byte(text)); err != nil || n != want {
			t.Errorf("%s is %v, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "0", "-3", "12..4", "4..", "4-12", "1..1000000", "many"} {
		var n numbers
		if err := n.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, n)
		}
	}
}

func TestMomentsOfThePastAreReadByTheFilesZone(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	now := time.Date(2026, 3, 2, 15, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"now": "2026-03-02T15:30:00+02:00", "today": "2026-03-02T00:00:00+02:00", "yesterday": "2026-03-01T00:00:00+02:00",
		"90m": "2026-03-02T14:00:00+02:00", "09:00": "2026-03-02T09:00:00+02:00", "2026-02-28": "2026-02-28T00:00:00+02:00",
		"2026-02-28 13:00": "2026-02-28T13:00:00+02:00", "2026-02-28T13:00:00Z": "2026-02-28T15:00:00+02:00",
	} {
		got, err := passed(text, now)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %s, %v; want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"", "soon", "-3h", "25:00", "2026-13-01"} {
		if got, err := passed(text, now); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

package dialplan

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func TestAnAgentIsToldOfACallInTheirOwnLanguage(t *testing.T) {
	words := []queue.Word{{Prompt: "agent/call-french"}, {Prompt: "agent/caller-has-waited"}, {Lasting: 20 * time.Second}}
	s := house()
	for _, name := range []string{"agent/call-french", "agent/caller-has-waited", "agent/press-1-to-take", "numbers/20-of", "numbers/20", "units/seconds", "units/second-many"} {
		s.Sounds.(library)[name] = []string{"ar", "en", "fr"}
	}
	plan := compiled(t, "  agents: {\"1\": echo}\n", s)
	for name, c := range map[string]struct {
		confirm bool
		press   string
		err     error
	}{
		"told":               {},
		"takes it":           {true, "1", nil},
		"takes it late":      {true, "71", nil},
		"presses other keys": {true, "78", call.ErrInvalid},
		"is a machine":       {true, "", call.ErrNoInput},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				agent := calltest.NewLeg(call.Info{User: "2001", Called: "2001"})
				caller := begin(s, caller(s, "1001", "0777"))
				b := queue.Briefing{Words: words, Confirm: c.confirm}
				if c.confirm {
					b.Words = append(slices.Clone(words), queue.Word{Prompt: "agent/press-1-to-take"})
				}
				time.AfterFunc(time.Second, func() { agent.Press(c.press) })
				if err := plan.briefer(caller)(t.Context(), agent, b); !errors.Is(err, c.err) {
					t.Errorf("%v, want %v", err, c.err)
				}
				heard := agent.Heard()
				if want := "prompt ar/agent/call-french, prompt ar/agent/caller-has-waited, "; len(heard) == 0 || !strings.HasPrefix(heard[0], want) {
					t.Errorf("heard %q, want %q…", heard, want)
				}
			})
		})
	}
}

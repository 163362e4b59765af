package dialplan

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"hatif/queue"
)

// levers are switches that a test looks at.
type levers struct {
	at     map[string]queue.Switch
	turned []string
}

func (l *levers) Switched(name string) queue.Switch { return l.at[name] }

func (l *levers) SetOpen(_ context.Context, name string, to queue.Switch, by string) error {
	l.at[name] = to
	l.turned = append(l.turned, name+" "+string(to)+" by "+by)
	return nil
}

func TestQueuesAreSwitchedByHand(t *testing.T) {
	const contexts = `
  agents:
    "1": {switch_queue: {queue: arabic, to: closed}}
    "2": {switch_queue: {queue: arabic, to: open}}
    "3": {switch_queue: {queue: arabic, to: hours}}
    "4": {switch_queue: {queue: "{{ .Language }}", to: toggle}}
  incoming: {"0": hangup}
`
	s := house()
	s.Sounds = everywhere("queue/is-open", "queue/is-closed", "queue/follows-its-hours")
	s.Queues["ar"], s.Queues["en"], s.Queues["fr"] = queue.Config{}, queue.Config{}, queue.Config{}
	l := &levers{at: make(map[string]queue.Switch)}
	s.Switches = l
	plan := compiled(t, contexts, s)
	var heard []string
	synctest.Test(t, func(t *testing.T) {
		for _, number := range []string{"1", "2", "3", "4", "4"} {
			leg := caller(s, "2001", number)
			plan.Serve(t.Context(), begin(s, leg))
			heard = append(heard, leg.Heard()[0])
		}
	})
	want := []string{"arabic closed by 2001", "arabic open by 2001", "arabic hours by 2001", "ar closed by 2001", "ar hours by 2001"}
	if !slices.Equal(l.turned, want) {
		t.Errorf("turned %q", l.turned)
	}
	if want := []string{"prompt ar/queue/is-closed", "prompt ar/queue/is-open", "prompt ar/queue/follows-its-hours", "prompt ar/queue/is-closed", "prompt ar/queue/follows-its-hours"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
}

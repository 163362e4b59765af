package dialplan

import (
	"context"
	"time"

	"hatif/call"
)

// wait lets time pass: `wait: 2s`. Keys pressed meanwhile are kept for the next question. After the
// conversation, with nobody on the line, it waits all the same.
type wait struct {
	next  Step
	pause time.Duration
}

func compileWait(c *compiler, v *value, s spot) Step {
	return &wait{next: s.next, pause: c.duration(v, time.Second)}
}

func (s *wait) Do(ctx context.Context, c *call.Call) (Step, error) {
	timer := time.NewTimer(s.pause)
	defer timer.Stop()
	gone := c.Leg.Context().Done()
	if c.Leg.Context().Err() != nil {
		gone = nil // nobody was there to begin with
	}
	select {
	case <-timer.C:
	case <-gone:
	case <-ctx.Done():
		return s.next, call.EndOf(ctx)
	}
	return s.next, nil
}

func (s *wait) String() string { return "wait " + s.pause.String() }
func (s *wait) Exits() []Exit  { return []Exit{{To: s.next, Waits: true}} }

func (s *wait) explain(x *explanation) []Exit {
	x.say("waits %s", s.pause)
	return s.Exits()
}

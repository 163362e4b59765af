package dialplan

import (
	"context"

	"hatif/call"
)

// ringing lets the caller's phone ring: it is told that somebody is being called (180). A caller who was
// answered already hears nothing of it.
type ringing struct{ aloud }

func compileRinging(c *compiler, v *value, s spot) Step {
	c.bare(v)
	return &ringing{aloud{s.next}}
}

func (s *ringing) Do(ctx context.Context, c *call.Call) (Step, error) {
	return s.next, c.Leg.Ring(ctx)
}

func (s *ringing) String() string { return "ringing" }

// Exits: no time passes in saying so.
func (s *ringing) Exits() []Exit { return []Exit{{To: s.next}} }

func (s *ringing) explain(x *explanation) []Exit {
	x.say("lets the phone ring")
	return s.Exits()
}

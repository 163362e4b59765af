package dialplan

import (
	"context"

	"hatif/call"
	"hatif/transfer"
)

// retrieve fetches the call that is parked at a place: `retrieve: "{{ .Extension }}"`. Where nobody is parked the call
// goes on with the step that follows, or is told that the number is not valid.
type retrieve struct {
	plan  *Plan
	place text
	next  Step
}

func compileRetrieve(c *compiler, v *value, s spot) Step {
	return &retrieve{c.plan, c.text(v), s.next}
}

func (s *retrieve) Do(ctx context.Context, c *call.Call) (Step, error) {
	place, err := s.place.in(c)
	if err != nil {
		return nil, err
	}
	talks := s.plan.services.Talks
	if talks.Occupied(place) {
		if err := c.Leg.Answer(ctx); err != nil {
			return nil, err
		}
		if into, ok := talks.Fetch(place, c); ok {
			transfer.Lend(ctx, c, into)
			return nil, nil
		}
	}
	c.Note("nobody is parked at " + place)
	if s.next == nil {
		return nil, call.NotFound.With("nobody is parked at %s", place)
	}
	return s.next, nil
}

func (s *retrieve) withoutCaller() Step { return s.next }
func (s *retrieve) String() string      { return "retrieve " + s.place.raw }
func (s *retrieve) Exits() []Exit       { return []Exit{{On: "nobody", To: s.next}} }

func (s *retrieve) explain(x *explanation) []Exit {
	x.say("fetches the call that is parked there")
	return s.Exits()
}

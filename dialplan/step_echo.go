package dialplan

import (
	"context"

	"hatif/call"
)

// echo gives callers their own voice back, to test a phone, until they hang up or press #.
type echo struct{ aloud }

func compileEcho(c *compiler, v *value, s spot) Step {
	c.bare(v)
	return &echo{aloud{s.next}}
}

func (s *echo) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	c.Leg.Hear(c.Leg.Voice())
	defer c.Leg.Hear(nil)
	for {
		select {
		case e := <-c.Leg.Events():
			if d, ok := e.(call.Digit); ok && d.Key == '#' {
				return s.next, nil
			}
		case <-ctx.Done():
			return nil, call.EndOf(ctx)
		}
	}
}

func (s *echo) String() string { return "echo" }

func (s *echo) explain(x *explanation) []Exit {
	x.say("gives the caller's voice back until # is pressed")
	return s.Exits()
}

package dialplan

import (
	"context"
	"time"

	"hatif/call"
)

// waitExten waits for the keys of an extension of the context that the call is in: `wait_exten: 10s`. Silence goes on with
// what follows, else to the context's extension "timeout", else ends the call.
type waitExten struct {
	plan *Plan
	in   *numbers // where it is written
	next Step
	wait time.Duration
}

func compileWaitExten(c *compiler, v *value, s spot) Step {
	step := &waitExten{c.plan, s.in, s.next, call.DefaultFirstDigit}
	if v.kind != empty {
		step.wait = c.duration(v, step.wait)
	}
	return step
}

func (s *waitExten) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	in := s.plan.here(c, s.in)
	return s.plan.dialled(ctx, c, in, nil, s.wait, s.silence(in))
}

// silence is where a call that is in a context goes without a key.
func (s *waitExten) silence(in *numbers) Step {
	if s.next != nil {
		return s.next
	}
	if e := in.lookup(extTimeout); e != nil {
		return e.first
	}
	return nil
}

func (s *waitExten) String() string      { return "wait_exten " + s.wait.String() }
func (s *waitExten) withoutCaller() Step { return s.next }

func (s *waitExten) Exits() []Exit {
	around := s.plan.around(s.in)
	exits := keyExits(around...)
	for _, in := range around {
		exits = append(exits, Exit{On: "no key", To: s.silence(in), Waits: true})
	}
	return exits
}

func (s *waitExten) explain(x *explanation) []Exit {
	in := s.plan.here(x.call, s.in)
	x.say("waits %s for an extension of %s", s.wait, in.name)
	return s.plan.explainDialled(x, in, Exit{On: "no key", To: s.silence(in)})
}

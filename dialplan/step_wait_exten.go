package dialplan

import (
	"context"
	"time"

	"hatif/call"
)

// waitExten waits for the keys of an extension of its own context: `wait_exten: 10s`. Silence goes on with
// what follows, else to the context's extension "timeout", else ends the call.
type waitExten struct {
	plan *Plan
	in   *numbers
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
	return s.plan.dialled(ctx, c, s.in, nil, s.wait, s.silence())
}

func (s *waitExten) silence() Step {
	if s.next != nil {
		return s.next
	}
	if e := s.in.lookup(extTimeout); e != nil {
		return e.first
	}
	return nil
}

func (s *waitExten) String() string      { return "wait_exten " + s.wait.String() }
func (s *waitExten) withoutCaller() Step { return s.next }

func (s *waitExten) Exits() []Exit {
	return append(keyExits(s.in), Exit{On: "no key", To: s.silence(), Waits: true})
}

func (s *waitExten) explain(x *explanation) []Exit {
	x.say("waits %s for an extension of %s", s.wait, s.in.name)
	return s.plan.explainDialled(x, s.in, Exit{On: "no key", To: s.silence()})
}

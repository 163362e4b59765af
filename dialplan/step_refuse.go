package dialplan

import (
	"context"

	"hatif/call"
)

// refuse ends the call as busy or for congestion: before the answer with the SIP code, after it with
// the tone.
type refuse struct {
	name  string
	cause *call.Cause
}

func compileRefuse(c *compiler, v *value, s spot) Step {
	step := &refuse{name: "busy", cause: call.Busy}
	if c.bare(v) == "congestion" {
		step = &refuse{name: "congestion", cause: call.Congestion}
	}
	return step
}

func (s *refuse) Do(context.Context, *call.Call) (Step, error) { return nil, s.cause }

func (s *refuse) String() string      { return s.name }
func (s *refuse) Exits() []Exit       { return nil }
func (s *refuse) withoutCaller() Step { return nil }

func (s *refuse) explain(x *explanation) []Exit {
	x.say("refuses the call: %s", s.cause.Name)
	return nil
}

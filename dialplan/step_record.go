package dialplan

import (
	"context"

	"hatif/call"
)

// record makes what the caller and an agent say to each other be recorded, from the moment when they are
// connected: `record: conversation`.
type record struct {
	then
	plan *Plan
}

func compileRecord(c *compiler, v *value, s spot) Step {
	if c.fixed(v) != "conversation" {
		c.faultf(v, "record knows one thing to record: `record: conversation`")
	}
	return &record{then{s.next}, c.plan}
}

func (s *record) Do(_ context.Context, c *call.Call) (Step, error) {
	if s.plan.services.Recorder == nil {
		c.Note("not recorded: there is no recorder")
	}
	c.Recorder = s.plan.services.Recorder
	return s.next, nil
}

func (s *record) String() string { return "record conversation" }

func (s *record) explain(x *explanation) []Exit {
	x.say("records the conversation that follows")
	return s.Exits()
}

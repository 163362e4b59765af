package dialplan

import (
	"context"

	"hatif/call"
	"hatif/callback"
)

// requestCallback keeps a number at which somebody of us is to call the caller back, with who they are, their language
// and the queue that they waited in:
//
//	request_callback: {number: "{{ .number }}", alternative: "{{ .alternative }}"}
//
// It needs nobody on the line: behind the questions for the numbers it is done even when the caller has hung up
// halfway, and keeps what was confirmed until then. Without a number it keeps nothing.
type requestCallback struct {
	then
	plan                *Plan
	number, alternative text
}

func compileRequestCallback(c *compiler, v *value, s spot) Step {
	if !c.options(v, "request_callback", "number", "alternative") {
		return c.broken(v, s)
	}
	step := &requestCallback{then: then{s.next}, plan: c.plan, number: c.text(c.required(v, "request_callback", "number"))}
	if a := v.field("alternative"); a != nil {
		step.alternative = c.text(a)
	}
	return step
}

func (s *requestCallback) Do(ctx context.Context, c *call.Call) (Step, error) {
	number, err := s.number.in(c)
	if err != nil {
		return nil, err
	}
	alternative, err := s.alternative.in(c)
	if err != nil {
		return nil, err
	}
	if number == "" {
		c.Note("no number: nothing to call back")
		return s.next, nil
	}
	who, about := c.Leg.Info().Party(), originOf(c)
	ctx, done := lasting(ctx)
	defer done()
	err = s.plan.services.Callbacks.Request(ctx, callback.Request{
		Caller: who.Number, Name: who.Name, Number: number, Alternative: alternative,
		Language: c.Language, Queue: about.Queue, Call: c.ID,
	})
	return s.next, err
}

func (s *requestCallback) String() string { return "request_callback " + s.number.raw }

func (s *requestCallback) of(c *call.Call) string {
	number, err := s.number.in(c)
	if err != nil {
		return s.String()
	}
	return "request_callback " + number
}

func (s *requestCallback) explain(x *explanation) []Exit {
	number, err := s.number.in(x.call)
	if err != nil || number == "" {
		number = s.number.raw
	}
	x.say("keeps the number %s, to be called back by a person", number)
	return s.Exits()
}

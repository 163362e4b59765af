package dialplan

import (
	"context"
	"strconv"

	"hatif/call"
	"hatif/callback"
)

// rate keeps what the caller thinks of a conversation, a whole number: `rate: "{{ .rating }}"`. In a call that was owed
// it is the conversation that promised it, otherwise this one. An empty value is kept too, as a question that was
// not answered. It needs nobody on the line.
type rate struct {
	then
	plan  *Plan
	value text
}

func compileRate(c *compiler, v *value, s spot) Step {
	return &rate{then{s.next}, c.plan, c.text(v)}
}

func (s *rate) Do(ctx context.Context, c *call.Call) (Step, error) {
	value, err := s.value.in(c)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(value)
	answered := value != ""
	if answered && err != nil {
		c.Note(strconv.Quote(value) + " is no rating")
		answered = false
	}
	who, about := c.Leg.Info().Party(), originOf(c)
	ctx, done := lasting(ctx)
	defer done()
	err = s.plan.services.Callbacks.Rate(ctx, callback.Rating{
		Caller: who.Number, Name: who.Name, Answered: answered, Value: n,
		Call: about.Call, GivenIn: c.ID, Agent: about.Agent, Queue: about.Queue, Language: c.Language,
	})
	return s.next, err
}

func (s *rate) String() string { return "rate " + s.value.raw }

func (s *rate) of(c *call.Call) string {
	value, err := s.value.in(c)
	switch {
	case err != nil:
		return s.String()
	case value == "":
		return "rate: not answered"
	}
	return "rate " + value
}

func (s *rate) explain(x *explanation) []Exit {
	x.say("keeps the rating %s", s.value.raw)
	return s.Exits()
}

package dialplan

import (
	"context"

	"hatif/call"
)

// answer picks up. Steps that play or ask do it themselves; a file writes it where the moment matters.
type answer struct{ aloud }

func compileAnswer(c *compiler, v *value, s spot) Step {
	c.bare(v)
	return &answer{aloud{s.next}}
}

func (s *answer) Do(ctx context.Context, c *call.Call) (Step, error) {
	return s.next, c.Leg.Answer(ctx)
}

func (s *answer) String() string { return "answer" }

// Exits: no time passes in picking up.
func (s *answer) Exits() []Exit { return []Exit{{To: s.next}} }

func (s *answer) explain(x *explanation) []Exit {
	x.say("answers")
	return s.Exits()
}

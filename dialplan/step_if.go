package dialplan

import (
	"context"

	"hatif/call"
)

// choose goes on by a condition on the call's values: `if: {when: rating < 5, then: …, else: …}`. The
// language of conditions is described at expression.
type choose struct {
	when      expression
	then, not Step
}

func compileIf(c *compiler, v *value, s spot) Step {
	if !c.options(v, "if", "when", "then", "else") {
		return c.broken(v, s)
	}
	return &choose{
		when: c.expression(c.required(v, "if", "when")),
		then: c.steps(c.required(v, "if", "then"), s),
		not:  c.branch(v.field("else"), s),
	}
}

// expression reads a condition.
func (c *compiler) expression(v *value) expression {
	e, err := parseExpression(c.fixed(v))
	if err != nil {
		c.faultf(v, "%v", err)
		return expression{raw: v.text, root: truth{}}
	}
	c.reads(v, e.names)
	return e
}

func (s *choose) Do(_ context.Context, c *call.Call) (Step, error) {
	if s.when.holds(values(c)) {
		return s.then, nil
	}
	return s.not, nil
}

func (s *choose) String() string { return "if " + s.when.raw }

func (s *choose) Exits() []Exit { return []Exit{{On: "yes", To: s.then}, {On: "no", To: s.not}} }

func (s *choose) explain(x *explanation) []Exit {
	answer := s.Exits()[1]
	if s.when.holds(values(x.call)) {
		answer = s.Exits()[0]
	}
	x.say("if %s: %s", s.when.raw, answer.On)
	return []Exit{answer}
}

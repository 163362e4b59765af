package dialplan

import (
	"context"

	"hatif/call"
)

// branchOn goes on by a value: `switch: {on: "{{ .Language }}", cases: {ar: …, en: …}, otherwise: …}`.
type branchOn struct {
	on        text
	cases     []Exit // On is the value
	otherwise Step
}

func compileSwitch(c *compiler, v *value, s spot) Step {
	step := &branchOn{}
	if !c.options(v, "switch", "on", "cases", "otherwise") {
		return c.broken(v, s)
	}
	step.on = c.text(c.required(v, "switch", "on"))
	cases := c.required(v, "switch", "cases")
	if cases.kind != mapping {
		c.faultf(cases, "cases are written `cases: {value: steps}`")
	}
	for _, f := range cases.fields {
		step.cases = append(step.cases, Exit{On: f.key, To: c.steps(f.value, s)})
	}
	step.otherwise = c.branch(v.field("otherwise"), s)
	return step
}

func (s *branchOn) Do(_ context.Context, c *call.Call) (Step, error) {
	exit, err := s.choose(c)
	return exit.To, err
}

func (s *branchOn) choose(c *call.Call) (Exit, error) {
	is, err := s.on.in(c)
	if err != nil {
		return Exit{}, err
	}
	for _, e := range s.cases {
		if e.On == is {
			return e, nil
		}
	}
	return Exit{On: "otherwise", To: s.otherwise}, nil
}

func (s *branchOn) String() string { return "switch " + s.on.raw }

func (s *branchOn) Exits() []Exit {
	return append(append([]Exit(nil), s.cases...), Exit{On: "otherwise", To: s.otherwise})
}

func (s *branchOn) explain(x *explanation) []Exit {
	exit, err := s.choose(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	x.say("switch %s: %s", s.on.raw, exit.On)
	return []Exit{exit}
}

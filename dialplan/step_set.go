package dialplan

import (
	"context"
	"strings"

	"hatif/call"
)

// set keeps values with the call: `set: {queue: arabic, tries: 3}`. Names begin with a small letter; those
// with a capital belong to the call itself.
type set struct {
	then
	names  []string
	values []text
}

func compileSet(c *compiler, v *value, s spot) Step {
	step := &set{then: then{s.next}}
	if v.kind != mapping || len(v.fields) == 0 {
		c.faultf(v, "set is written `set: {name: value}`")
		return step
	}
	for _, f := range v.fields {
		to := c.text(f.value)
		if !IsVariable(f.key) {
			c.faultf(f.value, "%q cannot be a variable: a small letter, then letters, digits and _", f.key)
		}
		c.defines(f.key, to)
		step.names, step.values = append(step.names, f.key), append(step.values, to)
	}
	return step
}

func (s *set) Do(_ context.Context, c *call.Call) (Step, error) { return s.now(c) }

func (s *set) now(c *call.Call) (Step, error) {
	for i, name := range s.names {
		value, err := s.values[i].in(c)
		if err != nil {
			return nil, err
		}
		c.Set(name, value)
	}
	return s.next, nil
}

func (s *set) String() string {
	var all []string
	for i, name := range s.names {
		all = append(all, name+"="+s.values[i].raw)
	}
	return "set " + strings.Join(all, " ")
}

func (s *set) explain(x *explanation) []Exit { return x.does(s) }

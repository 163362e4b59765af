package dialplan

import (
	"context"
	"maps"
	"slices"
	"strings"

	"hatif/call"
	"hatif/internal/fault"
)

// jump goes on elsewhere: `goto: welcome` is the extension start of that context, `goto: "agents,2001"` and
// `goto: {context: agents, extension: "{{ .number }}"}` name another. The context alone may be left out:
// it is then the one in which the step is written, and the call stays in the context that it is in.
type jump struct {
	plan *Plan
	to   *numbers
	near bool       // the context is left out
	into text       // the extension
	ext  *extension // where into is the same for every call
}

func compileGoto(c *compiler, v *value, s spot) Step {
	step := &jump{plan: c.plan, to: s.in, near: true, into: text{raw: start}}
	var context, extension *value
	switch v.kind {
	case scalar:
		before, after, both := strings.Cut(v.text, ",")
		context = &value{path: v.path, kind: scalar, text: strings.TrimSpace(before)}
		if both {
			extension = &value{path: v.path, kind: scalar, text: strings.TrimSpace(after)}
		}
	case mapping:
		if !c.options(v, "goto", "context", "extension") {
			return c.broken(v, s)
		}
		context, extension = v.field("context"), v.field("extension")
	default:
		c.faultf(v, "goto needs a context, or {context: …, extension: …}")
		return c.broken(v, s)
	}
	if context != nil {
		name := c.fixed(context)
		step.near = false
		if step.to = c.plan.contexts[name]; step.to == nil {
			c.faultf(context, "context %q is not defined%s", name, fault.DidYouMean(name, c.contextNames()))
			return c.broken(v, s)
		}
	}
	at := v
	if extension != nil {
		at, step.into = extension, c.text(extension)
	}
	if step.into.fixed() {
		if step.ext = c.plan.resolve(step.to, step.into.raw); step.ext == nil {
			c.faultf(at, "context %q has no extension %q%s", step.to.name, step.into.raw, fault.DidYouMean(step.into.raw, step.to.spelled()))
			return c.broken(v, s)
		}
	}
	return step
}

// resolve finds an extension that the file names itself: rights do not limit it.
func (p *Plan) resolve(n *numbers, number string) *extension {
	if e := n.lookup(number); e != nil {
		return e
	}
	if e, v := n.find(number, p.services.Users); v == found {
		return e
	}
	return nil
}

func (s *jump) Do(_ context.Context, c *call.Call) (Step, error) { return s.now(c) }

func (s *jump) now(c *call.Call) (Step, error) {
	in := s.to
	if s.near {
		in = s.plan.here(c, s.to)
	}
	if s.ext != nil {
		arrive(c, in.name, s.into.raw)
		return s.ext.first, nil
	}
	number, err := s.into.in(c)
	if err != nil {
		return nil, err
	}
	return s.plan.enter(c, in.name, number)
}

func (s *jump) String() string { return s.name(s.into.raw) }

// of is String with the extension as it is for c.
func (s *jump) of(c *call.Call) string {
	into, err := s.into.in(c)
	if err != nil {
		return s.String()
	}
	return s.name(into)
}

func (s *jump) name(extension string) string {
	if extension == start {
		return "goto " + s.to.name
	}
	return "goto " + s.to.name + "," + extension
}

func (s *jump) Exits() []Exit {
	if s.ext != nil {
		return []Exit{{To: s.ext.first}}
	}
	in := []*numbers{s.to}
	if s.near {
		in = s.plan.around(s.to)
	}
	var all []Exit
	for _, n := range in {
		for _, e := range n.everything() {
			all = append(all, Exit{On: e.String(), To: e.first, Open: true})
		}
	}
	return all
}

func (s *jump) explain(x *explanation) []Exit { return x.does(s) }

func (c *compiler) contextNames() []string {
	return slices.Collect(maps.Keys(c.plan.contexts))
}

package dialplan

import (
	"maps"
	"slices"
	"strings"

	"hatif/internal/fault"
	"hatif/transfer"
)

// Compile makes a plan of the file's contexts. It does all that can fail: every name becomes the thing it
// names, every template and pattern is parsed, every prompt is looked for. The error joins a *fault.Fault for
// each mistake, those of Config.Validate included, sorted by place. Nothing is changed when it fails.
func Compile(cfg Config, s Services) (*Plan, error) {
	if s.Talks == nil {
		s.Talks = transfer.New()
	}
	c := &compiler{
		faults: slices.Clone(cfg.faults),
		plan: &Plan{
			services: s,
			contexts: make(map[string]*numbers),
			places:   make(map[Step]place),
			groups:   s.groups(),
			vars:     make(map[string][]text),
		},
	}
	c.declare(cfg)
	c.link(cfg)
	for _, x := range cfg.contexts {
		in := c.plan.contexts[x.name]
		for _, e := range x.extensions {
			ext := in.own(e.pattern)
			ext.first = c.steps(e.steps, spot{in: in, ext: ext})
		}
	}
	c.checkNames()
	c.checkClashes()
	c.checkOrder()
	c.checkLoops()
	c.checkReach(cfg)
	if err := joined(slices.DeleteFunc(c.faults, ofMissing)); err != nil {
		return nil, err
	}
	return c.plan, nil
}

// A compiler is what Compile keeps while it works.
type compiler struct {
	plan    *Plan
	faults  []*fault.Fault
	uses    []use
	choices []choice
	pairs   []pair

	requirements []requirement
	clashes      []clash
}

// A use is a place where a name is read.
type use struct {
	at   []string
	name string
}

// A choice is a text that must come out as one of the known words.
type choice struct {
	at    []string
	wrong string // what to say of another word, %q
	text  text
	known []string
}

// A pair is two steps that follow one another in a list.
type pair struct{ first, second Step }

// A spot is where in the plan a step stands.
type spot struct {
	in   *numbers   // its context
	ext  *extension // its extension; nil for what may_call makes
	next Step       // what follows; nil: the call ends
}

func (s spot) before(next Step) spot {
	s.next = next
	return s
}

func (c *compiler) faultf(v *value, format string, args ...any) {
	c.faults = append(c.faults, v.fault(format, args...))
}

// keyf is faultf of the key that v stands behind.
func (c *compiler) keyf(v *value, format string, args ...any) {
	c.faults = append(c.faults, v.keyFault(format, args...))
}

// declare makes the contexts and their extensions, so that steps can go to them before they are compiled.
func (c *compiler) declare(cfg Config) {
	for _, x := range cfg.contexts {
		n := &numbers{name: x.name, path: x.at.path, exact: make(map[string]*extension)}
		for _, e := range x.extensions {
			n.add(&extension{pattern: e.pattern, path: e.steps.path})
		}
		c.plan.contexts[x.name] = n
	}
}

// link resolves includes and rights.
func (c *compiler) link(cfg Config) {
	names := cfg.Contexts()
	for _, x := range cfg.contexts {
		n := c.plan.contexts[x.name]
		n.features = x.features
		for _, inc := range x.include {
			switch other := c.plan.contexts[inc.text]; {
			case other == nil:
				c.faultf(inc, "context %q is not defined%s", inc.text, fault.DidYouMean(inc.text, names))
			case other.includesOrIs(n):
				if inc.text == x.name {
					c.faultf(inc, "%q includes itself", x.name)
				} else {
					c.faultf(inc, "%q includes itself through %q", x.name, inc.text)
				}
			default:
				n.includes = append(n.includes, other)
			}
		}
		if x.mayCall != nil {
			n.rights = c.rights(x.mayCall, names)
			n.person = &extension{path: x.mayCall.path}
			n.person.first = c.person(x.mayCall, spot{in: n, ext: n.person})
		}
	}
	for _, n := range c.plan.contexts {
		n.family = n.gather()
	}
}

func (c *compiler) rights(v *value, contexts []string) *rights {
	r := &rights{}
	items := v.items
	if v.kind == scalar {
		items = []*value{v}
	}
	for _, group := range items {
		switch {
		case group.text == everyone:
			r.everyone = true
		case slices.Contains(contexts, group.text):
			r.groups = append(r.groups, group.text)
		case group.kind == scalar:
			c.faultf(group, "group %q is not a context%s", group.text, fault.DidYouMean(group.text, append(contexts, everyone)))
		}
	}
	return r
}

// person is how somebody whom may_call allows is called when no extension says it.
func (c *compiler) person(v *value, s spot) Step {
	user, err := parseText("{{ ." + valueExtension + " }}")
	if err != nil {
		c.faultf(v, "%v", err)
	}
	return c.placed(newDial(c.plan, user, defaultRing), v, s)
}

// steps compiles one step or a list of them and returns the first.
func (c *compiler) steps(v *value, s spot) Step {
	if v.kind != list {
		return c.step(v, s)
	}
	if len(v.items) == 0 {
		c.faultf(v, "the list of steps is empty")
	}
	for i, item := range slices.Backward(v.items) {
		first := c.step(item, s)
		if i < len(v.items)-1 {
			c.pairs = append(c.pairs, pair{first, s.next})
		}
		s.next = first
	}
	return s.next
}

// branch compiles the steps of an option that may be left out: the call then goes on with what follows.
func (c *compiler) branch(v *value, s spot) Step { return c.branchOr(v, s, s.next) }

// branchOr is branch for an option that, left out, is another one.
func (c *compiler) branchOr(v *value, s spot, otherwise Step) Step {
	if v == nil {
		return otherwise
	}
	return c.steps(v, s)
}

// step compiles one step: a word, one key, or several keys that assign and then go.
func (c *compiler) step(v *value, s spot) Step {
	switch {
	case v.kind == scalar:
		return c.word(v, s)
	case v.kind == mapping && len(v.fields) == 1:
		return c.keyed(v.fields[0], s)
	case v.kind == mapping && len(v.fields) > 1:
		return c.assignments(v, s)
	case v.kind == list:
		c.faultf(v, "a list within a list of steps: take the inner brackets away")
	default:
		c.faultf(v, "a step is missing here")
	}
	return c.broken(v, s)
}

// word compiles a step written as one word, or the context to go to.
func (c *compiler) word(v *value, s spot) Step {
	k, isStep := stepKinds[v.text]
	switch {
	case isStep && k.bare:
		return c.placed(k.compile(c, &value{path: v.path, text: v.text}, s), v, s)
	case isStep:
		c.faultf(v, "%s needs a value: `%s: …`", v.text, v.text)
	case c.plan.contexts[v.text] != nil || strings.Contains(v.text, ","):
		return c.placed(compileGoto(c, v, s), v, s)
	default:
		known := append(stepNames(nil), slices.Collect(maps.Keys(c.plan.contexts))...)
		c.faultf(v, "%q is neither a step nor a context%s", v.text, fault.DidYouMean(v.text, known))
	}
	return c.broken(v, s)
}

// keyed compiles `name: value`.
func (c *compiler) keyed(f field, s spot) Step {
	k, known := stepKinds[f.key]
	if !known {
		c.keyf(f.value, "there is no step %q%s", f.key, fault.DidYouMean(f.key, stepNames(nil)))
		return c.broken(f.value, s)
	}
	if f.value.kind == empty && !k.bare {
		c.faultf(f.value, "%s needs a value", f.key)
		return c.broken(f.value, s)
	}
	if f.value.kind == empty {
		return c.placed(k.compile(c, &value{path: f.value.path, text: f.key}, s), f.value, s)
	}
	return c.placed(k.compile(c, f.value, s), f.value, s)
}

// assignments compiles `{language: ar, set: {…}, goto: x}`: goto comes last, in whatever order it is written.
func (c *compiler) assignments(v *value, s spot) Step {
	fields := slices.Clone(v.fields)
	for _, f := range fields {
		if k, known := stepKinds[f.key]; known && !k.assigns && f.key != "goto" {
			c.keyf(f.value, "%s cannot share its place with other steps: keys have no order, write a list", f.key)
			return c.broken(v, s)
		}
	}
	slices.SortStableFunc(fields, func(a, b field) int {
		return order(a.key == "goto") - order(b.key == "goto")
	})
	for _, f := range slices.Backward(fields) {
		s.next = c.keyed(f, s)
	}
	return s.next
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// placed remembers where a step stands.
func (c *compiler) placed(step Step, v *value, s spot) Step {
	if _, known := c.plan.places[step]; !known {
		c.plan.places[step] = place{path: v.path, ext: s.ext}
	}
	return step
}

// broken stands for a step that could not be compiled, so that the rest can be checked.
func (c *compiler) broken(v *value, s spot) Step {
	return c.placed(&broken{then{s.next}}, v, s)
}

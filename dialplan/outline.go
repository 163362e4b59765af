package dialplan

import (
	"cmp"
	"maps"
	"slices"
)

// An Outline is the plan as a picture: every context, what can be dialled in it, and the steps that follow, with all
// their branches. It is for people to look at; nothing can be done with it.
type Outline struct {
	Contexts []ContextOutline // by name
}

// A ContextOutline is one context.
type ContextOutline struct {
	Name       string
	Includes   []string
	MayCall    []string // the groups whose people may be called; "everyone" is all
	Extensions []ExtensionOutline
}

// An ExtensionOutline is what happens at one number, pattern or name of a context.
type ExtensionOutline struct {
	Context, Name string
	People        bool     // Name stands for the people whom may_call allows
	DialledFrom   []string // the contexts of people, and of guests, who can dial it
	Steps         []Node
}

// A Node is one step, as it is written, and what can follow it: the next Node of the list, or else one of Ways.
type Node struct {
	ID      int    // of the step within its extension, from 1
	Text    string // its line: "menu welcome"
	Prompts []Spoken
	Queues  []string // that it may put the caller into
	Ways    []Way
	To      []Place // what follows is drawn there; several: which of them, the call's values say
	Again   int     // what follows is the step with that ID, drawn before; 0: it is not
}

// A Way is one of several that follow a step.
type Way struct {
	On    []string // "1", "closed": any of these
	Steps []Node   // none: the call ends
}

// A Spoken is a prompt that a step plays.
type Spoken struct {
	Language string // "": that of the call
	Name     string
}

// A Place is where an extension is drawn.
type Place struct{ Context, Extension string }

// Outline draws the plan.
func (p *Plan) Outline() Outline {
	d := drawer{plan: p, places: make(map[*extension]Place)}
	for name, n := range p.contexts {
		for _, e := range n.written() {
			d.places[e] = Place{name, e.String()}
		}
	}
	var o Outline
	for _, name := range slices.Sorted(maps.Keys(p.contexts)) {
		n := p.contexts[name]
		c := ContextOutline{Name: name}
		for _, i := range n.includes {
			c.Includes = append(c.Includes, i.name)
		}
		if n.rights != nil {
			c.MayCall = slices.Clone(n.rights.groups)
			if n.rights.everyone {
				c.MayCall = []string{everyone}
			}
		}
		for _, e := range n.written() {
			c.Extensions = append(c.Extensions, d.extension(n, e))
		}
		o.Contexts = append(o.Contexts, c)
	}
	return o
}

// written is the context's own extensions: the exact ones in their order, then patterns, then people.
func (n *numbers) written() []*extension {
	all := slices.SortedFunc(maps.Values(n.exact), func(a, b *extension) int { return cmp.Compare(a.pattern.text, b.pattern.text) })
	all = append(all, n.patterns...)
	if n.person != nil {
		all = append(all, n.person)
	}
	return all
}

// A drawer draws one extension after the other.
type drawer struct {
	plan   *Plan
	places map[*extension]Place

	ext   *extension   // that is being drawn
	drawn map[Step]int // its steps, by their number
}

func (d *drawer) extension(n *numbers, e *extension) ExtensionOutline {
	d.ext, d.drawn = e, make(map[Step]int)
	x := ExtensionOutline{Context: n.name, Name: e.String(), People: e == n.person, DialledFrom: d.dialledFrom(n, e)}
	if x.People {
		x.Name = ""
	}
	x.Steps = d.steps(e.first)
	return x
}

// dialledFrom is the contexts with somebody in them in which the keys of a phone lead to e.
func (d *drawer) dialledFrom(n *numbers, e *extension) []string {
	if e.pattern.exact && !e.dialled() {
		return nil
	}
	var from []string
	for _, m := range d.plan.around(n) {
		peopled := m.name == d.plan.services.Guests
		for _, u := range d.plan.services.Users {
			peopled = peopled || u.Context == m.name
		}
		if peopled && slices.Contains(m.everything(), e) {
			from = append(from, m.name)
		}
	}
	return from
}

// steps draws step and all that follows it.
func (d *drawer) steps(step Step) []Node {
	var nodes []Node
	for step != nil {
		if id := d.drawn[step]; id != 0 {
			return append(nodes, Node{Again: id})
		}
		if at := d.plan.places[step]; at.ext != nil && at.ext != d.ext {
			return append(nodes, Node{To: []Place{d.places[at.ext]}})
		}
		node, next := d.node(step)
		nodes = append(nodes, node)
		step = next
	}
	return nodes
}

// node draws one step and returns the only one that follows it; nil: none does, or there are several.
func (d *drawer) node(step Step) (Node, Step) {
	d.drawn[step] = len(d.drawn) + 1
	n := Node{ID: d.drawn[step], Text: step.String()}
	if s, speaks := step.(speaker); speaks {
		n.Prompts = d.spoken(s.prompts())
	}
	switch s := step.(type) {
	case *jump:
		n.To = d.leads(s)
		return n, nil
	case *enqueue:
		n.Queues = d.plan.outcomes(s.name)
	}
	exits := step.Exits()
	if len(exits) == 1 && exits[0].On == "" {
		return n, exits[0].To
	}
	ways := make(map[Step]int)
	for _, e := range exits {
		if i, known := ways[e.To]; known {
			n.Ways[i].On = append(n.Ways[i].On, e.On)
			continue
		}
		ways[e.To] = len(n.Ways)
		n.Ways = append(n.Ways, Way{On: []string{e.On}, Steps: d.steps(e.To)})
	}
	return n, nil
}

// leads is where a goto goes.
func (d *drawer) leads(s *jump) []Place {
	if s.ext != nil {
		return []Place{d.places[s.ext]}
	}
	var all []Place
	for _, e := range s.to.everything() {
		if at := d.places[e]; !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Context, b.Context), cmp.Compare(a.Extension, b.Extension))
	})
	return all
}

// spoken is what is played, each prompt once.
func (d *drawer) spoken(all []prompt) []Spoken {
	var said []Spoken
	for _, p := range all {
		for _, name := range d.plan.outcomes(p.name) {
			if s := (Spoken{p.language, name}); !slices.Contains(said, s) {
				said = append(said, s)
			}
		}
	}
	return said
}

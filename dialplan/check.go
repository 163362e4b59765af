package dialplan

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"text/template"

	"hatif/internal/fault"
)

// defines notes that steps set a variable, to a value that may be known beforehand.
func (c *compiler) defines(name string, to text) { c.plan.vars[name] = append(c.plan.vars[name], to) }

// unforeseen is a value that only the call will show.
var unforeseen = text{template: template.New("")}

// checkNames finds names that nothing sets, and texts that can only come out as something that is not there.
func (c *compiler) checkNames() {
	known := slices.Concat(builtin, slices.Collect(maps.Keys(c.plan.vars)))
	for _, u := range c.uses {
		if !slices.Contains(known, u.name) {
			c.faults = append(c.faults, fault.Errorf(u.at, "nothing sets %q%s", u.name, fault.DidYouMean(u.name, known)))
		}
	}
	for _, ch := range c.choices {
		for _, word := range c.plan.outcomes(ch.text) {
			if !slices.Contains(ch.known, word) {
				c.faults = append(c.faults, fault.Errorf(ch.at, ch.wrong+"%s", word, fault.DidYouMean(word, ch.known)))
			}
		}
	}
	c.checkSkills()
}

// outcomes is every value t can have, as far as the file alone says.
func (p *Plan) outcomes(t text) []string {
	if t.fixed() {
		return []string{t.raw}
	}
	if t.only == valueLanguage {
		return p.services.Languages
	}
	var words []string
	for _, set := range p.vars[t.only] {
		if set.fixed() {
			words = append(words, set.raw)
		}
	}
	return words
}

// checkOrder finds steps that stand behind one that never goes on.
func (c *compiler) checkOrder() {
	reached := make(map[Step]bool)
	for _, n := range c.plan.contexts {
		for _, e := range n.exact {
			walk(e.first, reached)
		}
		for _, e := range n.patterns {
			walk(e.first, reached)
		}
	}
	for _, p := range c.pairs {
		if reached[p.first] && !reached[p.second] {
			at := c.plan.places[p.second].path
			c.faults = append(c.faults, fault.Errorf(at, "this step is never reached: %q before it does not go on", p.first))
		}
	}
}

// walk marks every step that can follow.
func walk(s Step, reached map[Step]bool) {
	if s == nil || reached[s] {
		return
	}
	reached[s] = true
	for _, exit := range s.Exits() {
		walk(exit.To, reached)
	}
}

// checkLoops finds circles of steps in which no time passes and the caller does nothing.
func (c *compiler) checkLoops() {
	const (
		open   = 1
		closed = 2
	)
	state := make(map[Step]int)
	var path []Step
	var visit func(s Step)
	visit = func(s Step) {
		switch {
		case s == nil || state[s] == closed:
			return
		case state[s] == open:
			c.loop(path[slices.Index(path, s):])
			return
		}
		state[s] = open
		path = append(path, s)
		for _, exit := range s.Exits() {
			if !exit.Waits && !exit.Open {
				visit(exit.To)
			}
		}
		path = path[:len(path)-1]
		state[s] = closed
	}
	for _, s := range c.inOrder() {
		visit(s)
	}
}

// loop reports a circle at its first step in the file.
func (c *compiler) loop(circle []Step) {
	names := make([]string, 0, len(circle)+1)
	for _, s := range circle {
		names = append(names, s.String())
	}
	names = append(names, names[0])
	at := slices.MinFunc(circle, c.byPlace)
	c.faults = append(c.faults, fault.Errorf(c.plan.places[at].path,
		"an endless loop without waiting: %s", strings.Join(names, ", ")))
}

// inOrder is every step, in the order of their places.
func (c *compiler) inOrder() []Step {
	return slices.SortedFunc(maps.Keys(c.plan.places), c.byPlace)
}

func (c *compiler) byPlace(a, b Step) int {
	p, q := c.plan.places[a].path, c.plan.places[b].path
	return cmp.Or(slices.Compare(p, q), strings.Compare(a.String(), b.String()))
}

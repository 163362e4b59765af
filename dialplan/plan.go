package dialplan

import (
	"errors"
	"maps"
	"slices"

	"hatif/call"
	"hatif/internal/fault"
)

// A Plan is the compiled dialplan. It never changes: calls in progress keep the plan they began with.
type Plan struct {
	services Services
	contexts map[string]*numbers
	places   map[Step]place
	groups   map[string][]string // who can be called, by context and sorted; read only
	warnings []*fault.Fault
	vars     map[string][]text // variables that steps set, with the values they are set to
}

// place is where a step was written.
type place struct {
	path []string
	ext  *extension
}

// Warnings are what Compile found odd but not wrong: contexts and extensions that no call can reach.
func (p *Plan) Warnings() []*fault.Fault { return slices.Clone(p.warnings) }

// A Redirect sends a call to another place of the dialplan. It is the cause of the context of the step
// that it interrupts.
type Redirect struct {
	Context   string
	Extension string // "": start
}

func (r *Redirect) Error() string { return "sent to " + r.String() }

// String is "context,extension".
func (r *Redirect) String() string { return r.Context + "," + r.extension() }

func (r *Redirect) extension() string {
	if r.Extension == "" {
		return start
	}
	return r.Extension
}

// errNowhere is a place that the plan does not have.
var errNowhere = errors.New("no such place in the dialplan")

// enter finds what number leads to from a context, and notes where the call is now. The error is the cause
// of the refusal.
func (p *Plan) enter(c *call.Call, context, number string) (Step, error) {
	e, err := p.look(context, number)
	if err != nil {
		return nil, err
	}
	arrive(c, context, number)
	return e.first, nil
}

// here is the context that the call is in: in which its number was dialled, or to which it was sent. A step may be
// written in another, which that one includes; whose rights count is not a matter of where a step is written.
func (p *Plan) here(c *call.Call, written *numbers) *numbers {
	if n := p.contexts[c.Var(valueContext)]; n != nil {
		return n
	}
	return written
}

// around is every context that a call can be in when it comes to a step that is written in n.
func (p *Plan) around(n *numbers) []*numbers {
	var all []*numbers
	for _, name := range slices.Sorted(maps.Keys(p.contexts)) {
		if m := p.contexts[name]; slices.Contains(m.family, n) {
			all = append(all, m)
		}
	}
	return all
}

// look is what number leads to for the people of a context, or the cause of the refusal.
func (p *Plan) look(context, number string) (*extension, error) {
	n := p.contexts[context]
	if n == nil {
		return nil, call.NotFound.With("context %q is not in the dialplan", context)
	}
	e, v := n.find(number, p.services.Users)
	switch {
	case v == forbidden || v == unknown && p.exists(number):
		return nil, call.Forbidden.With("%s may not be called from %s", number, context)
	case v == unknown:
		return nil, call.NotFound.With("%s is nothing in %s", number, context)
	}
	return e, nil
}

// nobody is why a number that is no person's, or of one who is never called, cannot be dialled as one.
func (p *Plan) nobody(number string) *call.Cause {
	if p.exists(number) {
		return call.Forbidden.With("%s may not be called so", number)
	}
	return call.NotFound.With("there is no %s to call", number)
}

// exists reports whether number is a person, or something that is dialled, in any context.
func (p *Plan) exists(number string) bool {
	if _, isUser := p.services.Users[number]; isUser {
		return true
	}
	for _, n := range p.contexts {
		if e := n.exact[number]; e != nil && e.dialled() {
			return true
		}
	}
	return false
}

// arrive notes where the call is. The number that led there stays when a step goes to "start".
func arrive(c *call.Call, context, number string) {
	c.Set(valueContext, context)
	if number != start {
		c.Set(valueExtension, number)
	}
}

// Numbers lists what a caller of the context can dial that is written out, sorted: "0777", not patterns and people.
func (p *Plan) Numbers(context string) []string {
	n := p.contexts[context]
	if n == nil {
		return nil
	}
	var list []string
	for _, family := range n.family {
		for number, e := range family.exact {
			if e.dialled() && !slices.Contains(list, number) {
				list = append(list, number)
			}
		}
	}
	slices.Sort(list)
	return list
}

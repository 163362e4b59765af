package dialplan

import (
	"maps"
	"slices"

	"hatif/call"
)

// An Origin is the conversation that a call is about: of a call that was owed, the one that promised it.
type Origin struct {
	Call  string // its id; "": none, and so the call is about itself
	Agent string // who spoke with the caller there
	Queue string
	Place string // the conversation in which a place in line was kept, whose turn has come; "": none
}

// BeginOwed prepares the way of a call that we make and that was answered: c's leg is the person called, the way begins
// in a context, at its extension start or as in "context,extension", whatever the person may dial. It is walked to its end even when the person
// hangs up: steps that need them are left out.
func (p *Plan) BeginOwed(c *call.Call, context string, variables map[string]string, about Origin) *Walk {
	for name, value := range variables {
		c.Set(name, value)
	}
	for name, value := range map[string]string{valueAbout: about.Call, valueAgent: about.Agent, valueQueue: about.Queue} {
		if about.Call != "" {
			c.Set(name, value)
		}
	}
	c.Set(valuePlace, about.Place)
	return &Walk{plan: p, call: c, from: destination(context)}
}

// Runs reports whether an owed call can begin in the context: whether it is there and has an extension start, or the
// one of "context,extension".
func (p *Plan) Runs(context string) bool {
	to := destination(context)
	n := p.contexts[to.Context]
	return n != nil && p.resolve(n, to.extension()) != nil
}

// Runnable lists the contexts for which Runs holds, sorted.
func (p *Plan) Runnable() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.contexts)), func(name string) bool { return !p.Runs(name) })
}

// originOf is the conversation that c is about.
func originOf(c *call.Call) Origin {
	v := values(c)
	return Origin{Call: v[valueAbout], Agent: v[valueAgent], Queue: v[valueQueue]}
}

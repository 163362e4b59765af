package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"hatif/call"
)

// branches is how much of a plan a number of walks has been through. What is measured:
//
//   - every way out of every step, which is what the step's Exits list: a key of a menu, each outcome of a dial, "then"
//     and "else". A way has been walked when a call has gone it: by the step that followed and, where several ways lead
//     to the same one, by what the step says of its outcome. A way that is not written but follows from the step, such
//     as the full of a queue, counts like the others;
//   - every context that another includes: somebody of that one has dialled a number of it;
//   - every group of may_call: somebody of it has been called from there.
type branches struct {
	plan *Plan
	todo []string // in the order of the file

	mu   sync.Mutex
	done map[string]bool // guarded by mu
}

func branchesOf(p *Plan) *branches {
	b := &branches{plan: p, done: make(map[string]bool)}
	c := &compiler{plan: p}
	for _, step := range c.inOrder() {
		if _, unwritten := step.(*afterwards); unwritten || p.places[step].ext.pattern.text == "" {
			continue // what people without an extension of their own are called by
		}
		for _, e := range step.Exits() {
			b.todo = append(b.todo, b.name(step, e.On))
		}
	}
	for _, n := range everyContext(p) {
		for _, in := range n.includes {
			b.todo = append(b.todo, n.name+" includes "+in.name)
		}
		if n.rights == nil {
			continue
		}
		for _, group := range n.rights.groups {
			b.todo = append(b.todo, n.name+" may call "+group)
		}
		if n.rights.everyone {
			b.todo = append(b.todo, n.name+" may call everyone")
		}
	}
	return b
}

func (b *branches) name(step Step, on string) string {
	return strings.TrimSpace(fmt.Sprintf("%s (%s): %s", strings.Join(b.plan.places[step].path, "."), step, on))
}

// watch counts the ways that a walk goes.
func (b *branches) watch(w *Walk) {
	w.took = func(step, next Step) {
		if _, written := b.plan.places[step]; written {
			b.walked(b.name(step, wayOut(w.call, step, next)))
		}
	}
}

func (b *branches) walked(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done[name] = true
}

// dialled counts what a number that was dialled in a context led to.
func (b *branches) dialled(context, number string) {
	n, users := b.plan.contexts[context], b.plan.services.Users
	e, v := n.find(number, users)
	if v != found {
		return
	}
	for _, in := range n.includes {
		if len(e.path) > 0 && slices.ContainsFunc(in.family, func(m *numbers) bool { return m.name == e.path[0] }) {
			b.walked(n.name + " includes " + in.name)
		}
	}
	if u, person := users[number]; person && n.rights != nil && n.rights.allow(u) {
		b.walked(n.name + " may call " + u.Context)
		b.walked(n.name + " may call everyone")
	}
}

// missed is what no walk has been through.
func (b *branches) missed() []string {
	return slices.DeleteFunc(slices.Clone(b.todo), func(name string) bool { return b.done[name] })
}

// wayOut is which of the step's exits a call has gone, by the step that follows. Where that does not tell, the step's
// kind has to: a new kind with such ways is to be added here.
func wayOut(c *call.Call, step, next Step) string {
	var ways []string
	for _, e := range step.Exits() {
		if e.To == next {
			ways = append(ways, e.On)
		}
	}
	if len(ways) == 1 {
		return ways[0]
	}
	path := c.Snapshot().Path
	said := path[len(path)-1].Text
	is := func(way string, really bool) string {
		if really && slices.Contains(ways, way) {
			return way
		}
		return ""
	}
	var way string
	switch step.(type) {
	case *menu:
		way = is("timeout", strings.HasPrefix(said, "no digit in")) + is("invalid", strings.HasPrefix(said, "no valid digit"))
	case *ask:
		unanswered, invalid := strings.HasPrefix(said, "no ") && !strings.Contains(said, " tries"), strings.HasPrefix(said, "no valid")
		way = is("unanswered", unanswered) + is("invalid", invalid) + is("answered", !unanswered && !invalid)
	case *dial:
		way = is(c.Var(valueOutcome), true)
	case *enqueue:
		outcome := c.Var(valueOutcome)
		way = is(outcome, true) + is("unanswered", outcome == "timed out") + is("empty", outcome == "left empty")
	case *leaveMessage:
		full := strings.HasSuffix(said, "is full")
		way = is("full", full) + is("", !full)
	case *park:
		way = is("fetched", strings.HasPrefix(said, "talking")) + is("full", said == "no place to park") + is("nobody", strings.HasPrefix(said, "parked"))
	}
	return way
}

// everyContext is the plan's contexts by name.
func everyContext(p *Plan) []*numbers {
	var all []*numbers
	for _, name := range slices.Sorted(maps.Keys(p.contexts)) {
		all = append(all, p.contexts[name])
	}
	return all
}

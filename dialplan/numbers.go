package dialplan

import (
	"maps"
	"slices"
)

// everyone in may_call means all groups.
const everyone = "everyone"

// numbers is a compiled context: what each number leads to. It never changes once compiled.
type numbers struct {
	name     string
	path     []string
	exact    map[string]*extension
	patterns []*extension // the most specific first
	includes []*numbers   // no cycles
	family   []*numbers   // the context and all that it includes, in the order of look-up
	rights   *rights      // nil: may_call is not written
	person   *extension   // how people whom rights allow are called
	features []string     // what its people may do in a conversation; nil: not written
}

// An extension is a number or pattern and its steps.
type extension struct {
	pattern Pattern
	path    []string
	first   Step
}

// String is the extension as it is written.
func (e *extension) String() string {
	if e.pattern.text == "" {
		return "people of " + keyMayCall
	}
	return e.pattern.text
}

// rights say which people may be called.
type rights struct {
	everyone bool
	groups   []string
}

func (r *rights) allow(u User) bool {
	return u.Callable && (r.everyone || slices.Contains(r.groups, u.Context))
}

func (n *numbers) add(e *extension) {
	if e.pattern.exact {
		n.exact[e.pattern.text] = e
		return
	}
	n.patterns = append(n.patterns, e)
	slices.SortStableFunc(n.patterns, func(a, b *extension) int { return a.pattern.compare(b.pattern) })
}

// own is the extension that is written with pattern p in this context.
func (n *numbers) own(p Pattern) *extension {
	if p.exact {
		return n.exact[p.text]
	}
	for _, e := range n.patterns {
		if e.pattern.text == p.text {
			return e
		}
	}
	return nil
}

func (n *numbers) includesOrIs(other *numbers) bool {
	return n == other || slices.ContainsFunc(n.includes, func(i *numbers) bool { return i.includesOrIs(other) })
}

// gather is what family holds.
func (n *numbers) gather() []*numbers {
	all := []*numbers{n}
	for _, i := range n.includes {
		for _, m := range i.gather() {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}

// everything is all extensions that a number dialled in the context can lead to.
func (n *numbers) everything() []*extension {
	var all []*extension
	for _, m := range n.family {
		for _, e := range m.exact {
			if n.lookup(e.pattern.text) == e {
				all = append(all, e)
			}
		}
		all = append(all, m.patterns...)
		if m.person != nil {
			all = append(all, m.person)
		}
	}
	return all
}

// lookup finds what number leads to, without regard to rights: exactly, then by the most specific pattern,
// then in the includes in their order. nil: nothing.
func (n *numbers) lookup(number string) *extension {
	for _, m := range n.family {
		if e := m.exact[number]; e != nil {
			return e
		}
		for _, e := range m.patterns {
			if e.pattern.Match(number) {
				return e
			}
		}
	}
	return nil
}

// A verdict is what became of a look-up.
type verdict int

const (
	found verdict = iota
	unknown
	forbidden // the number exists, but not for this context
)

// find is lookup with rights. Where may_call is written, people can be dialled only as it says, unless an
// extension names them exactly; people it allows are called even where no extension matches.
func (n *numbers) find(number string, users map[string]User) (*extension, verdict) {
	e := n.lookup(number)
	if e != nil && e.pattern.exact {
		return e, found
	}
	if u, isUser := users[number]; isUser {
		limited := false
		for _, m := range n.family {
			switch {
			case m.rights == nil:
			case m.rights.allow(u) && e != nil:
				return e, found
			case m.rights.allow(u):
				return m.person, found
			default:
				limited = true
			}
		}
		if limited {
			return nil, forbidden
		}
	}
	if e == nil {
		return nil, unknown
	}
	return e, found
}

// longer reports whether more keys after number could still lead somewhere: a collector waits for them.
func (n *numbers) longer(number string, users map[string]User) bool {
	for _, m := range n.family {
		for name, e := range m.exact {
			if e.dialled() && len(name) > len(number) && e.pattern.longer(number) {
				return true
			}
		}
		for _, e := range m.patterns {
			if e.pattern.early(number) {
				return false
			}
			if e.pattern.longer(number) {
				return true
			}
		}
		if m.rights == nil {
			continue
		}
		for user, u := range users {
			if len(user) > len(number) && user[:len(number)] == number && m.rights.allow(u) {
				return true
			}
		}
	}
	return false
}

// dialled reports whether keys alone can spell the extension's name.
func (e *extension) dialled() bool {
	for i := 0; i < len(e.pattern.text); i++ {
		switch c := e.pattern.text[i]; {
		case c >= '0' && c <= '9', c == '*', c == '#', c >= 'A' && c <= 'D':
		default:
			return false
		}
	}
	return true
}

// spelled is the names of all exact extensions that can be reached in the context.
func (n *numbers) spelled() []string {
	var names []string
	for _, m := range n.family {
		names = slices.AppendSeq(names, maps.Keys(m.exact))
	}
	return names
}

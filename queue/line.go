package queue

import (
	"cmp"
	"slices"
)

// A line is tickets in the order in which they are to be served: by priority, then as they came.
type line []*ticket

func (l line) search(t *ticket) (int, bool) { return slices.BinarySearchFunc(l, t, inOrder) }

func inOrder(a, b *ticket) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.order, b.order))
}

// position is t's place from 1, or 0 when t does not stand in l.
func (l line) position(t *ticket) int {
	if i, found := l.search(t); found {
		return i + 1
	}
	return 0
}

// add puts t in its place; a ticket that stands there already stays.
func (l *line) add(t *ticket) {
	if i, found := l.search(t); !found {
		*l = slices.Insert(*l, i, t)
	}
}

// remove takes t out. The head, who leaves most often, leaves without anybody moving.
func (l *line) remove(t *ticket) {
	i, found := l.search(t)
	switch {
	case !found:
	case i == 0:
		(*l)[0] = nil
		*l = (*l)[1:]
	default:
		*l = slices.Delete(*l, i, i+1)
	}
}

// A bench is the agents of one queue who may be rung now, by penalty, then by position.
type bench []Agent

func (b bench) search(a Agent) (int, bool) { return slices.BinarySearchFunc(b, a, before) }

func before(a, b Agent) int {
	return cmp.Or(cmp.Compare(a.Penalty, b.Penalty), cmp.Compare(a.Position, b.Position))
}

func (b *bench) add(a Agent) {
	if i, found := b.search(a); !found {
		*b = slices.Insert(*b, i, a)
	}
}

func (b *bench) remove(a Agent) {
	if i, found := b.search(a); found {
		*b = slices.Delete(*b, i, i+1)
	}
}

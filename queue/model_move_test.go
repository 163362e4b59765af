package queue

import (
	"errors"
	"fmt"
	"slices"
)

// moveOne sends somebody to another queue, possible or not, and looks whether they are where the answer says.
func (w *world) moveOne() {
	if len(w.tickets) == 0 {
		return
	}
	t := w.tickets[w.chance.IntN(len(w.tickets))]
	to := w.queues[[]string{"a", "b", "c"}[w.chance.IntN(3)]]
	if to == nil || !t.inLine() || t.kept {
		return
	}
	from, joined, order, rung := t.queue, t.Joined, t.order, slices.ContainsFunc(t.held, func(a *agent) bool { return a.claim == Ringing })
	picked := t.winner != nil || t.lifted()
	takes := to.takesByHand(w.now)
	err := w.send(t, to, w.now)
	switch {
	case errors.Is(err, ErrPickedUp) && picked, errors.Is(err, ErrInThatQueue) && from == to, errors.Is(err, ErrTakesNobody) && !takes:
	case err != nil:
		panic(fmt.Sprintf("call %s from %s to %s: %v", t.Call, from.name, to.name, err))
	case picked || from == to || !takes:
		panic(fmt.Sprintf("call %s was sent from %s to %s", t.Call, from.name, to.name))
	case t.Joined != joined || t.order != order:
		panic(fmt.Sprintf("call %s has lost the time waited", t.Call))
	case rung && t.queue == from && t.bound != to.name:
		panic(fmt.Sprintf("call %s rings and is not on the way to %s", t.Call, to.name))
	case rung && t.queue != from && t.inLine():
		panic(fmt.Sprintf("call %s has left %s while phones rang", t.Call, from.name))
	}
}

// quieten is what a caller's script does with phones that ring when it has been sent to another queue. One of them may be
// picked up, or refuse, before it is quiet.
func (w *world) quieten(t *ticket) {
	if t.bound == "" || w.chance.IntN(4) == 0 {
		return
	}
	for _, r := range slices.Clone(w.rings) {
		if r.t == t {
			w.rings = slices.DeleteFunc(w.rings, func(o ring) bool { return o == r })
			w.quiet(r, nil)
		}
	}
}

// moveBroken checks a ticket that is on the way to another queue.
func (t *ticket) moveBroken() error {
	if t.bound == "" {
		return nil
	}
	if t.winner != nil || t.kept || len(t.held) == 0 {
		return fmt.Errorf("is bound for %s with nothing to wait for", t.bound)
	}
	if len(t.wake) == 0 && slices.ContainsFunc(t.held, func(a *agent) bool { return a.claim == Reserved }) {
		return fmt.Errorf("is bound for %s and holds somebody who does not ring", t.bound)
	}
	return nil
}

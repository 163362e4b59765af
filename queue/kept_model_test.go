package queue

import (
	"fmt"
	"time"
)

// callBack is what happens to kept places: a caller in line makes theirs one, or one whose turn has come is called.
func (w *world) callBack() {
	if w.chance.IntN(2) == 0 {
		if t, ok := pick(w.chance, &w.tickets); ok {
			switch {
			case !w.keep(t, t.caller.Number, w.now):
				w.tickets = append(w.tickets, t)
			case w.chance.IntN(8) == 0: // it could not be written
				w.unkeep(t, w.now)
				w.tickets = append(w.tickets, t)
			default:
				w.kept = append(w.kept, t) // they hang up later
			}
		}
		return
	}
	t, ok := pick(w.chance, &w.kept)
	switch {
	case !ok, isClosed(t.gone): // they have called again, or the queue is no more
	case t.lingers:
		w.hungUp(t, w.now)
		w.kept = append(w.kept, t)
	case !t.calling:
		w.kept = append(w.kept, t)
	case w.chance.IntN(3) == 0:
		w.again(t, w.now.Add(time.Duration(w.chance.IntN(5))*time.Second), w.now)
		w.kept = append(w.kept, t)
	case w.chance.IntN(4) == 0:
		w.leave(t, Unreachable, w.now)
	default:
		w.calls++
		w.tickets = append(w.tickets, w.revive(t.Call, fmt.Sprint("c", w.calls), w.now))
	}
}

// keptBroken checks what makes a place a kept one.
func (t *ticket) keptBroken(waits bool, now time.Time) error {
	q := t.queue
	_, known := q.kept.search(t)
	calling := 0
	for _, k := range q.kept {
		if k.calling {
			calling++
		}
	}
	switch {
	case t.lingers && (!t.kept || t.calling):
		return fmt.Errorf("is on the line still: kept %t, called %t", t.kept, t.calling)
	case known != t.kept:
		return fmt.Errorf("is kept %t and is known as such %t", t.kept, known)
	case calling != q.calling:
		return fmt.Errorf("%d callers are called, there are %d", q.calling, calling)
	case t.calling && (!t.kept || len(t.held) != 1 || t.held[0].claim != Reserved):
		return fmt.Errorf("is called with %d agents, kept %t", len(t.held), t.kept)
	case t.kept && waits != t.callable(now):
		return fmt.Errorf("may be called %t and waits for an agent %t", t.callable(now), waits)
	case t.kept && !t.deadline.IsZero():
		return fmt.Errorf("is kept and runs out of patience")
	}
	return nil
}

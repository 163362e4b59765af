package queue

import (
	"slices"
	"time"
)

// A dropped place is that of a caller who has gone, for as long as it waits for them to call again.
type dropped struct {
	order  uint64
	joined time.Time
	off    time.Duration
	at     time.Time
	until  time.Time
}

// drop keeps the place of a caller who has hung up in line, for as long as the queue says in which it is, or the one that
// they came to.
func (q *queue) drop(t *ticket, now time.Time) {
	keep := max(q.cfg.KeepPlace, t.keep)
	if keep <= 0 || t.caller.Number == "" {
		return
	}
	for number, d := range q.dropped {
		if now.After(d.until) {
			delete(q.dropped, number)
		}
	}
	if q.dropped == nil {
		q.dropped = make(map[string]dropped)
	}
	q.dropped[t.caller.Number] = dropped{order: t.order, joined: t.Joined, off: t.off, at: now, until: now.Add(keep)}
}

// has reports whether a caller has a place in q that waits for them.
func (q *queue) has(number string, now time.Time) bool {
	if d, was := q.dropped[number]; was && !now.After(d.until) {
		return true
	}
	return slices.ContainsFunc(q.kept, func(k *ticket) bool { return k.of(number) })
}

// of reports whether the kept place is the caller's.
func (t *ticket) of(number string) bool { return t.back == number || t.caller.Number == number }

// wayBack is way, and on to the queue where the caller has a place: they had overflowed to it.
func (e *engine) wayBack(way []*queue, number string, now time.Time) []*queue {
	if number == "" || way[len(way)-1].has(number, now) {
		return way
	}
	on := slices.Clone(way)
	for range len(e.queues) {
		to := e.queues[on[len(on)-1].cfg.Overflow.To]
		if to == nil || slices.Contains(on, to) {
			break
		}
		if on = append(on, to); to.has(number, now) && (to.refuses(now) == "" || to.refuses(now) == Full) {
			return on
		}
	}
	return way
}

// takeUp gives t, who has just come to q, the place that its caller has left: as one who is to be called back, which
// nobody is any more who is here, or a moment ago.
func (e *engine) takeUp(t *ticket, now time.Time) {
	q, number := t.queue, t.caller.Number
	if number == "" {
		return
	}
	for _, k := range q.kept {
		if !k.of(number) {
			continue
		}
		e.dismiss(k, Returned, now)
		t.order, t.Joined, t.off = k.order, k.Joined, k.off
		return
	}
	if d, was := q.dropped[number]; was {
		delete(q.dropped, number)
		if !now.After(d.until) {
			t.order, t.Joined, t.off = d.order, d.joined, d.off+now.Sub(d.at)
		}
	}
}

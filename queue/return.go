package queue

import "time"

// A dropped place is that of a caller who has gone, for as long as it waits for them to call again.
type dropped struct {
	order  uint64
	joined time.Time
	off    time.Duration
	at     time.Time
}

// drop keeps the place of a caller who has hung up in line.
func (q *queue) drop(t *ticket, now time.Time) {
	if q.cfg.KeepPlace <= 0 || t.caller.Number == "" {
		return
	}
	for number, d := range q.dropped {
		if now.Sub(d.at) > q.cfg.KeepPlace {
			delete(q.dropped, number)
		}
	}
	if q.dropped == nil {
		q.dropped = make(map[string]dropped)
	}
	q.dropped[t.caller.Number] = dropped{order: t.order, joined: t.Joined, off: t.off, at: now}
}

// takeUp gives t, who has just come to q, the place that its caller has left: as one who is to be called back, which
// nobody is any more who is here, or a moment ago.
func (e *engine) takeUp(t *ticket, now time.Time) {
	q, number := t.queue, t.caller.Number
	if number == "" {
		return
	}
	for _, k := range q.kept {
		if k.back != number && k.caller.Number != number {
			continue
		}
		e.dismiss(k, Returned, now)
		t.order, t.Joined, t.off = k.order, k.Joined, k.off
		return
	}
	if d, was := q.dropped[number]; was {
		delete(q.dropped, number)
		if now.Sub(d.at) <= q.cfg.KeepPlace {
			t.order, t.Joined, t.off = d.order, d.joined, d.off+now.Sub(d.at)
		}
	}
}

package history

import (
	"context"
	"iter"
	"time"

	"hatif/queue"
	"hatif/store"
)

// An Event is one that was kept. Its Order is by node.
type Event struct {
	Node string `json:"node,omitempty"` // which hatif it happened on, where several share a database
	queue.Event
}

// Read goes through what has happened since a moment, in order. After an error it yields nothing more.
func Read(ctx context.Context, db *store.DB, since time.Time) iter.Seq2[Event, error] {
	return events(db.QueueEvents(ctx, since))
}

const (
	// followPause is how often Follow looks for what is new.
	followPause = time.Second
	// followOverlap is how late an event may be written and still be found: a node that shares the database may have
	// waited for it.
	followOverlap = time.Minute
)

// Follow is Read that does not end: it goes on with what happens next, until ctx ends.
func Follow(ctx context.Context, db *store.DB, since time.Time) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		seen := make(map[string]uint64) // the last by node
		tick := time.NewTicker(followPause)
		defer tick.Stop()
		for {
			for ev, err := range Read(ctx, db, since) {
				if err == nil && ev.Order <= seen[ev.Node] {
					continue
				}
				seen[ev.Node] = ev.Order
				if from := ev.At.Add(-followOverlap); from.After(since) {
					since = from
				}
				if ctx.Err() != nil || !yield(ev, err) || err != nil {
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// before is the state of every agent at a moment, as the change that led to it.
func before(ctx context.Context, db *store.DB, moment time.Time) iter.Seq2[Event, error] {
	return events(db.QueueAgentsBefore(ctx, moment))
}

func events(rows iter.Seq2[store.QueueEvent, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for r, err := range rows {
			var ev queue.Event
			if err == nil {
				ev, err = event(r)
			}
			if !yield(Event{Node: r.Node, Event: ev}, err) || err != nil {
				return
			}
		}
	}
}

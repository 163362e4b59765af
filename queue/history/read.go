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
	Node string // which hatif it happened on, where several share a database
	queue.Event
}

// Read goes through what has happened since a moment, in order. After an error it yields nothing more.
func Read(ctx context.Context, db *store.DB, since time.Time) iter.Seq2[Event, error] {
	return events(db.QueueEvents(ctx, since))
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

package history

import (
	"context"

	"hatif/store"
)

// Compute works out the figures of a span from the events in the store.
func Compute(ctx context.Context, db *store.DB, s Span) ([]*QueueFigures, []*AgentFigures, error) {
	t := NewTally(s)
	for ev, err := range before(ctx, db, s.Since) {
		if err != nil {
			return nil, nil, err
		}
		t.Knew(ev)
	}
	for ev, err := range Read(ctx, db, s.Since) {
		if err != nil {
			return nil, nil, err
		}
		if !t.Add(ev) {
			break
		}
	}
	queues, agents := t.Figures()
	return queues, agents, nil
}

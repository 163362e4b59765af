package history

import (
	"context"
	"time"

	"hatif/store"
)

// Compute works out the figures of a span from the events in the store.
func Compute(ctx context.Context, db *store.DB, s Span) ([]*QueueFigures, []*AgentFigures, error) {
	t, _, err := compute(ctx, db, s, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	queues, agents := t.Figures()
	return queues, agents, nil
}

// warmUp is how long before a span the events are read: for the queue of a wrap-up that goes on when it begins, and the
// places that are kept then. What has lasted for longer is not known.
const warmUp = 24 * time.Hour

// begun is a tally that knows what agents were doing warmUp before its span.
func begun(ctx context.Context, db *store.DB, s Span) (*Tally, error) {
	t := NewTally(s)
	for ev, err := range before(ctx, db, s.Since.Add(-warmUp)) {
		if err != nil {
			return nil, err
		}
		t.Knew(ev)
	}
	return t, nil
}

// compute is the tally of a span, of events until a limit if there is one. It is settled when nothing that is still to
// come can change it.
func compute(ctx context.Context, db *store.DB, s Span, limit time.Time) (t *Tally, settled bool, err error) {
	t, err = begun(ctx, db, s)
	if err != nil {
		return nil, false, err
	}
	for ev, err := range Read(ctx, db, s.Since.Add(-warmUp)) {
		if err != nil {
			return nil, false, err
		}
		if !limit.IsZero() && ev.At.After(limit) {
			return t, false, nil
		}
		if !t.Add(ev) {
			return t, true, nil
		}
	}
	return t, false, nil
}

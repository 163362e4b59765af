package callback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hatif/store"
)

// ErrLate is the error of changing a promise that is being kept, or is over.
var ErrLate = errors.New("too late")

// cancellable are the states in which a promise can be taken back.
var cancellable = []string{store.OwedWaiting, store.OwedInLine, store.OwedDialling}

// Owed calls as a person changes them; *store.DB is one.
type orders interface {
	Owed(ctx context.Context, id string) (store.Owed, error)
	SwapOwed(ctx context.Context, was, now store.Owed) (bool, error)
}

// Cancel ends a promise, unless somebody has answered already: the error is ErrLate then. A phone that rings is quiet
// within a second, in whichever process it is rung. by is who cancels; "": nobody says.
func Cancel(ctx context.Context, db orders, id, by string) error {
	for { // it may be taken up meanwhile
		row, err := db.Owed(ctx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(cancellable, row.State) {
			return fmt.Errorf("owed call %s is %s: %w to cancel it", row.ID, row.State, ErrLate)
		}
		gone := row
		gone.State, gone.Ended, gone.Cause, gone.Lease = store.OwedCancelled, time.Now(), "cancelled", time.Time{}
		if by != "" {
			gone.Cause += " by " + by
		}
		if ok, err := db.SwapOwed(ctx, row, gone); ok || err != nil {
			return err
		}
	}
}

// Cancel is Cancel for a promise of this book or another one on the same store.
func (b *Book) Cancel(ctx context.Context, id, by string) error {
	err := Cancel(ctx, b.store, id, by)
	b.look()
	return err
}

// Hasten makes a promise that waits for its time due at once; its hours hold all the same. The error is ErrLate when it
// does not wait for a time.
func (b *Book) Hasten(ctx context.Context, id string) error {
	row, err := b.store.Owed(ctx, id)
	if err != nil {
		return err
	}
	if row.State != store.OwedWaiting {
		return fmt.Errorf("owed call %s is %s: %w to hasten it", id, row.State, ErrLate)
	}
	soon := row
	if now := time.Now(); now.Before(row.Due) {
		soon.Due = now
	}
	ok, err := b.store.SwapOwed(ctx, row, soon)
	if err == nil && !ok {
		err = fmt.Errorf("owed call %s was taken up: %w to hasten it", id, ErrLate)
	}
	b.look()
	return err
}

package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"hatif/recorder"
	"hatif/store"
)

// A shelf is the recordings as they are kept and deleted: what is decided is in the store before a file goes.
type shelf struct {
	recorder *recorder.Recorder
	store    *store.DB
}

// days removes the recordings that are older, but for those that are held.
func (s shelf) days(ctx context.Context, olderThan time.Duration) (int, error) {
	return s.removed(ctx, func() ([]string, error) { return s.recorder.Prune(olderThan, s.consent(ctx)) })
}

// disk removes the oldest recordings but for those that are held, until they take no more than most bytes.
func (s shelf) disk(ctx context.Context, most int64) (int, error) {
	return s.removed(ctx, func() ([]string, error) { return s.recorder.PruneTo(most, s.consent(ctx)) })
}

func (s shelf) consent(ctx context.Context) recorder.Consent {
	return func(names []string) ([]string, error) {
		return s.store.CondemnRecordings(ctx, names, "", "", time.Now())
	}
}

// removed notes what prune has removed, after what an earlier process was killed over.
func (s shelf) removed(ctx context.Context, prune func() ([]string, error)) (int, error) {
	left := s.finish(ctx)
	names, err := prune()
	for batch := range slices.Chunk(names, removedAtOnce) {
		err = errors.Join(err, s.store.RecordingsRemoved(ctx, batch, time.Now()))
	}
	return len(names), errors.Join(left, err)
}

// removedAtOnce bounds one statement.
const removedAtOnce = 500

// finish removes the files of recordings that were decided to be deleted, and are still there.
func (s shelf) finish(ctx context.Context) error {
	names, err := s.store.CondemnedRecordings(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, name := range names {
		if err := s.recorder.Remove(name); err != nil {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, s.store.RecordingsRemoved(ctx, []string{name}, time.Now()))
	}
	return errors.Join(faults...)
}

// Delete removes one recording for an account of the console. The error is store.ErrHeld when it is held.
func (s shelf) Delete(ctx context.Context, name, call, by string) error {
	condemned, err := s.store.CondemnRecordings(ctx, []string{name}, call, by, time.Now())
	if err != nil {
		return err
	}
	if len(condemned) == 0 {
		marks, err := s.store.RecordingMarks(ctx, []string{name})
		if err != nil {
			return err
		}
		if !marks[name].Held.IsZero() {
			return store.ErrHeld
		}
	}
	if err := s.recorder.Remove(name); err != nil {
		return err // finish will
	}
	return s.store.RecordingsRemoved(ctx, []string{name}, time.Now())
}

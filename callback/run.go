package callback

import (
	"context"
	"errors"
	"time"

	"hatif/calendar"
	"hatif/call"
	"hatif/store"
)

const (
	// busyPause is when somebody who is on a call is tried again; that is no attempt.
	busyPause = 30 * time.Second
	// leaseMargin is how long after the end of the ringing an attempt may still be settled before another hatif on
	// the same database takes its caller for dead.
	leaseMargin = time.Minute
	// markLimit bounds the writing of the mark that somebody has answered: they wait for it in silence.
	markLimit = 5 * time.Second
	// outagePause is how often a database that is away is tried again.
	outagePause = time.Second
)

// Run makes the calls that are due until ctx ends; then it drains the Book, waits until the calls in progress are over,
// and returns nil.
//
// What is written when makes sure that nobody is called again after they have answered, however the process ends:
// before the dialling the attempt is counted, under a lease; when somebody answers this is marked, and only then is
// their phone told that the answer has arrived. So there is no conversation without the mark. A process that finds a
// lease of its own without the mark takes the attempt for failed, and one with the mark for done.
func (b *Book) Run(ctx context.Context) error {
	defer b.attempts.Wait()
	defer b.Drain()
	timer := time.NewTimer(0)
	defer timer.Stop()
	own, troubled := true, false // own: an earlier process's calls are still to be settled
	for {
		select {
		case <-timer.C:
		case <-b.wake:
		case <-ctx.Done():
			return nil
		}
		next, err := b.round(ctx, own)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !troubled:
			b.log.Error("owed calls cannot be made now", "error", err)
		case err == nil && troubled:
			b.log.Info("owed calls are made again")
		}
		own, troubled = own && err != nil, err != nil
		timer.Reset(min(b.poll, max(0, time.Until(next))))
	}
}

// round begins every call that may be begun now, and says when there will be more to do, as far as is known; a past
// time never.
func (b *Book) round(ctx context.Context, own bool) (time.Time, error) {
	now := time.Now()
	later := now.Add(b.poll)
	b.seeToPlaces(ctx)
	left, err := b.store.LeftOwed(ctx, now, own)
	if err != nil {
		return later, err
	}
	for _, o := range left {
		if b.ours(o.ID) {
			continue
		}
		if err := b.takeOver(ctx, o, now); err != nil {
			return later, err
		}
		own = own || o.Place != "" // it waits for its turn here
	}
	if own {
		if err := b.resume(ctx); err != nil {
			return later, err
		}
	}
	if err := b.recall(ctx); err != nil {
		return later, err
	}
	for {
		free := b.free()
		if free <= 0 {
			return later, nil // the end of a call looks again
		}
		due, next, err := b.store.DueOwed(ctx, now, free)
		if err != nil {
			return later, err
		}
		if len(due) == 0 {
			if next.IsZero() {
				next = later
			}
			return next, nil
		}
		for _, o := range due { // each is no longer waiting, or due later, after this
			if err := b.consider(ctx, o, now); err != nil {
				return later, err
			}
		}
	}
}

// takeOver settles a call that nobody else will.
func (b *Book) takeOver(ctx context.Context, o store.Owed, now time.Time) error {
	then := o
	if o.State == store.OwedAnswered {
		then.State, then.Ended, then.Cause = store.OwedDone, now, "hatif was stopped during the call"
	} else {
		then = b.afterFailure(o, call.Failure.With("hatif was stopped while it dialled"), now)
	}
	_, err := b.store.SwapOwed(ctx, o, then)
	return err
}

// consider begins a call that is due, or puts it off.
func (b *Book) consider(ctx context.Context, o store.Owed, now time.Time) error {
	hours, zone := b.hoursOf(o)
	local := now.In(zone)
	then := o
	switch {
	case b.knows != nil && !b.knows(o.Context):
		then.State, then.Ended = store.OwedFailed, now
		then.Cause = "the file has no context " + o.Context
		b.log.Warn("an owed call is given up: the file has its context no more", "owed", o.ID, "to", o.Account, "context", o.Context)
	case !hours.Open(local):
		then.Due = hours.Next(local)
	case b.engaged(o.Account):
		then.Due = now.Add(busyPause)
	default:
		return b.lease(ctx, o, now)
	}
	_, err := b.store.SwapOwed(ctx, o, then)
	return err
}

// hoursOf are the hours of o and where they are meant. Both were right when the promise was made; an unknown zone can
// come from another machine.
func (b *Book) hoursOf(o store.Owed) (calendar.Hours, *time.Location) {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		b.log.Warn("an owed call's time zone is not known here: UTC it is", "owed", o.ID, "zone", o.Zone)
		zone = time.UTC
	}
	hours, err := calendar.ParseHours(o.Hours)
	if err != nil {
		b.log.Warn("an owed call's hours cannot be read: it is made at any time", "owed", o.ID, "error", err)
	}
	return hours, zone
}

// lease counts the attempt and begins it.
func (b *Book) lease(ctx context.Context, o store.Owed, now time.Time) error {
	leased, ok, err := b.take(ctx, o, now)
	if err != nil || !ok {
		return err
	}
	b.attempts.Go(func() {
		defer b.end(o)
		b.attempt(ctx, leased)
	})
	return nil
}

// take counts the attempt, under a lease. ok is false when somebody else has been faster. Where it is true, end follows
// the attempt.
func (b *Book) take(ctx context.Context, o store.Owed, now time.Time) (leased store.Owed, ok bool, err error) {
	if !b.begin(o) {
		return o, false, errDrained
	}
	leased = o
	leased.State, leased.Attempts = store.OwedDialling, o.Attempts+1
	leased.Lease = now.Add(o.Ring + leaseMargin)
	if ok, err = b.store.SwapOwed(ctx, o, leased); err != nil || !ok {
		b.dialling.Done()
		b.end(o)
	}
	return leased, ok, err
}

// errDrained is that no more calls are begun: Run is about to end.
var errDrained = errors.New("no more calls are begun")

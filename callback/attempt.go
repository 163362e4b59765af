package callback

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"hatif/call"
	"hatif/store"
)

// attempt is one try at a call, from the first ring to the last goodbye. ctx is Run's.
func (b *Book) attempt(ctx context.Context, o store.Owed) {
	begun := sync.OnceFunc(b.dialling.Done)
	defer begun()
	leg, answered, err := b.dial(ctx, b.ringing, o)
	if err != nil {
		b.missed(ctx, o, call.CauseOf(err))
	}
	if leg != nil {
		b.hold(ctx, leg, answered, begun)
	}
}

// hold is a call that was answered, to its end.
func (b *Book) hold(ctx context.Context, leg call.Leg, answered store.Owed, begun func()) {
	log := b.log.With("owed", answered.ID, "call", answered.Placed)
	log.Info("an owed call is answered", "to", answered.Account, "context", answered.Context, "attempt", answered.Attempts)
	err := call.Contain(log, "serving an owed call", func() error {
		b.serve(leg, answered, begun)
		return nil
	})
	leg.Hangup(call.CauseOf(err)) // if serve has not
	done := answered
	done.State, done.Ended = store.OwedDone, time.Now()
	b.settle(ctx, answered, done)
}

// dial rings the person and marks that they have answered, before their phone is told that its answer has arrived. The
// leg is nil when they have not, which the error says, or when it could not be marked; what is to follow is then
// written. ringing bounds the ringing.
func (b *Book) dial(ctx, ringing context.Context, o store.Owed) (call.Leg, store.Owed, error) {
	answered := o
	answered.State, answered.Placed = store.OwedAnswered, fmt.Sprintf("%s.%d", o.ID, o.Attempts)
	ringing, cancel := context.WithTimeout(ringing, o.Ring)
	defer cancel()
	defer b.rung(o.ID, cancel)()
	var unmarked, overtaken error // why an answer did not count
	to := call.Target{
		User: o.Account, Call: answered.Placed, Language: o.Language,
		Answering: func() error {
			answered.Answered, answered.Cause, answered.Lease = time.Now(), "", time.Time{}
			marking, done := context.WithTimeout(context.WithoutCancel(ctx), markLimit)
			defer done()
			ok, err := b.store.SwapOwed(marking, o, answered)
			switch {
			case err != nil:
				unmarked = call.Failure.With("%v", err)
				return unmarked
			case !ok: // cancelled while it rang
				overtaken = call.Cancelled
			}
			return overtaken
		},
	}
	var leg call.Leg
	err := call.Contain(b.log, "dialling "+o.Account, func() (err error) {
		leg, err = b.dialer.Dial(ringing, to, call.Identity{Number: o.Shown})
		return err
	})
	switch {
	case unmarked != nil: // it was answered, and so it is over
		b.log.Error("an owed call is hung up: that it was answered could not be written", "owed", o.ID, "to", o.Account, "error", unmarked)
		answered.State, answered.Ended, answered.Cause = store.OwedDone, time.Now(), "hung up at once: the database did not answer"
		b.settle(ctx, o, answered)
		return nil, o, nil
	case overtaken != nil:
		return nil, o, nil
	case err != nil && errors.Is(ringing.Err(), context.Canceled) && b.ringing.Err() == nil:
		b.log.Info("an owed call is cancelled while it rings", "owed", o.ID, "to", o.Account)
		return nil, o, nil
	case err != nil:
		return nil, o, err
	}
	return leg, answered, nil
}

// rung lets recall end the ringing of a call until it is answered, or will not be.
func (b *Book) rung(id string, quieten func()) (over func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rings[id] = quieten
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.rings, id)
	}
}

// recall quietens the phones of calls that were cancelled while they rang, by a person and so by another process.
func (b *Book) recall(ctx context.Context) error {
	b.mu.Lock()
	rings := maps.Clone(b.rings)
	b.mu.Unlock()
	for id, quieten := range rings {
		o, err := b.store.Owed(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNoOwed) {
			return err
		}
		if err != nil || o.State == store.OwedCancelled {
			quieten()
		}
	}
	return nil
}

// missed writes what follows an attempt that nobody answered, and returns it.
func (b *Book) missed(ctx context.Context, o store.Owed, cause *call.Cause) store.Owed {
	now := time.Now()
	then := b.afterFailure(o, cause, now)
	if b.ringing.Err() != nil && cause.Is(call.Cancelled) { // we gave up, not they
		then = o
		then.State, then.Attempts, then.Lease = waitsFor(o), o.Attempts-1, time.Time{}
	}
	b.log.Info("an owed call is not answered", "owed", o.ID, "to", o.Account, "cause", cause.Error(),
		"attempt", o.Attempts, "of", o.Tries, "now", then.State, "due", then.Due.Format(time.RFC3339))
	b.settle(ctx, o, then)
	return then
}

// waitsFor is the state in which o waits: for its time, or its turn.
func waitsFor(o store.Owed) string {
	if o.Place != "" {
		return store.OwedInLine
	}
	return store.OwedWaiting
}

// afterFailure is o after an attempt that failed for cause: by the policy of docs/callbacks.md.
func (b *Book) afterFailure(o store.Owed, cause *call.Cause, now time.Time) store.Owed {
	o.Lease, o.Cause = time.Time{}, cause.Error()
	if settles(cause) || o.Attempts >= o.Tries {
		o.State, o.Ended = store.OwedFailed, now
		return o
	}
	hours, zone := b.hoursOf(o)
	o.State, o.Due = waitsFor(o), hours.Next(now.Add(o.Pause).In(zone))
	return o
}

// settle writes what became of an attempt. It waits for a database that is away until Run ends, and then tries once
// more: an attempt that is not settled is found by the next start.
func (b *Book) settle(ctx context.Context, was, then store.Owed) {
	for first, last := true, false; ; first = false {
		writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), markLimit)
		_, err := b.store.SwapOwed(writing, was, then)
		cancel()
		if err == nil {
			return
		}
		if first || last {
			b.log.Error("what became of an owed call is not written yet", "owed", was.ID, "now", then.State, "error", err)
		}
		if last {
			return
		}
		pause := time.NewTimer(outagePause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			last = true
		}
		pause.Stop()
	}
}

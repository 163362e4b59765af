package callback

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"hatif/call"
	"hatif/store"
)

// A Place is somebody's place in a line, who is called when their turn comes; *queue.Place is one. Its JSON is what
// Options.Restore makes it from again.
type Place interface {
	json.Marshaler

	// Turn waits until it is their turn and somebody is kept free to speak with them. The error says why it never will
	// be, or is the cause of ctx.
	Turn(ctx context.Context) error
	// Gone is closed when the place is given up by others: they need not be called any more.
	Gone() <-chan struct{}
	// Again says that they could not be reached: nobody is kept free, and their turn comes again, at a moment or later.
	Again(at time.Time)
	// Leave gives the place up, unless they stand in it again.
	Leave(unreachable bool)
}

// promised is a call with the place that it waits for.
type promised struct {
	row   store.Owed
	place Place
}

// expect leaves a place to Run.
func (b *Book) expect(o store.Owed, place Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[o.ID] = true
	b.expected = append(b.expected, promised{o, place})
}

// seeToPlaces begins to see to the places that are expected.
func (b *Book) seeToPlaces(ctx context.Context) {
	b.mu.Lock()
	expected := b.expected
	b.expected = nil
	b.mu.Unlock()
	for _, p := range expected {
		b.attempts.Go(func() { b.see(ctx, p.row, p.place) })
	}
}

// resume takes up the places that an earlier process, or another one, has left to this one.
func (b *Book) resume(ctx context.Context) error {
	if b.restore == nil {
		return nil
	}
	all, err := b.store.OwnPlaces(ctx)
	if err != nil {
		return err
	}
	var rows []store.Owed
	b.mu.Lock()
	for _, o := range all {
		if !b.seen[o.ID] {
			rows = append(rows, o)
		}
	}
	b.mu.Unlock()
	for i, place := range b.restore(rows) {
		if place == nil {
			b.giveUp(ctx, rows[i], store.OwedFailed, "the queue "+rows[i].Queue+" calls nobody back any more")
			continue
		}
		b.expect(rows[i], place)
	}
	b.seeToPlaces(ctx)
	return nil
}

// see calls somebody when their turn comes, and again by the policy of their promise. It returns when the call is over,
// there is nobody to call any more, or ctx, which is Run's, has ended: the next start then goes on.
func (b *Book) see(ctx context.Context, o store.Owed, place Place) {
	defer b.overlook(o.ID)
	for goesOn := true; goesOn; {
		if err := place.Turn(ctx); err != nil {
			if ctx.Err() == nil {
				b.giveUp(ctx, o, store.OwedCancelled, err.Error())
			}
			return
		}
		o, goesOn = b.turn(ctx, o, place)
	}
}

// overlook forgets a place that has been seen to.
func (b *Book) overlook(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.seen, id)
}

// turn is one try. It reports whether there is to be another, and returns the row as it is then.
func (b *Book) turn(ctx context.Context, o store.Owed, place Place) (store.Owed, bool) {
	now := time.Now()
	switch {
	case b.knows != nil && !b.knows(o.Context):
		place.Leave(false)
		b.giveUp(ctx, o, store.OwedFailed, "the file has no context "+o.Context)
		return o, false
	case b.engaged(o.Account):
		place.Again(now.Add(busyPause))
		return o, true
	}
	leased, ok, err := b.take(ctx, o, now)
	switch {
	case err != nil: // we are about to end, or the database is away: nobody is kept waiting for that
		if !errors.Is(err, errDrained) {
			b.log.Warn("an owed call is put off", "owed", o.ID, "to", o.Account, "error", err)
		}
		place.Again(now.Add(busyPause))
		return o, true
	case !ok: // cancelled by a person
		place.Leave(false)
		return o, false
	}
	defer b.end(leased)
	return b.callInTurn(ctx, leased, place)
}

// callInTurn rings the person and, when they answer, holds the call.
func (b *Book) callInTurn(ctx context.Context, o store.Owed, place Place) (store.Owed, bool) {
	begun := sync.OnceFunc(b.dialling.Done)
	defer begun()
	ringing, quiet := context.WithCancel(b.ringing)
	watched := make(chan struct{})
	go func() { // the phone is not to ring for somebody who has called again
		defer close(watched)
		select {
		case <-place.Gone():
			quiet()
		case <-ringing.Done():
		}
	}()
	leg, answered, err := b.dial(ctx, ringing, o)
	quiet()
	<-watched
	switch {
	case leg != nil:
		b.hold(ctx, leg, answered, begun)
		place.Leave(false) // the call has not come to the queue
	case isClosed(place.Gone()):
		b.giveUp(ctx, o, store.OwedCancelled, "they have called again")
	case err != nil:
		then := b.missed(ctx, o, call.CauseOf(err))
		if then.State == store.OwedInLine {
			place.Again(then.Due)
			return then, true
		}
		place.Leave(true)
	default: // it was cancelled by a person, or the answer could not be marked
		place.Leave(false)
	}
	return o, false
}

// giveUp ends a promise that will not be kept.
func (b *Book) giveUp(ctx context.Context, o store.Owed, state, cause string) {
	then := o
	then.State, then.Cause, then.Ended, then.Lease = state, cause, time.Now(), time.Time{}
	b.log.Info("an owed call is not made", "owed", o.ID, "to", o.Account, "cause", cause)
	b.settle(ctx, o, then)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

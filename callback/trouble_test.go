package callback

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
)

// flaky is a database that can go away.
type flaky struct {
	*store.DB
	away  atomic.Bool
	swaps func(was, now store.Owed) // told of each change asked for; may be nil
}

var errAway = errors.New("the database is away")

func (f *flaky) DueOwed(ctx context.Context, at time.Time, limit int) ([]store.Owed, time.Time, error) {
	if f.away.Load() {
		return nil, time.Time{}, errAway
	}
	return f.DB.DueOwed(ctx, at, limit)
}

func (f *flaky) SwapOwed(ctx context.Context, was, now store.Owed) (bool, error) {
	if f.swaps != nil {
		f.swaps(was, now)
	}
	if f.away.Load() {
		return false, errAway
	}
	return f.DB.SwapOwed(ctx, was, now)
}

func (o *office) flaky() *flaky {
	f := &flaky{DB: o.db}
	o.options.Store = f
	o.book = New(o.t.Context(), o.options)
	return f
}

func TestCallsAreMadeWhenTheDatabaseIsBack(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{})
		db.away.Store(true)
		o.run()
		time.Sleep(time.Hour)
		o.want(owed.ID, store.OwedWaiting, 0, "")
		db.away.Store(false)
		time.Sleep(5 * time.Minute)
		o.want(owed.ID, store.OwedDone, 1, "")
	})
}

func TestAnAnswerThatCannotBeMarkedIsHungUpAndNotRepeated(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{Answers: true})
		var fragile atomic.Bool
		fragile.Store(true)
		db.swaps = func(_, now store.Owed) {
			if now.State == store.OwedAnswered && fragile.Load() {
				db.away.Store(true)
			}
		}
		owed := o.owe(Promise{})
		o.run()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(o.calls()) != 0 {
			t.Fatal("somebody was spoken to without the mark")
		}
		if leg := o.network.Legs()[0]; leg.Context().Err() == nil {
			t.Error("the person still listens to nothing")
		}
		fragile.Store(false)
		db.away.Store(false)
		time.Sleep(24 * time.Hour)
		o.want(owed.ID, store.OwedDone, 1, "hung up at once: the database did not answer")
		if n := len(o.network.Dialed()); n != 1 {
			t.Errorf("they were called %d times", n)
		}
	})
}

func TestWhatBecameOfACallIsWrittenWhenTheDatabaseIsBack(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{})
		o.run()
		time.Sleep(DefaultAfter + 10*time.Second)
		db.away.Store(true)
		time.Sleep(10 * time.Minute)
		o.want(owed.ID, store.OwedAnswered, 1, "")
		db.away.Store(false)
		time.Sleep(2 * time.Second)
		o.want(owed.ID, store.OwedDone, 1, "")
	})
}

// Another hatif on the same database is dead: its lease runs out, and this one goes on.
func TestALeaseThatRunsOutIsTakenOver(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.run()
		time.Sleep(time.Minute)
		row := Promise{To: "1001", Run: "feedback", At: time.Now().UTC()}.Row(time.Now())
		row.State, row.Attempts, row.Lease = store.OwedDialling, 1, time.Now().Add(10*time.Minute)
		if err := o.db.AddOwed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Minute)
		o.want(row.ID, store.OwedDialling, 1, "")
		time.Sleep(DefaultEvery + 5*time.Minute)
		o.want(row.ID, store.OwedDone, 2, "")
	})
}

// An earlier process's call is settled as soon as the database is there, however late that is.
func TestWhatAKilledProcessLeftIsSettledWhenTheDatabaseIsBack(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{Answers: true})
		row := Promise{To: "1001", Run: "feedback", At: time.Now().UTC()}.Row(time.Now())
		row.State, row.Attempts, row.Lease = store.OwedDialling, 1, time.Now().Add(24*time.Hour)
		if err := o.db.AddOwed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		db.away.Store(true)
		o.run()
		time.Sleep(10 * time.Minute)
		db.away.Store(false)
		time.Sleep(2 * time.Minute)
		o.want(row.ID, store.OwedWaiting, 1, "internal error: hatif was stopped while it dialled")
		time.Sleep(DefaultEvery)
		o.want(row.ID, store.OwedDone, 2, "")
	})
}

func TestAnAttemptOfOursIsNotTakenForADeadOnes(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{})
		owed := o.owe(Promise{At: time.Now().UTC()})
		o.run()
		time.Sleep(time.Second)
		db.away.Store(true)
		time.Sleep(DefaultRing + leaseMargin + 10*time.Second + time.Millisecond)
		db.away.Store(false)
		o.book.look()
		o.want(owed.ID, store.OwedDialling, 1, "")
		time.Sleep(2 * time.Second)
		o.want(owed.ID, store.OwedWaiting, 1, "no answer")
	})
}

func TestAStopDoesNotWaitForADatabaseThatIsAway(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		db := o.flaky()
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{At: time.Now().UTC()})
		o.run()
		time.Sleep(10 * time.Second)
		db.away.Store(true)
		time.Sleep(o.talk)
		began := time.Now()
		o.end()
		if took := time.Since(began); took > time.Second {
			t.Errorf("the stop took %v", took)
		}
		o.want(owed.ID, store.OwedAnswered, 1, "")
		db.away.Store(false)
		o.book = New(t.Context(), o.options)
		o.run()
		time.Sleep(24 * time.Hour)
		o.want(owed.ID, store.OwedDone, 1, "hatif was stopped during the call")
		if n := len(o.network.Dialed()); n != 1 {
			t.Errorf("they were called %d times", n)
		}
	})
}

// explosive is a dialer that panics, at first.
type explosive struct {
	call.Dialer
	left int
}

func (e *explosive) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	if e.left--; e.left >= 0 {
		panic("boom")
	}
	return e.Dialer.Dial(ctx, to, as)
}

func TestAPanicCostsAnAttemptAndNotTheProcess(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.options.Dialer = &explosive{&o.network, 1}
		o.book = New(t.Context(), o.options)
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{})
		o.run()
		time.Sleep(3 * time.Hour)
		o.want(owed.ID, store.OwedDone, 2, "")
	})
}

func TestAPanicOfWhatServesAnOwedCallEndsThatCall(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.options.Serve = func(call.Leg, store.Owed, func()) { panic("boom") }
		o.book = New(t.Context(), o.options)
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{})
		o.run()
		time.Sleep(time.Hour)
		o.want(owed.ID, store.OwedDone, 1, "")
		for _, l := range o.network.Legs() {
			if l.Context().Err() == nil {
				t.Error("the person was left on the line")
			}
		}
	})
}

package callback

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
)

// office is a Book over a real database and fake phones, in virtual time. Served legs stay up for talk, or until
// the person leaves.
type office struct {
	t       *testing.T
	dir     string
	db      *store.DB
	network calltest.Network
	options Options
	book    *Book
	talk    time.Duration

	mu     sync.Mutex
	served []store.Owed // guarded by mu: in order
	talks  int          // guarded by mu: at this moment
	most   int          // guarded by mu: at any moment

	stop context.CancelFunc
	done chan struct{}
}

// within runs a test in virtual time in a new office that is not running yet.
func within(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, dir: t.TempDir(), talk: time.Minute}
		o.open()
		o.options = Options{
			Store: o.db, Dialer: &o.network, Serve: o.serve, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
			Poll: time.Minute, // in virtual time an hour of seconds takes long
			Busy: func(account string) bool { return o.network.Lines.Busy(account) > 0 },
		}
		o.book = New(t.Context(), o.options)
		defer func() {
			if o.stop != nil {
				o.end()
			}
			o.close()
		}()
		f(t, o)
	})
}

func (o *office) open() {
	o.t.Helper()
	db, err := store.Open(o.t.Context(), store.Options{Dir: o.dir})
	if err != nil {
		o.t.Fatal(err)
	}
	o.db = db
}

func (o *office) close() {
	if err := o.db.Close(); err != nil {
		o.t.Error(err)
	}
}

func (o *office) run() {
	ctx, stop := context.WithCancel(o.t.Context())
	o.stop, o.done = stop, make(chan struct{})
	go func() {
		defer close(o.done)
		if err := o.book.Run(ctx); err != nil {
			o.t.Error(err)
		}
	}()
}

func (o *office) end() {
	o.stop()
	<-o.done
	o.stop = nil
}

func (o *office) serve(leg call.Leg, owed store.Owed, begun func()) {
	begun()
	o.mu.Lock()
	o.served = append(o.served, owed)
	o.talks++
	o.most = max(o.most, o.talks)
	o.mu.Unlock()
	select {
	case <-time.After(o.talk):
	case <-leg.Context().Done():
	}
	leg.Hangup(nil)
	o.mu.Lock()
	o.talks--
	o.mu.Unlock()
}

func (o *office) calls() []store.Owed {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]store.Owed(nil), o.served...)
}

// owe promises a call; what p leaves out is filled in.
func (o *office) owe(p Promise) Owed {
	o.t.Helper()
	if p.To == "" {
		p.To = "1001"
	}
	if p.Run == "" {
		p.Run = "feedback"
	}
	if p.At.IsZero() {
		p.At = time.Now().In(time.UTC).Add(DefaultAfter)
	}
	row, err := o.book.Owe(o.t.Context(), p)
	if err != nil {
		o.t.Fatal(err)
	}
	return row
}

func (o *office) row(id string) store.Owed {
	o.t.Helper()
	row, err := o.db.Owed(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return row
}

// want fails unless the owed call is in the state after so many attempts, for the cause.
func (o *office) want(id, state string, attempts int, cause string) {
	o.t.Helper()
	synctest.Wait()
	if r := o.row(id); r.State != state || r.Attempts != attempts || r.Cause != cause {
		o.t.Errorf("%s: %s after %d attempts (%s), want %s after %d (%s)", id, r.State, r.Attempts, r.Cause, state, attempts, cause)
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

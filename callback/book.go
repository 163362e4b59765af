package callback

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hatif/call"
	"hatif/store"
)

// A Store keeps the rows; *store.DB is one.
type Store interface {
	AddOwed(ctx context.Context, o store.Owed) error
	KeepOwed(ctx context.Context, o store.Owed) error
	DueOwed(ctx context.Context, at time.Time, limit int) ([]store.Owed, time.Time, error)
	LeftOwed(ctx context.Context, at time.Time, own bool) ([]store.Owed, error)
	Owed(ctx context.Context, id string) (store.Owed, error)
	SwapOwed(ctx context.Context, was, now store.Owed) (bool, error)
	OwnPlaces(ctx context.Context) ([]store.Owed, error)
	AddRequest(ctx context.Context, r store.Request) error
	SaveRating(ctx context.Context, r store.Rating) error
}

// Options are what a Book works with.
type Options struct {
	Store  Store
	Dialer call.Dialer

	// Busy reports whether the account is on a call with us, or being called.
	Busy func(account string) bool
	// Knows reports whether the context of an owed call is there to be run; nil: it is.
	Knows func(context string) bool
	// Serve runs the owed call's context on the leg that was answered, and returns when the leg is over. It is called
	// on a goroutine of its own. o.Placed is to be the conversation's id. It calls begun as soon as whoever stops
	// hatif knows of the conversation: until then Drain waits.
	Serve func(leg call.Leg, o store.Owed, begun func())

	// Restore takes up the places of calls that an earlier process has promised by the turn of a line: one for each, nil
	// where there is no such line any more. nil: there are none.
	Restore func(all []store.Owed) []Place

	AtOnce int           // how many owed calls there are at a time; 0 is DefaultAtOnce
	Poll   time.Duration // how often Run looks for what other processes have promised; 0 is a second
	Log    *slog.Logger  // nil: none
}

// A Book makes the calls that we owe. Its methods may be called from any goroutine.
type Book struct {
	store   Store
	dialer  call.Dialer
	busy    func(account string) bool
	knows   func(context string) bool
	serve   func(leg call.Leg, o store.Owed, begun func())
	restore func(all []store.Owed) []Place
	poll    time.Duration
	log     *slog.Logger

	wake     chan struct{}  // capacity 1: one look finds everything
	attempts sync.WaitGroup // from the lease to the end of the call

	mu       sync.Mutex
	atOnce   int                     // guarded by mu
	calling  map[string]bool         // guarded by mu: ids of the owed calls being made
	accounts map[string]int          // guarded by mu: whom they call
	rings    map[string]func()       // guarded by mu: by id, what quietens the phones of a call that is not answered
	seen     map[string]bool         // guarded by mu: ids of the places that are seen to
	expected []promised              // guarded by mu: places that Run is to see to
	drained  bool                    // guarded by mu: no more calls are begun
	dialling sync.WaitGroup          // grown under mu while not drained: until a conversation has begun, or will not
	ringing  context.Context         // of every dialling; ends when drained
	quiet    context.CancelCauseFunc // ends ringing
}

// New makes a Book; the calls are made while Run runs. ctx bounds no call: it only lends its values to their contexts.
func New(ctx context.Context, o Options) *Book {
	b := &Book{
		store: o.Store, dialer: o.Dialer, busy: o.Busy, knows: o.Knows, serve: o.Serve, poll: o.Poll, log: o.Log,
		restore: o.Restore, seen: make(map[string]bool),
		wake: make(chan struct{}, 1), calling: make(map[string]bool), accounts: make(map[string]int),
		rings: make(map[string]func()),
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	fill(&b.poll, time.Second)
	b.SetAtOnce(o.AtOnce)
	b.ringing, b.quiet = context.WithCancelCause(context.WithoutCancel(ctx))
	return b
}

// SetAtOnce changes how many owed calls there are at a time; 0 is DefaultAtOnce. Calls in progress go on.
func (b *Book) SetAtOnce(n int) {
	if n <= 0 {
		n = DefaultAtOnce
	}
	b.mu.Lock()
	b.atOnce = n
	b.mu.Unlock()
	b.look()
}

// look makes Run look for calls that are due.
func (b *Book) look() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Drain begins no more calls and gives those back that still ring: they are due at the next start, and the attempt
// does not count. It returns when no phone rings any more; calls that were answered go on.
func (b *Book) Drain() {
	b.mu.Lock()
	b.drained = true
	b.mu.Unlock()
	b.quiet(call.Draining)
	b.dialling.Wait()
}

// free is how many calls may be begun now.
func (b *Book) free() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drained {
		return 0
	}
	return b.atOnce - len(b.calling)
}

// begin counts o among the calls being made, unless it is too late for that.
func (b *Book) begin(o store.Owed) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drained {
		return false
	}
	b.calling[o.ID] = true
	b.accounts[o.Account]++
	b.dialling.Add(1)
	return true
}

func (b *Book) end(o store.Owed) {
	b.mu.Lock()
	delete(b.calling, o.ID)
	if b.accounts[o.Account]--; b.accounts[o.Account] == 0 {
		delete(b.accounts, o.Account)
	}
	b.mu.Unlock()
	b.look()
}

func (b *Book) ours(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calling[id]
}

func (b *Book) engaged(account string) bool {
	b.mu.Lock()
	owing := b.accounts[account] > 0
	b.mu.Unlock()
	return owing || b.busy != nil && b.busy(account)
}

// settles reports whether a failed attempt is the last one, whatever number it was: there is nobody to reach, or they
// do not want to be.
func settles(cause *call.Cause) bool {
	for _, c := range []*call.Cause{call.Declined, call.NotFound, call.Forbidden, call.Incompatible} {
		if errors.Is(cause, c) {
			return true
		}
	}
	return false
}

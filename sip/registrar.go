package sip

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// RegistrarConfig are the limits of a Registrar; a zero field is its default.
type RegistrarConfig struct {
	MinExpiry     time.Duration // shorter wishes are raised to it, not refused with 423; 0: 60 s
	MaxExpiry     time.Duration // longer wishes are cut to it; 0: 1 h
	DefaultExpiry time.Duration // when the phone names none; 0: 2 min
	MaxContacts   int           // phones per user, when the account says nothing; 0: 5
}

func (c RegistrarConfig) withDefaults() RegistrarConfig {
	c.MinExpiry = cmp.Or(c.MinExpiry, time.Minute)
	c.MaxExpiry = max(cmp.Or(c.MaxExpiry, time.Hour), c.MinExpiry)
	c.DefaultExpiry = min(max(cmp.Or(c.DefaultExpiry, 2*time.Minute), c.MinExpiry), c.MaxExpiry)
	c.MaxContacts = cmp.Or(c.MaxContacts, 5)
	return c
}

// A Registrar knows where everybody's phones are (RFC 3261 §10.3). Its methods may be called from any
// goroutine; Run keeps it tidy and durable, but everything else works without it.
//
// When a user has as many phones as allowed and another one registers, the one that was refreshed longest
// ago gives way: a phone that comes back from another address is never locked out by its own past.
type Registrar struct {
	config   RegistrarConfig
	accounts *Accounts
	auth     *Authenticator
	store    Store // nil: nothing is kept over a restart
	log      *slog.Logger
	wake     chan struct{} // to Run: look again; capacity 1, since one look sees everything
	notices  notices
	failing  bool // the last save failed; Run's own

	mu       sync.Mutex
	users    map[string][]Binding                 // last refreshed first; no empty slices; guarded by mu
	callable map[string]bool                      // what watchers were told; guarded by mu
	watchers []func(user string, registered bool) // guarded by mu
	unsaved  unsaved                              // guarded by mu
	sweepAt  time.Time                            // no binding is over before; zero: there are none; guarded by mu
}

// NewRegistrar makes a registrar for the accounts of the table. store may be nil: bindings then last
// as long as the process. SetAccounts, Load and then Run follow.
func NewRegistrar(c RegistrarConfig, accounts *Accounts, auth *Authenticator, store Store, log *slog.Logger) *Registrar {
	return &Registrar{
		config: c.withDefaults(), accounts: accounts, auth: auth, store: store, log: log,
		wake: make(chan struct{}, 1), users: make(map[string][]Binding), callable: make(map[string]bool),
	}
}

// Contacts returns the phones of a user that can be called now, the last refreshed first; a user with a
// fixed host has that one. The slice is the caller's.
func (r *Registrar) Contacts(user string) []Binding {
	account, known := r.accounts.Find(user)
	if b, ok := account.fixed(); known && ok {
		return []Binding{b}
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	return current(r.users[user], now)
}

// All returns every binding, ordered by user and then as Contacts does.
func (r *Registrar) All() []Binding {
	now := time.Now()
	var all []Binding
	for _, account := range r.accounts.all() {
		if b, ok := account.fixed(); ok {
			all = append(all, b)
		}
	}
	r.mu.Lock()
	for _, bindings := range r.users {
		all = append(all, current(bindings, now)...)
	}
	r.mu.Unlock()
	slices.SortStableFunc(all, func(a, b Binding) int { return cmp.Compare(a.User, b.User) })
	return all
}

// Remove drops the phones of a user, or only those with the given Contact URIs, and returns how many.
// The phones themselves are not told: they come back at their next refresh.
func (r *Registrar) Remove(user string, uris ...string) int {
	now := time.Now()
	r.mu.Lock()
	n := r.drop(user, now, func(b *Binding) bool { return len(uris) == 0 || slices.Contains(uris, b.URI) })
	r.mu.Unlock()
	r.notices.deliver()
	return n
}

// reaches reports whether a phone is registered over the connection from source, "host:port".
func (r *Registrar) reaches(source string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, bindings := range r.users {
		if slices.ContainsFunc(bindings, func(b Binding) bool { return b.Source == source && b.Transport != "UDP" }) {
			return true
		}
	}
	return false
}

// ConnectionLost tells the registrar that the connection from source, "host:port", has ended. Phones that were
// called over it are called at their Contact from now on, or, behind NAT, are gone until they register again:
// they could not be called, and would count as there (RFC 5626 §5.3).
func (r *Registrar) ConnectionLost(source string) {
	now := time.Now()
	r.mu.Lock()
	for user, bindings := range r.users {
		lost := func(b *Binding) bool { return b.Source == source && b.streamed() }
		for i := range bindings {
			if !lost(&bindings[i]) {
				continue
			}
			if b, ok := bindings[i].withoutStream(); ok {
				bindings[i] = b
				r.noteChange(b, false, true, now)
			}
		}
		if slices.ContainsFunc(bindings, func(b Binding) bool { return lost(&b) }) {
			r.drop(user, now, lost)
		}
	}
	r.mu.Unlock()
	r.notices.deliver()
}

// SetAccounts swaps the table of accounts and drops the bindings of those that are gone or no longer
// register. Bindings of an account whose secret changed last until their phone has to log on again.
func (r *Registrar) SetAccounts(accounts map[string]Account) {
	before := r.accounts.all()
	r.accounts.Set(accounts)
	now := time.Now()
	r.mu.Lock()
	for user := range r.users {
		if account, ok := r.accounts.Find(user); !ok || !account.registers() {
			r.drop(user, now, func(*Binding) bool { return true })
		}
	}
	for user := range before {
		r.tell(user)
	}
	for user := range r.accounts.all() {
		r.tell(user)
	}
	r.mu.Unlock()
	r.notices.deliver()
}

// Run removes bindings when they expire and writes changes to the store, until ctx ends; then it writes
// what is left. A store that fails is tried again every SaveDelay; only the last write's error is returned.
func (r *Registrar) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownSave)
			defer cancel()
			return r.save(last, time.Now().Add(SaveDelay))
		case <-r.wake:
		case <-timer.C:
		}
		r.sweep(time.Now())
		if err := r.save(ctx, time.Now()); err != nil && ctx.Err() != nil {
			continue // interrupted by the end: the last write takes it
		}
		timer.Reset(r.untilDue(time.Now()))
	}
}

// untilDue is how long Run has nothing to do.
func (r *Registrar) untilDue(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := time.Hour
	for _, due := range []time.Time{r.unsaved.due, r.sweepAt} {
		if !due.IsZero() {
			wait = min(wait, due.Sub(now))
		}
	}
	return max(wait, 0)
}

// sweepPause spaces the sweeps: each one looks at every binding. Who asks for a user's phones never sees
// one that is over, swept or not.
const sweepPause = time.Second

// sweep removes what is over at now, when there can be any.
func (r *Registrar) sweep(now time.Time) {
	r.mu.Lock()
	if r.sweepAt.IsZero() || now.Before(r.sweepAt) {
		r.mu.Unlock()
		return
	}
	r.sweepAt = time.Time{}
	for user := range r.users {
		r.drop(user, now, func(b *Binding) bool { return b.over(now) })
		for i := range r.users[user] {
			r.planSweep(r.users[user][i].Expires.Add(Grace))
		}
	}
	if earliest := now.Add(sweepPause); !r.sweepAt.IsZero() && r.sweepAt.Before(earliest) {
		r.sweepAt = earliest
	}
	r.mu.Unlock()
	r.notices.deliver()
}

// planSweep makes sure that Run looks at the bindings at the given time. r.mu is held.
func (r *Registrar) planSweep(at time.Time) {
	if r.sweepAt.IsZero() || at.Before(r.sweepAt) {
		r.sweepAt = at
		r.wakeUp()
	}
}

func (r *Registrar) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// drop removes the bindings of a user that which picks, and returns how many. r.mu is held; the caller
// delivers notices after unlocking.
func (r *Registrar) drop(user string, now time.Time, which func(*Binding) bool) int {
	before := r.users[user]
	kept := make([]Binding, 0, len(before))
	for i := range before {
		if which(&before[i]) {
			r.noteChange(before[i], true, true, now)
		} else {
			kept = append(kept, before[i])
		}
	}
	r.keep(user, kept)
	return len(before) - len(kept)
}

// keep makes bindings the phones of a user and tells watchers. r.mu is held.
func (r *Registrar) keep(user string, bindings []Binding) {
	if len(bindings) == 0 {
		delete(r.users, user)
	} else {
		r.users[user] = bindings
	}
	r.tell(user)
}

// current copies the bindings that are not over.
func current(bindings []Binding, now time.Time) []Binding {
	list := make([]Binding, 0, len(bindings))
	for i := range bindings {
		if !bindings[i].over(now) {
			list = append(list, bindings[i])
		}
	}
	return list
}

// newestFirst restores the order of refreshes after a load, as well as the expiries tell it.
func newestFirst(bindings []Binding) {
	slices.SortStableFunc(bindings, func(a, b Binding) int { return b.Expires.Compare(a.Expires) })
}

package sip

import "sync"

// Watch calls f for every user that can be called now, and from then on whenever a user gets a first
// phone or loses the last one. Calls of f are one at a time and in order; no lock of the registrar is
// held, but f must not block.
func (r *Registrar) Watch(f func(user string, registered bool)) {
	r.mu.Lock()
	for user := range r.callable {
		r.notices.add(func() { f(user, true) })
	}
	r.watchers = append(r.watchers, f)
	r.mu.Unlock()
	r.notices.deliver()
}

// tell notices when a user became callable or ceased to be. r.mu is held; the caller delivers after
// unlocking.
func (r *Registrar) tell(user string) {
	registered := len(r.users[user]) > 0
	if account, ok := r.accounts.Find(user); ok && !registered {
		_, registered = account.fixed()
	}
	if registered == r.callable[user] {
		return
	}
	if registered {
		r.callable[user] = true
	} else {
		delete(r.callable, user)
	}
	for _, f := range r.watchers {
		r.notices.add(func() { f(user, registered) })
	}
}

// notices are calls to watchers, made in the order in which they were added, by whoever comes first.
type notices struct {
	mu      sync.Mutex
	waiting []func() // guarded by mu
	busy    bool     // somebody is delivering; guarded by mu
}

func (n *notices) add(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = append(n.waiting, f)
}

// deliver makes the waiting calls, or leaves them to the goroutine that is at it already.
func (n *notices) deliver() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.busy {
		return
	}
	n.busy = true
	defer func() { n.busy = false }()
	for len(n.waiting) > 0 {
		next := n.waiting[0]
		n.waiting = n.waiting[1:]
		n.call(next)
	}
}

// call runs f without the lock.
func (n *notices) call(f func()) {
	n.mu.Unlock()
	defer n.mu.Lock()
	f()
}

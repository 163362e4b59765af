package call

import "sync"

// Lines counts how many legs each account has at this moment, in and out, ringing or talking: whoever has
// one is on a call. sipleg counts; queues watch, so that nobody who is on any call is rung.
type Lines struct {
	mu       sync.Mutex
	busy     map[string]int                // guarded by mu; no entry is idle
	watchers []func(user string, busy int) // guarded by mu
}

// Watch calls f whenever an account's count changes, under the lock and so in order: f must be quick,
// must not block and must not call Lines.
func (l *Lines) Watch(f func(user string, busy int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, f)
}

// Add counts one leg more of user; the returned function counts it off, once.
func (l *Lines) Add(user string) (release func()) {
	l.change(user, 1)
	var once sync.Once
	return func() { once.Do(func() { l.change(user, -1) }) }
}

// Busy returns how many legs user has.
func (l *Lines) Busy(user string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy[user]
}

func (l *Lines) change(user string, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy == nil {
		l.busy = make(map[string]int)
	}
	n := l.busy[user] + by
	if n == 0 {
		delete(l.busy, user)
	} else {
		l.busy[user] = n
	}
	for _, f := range l.watchers {
		f(user, n)
	}
}

package voicemail

import (
	"sync"
	"time"
)

// How log-ons are slowed down: after free failures each further one makes the next wait twice as long.
const (
	freeTries  = 3
	firstDelay = 5 * time.Second
	maxDelay   = 5 * time.Minute

	// forgiven is how long failures are remembered after the last.
	forgiven = 15 * time.Minute
)

// A guard counts failed log-ons, of one caller and at one box, so that hanging up and dialling again does not
// help who tries PINs. It holds an entry for each account and each mailbox at most. The zero value is ready.
type guard struct {
	mu      sync.Mutex
	entries map[string]*failures // guarded by mu
}

// failures are those of one caller, or at one box.
type failures struct {
	n    int
	last time.Time
}

func (f *failures) wait(now time.Time) time.Duration {
	if f.n < freeTries {
		return 0
	}
	delay := maxDelay
	if n := f.n - freeTries; n < 10 {
		delay = min(firstDelay<<n, maxDelay)
	}
	return max(0, f.last.Add(delay).Sub(now))
}

// try asks to try a PIN now. A wait greater than 0 is how long it is too early. Otherwise the try counts as
// failed for all keys until succeeded says otherwise, so that many calls at one moment do not share one count.
func (g *guard) try(now time.Time, keys ...string) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, f := range g.entries {
		if now.Sub(f.last) >= forgiven {
			delete(g.entries, key)
		}
	}
	for _, key := range keys {
		if f := g.entries[key]; f != nil {
			wait = max(wait, f.wait(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, key := range keys {
		f := g.entries[key]
		if f == nil {
			f = new(failures)
			if g.entries == nil {
				g.entries = make(map[string]*failures)
			}
			g.entries[key] = f
		}
		f.n, f.last = f.n+1, now
	}
	return 0
}

// succeeded takes back what try has counted. The box begins anew; a caller's earlier failures stay, or one's
// own PIN would buy new tries at another's box.
func (g *guard) succeeded(box, caller string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.entries, box)
	if f := g.entries[caller]; f != nil {
		if f.n--; f.n == 0 {
			delete(g.entries, caller)
		}
	}
}

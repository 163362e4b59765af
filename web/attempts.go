package web

import (
	"sync"
	"time"
)

// Failed log-ons, by account and by address: the first few are free, then each makes the next wait twice as long.
const (
	freeFailures  = 5
	firstDelay    = 2 * time.Second
	longestDelay  = 5 * time.Minute
	failureMemory = time.Hour // after which a failure is forgotten
	mostKeys      = 10_000    // remembered; beyond it nobody new is let try before some are forgotten
)

// attempts remembers who failed to log on. The zero value is ready.
type attempts struct {
	mu     sync.Mutex
	failed map[string]failures // guarded by mu
}

type failures struct {
	n    int
	last time.Time
}

// wait is how long the keys have to wait before they may try; 0: they may now.
func (a *attempts) wait(now time.Time, keys ...string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	var longest time.Duration
	for _, key := range keys {
		f, known := a.failed[key]
		if !known && len(a.failed) >= mostKeys && !a.forget(now) {
			longest = max(longest, firstDelay)
		}
		if f.n < freeFailures || now.Sub(f.last) > failureMemory {
			continue
		}
		longest = max(longest, f.last.Add(delayAfter(f.n)).Sub(now))
	}
	return longest
}

func delayAfter(n int) time.Duration {
	d := firstDelay
	for ; n > freeFailures && d < longestDelay; n-- {
		d *= 2
	}
	return min(d, longestDelay)
}

// fail notes a failure of the keys.
func (a *attempts) fail(now time.Time, keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil {
		a.failed = make(map[string]failures)
	}
	for _, key := range keys {
		f := a.failed[key]
		if now.Sub(f.last) > failureMemory {
			f.n = 0
		}
		f.n, f.last = f.n+1, now
		a.failed[key] = f
	}
}

// succeed forgets the failures of the keys.
func (a *attempts) succeed(keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		delete(a.failed, key)
	}
}

// forget drops what is old and reports whether there is room again. mu is held.
func (a *attempts) forget(now time.Time) bool {
	for key, f := range a.failed {
		if now.Sub(f.last) > failureMemory {
			delete(a.failed, key)
		}
	}
	return len(a.failed) < mostKeys
}

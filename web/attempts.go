package web

import (
	"sync"
	"time"
)

// Failed log-ons. Of one account from one address the first few are free, then each makes the next wait twice as long;
// of anybody from one address there may be more, since many people may be behind it.
const (
	freeFailures     = 5
	freeFailuresHere = 50
	firstDelay       = 2 * time.Second
	longestDelay     = 5 * time.Minute
	failureMemory    = time.Hour // after which a failure is forgotten
	mostKeys         = 10_000    // remembered; beyond it nobody new is let try before some are forgotten
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

// An attempt is by whom somebody tries to log on: keys and how many failures each has free.
type attempt map[string]int

func attemptOf(account, host string) attempt {
	return attempt{account + attemptFrom + host: freeFailures, anybody + attemptFrom + host: freeFailuresHere}
}

// begin counts an attempt as a failure until succeed takes that back, so that many at once cannot slip through. wait is
// how long it has to wait instead; 0: it may go on.
func (a *attempts) begin(now time.Time, by attempt) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil {
		a.failed = make(map[string]failures)
	}
	for key, free := range by {
		f, known := a.failed[key]
		if !known && len(a.failed) >= mostKeys && !a.forget(now) {
			wait = max(wait, firstDelay)
		}
		if f.n >= free && now.Sub(f.last) <= failureMemory {
			wait = max(wait, f.last.Add(delayAfter(f.n-free)).Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for key := range by {
		f := a.failed[key]
		if now.Sub(f.last) > failureMemory {
			f.n = 0
		}
		a.failed[key] = failures{n: f.n + 1, last: now}
	}
	return 0
}

func delayAfter(more int) time.Duration {
	d := firstDelay
	for ; more > 0 && d < longestDelay; more-- {
		d *= 2
	}
	return min(d, longestDelay)
}

// succeed forgets the account's failures, and takes back what begin counted against the address.
func (a *attempts) succeed(by attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, free := range by {
		if f := a.failed[key]; free == freeFailuresHere && f.n > 1 {
			f.n--
			a.failed[key] = f
			continue
		}
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

package sip

import "time"

// RFC 3261 §17.1.1.1 and table 4 of its appendix A. Everything follows T1, so that tests can scale all of it.
const (
	defaultT1 = 500 * time.Millisecond
	t2PerT1   = 8  // T2 is 4 s: the longest interval between retransmissions
	t4PerT1   = 10 // T4 is 5 s: how long a message stays in the network
	timeoutT1 = 64 // timers B, D, F, H, J, L and M are 32 s
)

func (ua *UA) t2() time.Duration      { return t2PerT1 * ua.t1 }
func (ua *UA) t4() time.Duration      { return t4PerT1 * ua.t1 }
func (ua *UA) timeout() time.Duration { return timeoutT1 * ua.t1 }

// An alarm is a timer that can be set again and again. The owner's lock guards it: set and stop are called with the
// lock held, and the owner's function takes the lock and asks due before it acts, since a timer that was stopped or
// set anew may have fired already. Zero goroutines wait; the function runs as one of the UA's.
type alarm struct {
	timer *time.Timer
	at    time.Time // zero: not set
}

func (a *alarm) set(ua *UA, d time.Duration, f func()) {
	a.at = time.Now().Add(d)
	if a.timer == nil {
		a.timer = time.AfterFunc(d, func() { ua.do(f) })
		return
	}
	a.timer.Reset(d)
}

func (a *alarm) stop() {
	a.at = time.Time{}
	if a.timer != nil {
		a.timer.Stop()
	}
}

// due reports whether the alarm has gone off, and takes it back if so.
func (a *alarm) due() bool {
	if a.at.IsZero() || time.Now().Before(a.at) {
		return false
	}
	a.at = time.Time{}
	return true
}

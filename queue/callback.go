package queue

import (
	"time"

	"hatif/internal/fault"
)

// CallBack is how callers in line are offered to hang up, keep their place and be called. The zero value is the
// defaults; a queue without one offers nothing.
type CallBack struct {
	Offer  time.Duration `yaml:"offer"`   // how often it is offered; 0 is DefaultOffer
	First  time.Duration `yaml:"first"`   // when for the first time; 0 is Offer
	After  time.Duration `yaml:"after"`   // nobody is called sooner after they have hung up; 0 is DefaultCallAfter
	Tries  int           `yaml:"tries"`   // how often they are called in all; 0 is DefaultCallTries
	Every  time.Duration `yaml:"every"`   // between two tries; 0 is DefaultCallEvery
	Ring   time.Duration `yaml:"ring"`    // how long their phone rings, and an agent is kept waiting; 0 is DefaultCallRing
	AtOnce int           `yaml:"at_once"` // how many are called at a time; 0 is DefaultCallsAtOnce
}

// What a CallBack is like when the file is silent.
const (
	DefaultOffer       = 45 * time.Second
	DefaultCallAfter   = 30 * time.Second
	DefaultCallTries   = 3
	DefaultCallEvery   = 5 * time.Minute
	DefaultCallRing    = 25 * time.Second
	DefaultCallsAtOnce = 2
)

// CallBackKey is what callers press to be called back. The prompt that offers it names it.
const CallBackKey = "1"

// CallBackDefaults are what a CallBack is like when the file says no more than that there is one.
func CallBackDefaults() CallBack { return new(CallBack).filled() }

// filled is c with the defaults; nil is the defaults, for places that were kept before the file changed.
func (c *CallBack) filled() CallBack {
	var f CallBack
	if c != nil {
		f = *c
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{{&f.Offer, DefaultOffer}, {&f.After, DefaultCallAfter}, {&f.Every, DefaultCallEvery}, {&f.Ring, DefaultCallRing}} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	if f.Tries == 0 {
		f.Tries = DefaultCallTries
	}
	if f.AtOnce == 0 {
		f.AtOnce = DefaultCallsAtOnce
	}
	return f
}

// maxCallTries is how often somebody can be called for one place.
const maxCallTries = 20

func (c *CallBack) validate() (faults []error) {
	if c == nil {
		return nil
	}
	add := func(key, format string, args ...any) {
		faults = append(faults, fault.Errorf([]string{"call_back", key}, format, args...))
	}
	for _, d := range []struct {
		key          string
		value, least time.Duration
	}{
		{"offer", c.Offer, leastInterval}, {"first", c.First, 0}, {"after", c.After, time.Second},
		{"every", c.Every, time.Second}, {"ring", c.Ring, time.Second},
	} {
		if d.value < 0 || d.value > 0 && d.value < d.least {
			add(d.key, "%s is too short: %s at least", d.value, d.least)
		}
	}
	if c.Ring > 2*time.Minute {
		add("ring", "%s is too long: an agent waits meanwhile; 2m at most", c.Ring)
	}
	if c.Tries < 0 || c.Tries > maxCallTries {
		add("tries", "tries is %d: from 1 to %d", c.Tries, maxCallTries)
	}
	if c.AtOnce < 0 {
		add("at_once", "at_once is %d: at least 1", c.AtOnce)
	}
	return faults
}

// The prompts of the offer and of what follows it.
const (
	promptOffer     = "queue/press-1-to-be-called-back"
	promptWillCall  = "queue/we-will-call-you-at"
	promptConfirm   = "queue/press-1-to-confirm-2-for-another-number"
	promptEnter     = "enter-your-number"
	promptNotValid  = "not-valid"
	promptPlaceKept = "queue/your-place-is-kept"
)

// CallBackHello is said to who answers when their turn has come, by whoever makes the call.
const CallBackHello = "queue/this-is-your-call-back"

func (c *CallBack) prompts() []string {
	if c == nil {
		return nil
	}
	names := []string{promptOffer, promptWillCall, promptConfirm, promptEnter, promptNotValid, promptPlaceKept, CallBackHello}
	for _, digit := range "0123456789" {
		names = append(names, "digits/"+string(digit))
	}
	return names
}

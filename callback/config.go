package callback

import (
	"errors"
	"time"

	"hatif/calendar"
	"hatif/internal/fault"
)

// What the calls that we owe are like when the file is silent.
const (
	DefaultAfter  = 5 * time.Minute
	DefaultTries  = 3
	DefaultEvery  = 30 * time.Minute
	DefaultRing   = 30 * time.Second
	DefaultAtOnce = 10
)

// Config is the file's `feedback`: how calls that we owe are made, where the step that promises one does not say it.
// The zero value is the defaults.
type Config struct {
	After  time.Duration `yaml:"after"`   // so long after the promise; 0 is DefaultAfter
	Hours  string        `yaml:"hours"`   // when people may be called, by the file's time zone; "" is at any time
	Tries  int           `yaml:"tries"`   // how often it is tried in all; 0 is DefaultTries
	Every  time.Duration `yaml:"every"`   // between two tries; 0 is DefaultEvery
	Ring   time.Duration `yaml:"ring"`    // how long the phone rings; 0 is DefaultRing
	AtOnce int           `yaml:"at_once"` // how many of these calls there are at a time; 0 is DefaultAtOnce
}

// MaxTries is how often somebody can be called for one promise.
const MaxTries = 20

// Validate returns every mistake in c as a *fault.Fault, joined; nil when there is none.
func (c Config) Validate() error {
	var faults []error
	add := func(key, format string, args ...any) {
		faults = append(faults, fault.Errorf([]string{key}, format, args...))
	}
	for _, d := range []struct {
		key   string
		value time.Duration
		least time.Duration
	}{{"after", c.After, 0}, {"every", c.Every, time.Second}, {"ring", c.Ring, time.Second}} {
		if d.value < 0 || d.value > 0 && d.value < d.least {
			add(d.key, "%s is too short: %s at least", d.value, d.least)
		}
	}
	if c.Ring > 5*time.Minute {
		add("ring", "%s is too long: nobody lets a phone ring for more than 5m", c.Ring)
	}
	if _, err := calendar.ParseHours(c.Hours); err != nil {
		add("hours", "%v", err)
	}
	if c.Tries < 0 || c.Tries > MaxTries {
		add("tries", "tries is %d: from 1 to %d", c.Tries, MaxTries)
	}
	if c.AtOnce < 0 {
		add("at_once", "at_once is %d: at least 1", c.AtOnce)
	}
	return errors.Join(faults...)
}

// Filled returns c with the defaults in place of what the file left out.
func (c Config) Filled() Config {
	fill(&c.After, DefaultAfter)
	fill(&c.Every, DefaultEvery)
	fill(&c.Ring, DefaultRing)
	fill(&c.Tries, DefaultTries)
	fill(&c.AtOnce, DefaultAtOnce)
	return c
}

func fill[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

package voicemail

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"hatif/internal/fault"
)

// Config is what the file says of one mailbox. What it leaves out comes from the defaults.
type Config struct {
	Name     string   `yaml:"name"`      // for displays: "Complaints"; a user's mailbox has the user's name
	PIN      PIN      `yaml:"pin"`       // digits in quotes, or what `hatif hash` prints
	FixedPIN bool     `yaml:"fixed_pin"` // the PIN cannot be changed by phone
	OpenTo   []string `yaml:"open_to"`   // contexts whose people may open it, by its PIN; none: everybody who knows the PIN
	Language string   `yaml:"language"`  // its menu's; "": the call's

	MaxMessages int           `yaml:"max_messages"` // in all folders together
	MaxLength   time.Duration `yaml:"max_length"`   // of a message
	MinLength   time.Duration `yaml:"min_length"`   // a message in which the last sound comes earlier is not kept
	MaxSilence  time.Duration `yaml:"max_silence"`  // ends a message
	MaxGreeting time.Duration `yaml:"max_greeting"` // length of a greeting

	Review *bool `yaml:"review"` // callers may listen to their message and record it again
	Urgent *bool `yaml:"urgent"` // with review: callers may mark it as urgent
}

// Defaults are what a mailbox has when neither it nor the file's own defaults say otherwise.
func Defaults() Config {
	no := false
	return Config{
		MaxMessages: 100, MaxLength: 3 * time.Minute, MinLength: 2 * time.Second,
		MaxSilence: 10 * time.Second, MaxGreeting: time.Minute, Review: &no, Urgent: &no,
	}
}

// Or fills what c leaves out from d. Name and PIN are a mailbox's own.
func (c Config) Or(d Config) Config {
	c.FixedPIN = c.FixedPIN || d.FixedPIN
	if len(c.OpenTo) == 0 {
		c.OpenTo = d.OpenTo
	}
	c.Language = cmp.Or(c.Language, d.Language)
	c.MaxMessages = cmp.Or(c.MaxMessages, d.MaxMessages)
	c.MaxLength = cmp.Or(c.MaxLength, d.MaxLength)
	c.MinLength = cmp.Or(c.MinLength, d.MinLength)
	c.MaxSilence = cmp.Or(c.MaxSilence, d.MaxSilence)
	c.MaxGreeting = cmp.Or(c.MaxGreeting, d.MaxGreeting)
	c.Review = cmp.Or(c.Review, d.Review)
	c.Urgent = cmp.Or(c.Urgent, d.Urgent)
	return c
}

// Validate returns every mistake of a mailbox as a *fault.Fault.
func (c Config) Validate() error {
	var errs []error
	if !IsHash(string(c.PIN)) && !isPIN(string(c.PIN)) {
		errs = append(errs, fault.Errorf([]string{"pin"}, "a PIN is 3 to 12 digits in quotes, or what `hatif hash` makes of them"))
	}
	return errors.Join(append(errs, c.ValidateLimits())...)
}

// ValidateLimits is Validate for defaults, which have no PIN.
func (c Config) ValidateLimits() error {
	var errs []error
	if c.MaxMessages < 0 || c.MaxMessages > maxMessages {
		errs = append(errs, fault.Errorf([]string{"max_messages"}, "max_messages is %d: 1 to %d", c.MaxMessages, maxMessages))
	}
	for _, l := range []struct {
		key    string
		is     time.Duration
		lo, hi time.Duration
	}{
		{"max_length", c.MaxLength, 5 * time.Second, longest},
		{"min_length", c.MinLength, time.Millisecond, time.Minute},
		{"max_silence", c.MaxSilence, time.Second, longest},
		{"max_greeting", c.MaxGreeting, 5 * time.Second, 10 * time.Minute},
	} {
		if l.is != 0 && (l.is < l.lo || l.is > l.hi) {
			errs = append(errs, fault.Errorf([]string{l.key}, "%s is %v: %v to %v", l.key, l.is, l.lo, l.hi))
		}
	}
	if c.MaxLength != 0 && c.MinLength >= c.MaxLength {
		errs = append(errs, fault.Errorf([]string{"min_length"}, "min_length is %v, not less than max_length, %v", c.MinLength, c.MaxLength))
	}
	return errors.Join(errs...)
}

const (
	maxMessages = 10_000
	longest     = 30 * time.Minute // a message is held in memory while somebody listens
)

func isPIN(s string) bool {
	return len(s) >= 3 && len(s) <= maxPIN && strings.Trim(s, "0123456789") == ""
}

const maxPIN = 12

// A Box is a mailbox as it is in force.
type Box struct {
	Number string
	Person bool // a user's own; otherwise one of a department
	Config      // complete
}

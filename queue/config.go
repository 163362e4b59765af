package queue

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/calendar"
	"hatif/internal/fault"
)

// What a queue does when the file is silent.
const (
	DefaultStrategy    = "random"
	DefaultRingTimeout = 15 * time.Second
	DefaultRetry       = 5 * time.Second

	DefaultServiceLevel = 20 * time.Second

	DefaultRingProgressivelyDelay = 10 * time.Second
)

// What happens to an agent who has let too many calls ring.
const (
	OnMissesPause  = "pause"
	OnMissesLogOff = "log_off"
)

// Config is one queue of the file. The zero value is a queue with the defaults.
type Config struct {
	// Strategy chooses who is rung; see Strategies. "" is DefaultStrategy.
	Strategy string `yaml:"strategy"`
	// RingTimeout is how long one agent's phone rings for one caller; 0 is DefaultRingTimeout.
	RingTimeout time.Duration `yaml:"ring_timeout"`
	// MaxWait is the caller's whole time in line, ringing included; 0 is no limit.
	MaxWait time.Duration `yaml:"max_wait"`
	// Music is the class of music that callers hear; "" is the default one. Whoever calls Serve plays it.
	Music string `yaml:"music"`
	// WrapUp is the time an agent has after each call before the next; 0 is none.
	WrapUp time.Duration `yaml:"wrap_up"`
	// Retry is how long an agent who missed, declined or could not be reached is left in peace. Other free
	// agents are rung at once. 0 is DefaultRetry.
	Retry time.Duration `yaml:"retry"`
	// RingProgressivelyDelay is, with ring_progressively, how long after one phone the next begins to ring, too.
	// 0 is DefaultRingProgressivelyDelay.
	RingProgressivelyDelay time.Duration `yaml:"ring_progressively_delay"`
	// Tiers open agents of a higher penalty as the wait grows. Without tiers all are open from the beginning.
	Tiers []Tier `yaml:"tiers"`
	// RelaxSkills is the time after which, and after which again, the skills that a caller in line requires are
	// lowered by a level each; 0 is never.
	RelaxSkills time.Duration `yaml:"relax_skills"`
	// Weight is the queue's among those that share agents: callers of a heavier one are served first.
	Weight int `yaml:"weight"`
	// LastAgent: a caller who comes back within this time after a conversation is given the agent they spoke with, if
	// that one is free; 0 is no such thing.
	LastAgent time.Duration `yaml:"last_agent"`
	// ToAgent is what an agent hears and does before being connected.
	ToAgent ToAgent `yaml:"to_agent"`
	// MaxMisses is how many calls in a row an agent may let ring; then OnMisses happens to them. 0 is any number.
	MaxMisses int `yaml:"max_misses"`
	// OnMisses is "pause" or "log_off"; "" is "pause".
	OnMisses string `yaml:"on_misses"`
	// MaxLength is how many callers may stand in line; 0 is no limit. Who comes then is refused: Full.
	MaxLength int `yaml:"max_length"`
	// JoinWhenEmpty lists the states in which an agent does not count as being there: a caller who comes
	// when no agent counts is refused: Empty. Without the list nobody is refused.
	JoinWhenEmpty []State `yaml:"join_when_empty"`
	// LeaveWhenEmpty is the same for callers in line, who leave when no agent counts any more: LeftEmpty.
	LeaveWhenEmpty []State `yaml:"leave_when_empty"`
	// ServiceLevel is how long a caller may wait to count as served in time; nothing is done differently for it. 0 is
	// DefaultServiceLevel.
	ServiceLevel time.Duration `yaml:"service_level"`
	// Announce and Messages are what callers in line are told, and hear now and then.
	Announce Announce `yaml:"announce"`
	Messages Messages `yaml:"messages"`
	// CallBack offers callers in line to be called back without losing their place; nil: it does not.
	CallBack *CallBack `yaml:"call_back"`
	// KeepPlace: a caller who has hung up in line and calls again within this time has their old place; 0 is no such
	// thing.
	KeepPlace time.Duration `yaml:"keep_place"`
	// Hours are when callers are let in: otherwise they are refused, Closed. Those in line stay. The zero value is always.
	Hours calendar.Config `yaml:"hours"`
	// Overflow is when callers go to another queue.
	Overflow Overflow `yaml:"overflow"`
}

// A Member is one agent's place in one queue. The order of members is the order of linear and rrmemory.
type Member struct {
	User  string // the account whose phones ring
	Queue string
	Name  string // for people; may be ""
	Membership
	Skills Skills // the user's, in all their queues
}

// Validate returns every mistake in c as a *fault.Fault, joined; nil when there is none.
func (c Config) Validate() error {
	var faults []error
	add := func(format string, value any, path ...string) {
		faults = append(faults, fault.Errorf(path, format, value))
	}
	if _, known := strategies[c.strategyName()]; !known {
		add("%q is not a strategy: use one of "+strings.Join(Strategies(), ", ")+fault.DidYouMean(c.Strategy, Strategies()), c.Strategy, "strategy")
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"ring_timeout", c.RingTimeout}, {"max_wait", c.MaxWait}, {"wrap_up", c.WrapUp}, {"retry", c.Retry},
		{"service_level", c.ServiceLevel}, {"relax_skills", c.RelaxSkills}, {"last_agent", c.LastAgent}, {"keep_place", c.KeepPlace}, {"ring_progressively_delay", c.RingProgressivelyDelay},
	} {
		if d.value < 0 {
			add("a time cannot be negative: %s", d.value, d.key)
		}
	}
	if 0 < c.RingTimeout && c.RingTimeout < time.Second {
		add("no one can answer within %s: give a second at least", c.RingTimeout, "ring_timeout")
	}
	if 0 < c.Retry && c.Retry < time.Second {
		add("a phone that is off would be rung again every %s: give a second at least", c.Retry, "retry")
	}
	if 0 < c.RingProgressivelyDelay && c.RingProgressivelyDelay < time.Second {
		add("all phones would ring within the blink of an eye: give a second at least, or choose ringall, not %s", c.RingProgressivelyDelay, "ring_progressively_delay")
	}
	if c.RingProgressivelyDelay != 0 && c.strategyName() != "ring_progressively" {
		add("strategy %q has no use for it: it belongs to ring_progressively", c.strategyName(), "ring_progressively_delay")
	}
	faults = append(faults, c.checkTiers()...)
	if c.MaxMisses < 0 {
		add("misses are counted from 1, or 0 for no limit: %d", c.MaxMisses, "max_misses")
	}
	switch {
	case c.OnMisses != "" && c.OnMisses != OnMissesPause && c.OnMisses != OnMissesLogOff:
		add("%q cannot be done to an agent: "+OnMissesPause+" or "+OnMissesLogOff, c.OnMisses, "on_misses")
	case c.OnMisses != "" && c.MaxMisses == 0:
		add("%s never happens: max_misses says after how many calls", c.OnMisses, "on_misses")
	}
	if c.MaxLength < 0 {
		add("a line cannot be shorter than empty: %d", c.MaxLength, "max_length")
	}
	for key, states := range map[string][]State{"join_when_empty": c.JoinWhenEmpty, "leave_when_empty": c.LeaveWhenEmpty} {
		for i, s := range states {
			if !slices.Contains(excusable, s) {
				add("%q is not a state that can be named here: use any of "+excusableNames(), s, key, strconv.Itoa(i))
			}
		}
	}
	faults = append(faults, c.Announce.validate()...)
	faults = append(faults, c.Messages.validate()...)
	faults = append(faults, c.CallBack.validate()...)
	faults = append(faults, c.checkOverflow()...)
	for _, f := range fault.All(fault.Under(c.Hours.Validate(), "hours")) {
		faults = append(faults, f)
	}
	slices.SortStableFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}

func excusableNames() string {
	names := make([]string, len(excusable))
	for i, s := range excusable {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func (c Config) strategyName() string {
	if c.Strategy == "" {
		return DefaultStrategy
	}
	return c.Strategy
}

// Defaults is a queue of which the file says nothing.
func Defaults() Config { return Config{}.filled() }

// filled returns c with the defaults in place of what the file left out.
func (c Config) filled() Config {
	c.Strategy = c.strategyName()
	if c.RingTimeout == 0 {
		c.RingTimeout = DefaultRingTimeout
	}
	if c.Retry == 0 {
		c.Retry = DefaultRetry
	}
	if c.ServiceLevel == 0 {
		c.ServiceLevel = DefaultServiceLevel
	}
	if c.RingProgressivelyDelay == 0 {
		c.RingProgressivelyDelay = DefaultRingProgressivelyDelay
	}
	return c
}

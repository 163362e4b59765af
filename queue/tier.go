package queue

import (
	"strconv"
	"time"

	"hatif/internal/fault"
)

// A Tier opens the agents of a penalty, and of those between it and the tier before, to callers who have
// waited for so long. Agents of a lower penalty than the first tier's are open from the beginning.
type Tier struct {
	After   time.Duration `yaml:"after"`
	Penalty int           `yaml:"penalty"`
}

// reach is the highest penalty that is open after waiting so long, and when the next tier opens, from the
// beginning of the wait; 0: none does.
func (c Config) reach(waited time.Duration) (reach int, opens time.Duration) {
	if len(c.Tiers) == 0 {
		return everybody, 0
	}
	reach = c.Tiers[0].Penalty - 1
	for _, t := range c.Tiers {
		if t.After > waited {
			return reach, t.After
		}
		reach = t.Penalty
	}
	return reach, 0
}

// checkTiers returns the mistakes within c's tiers.
func (c Config) checkTiers() (faults []error) {
	for i, t := range c.Tiers {
		at := func(key string) []string { return []string{"tiers", strconv.Itoa(i), key} }
		switch {
		case t.After <= 0:
			faults = append(faults, fault.Errorf(at("after"), "a tier opens after a time such as 20s: whoever is to be rung at once has a lower penalty than the first tier"))
		case i > 0 && t.After <= c.Tiers[i-1].After:
			faults = append(faults, fault.Errorf(at("after"), "tiers open one after the other: this one after %s, the one before after %s", t.After, c.Tiers[i-1].After))
		}
		switch {
		case t.Penalty <= 0:
			faults = append(faults, fault.Errorf(at("penalty"), "penalty is %d: a tier is that of a penalty from 1 on", t.Penalty))
		case i > 0 && t.Penalty <= c.Tiers[i-1].Penalty:
			faults = append(faults, fault.Errorf(at("penalty"), "each tier is of a higher penalty than the one before: %d does not follow %d", t.Penalty, c.Tiers[i-1].Penalty))
		}
	}
	return faults
}

package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"hatif/internal/fault"
	"hatif/queue"
)

// checkQueues finds the mistakes of each queue, and those that lie between it and its members.
func (c *Config) checkQueues() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		errs = append(errs, fault.Under(errors.Join(c.Queues[name].Validate(), c.checkTiers(name)), "queues", name))
	}
	return errors.Join(errs...)
}

// checkTiers finds tiers of the queue that open nobody, and members whom no tier opens.
func (c *Config) checkTiers(name string) error {
	tiers := c.Queues[name].Tiers
	if len(tiers) == 0 {
		return nil
	}
	var errs []error
	last := slices.MaxFunc(tiers, func(a, b queue.Tier) int { return a.Penalty - b.Penalty })
	for i, t := range tiers {
		if !slices.ContainsFunc(c.penalties(name), func(p int) bool { return p == t.Penalty }) {
			errs = append(errs, fault.Errorf([]string{"tiers", strconv.Itoa(i), "penalty"},
				"no agent of queue %s has the penalty %d: this tier opens nobody", name, t.Penalty))
		}
	}
	for _, number := range slices.Sorted(maps.Keys(c.Users)) {
		for _, served := range c.Users[number].Queue {
			if served.Queue == name && served.Penalty > last.Penalty {
				errs = append(errs, fault.Errorf([]string{"tiers"},
					"user %s of penalty %d is never rung: the last tier opens penalty %d", number, served.Penalty, last.Penalty))
			}
		}
	}
	return errors.Join(errs...)
}

// penalties are those that the members of the queue have.
func (c *Config) penalties(name string) (all []int) {
	for _, u := range c.Users {
		for _, served := range u.Queue {
			if served.Queue == name {
				all = append(all, served.Penalty)
			}
		}
	}
	return all
}

// Oddities are what is no mistake and yet hardly meant, as faults.
func (c *Config) Oddities() []error {
	var odd []error
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		if len(c.penalties(name)) == 0 {
			odd = append(odd, c.Located(fault.Errorf([]string{"queues", name}, "nobody serves queue %s: no user names it", name)))
		}
	}
	return odd
}

package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
	"hatif/queue"
)

// checkQueues completes each queue, and finds its mistakes and those that lie between it and its members.
func (c *Config) checkQueues() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		q := c.Queues[name]
		if q.Hours.Timezone == "" {
			q.Hours.Timezone = c.Timezone
			c.Queues[name] = q
		}
		errs = append(errs, fault.Under(errors.Join(c.Queues[name].Validate(), c.checkTiers(name), c.checkOverflow(name)), "queues", name))
	}
	return errors.Join(errs...)
}

// checkOverflow finds an overflow to a queue that is not there, or in a circle.
func (c *Config) checkOverflow(name string) error {
	to := c.Queues[name].Overflow.To
	if to == "" {
		return nil
	}
	if _, known := c.Queues[to]; !known {
		return fault.Errorf([]string{"overflow", "to"}, "queue %q is not defined%s", to, fault.DidYouMean(to, slices.Sorted(maps.Keys(c.Queues))))
	}
	way := []string{name}
	for ; to != ""; to = c.Queues[to].Overflow.To {
		if way = append(way, to); to == name {
			return fault.Errorf([]string{"overflow", "to"}, "callers would go round in a circle: %s", strings.Join(way, ", "))
		}
		if slices.Contains(way[:len(way)-1], to) {
			return nil // the circle is further on, and reported there
		}
	}
	return nil
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
	if len(c.Users) == 0 {
		odd = append(odd, c.Located(fault.Errorf([]string{"users"}, "there is no user: no phone can log on; write one below users")))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		if len(c.penalties(name)) == 0 {
			odd = append(odd, c.Located(fault.Errorf([]string{"queues", name}, "nobody serves queue %s: no user names it", name)))
		}
		for _, ft := range c.tooLate(name) {
			odd = append(odd, c.Located(fault.Under(ft, "queues", name)))
		}
	}
	for _, number := range c.idle() {
		odd = append(odd, c.Located(fault.Errorf([]string{"users", number},
			"user %s serves no queue, and the others of %s do: no caller will reach them", number, c.Users[number].Context)))
	}
	return odd
}

// idle are the users who serve no queue although most people of their context do: agents whose queue was forgotten.
func (c *Config) idle() (numbers []string) {
	people, serving := make(map[string]int), make(map[string]int)
	for _, u := range c.Users {
		people[u.Context]++
		if len(u.Queue) > 0 {
			serving[u.Context]++
		}
	}
	for _, number := range slices.Sorted(maps.Keys(c.Users)) {
		if u := c.Users[number]; len(u.Queue) == 0 && u.Type != "user" && 2*serving[u.Context] > people[u.Context] {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// tooLate finds what would be done to callers only when max_wait has sent them away.
func (c *Config) tooLate(name string) (odd []*fault.Fault) {
	q := c.Queues[name]
	if q.MaxWait == 0 {
		return nil
	}
	late := func(after time.Duration, path ...string) {
		if after >= q.MaxWait {
			odd = append(odd, fault.Errorf(path, "nobody waits for %v: max_wait is %v; write less, or a longer max_wait", after, q.MaxWait))
		}
	}
	for i, t := range q.Tiers {
		late(t.After, "tiers", strconv.Itoa(i), "after")
	}
	if q.Announce.First > 0 {
		late(q.Announce.First, "announce", "first")
	} else {
		late(q.Announce.Every, "announce", "every")
	}
	late(q.Overflow.After, "overflow", "after")
	return odd
}

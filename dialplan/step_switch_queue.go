package dialplan

import (
	"context"
	"maps"
	"slices"

	"hatif/call"
	"hatif/queue"
)

// switchQueue opens or closes a queue by hand, and tells the one on the line how it is now:
//
//	switch_queue: {queue: arabic, to: closed}   # open, closed, hours (as the file says), or toggle: closed and hours in turn
type switchQueue struct {
	aloud
	plan *Plan
	name text
	to   string
	at   []string
}

// toggle is the switch's other position.
const toggle = "toggle"

// switched are the prompts that tell of a switch.
var switched = map[queue.Switch]string{
	queue.Open: "queue/is-open", queue.Shut: "queue/is-closed", queue.ByHours: "queue/follows-its-hours",
}

func compileSwitchQueue(c *compiler, v *value, s spot) Step {
	if !c.options(v, "switch_queue", "queue", "to") {
		return c.broken(v, s)
	}
	name, to := c.required(v, "switch_queue", "queue"), c.required(v, "switch_queue", "to")
	step := &switchQueue{aloud: aloud{s.next}, plan: c.plan, name: c.text(name), to: c.fixed(to), at: v.path}
	c.oneOf(name, "queue %q is not defined", step.name, slices.Sorted(maps.Keys(c.plan.services.Queues)))
	if step.to != toggle && !slices.Contains(queue.Switches, queue.Switch(step.to)) {
		c.faultf(to, "a queue is switched to open, closed, hours or toggle, not to %q", step.to)
	}
	return step
}

func (s *switchQueue) Do(ctx context.Context, c *call.Call) (Step, error) {
	name, err := s.name.in(c)
	if err != nil {
		return nil, err
	}
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	to := queue.Switch(s.to)
	if s.to == toggle {
		to = queue.Shut
		if s.plan.services.Switches.Switched(name) == queue.Shut {
			to = queue.ByHours
		}
	}
	if err := s.plan.services.Switches.SetOpen(ctx, name, to, c.Leg.Info().User); err != nil {
		return nil, err
	}
	c.Note("queue " + name + ": " + string(to))
	return s.next, call.Play(ctx, c.Leg, saying([]string{switched[to]}).source(c, s.plan.services.Sounds))
}

func (s *switchQueue) String() string { return "switch_queue " + s.name.raw + " " + s.to }

func (s *switchQueue) prompts() []prompt {
	var all []prompt
	for _, to := range queue.Switches {
		if s.to == string(to) || s.to == toggle && to != queue.Open {
			all = append(all, prompt{name: text{raw: switched[to]}, at: s.at})
		}
	}
	return all
}

func (s *switchQueue) explain(x *explanation) []Exit {
	x.say("switches the queue %s: %s", s.name.raw, s.to)
	return s.Exits()
}

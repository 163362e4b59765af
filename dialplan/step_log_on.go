package dialplan

import (
	"context"
	"maps"
	"slices"

	"hatif/call"
	"hatif/queue"
)

// logOn has whoever calls serve queues from now on: `log_on` all those that the file gives them, `log_on: english` that
// one, also where it does not, for as long as they are logged on. log_off is the opposite.
type logOn struct {
	attending
	queue text // "": all
	off   bool
}

func compileLogOn(c *compiler, v *value, s spot) Step  { return c.logOn(v, s, false) }
func compileLogOff(c *compiler, v *value, s spot) Step { return c.logOn(v, s, true) }

func (c *compiler) logOn(v *value, s spot, off bool) Step {
	step := &logOn{attending: attending{aloud{s.next}, c.plan}, off: off}
	if v.kind != empty {
		step.queue = c.text(v)
		c.oneOf(v, "queue %q is not defined", step.queue, slices.Sorted(maps.Keys(c.plan.services.Queues)))
	}
	return step
}

func (s *logOn) Do(ctx context.Context, c *call.Call) (Step, error) {
	name, err := s.queue.in(c)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, c); err != nil {
		return nil, err
	}
	user, agents := c.Leg.Info().User, s.plan.services.Agents
	if s.off {
		return s.tell(ctx, c, agents.LogOff(user, name, queue.ViaPhone), promptLoggedOff)
	}
	who := s.plan.services.Users[user]
	if !who.Callable {
		return s.tell(ctx, c, queue.ErrNotAgent, "")
	}
	m := queue.Member{User: user, Queue: name, Name: who.Name, Skills: who.Skills}
	return s.tell(ctx, c, agents.LogOn(m, queue.ViaPhone), promptLoggedOn)
}

func (s *logOn) String() string {
	name := "log_on"
	if s.off {
		name = "log_off"
	}
	if s.queue.raw != "" {
		name += " " + s.queue.raw
	}
	return name
}

func (s *logOn) prompts() []prompt { return s.heardBy(s, promptLoggedOn, promptLoggedOff) }

func (s *logOn) explain(x *explanation) []Exit {
	if s.off {
		x.say("logs the agent off from the queue")
	} else {
		x.say("logs the agent on to the queue")
	}
	return s.Exits()
}

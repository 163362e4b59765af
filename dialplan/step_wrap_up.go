package dialplan

import (
	"context"
	"errors"
	"time"

	"hatif/call"
	"hatif/queue"
)

// wrapUp changes the time that an agent has after their last call: `wrap_up: end` ends it, `wrap_up: 1m` makes it so
// much longer. Who has none hears that it is over.
type wrapUp struct {
	attending
	more time.Duration // 0: end it
}

const endWrapUp = "end"

func compileWrapUp(c *compiler, v *value, s spot) Step {
	step := &wrapUp{attending: attending{aloud{s.next}, c.plan}}
	if v.text != endWrapUp {
		step.more = c.duration(v, time.Minute)
	}
	return step
}

func (s *wrapUp) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := s.begin(ctx, c); err != nil {
		return nil, err
	}
	user, agents := c.Leg.Info().User, s.plan.services.Agents
	if _, known := agents.Standing(user); !known {
		return s.tell(ctx, c, queue.ErrNotAgent, "")
	}
	said, err := promptWrapUpOver, error(nil)
	if s.more > 0 {
		said, err = promptWrapUpLonger, agents.ExtendWrapUp(user, s.more, queue.ViaPhone)
	} else {
		err = agents.EndWrapUp(user, queue.ViaPhone)
	}
	if errors.Is(err, queue.ErrNoWrapUp) {
		said, err = promptWrapUpOver, nil
	}
	return s.tell(ctx, c, err, said)
}

func (s *wrapUp) String() string {
	if s.more > 0 {
		return "wrap_up " + s.more.String()
	}
	return "wrap_up " + endWrapUp
}

func (s *wrapUp) prompts() []prompt { return s.heardBy(s, promptWrapUpOver, promptWrapUpLonger) }

func (s *wrapUp) explain(x *explanation) []Exit {
	x.say("changes the time that the agent has after their last call")
	return s.Exits()
}

package dialplan

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"hatif/call"
	"hatif/media"
	"hatif/prompts"
	"hatif/queue"
)

// pause takes an agent out of all queues for a while, or, when they are paused, ends that. `pause` asks for the reason,
// by the keys 1 to 9 in the order of pause_reasons; `pause: lunch` knows it, and turns another pause into this one.
type pause struct {
	attending
	reason text // "": asked for
}

const reasonTries = 3

func compilePause(c *compiler, v *value, s spot) Step {
	step := &pause{attending: attending{aloud{s.next}, c.plan}}
	if v.kind != empty {
		step.reason = c.text(v)
		c.oneOf(v, "%q is none of pause_reasons", step.reason, c.plan.services.PauseReasons)
	}
	return step
}

func (s *pause) Do(ctx context.Context, c *call.Call) (Step, error) {
	reason, err := s.reason.in(c)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, c); err != nil {
		return nil, err
	}
	user, agents := c.Leg.Info().User, s.plan.services.Agents
	stands, known := agents.Standing(user)
	switch is := stands.Pause.Reason; {
	case !known:
		return s.tell(ctx, c, queue.ErrNotAgent, "")
	case is != "" && (reason == "" || reason == is):
		c.Note("back from " + is)
		return s.tell(ctx, c, agents.Unpause(user, queue.ViaPhone), promptNotPaused)
	case reason == "":
		reason, err = s.ask(ctx, c)
	}
	switch {
	case errors.Is(err, call.ErrNoInput), errors.Is(err, call.ErrInvalid):
		c.Note("no reason")
		return s.next, s.say(ctx, c, promptNoReasonGiven)
	case err != nil:
		return nil, err
	}
	c.Note("pauses for " + reason)
	return s.tell(ctx, c, agents.Pause(user, reason, queue.ViaPhone), promptPaused)
}

// ask lets the agent choose a reason.
func (s *pause) ask(ctx context.Context, c *call.Call) (string, error) {
	reasons := s.plan.services.PauseReasons
	if len(reasons) == 0 {
		return queue.PlainPause, nil
	}
	var names []string
	var keys strings.Builder
	for i, reason := range reasons {
		key := strconv.Itoa(i + 1)
		keys.WriteString(key)
		names = append(append(names, promptReasons+reason), prompts.Digits(key)...)
	}
	answer, err := call.Ask(ctx, c.Leg, call.Question{
		Prompt:  func() media.Source { return saying(names).source(c, s.plan.services.Sounds) },
		Invalid: func() media.Source { return saying([]string{promptNotValid}).source(c, s.plan.services.Sounds) },
		Keys:    keys.String(), Tries: reasonTries, AskAgain: true,
	})
	if err != nil {
		return "", err
	}
	return reasons[answer.Key-'1'], nil
}

func (s *pause) String() string {
	if s.reason.raw != "" {
		return "pause " + s.reason.raw
	}
	return "pause"
}

func (s *pause) prompts() []prompt {
	names := []string{promptPaused, promptNotPaused}
	if s.reason.raw == "" && len(s.plan.services.PauseReasons) > 0 {
		names = append(names, promptNotValid, promptNoReasonGiven)
		for i, reason := range s.plan.services.PauseReasons {
			names = append(append(names, promptReasons+reason), prompts.Digits(strconv.Itoa(i+1))...)
		}
	}
	return s.heardBy(s, names...)
}

func (s *pause) explain(x *explanation) []Exit {
	x.say("pauses the agent, or ends their pause")
	return s.Exits()
}

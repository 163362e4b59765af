package dialplan

import (
	"context"
	"errors"
	"time"

	"hatif/call"
	"hatif/queue"
)

// Agents is what agents may say of themselves by phone; *queue.Floor is one.
type Agents interface {
	LogOn(m queue.Member, via queue.Via) error
	LogOff(user, queue string, via queue.Via) error
	Pause(user, reason string, via queue.Via) error
	Unpause(user string, via queue.Via) error
	ExtendWrapUp(user string, by time.Duration, via queue.Via) error
	EndWrapUp(user string, via queue.Via) error
	Standing(user string) (queue.Standing, bool)
}

// What agents hear of what they have keyed in.
const (
	promptLoggedOn      = "logged-on"
	promptLoggedOff     = "logged-off"
	promptPaused        = "paused"
	promptNotPaused     = "not-paused"
	promptWrapUpOver    = "agent/wrap-up-over"
	promptWrapUpLonger  = "agent/wrap-up-longer"
	promptMissedPaused  = "agent/paused-for-missed-calls"
	promptMissedOff     = "agent/logged-off-for-missed-calls"
	promptNotAllowed    = "not-allowed"
	promptReasons       = "pause/" // and the reason
	promptNoReasonGiven = "nothing-heard"
)

// attending is part of a step by which an agent says what they do. Whatever it is, an agent who has been paused or
// logged off for calls they let ring is told so first: nobody rings them any more, so that they might not know.
type attending struct {
	aloud
	plan *Plan
}

// begin answers the agent and tells them what they have missed.
func (s *attending) begin(ctx context.Context, c *call.Call) error {
	if err := c.Leg.Answer(ctx); err != nil {
		return err
	}
	stands, known := s.plan.services.Agents.Standing(c.Leg.Info().User)
	if !known {
		return nil
	}
	if stands.Pause.Via == queue.ViaMisses {
		return s.say(ctx, c, promptMissedPaused)
	}
	for _, l := range stands.LogOns {
		if !l.On && l.Via == queue.ViaMisses {
			return s.say(ctx, c, promptMissedOff)
		}
	}
	return nil
}

// tell says what came of what the agent wanted. Who is no agent hears that they may not.
func (s *attending) tell(ctx context.Context, c *call.Call, err error, done string) (Step, error) {
	switch {
	case err == nil:
		return s.next, s.say(ctx, c, done)
	case errors.Is(err, queue.ErrNotAgent), errors.Is(err, queue.ErrUnknown):
		c.Note(err.Error())
		return s.next, s.say(ctx, c, promptNotAllowed)
	}
	return nil, err
}

func (s *attending) say(ctx context.Context, c *call.Call, names ...string) error {
	return call.Play(ctx, c.Leg, saying(names).source(c, s.plan.services.Sounds))
}

// heardBy are the prompts that the step says, with those that every such step may have to.
func (s *attending) heardBy(step Step, names ...string) []prompt {
	return spokenBy(step, s.plan, append(names, promptMissedPaused, promptMissedOff, promptNotAllowed))
}

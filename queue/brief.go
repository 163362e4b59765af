package queue

import (
	"errors"
	"slices"
	"time"

	"hatif/call"
)

// ToAgent is what an agent hears and does between picking up and being connected with a caller of the queue.
type ToAgent struct {
	Prompt  string `yaml:"prompt"`  // heard first: which queue's call it is; "" nothing
	Wait    bool   `yaml:"wait"`    // then, how long the caller has waited
	Confirm bool   `yaml:"confirm"` // the agent must press 1 to take the call
}

// The prompts of which briefings are made, besides the queue's own.
const (
	promptHasWaited   = "agent/caller-has-waited"
	promptPressToTake = "agent/press-1-to-take"
)

// A Briefing is what is to be said to an agent who has picked up.
type Briefing struct {
	Words   []Word
	Confirm bool // they take the call by pressing 1, and do not otherwise
}

// briefing is what an agent is told of a caller who has waited so long.
func (o ToAgent) briefing(waited time.Duration) Briefing {
	b := Briefing{Confirm: o.Confirm}
	if o.Prompt != "" {
		b.Words = append(b.Words, Word{Prompt: o.Prompt})
	}
	if o.Wait {
		waited = waited.Round(time.Second)
		if waited > time.Minute {
			waited = waited.Round(time.Minute)
		}
		b.Words = append(b.Words, Word{Prompt: promptHasWaited}, Word{Lasting: max(waited, time.Second)})
	}
	if o.Confirm {
		b.Words = append(b.Words, Word{Prompt: promptPressToTake})
	}
	return b
}

// spoken is described at Config.Spoken.
func (o ToAgent) spoken(tell func(path []string, prompt string)) {
	if o.Prompt != "" {
		tell([]string{"to_agent", "prompt"}, o.Prompt)
	}
	if o.Wait {
		tell([]string{"to_agent", "wait"}, promptHasWaited)
	}
	if o.Confirm {
		tell([]string{"to_agent", "confirm"}, promptPressToTake)
	}
}

// lift notes that an agent's phone is picked up while the caller is not connected yet: from then on max_wait does not
// take the caller away from them.
func (e *engine) lift(t *ticket, a *agent, now time.Time) Briefing {
	a.lifted = true
	return t.queue.cfg.ToAgent.briefing(now.Sub(t.Joined))
}

// lifted reports whether somebody has picked up for t and is not connected yet.
func (t *ticket) lifted() bool {
	return slices.ContainsFunc(t.held, func(a *agent) bool { return a.claim == Ringing && a.lifted })
}

// brief has the agent on leg hear whose call it is, and take it or not. It returns nil when they do. Otherwise the ring
// has come to nothing, and has been told and quietened.
func (s *visit) brief(b bell, o offer, leg call.Leg) *call.Cause {
	told := s.floor.lift(s.ticket, o.agent)
	if s.options.Brief == nil || len(told.Words) == 0 {
		return nil
	}
	err := call.Contain(s.call.Log, "briefing "+o.user, func() error { return s.options.Brief(b.ringing, leg, told) })
	if err == nil {
		return nil
	}
	why, did := call.CauseOf(err), "was not connected: "+err.Error()
	var blame *call.Cause
	switch {
	case b.ringing.Err() != nil: // the caller has left or gone elsewhere, or another agent has taken the call
		why = call.EndOf(b.ringing)
	case leg.Context().Err() != nil:
		why, did = call.Declined, "hung up"
		blame = why
	case errors.Is(err, call.ErrNoInput), errors.Is(err, call.ErrInvalid):
		why, did = call.NoAnswer, "did not take the call"
		blame = why
	default:
		s.call.Log.Error("an agent could not be told of the call", "user", o.user, "error", err)
		blame = why
	}
	if blame != nil {
		s.call.Note(o.user + " picked up and " + did)
	}
	leg.Hangup(why)
	s.call.Joined(leg.Report())
	s.floor.ended(s.ticket, o.agent, blame)
	return why
}

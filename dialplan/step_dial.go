package dialplan

import (
	"context"
	"fmt"
	"time"

	"hatif/call"
	"hatif/media"
)

// dial calls a person and connects the two:
//
//	dial: {user: "{{ .Extension }}", ring: 20s, busy: …, no_answer: …, not_registered: …, declined: …, failed: …, answered: …, cancelled: …}
//
// user is a number; dial: "2001" is short for it. music is heard while the phone rings, in the place of its tone. An
// outcome that has no branch goes to otherwise, and without that to the step that follows; where nothing follows, the
// caller is told: busy is heard as busy. answered runs when the conversation is over, also without the caller, and
// cancelled when the caller has hung up while it rang; not written, the call ends there.
type dial struct {
	plan     *Plan
	user     text
	ring     time.Duration
	music    string // heard while it rings; "": the ringing tone
	answered Step
	left     Step            // the caller did, while it rang
	outcomes map[string]Step // by option
	nobody   Step            // there is no such user: failed, where that is written
	next     Step
}

const defaultRing = 20 * time.Second

// dialOutcomes are how a dial can fail, by the option that branches on it.
var dialOutcomes = []struct {
	option string
	cause  *call.Cause
	waits  bool
}{
	{"busy", call.Busy, false},
	{"no_answer", call.NoAnswer, true},
	{"not_registered", call.NotRegistered, false},
	{"declined", call.Declined, false},
	{"failed", nil, false}, // all others
}

// The outcomes of a dial that are no failure of it.
const (
	dialAnswered  = "answered"
	dialCancelled = "cancelled"
)

// newDial is a dial without branches.
func newDial(p *Plan, user text, ring time.Duration) *dial {
	return &dial{plan: p, user: user, ring: ring, outcomes: make(map[string]Step)}
}

func compileDial(c *compiler, v *value, s spot) Step {
	step := newDial(c.plan, text{}, defaultRing)
	step.next = s.next
	user := v
	if v.kind == mapping {
		options := []string{"user", "ring", "music", dialAnswered, dialCancelled, "otherwise"}
		for _, o := range dialOutcomes {
			options = append(options, o.option)
		}
		if !c.options(v, "dial", options...) {
			return c.broken(v, s)
		}
		user = c.required(v, "dial", "user")
		step.ring = c.duration(v.field("ring"), defaultRing)
		if f := v.field("music"); f != nil {
			step.music = c.musicClass(f)
		}
		step.answered = c.afterBranch(v.field(dialAnswered), s)
		step.left = c.afterBranch(v.field(dialCancelled), s)
		otherwise := c.branch(v.field("otherwise"), s)
		for _, o := range dialOutcomes {
			step.outcomes[o.option] = c.branchOr(v.field(o.option), s, otherwise)
		}
		if v.field("failed") != nil {
			step.nobody = step.outcomes["failed"]
		}
	} else {
		for _, o := range dialOutcomes {
			step.outcomes[o.option] = s.next
		}
	}
	step.user = c.text(user)
	c.oneOf(user, "no user %q can be called", step.user, c.plan.services.people())
	return step
}

func (s *dial) Do(ctx context.Context, c *call.Call) (Step, error) {
	user, err := s.user.in(c)
	if err != nil {
		return nil, err
	}
	who, known := s.plan.services.Users[user]
	if !known || !who.Callable {
		return s.nowhere(c, user)
	}
	here, leave := whileCaller(ctx, c)
	defer leave()
	leg, err := s.reach(here, c, call.Identity{Number: user, Name: who.Name})
	if here.Err() != nil { // our own end is no fault of theirs
		if leg != nil {
			leg.Hangup(call.Cancelled)
			c.Joined(leg.Report())
		}
		return s.abandoned(c, call.EndOf(here))
	}
	if err != nil {
		return s.failed(c, user, call.CauseOf(err))
	}
	if err := c.Leg.Answer(here); err != nil {
		leg.Hangup(call.Cancelled)
		c.Joined(leg.Report())
		return s.abandoned(c, call.CauseOf(err))
	}
	leave()
	c.Set(valueOutcome, dialAnswered)
	return s.plan.converse(ctx, c, leg, "", nil, s.answered)
}

func (s *dial) watchesCaller() {}

// abandoned is a dial that ended, for why, while nobody had answered it.
func (s *dial) abandoned(c *call.Call, why *call.Cause) (Step, error) {
	conclude(c, call.ResultAbandoned)
	c.Set(valueOutcome, dialCancelled)
	if s.left != nil && c.Leg.Context().Err() != nil {
		return s.left, nil
	}
	return nil, why
}

// nowhere is a dial of somebody who does not exist: what follows for people who cannot be reached, their
// mailbox say, is not for them.
func (s *dial) nowhere(c *call.Call, user string) (Step, error) {
	c.Set(valueOutcome, "failed")
	if s.nobody != nil {
		c.Note("there is no " + user)
		return s.nobody, nil
	}
	return nil, s.plan.nobody(user)
}

// whom is who is dialled when number has led here; "" when only the call can tell.
func (s *dial) whom(number string) string {
	switch {
	case s.user.fixed():
		return s.user.raw
	case s.user.only == valueExtension:
		return number
	}
	return ""
}

// reach rings the user's phones until one answers; the caller hears the ringing. A ring without an answer
// is noted among the call's legs.
func (s *dial) reach(ctx context.Context, c *call.Call, to call.Identity) (call.Leg, error) {
	ringing, cancel := context.WithTimeout(ctx, s.ring)
	defer cancel()
	if err := s.entertain(ctx, c); err != nil {
		return nil, err
	}
	rung := call.LegRecord{
		ID:   fmt.Sprintf("%s/dial.%d", c.ID, len(c.Snapshot().Legs)+1),
		User: to.Number, Party: to, Began: time.Now(),
	}
	leg, err := s.plan.services.Talks.Dial(ringing, s.plan.services.Dialer, c, call.Target{
		User: to.Number, Near: c.Leg, Call: c.ID, Language: c.Language,
		Ringing: func(string) {
			rung.Rang = time.Now()
			s.alerted(ctx, c)
		},
	}, c.Leg.Info().Party())
	switch {
	case err != nil:
		rung.Ended, rung.HungUpBy, rung.Cause = time.Now(), "party", *call.CauseOf(err)
		if ringing.Err() != nil {
			rung.HungUpBy = "hatif"
		}
		c.Joined(rung)
	case leg.Info().Inbound: // of somebody who has picked up the call in their place
		rung.Ended, rung.HungUpBy, rung.Cause = time.Now(), "hatif", *call.Elsewhere
		c.Joined(rung)
		c.Note(leg.Info().User + " has picked up the phone of " + to.Number)
	}
	return leg, err
}

// entertain lets the caller hear the music, if there is one, before the answer as after it.
func (s *dial) entertain(ctx context.Context, c *call.Call) error {
	if s.music == "" {
		return nil
	}
	if err := c.Leg.Progress(ctx); err != nil {
		return err
	}
	if src, ok := s.plan.music(s.music); ok {
		c.Leg.Hear(src)
	}
	return nil
}

// alerted lets the caller know that a phone rings: by the tone when they hear us, and else by their own phone.
func (s *dial) alerted(ctx context.Context, c *call.Call) {
	if s.music != "" {
		return
	}
	if l := c.Leg.Report(); !l.Answered.IsZero() || !l.Heard.IsZero() {
		c.Leg.Hear(media.Tone(media.ToneRingback, s.plan.services.Country))
		return
	}
	if err := c.Leg.Ring(ctx); err != nil {
		c.Log.Debug("the caller's phone does not ring", "error", err)
	}
}

// failed notes why nobody was reached, and goes on by it.
func (s *dial) failed(c *call.Call, user string, cause *call.Cause) (Step, error) {
	c.Note(user + ": " + cause.Name)
	option := s.option(cause)
	c.Set(valueOutcome, option)
	conclude(c, resultOf(cause))
	next := s.outcomes[option]
	if next == nil {
		return nil, cause // whoever tells the caller puts an end to the ringing
	}
	c.Leg.Hear(nil)
	return next, nil
}

func (s *dial) option(cause *call.Cause) string {
	for _, o := range dialOutcomes {
		if o.cause != nil && o.cause.Is(cause) {
			return o.option
		}
	}
	return "failed"
}

func (s *dial) String() string { return "dial " + s.user.raw }

func (s *dial) of(c *call.Call) string {
	user, err := s.user.in(c)
	if err != nil {
		return s.String()
	}
	return "dial " + user
}

func (s *dial) withoutCaller() Step { return s.next }

func (s *dial) Exits() []Exit {
	exits := []Exit{{On: dialAnswered, To: s.answered, Waits: true}}
	for _, o := range dialOutcomes {
		exits = append(exits, Exit{On: o.option, To: s.outcomes[o.option], Waits: o.waits})
	}
	return append(exits, Exit{On: dialCancelled, To: s.left, Waits: true})
}

func (s *dial) explain(x *explanation) []Exit {
	user, err := s.user.in(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	who, known := s.plan.services.Users[user]
	if !known || !who.Callable {
		x.say("dials %s: there is nobody to call (%d)", user, s.plan.nobody(user).SIP)
		return []Exit{{To: s.nobody}}
	}
	x.say("rings %s for %s", call.Identity{Number: user, Name: who.Name}, s.ring)
	var ways []Exit
	for _, e := range s.Exits() {
		switch {
		case e.To == nil && e.On == dialCancelled:
		case e.To == nil && e.On != dialAnswered:
			x.say("%s: the caller is told so, and the call ends", e.On)
		default:
			ways = append(ways, e)
		}
	}
	return ways
}

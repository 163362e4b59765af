package dialplan

import (
	"context"
	"strconv"
	"strings"
	"time"

	"hatif/call"
)

// park lets the caller wait, with music, until somebody fetches them by dialling their place:
//
//	park: {places: 701-720, wait: 45s, ring: 30s, full: …, answered: …}
//
// Who has transferred the caller here is told the place, and called back when nobody has fetched them in time; ring is
// for how long. Without an answer, and for those who have dialled the number themselves, the call goes on with the
// step that follows. full is for want of a free place; answered runs when the conversation is over.
type park struct {
	plan       *Plan
	places     []string
	wait, ring time.Duration
	music      string
	full       Step
	answered   Step
	next       Step
}

// As in Asterisk.
const (
	parkingTime  = 45 * time.Second
	comebackRing = 30 * time.Second
	mostPlaces   = 1000
)

func compilePark(c *compiler, v *value, s spot) Step {
	step := &park{plan: c.plan, next: s.next}
	if !c.options(v, "park", "places", "wait", "ring", "music", "full", "answered") {
		return c.broken(v, s)
	}
	step.places = c.places(c.required(v, "park", "places"))
	step.wait = c.duration(v.field("wait"), parkingTime)
	step.ring = c.duration(v.field("ring"), comebackRing)
	if f := v.field("music"); f != nil {
		step.music = c.musicClass(f)
	}
	step.full = c.branch(v.field("full"), s)
	step.answered = c.afterBranch(v.field("answered"), s)
	return step
}

// places reads a range of numbers: "701-720".
func (c *compiler) places(v *value) []string {
	from, to, isRange := strings.Cut(v.text, "-")
	if !isRange {
		to = from
	}
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if v.kind != scalar || err1 != nil || err2 != nil || last < first || len(from) != len(to) || last-first >= mostPlaces {
		c.faultf(v, "places are a range of numbers of one length: 701-720")
		return nil
	}
	var all []string
	for n := first; n <= last; n++ {
		text := strconv.Itoa(n)
		all = append(all, strings.Repeat("0", max(0, len(from)-len(text)))+text)
	}
	return all
}

func (s *park) Do(ctx context.Context, c *call.Call) (Step, error) {
	here, leave := whileCaller(ctx, c)
	defer leave()
	if err := c.Leg.Answer(here); err != nil {
		return nil, err
	}
	talks := s.plan.services.Talks
	place, ok := talks.Park(c, s.places)
	if !ok {
		c.Note("no place to park")
		if s.full == nil {
			return nil, call.Congestion.With("all places are taken")
		}
		return s.full, nil
	}
	c.Note("parked at " + place)
	if src, ok := s.plan.music(s.music); ok {
		c.Leg.Hear(src)
	}
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	var by call.Leg
	select {
	case by = <-talks.Fetched(c):
	case <-timer.C:
	case <-here.Done():
	}
	if late := talks.Unpark(c); late != nil {
		by = late
	}
	switch {
	case here.Err() != nil:
		if by != nil {
			by.Hangup(nil)
			c.Joined(by.Report())
		}
		return nil, call.EndOf(here)
	case by != nil:
		c.Note("fetched by " + by.Info().User)
		leave()
		return s.plan.converse(ctx, c, by, s.music, nil, s.answered)
	}
	return s.back(ctx, c)
}

// back calls who has parked the caller.
func (s *park) back(ctx context.Context, c *call.Call) (Step, error) {
	origin := c.Var(valueTransferredBy)
	if origin == "" || !s.plan.services.Users[origin].Callable {
		return s.next, nil
	}
	c.Note("back to " + origin)
	d := newDial(s.plan, text{raw: origin}, s.ring)
	d.answered, d.next = s.answered, s.next
	for _, o := range dialOutcomes {
		d.outcomes[o.option] = s.next
	}
	return d.Do(ctx, c)
}

func (s *park) watchesCaller()      {}
func (s *park) withoutCaller() Step { return s.next }
func (s *park) String() string      { return "park" }

func (s *park) Exits() []Exit {
	return []Exit{{On: "fetched", To: s.answered, Waits: true}, {On: "full", To: s.full}, {On: "nobody", To: s.next, Waits: true}}
}

func (s *park) explain(x *explanation) []Exit {
	x.say("parks the call for %s", s.wait)
	return s.Exits()
}

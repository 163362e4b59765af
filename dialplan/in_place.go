package dialplan

import (
	"context"

	"hatif/call"
	"hatif/transfer"
)

// inPlace puts a caller in the place of another leg of their own: somebody goes on with a call at their other phone, or
// answers there what rings at the first (RFC 3891).
type inPlace struct {
	plan    *Plan
	old     call.Leg
	refused *call.Cause // why it cannot be; nil: it can
}

// BeginInPlace prepares the way of a call that wants to be in the place of the leg old, or is refused.
func (p *Plan) BeginInPlace(c *call.Call, old call.Leg, refused *call.Cause) *Walk {
	return &Walk{plan: p, call: c, leg: c.Leg, place: &inPlace{p, old, refused}}
}

func (s *inPlace) Do(ctx context.Context, c *call.Call) (Step, error) {
	if s.refused != nil {
		return nil, s.refused
	}
	talks := s.plan.services.Talks
	if !talks.Replaceable(s.old) {
		return nil, call.NoSuchCall("the call talks with nobody")
	}
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	into, err := talks.Replace(s.old, c)
	if err != nil {
		return nil, call.NoSuchCall(err.Error())
	}
	transfer.Lend(ctx, c, into)
	return nil, nil
}

// notesItself: the way begins with a line of its own.
func (s *inPlace) notesItself() {}

func (s *inPlace) withoutCaller() Step         { return nil }
func (s *inPlace) String() string              { return "in the place of another call" }
func (s *inPlace) Exits() []Exit               { return nil }
func (s *inPlace) explain(*explanation) []Exit { return nil }

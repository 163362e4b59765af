package dialplan

import (
	"context"
	"slices"

	"hatif/call"
)

// recall brings a call that was sent to a number in a conversation, without asking there first, back to the one who
// sent it: nobody was reached there, and no step of the number says what else to do.
type recall struct {
	plan   *Plan
	by     call.Leg // which is over; its rights count
	number string
}

// notReached are the ends of a call that are the number's and not the caller's.
var notReached = []*call.Cause{
	call.Busy, call.NoAnswer, call.NotRegistered, call.Declined, call.NotFound, call.Forbidden, call.Unreachable,
	call.Incompatible, call.Congestion,
}

// helps reports whether the call, which ends because of err, is to go back.
func (s *recall) helps(err error) bool {
	if s == nil || err == nil || !s.plan.services.Features.Recall || !s.plan.services.Users[s.by.Info().User].Callable {
		return false
	}
	cause := call.CauseOf(err)
	return slices.ContainsFunc(notReached, func(c *call.Cause) bool { return c.Is(cause) })
}

func (s *recall) Do(ctx context.Context, c *call.Call) (Step, error) {
	out, err := s.plan.services.Talks.Recall(ctx, c, s.by, s.number, s.plan.conversation(c, ""))
	return s.plan.conversed(c, out, err, nil)
}

func (s *recall) watchesCaller()              {}
func (s *recall) withoutCaller() Step         { return nil }
func (s *recall) String() string              { return "back to " + s.by.Info().User }
func (s *recall) Exits() []Exit               { return nil }
func (s *recall) explain(*explanation) []Exit { return nil }

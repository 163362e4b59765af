package dialplan

import (
	"context"
	"maps"
	"slices"
	"strings"

	"hatif/call"
	"hatif/internal/fault"
)

// hangup ends the call without another sound: `hangup`, or with the cause that the record and the caller's
// phone are to show, `hangup: busy`.
type hangup struct{ cause *call.Cause }

// hangupCauses are what a file can say.
var hangupCauses = map[string]*call.Cause{
	"normal":     call.Normal,
	"busy":       call.Busy,
	"no_answer":  call.NoAnswer,
	"declined":   call.Declined,
	"not_found":  call.NotFound,
	"forbidden":  call.Forbidden,
	"congestion": call.Congestion,
}

func compileHangup(c *compiler, v *value, s spot) Step {
	if v.kind == empty {
		return &hangup{call.Normal}
	}
	cause, known := hangupCauses[c.fixed(v)]
	if !known {
		names := slices.Sorted(maps.Keys(hangupCauses))
		c.faultf(v, "%q is no cause: use %s%s", v.text, strings.Join(names, ", "), fault.DidYouMean(v.text, names))
		cause = call.Normal
	}
	return &hangup{cause}
}

func (s *hangup) Do(_ context.Context, c *call.Call) (Step, error) {
	c.Leg.Hangup(s.cause)
	return nil, nil
}

func (s *hangup) String() string {
	if s.cause == call.Normal {
		return "hangup"
	}
	return "hangup " + s.cause.Name
}

func (s *hangup) Exits() []Exit { return nil }

func (s *hangup) explain(x *explanation) []Exit {
	x.say("hangs up (%s)", s.cause.Name)
	return nil
}

package call

import (
	"context"
	"errors"
	"fmt"
)

// A Cause says why a leg ended or was refused: the Q.850 number of the public network, the SIP status
// that goes with it (RFC 3398), and a word for people. It is an error, so that it can be the cause of
// a context; compare with errors.Is, which looks at Name only.
type Cause struct {
	Name string `json:"name,omitempty"` // stable, for records and branches: "busy"
	Q850 int    `json:"q850,omitempty"` // ITU-T Q.850 cause value
	SIP  int    `json:"sip,omitempty"`  // the status that says it best: 200 of what ends in order, else the one that refuses a call
	Text string `json:"text,omitempty"` // more, when there is more to say
}

// The causes that scripts, records and reports speak of.
var (
	Normal        = &Cause{Name: "normal", Q850: 16, SIP: 200}
	Busy          = &Cause{Name: "busy", Q850: 17, SIP: 486}
	NoAnswer      = &Cause{Name: "no answer", Q850: 19, SIP: 480}
	NotRegistered = &Cause{Name: "not registered", Q850: 20, SIP: 480}
	Declined      = &Cause{Name: "declined", Q850: 21, SIP: 603}
	NotFound      = &Cause{Name: "not found", Q850: 1, SIP: 404}
	Forbidden     = &Cause{Name: "forbidden", Q850: 21, SIP: 403}
	Unreachable   = &Cause{Name: "unreachable", Q850: 27, SIP: 480}
	Malformed     = &Cause{Name: "malformed description", Q850: 95, SIP: 400}
	Incompatible  = &Cause{Name: "no common codec", Q850: 88, SIP: 488}
	Cancelled     = &Cause{Name: "cancelled", Q850: 16, SIP: 487}
	Elsewhere     = &Cause{Name: "answered elsewhere", Q850: 26, SIP: 487}
	Congestion    = &Cause{Name: "congestion", Q850: 34, SIP: 503}
	Draining      = &Cause{Name: "shutting down", Q850: 41, SIP: 503}
	MediaTimeout  = &Cause{Name: "no audio", Q850: 102, SIP: 408}
	NoAck         = &Cause{Name: "no acknowledgement", Q850: 102, SIP: 408}
	SessionExpiry = &Cause{Name: "session timer expired", Q850: 102, SIP: 408}
	Administrator = &Cause{Name: "ended by the administrator", Q850: 16, SIP: 200}
	Failure       = &Cause{Name: "internal error", Q850: 41, SIP: 500}
)

func (c *Cause) Error() string {
	if c.Text != "" {
		return c.Name + ": " + c.Text
	}
	return c.Name
}

// Is makes errors.Is(err, Busy) true for a Busy that carries its own text.
func (c *Cause) Is(target error) bool {
	t, ok := target.(*Cause)
	return ok && t.Name == c.Name
}

// Refusal returns c as the reason for which a call is refused: what ends an answered call in order is no status to
// refuse one with.
func (c *Cause) Refusal() *Cause {
	if c.SIP >= 300 {
		return c
	}
	d := *c
	d.SIP = 480
	return &d
}

// With returns a copy of c that says more.
func (c *Cause) With(format string, args ...any) *Cause {
	d := *c
	d.Text = fmt.Sprintf(format, args...)
	return &d
}

// NoSuchCall is NotFound of a call in whose place somebody wants to be (RFC 3891 §3).
func NoSuchCall(why string) *Cause {
	c := NotFound.With("%s", why)
	c.SIP = 481
	return c
}

// CauseOf finds the Cause in err; any other error is a Failure that carries its text, nil is Normal.
func CauseOf(err error) *Cause {
	var c *Cause
	switch {
	case err == nil:
		return Normal
	case errors.As(err, &c):
		return c
	case errors.Is(err, context.Canceled):
		return Cancelled
	default:
		return Failure.With("%v", err)
	}
}

// EndOf says why ctx ended: its cause as a Cause. It is asked after ctx is done.
func EndOf(ctx context.Context) *Cause { return CauseOf(context.Cause(ctx)) }

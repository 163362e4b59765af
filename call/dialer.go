package call

import "context"

// A Dialer calls people.
type Dialer interface {
	// Dial rings every phone of the target and returns the first to answer, answered; the losers are
	// cancelled ("answered elsewhere") before it returns. ctx ends the attempt: its deadline is the
	// ring time (the error is then NoAnswer), its cancellation hangs up the ringing phones.
	// A failed dial returns a *Cause: Busy, NoAnswer, Declined, NotRegistered (at once), Unreachable,
	// Incompatible, NotFound, or Cancelled when ctx was cancelled: look at ctx.Err() before blaming
	// the party, or what Answering returned. On success the caller owns the leg and must hang it up.
	Dial(ctx context.Context, to Target, as Identity) (Leg, error)
}

// A Target is whom to call.
type Target struct {
	User     string              // an account of the file; all its registered phones ring
	Near     Leg                 // the leg it will talk to: same media loop, its codec first; may be nil
	Call     string              // the conversation's id, for the logs
	Language string              // offered to the phone as Accept-Language; "" says nothing
	Ringing  func(user string)   // called once when the first phone rings; may be nil; must not block
	Headers  map[string][]string // further SIP headers: Alert-Info for a ring tone

	// Answering, if set, is called once, on Dial's goroutine, when the first phone has answered. Until it returns the
	// phone is not told that its answer has arrived, and there is no conversation. Its error hangs up, and is Dial's.
	Answering func() error
}

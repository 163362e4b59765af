package call

import (
	"context"
	"time"

	"hatif/media"
)

// A Leg is one party's line into the PBX: what it hears, what it says, what it presses.
//
// Its methods may be called from any goroutine, but a leg has one owner at a time, the script that
// works on it, and only the owner reads Events.
type Leg interface {
	// Info says who is on the leg; it never changes.
	Info() Info

	// Context ends with the leg; context.Cause says why, as a *Cause.
	Context() context.Context

	// Ring tells a caller that the other side is alerted (180). On a leg that hears us it does nothing.
	Ring(ctx context.Context) error

	// Progress lets a caller hear us before the answer (183 with our session description). Where the caller's phone
	// cannot, since it has made no offer, it is Ring. It is idempotent, and does nothing on an answered leg.
	Progress(ctx context.Context) error

	// Answer picks up an inbound leg and returns when audio can flow. It is idempotent, and does
	// nothing on an outbound leg, which is answered when Dial returns it.
	Answer(ctx context.Context) error

	// Hear replaces what the party hears; nil is silence. done is closed when the source has ended,
	// was replaced, or the leg is over, which Context says by then.
	Hear(src media.Source) (done <-chan struct{})

	// Voice is what the party says.
	Voice() media.Voice

	// SendDigit plays a key to the party, as an RFC 4733 event when that was agreed. It does not wait.
	SendDigit(d Digit)

	// Show tells the party's phone with whom it talks now, where it differs from what the phone shows and the phone can
	// be told. It does not wait.
	Show(who Identity)

	// Held reports whether the party has put us on hold now.
	Held() bool

	// Events delivers what the party does, in order. The channel is never closed; it holds
	// EventBacklog events and the oldest unread give way.
	Events() <-chan Event

	// Hangup ends the leg with cause (nil is Normal) and returns when its resources are given back.
	// A leg that was never answered is refused with the cause's SIP code. Only the first call counts.
	Hangup(cause *Cause)

	// Report is the leg's part of the call record; complete once Context is done.
	Report() LegRecord
}

// EventBacklog is how many events a leg keeps for a script that is not reading them.
const EventBacklog = 64

// Info is what is known of a leg from its first message on.
type Info struct {
	ID       string    // unique in this process's life and in the store
	Inbound  bool      // the party called us; otherwise we called the party
	User     string    // the account that logged on or was called; "" for a guest
	Caller   Identity  // who calls: the account's own number and name, never what the phone claims
	Called   string    // the extension dialled (inbound), or the number called (outbound)
	Name     string    // the name of the person called (outbound)
	Context  string    // the dialplan context of the account
	Language string    // the account's language; "" when it has none
	CallID   string    // the SIP Call-ID, to find the leg in a trace
	Remote   string    // the far end's signalling address, "192.0.2.7:5060"
	Agent    string    // the phone's User-Agent or Server header
	Began    time.Time // when the INVITE came or went
}

// Party is who is on the leg: the caller of an inbound one, the person called of an outbound one.
func (i Info) Party() Identity {
	if i.Inbound {
		return i.Caller
	}
	return Identity{Number: i.Called, Name: i.Name}
}

// Identity is a party as shown on a display.
type Identity struct {
	Number string
	Name   string
}

// String is `Name <number>`, or the number alone.
func (i Identity) String() string {
	if i.Name == "" {
		return i.Number
	}
	return i.Name + " <" + i.Number + ">"
}

// An Event is something a party did: Digit, Held, Resumed or Transfer, or a Code made of digits.
type Event interface{ event() }

// A Digit is one key, reported once, when it is released.
type Digit struct {
	Key      byte          // '0'-'9', '*', '#', 'A'-'D'
	Duration time.Duration // how long it was held; 0 when unknown (SIP INFO)
}

// Held: the party put us on hold. Resumed: it took us back.
type (
	Held    struct{}
	Resumed struct{}
)

// Transfer is the party's request, by REFER, to connect the other side with someone else (RFC 3515).
type Transfer struct {
	To         string         // the extension
	Replaces   Leg            // another leg of the same party, whose place is to be taken (RFC 3891); nil for a blind transfer
	ReferredBy string         // who asks, as the phone says it: not proven; "" when it does not say
	Result     func(code int) // tells the party how it went (a SIP status); called once; may be nil
}

// Tell tells the party how its request went.
func (t Transfer) Tell(c *Cause) {
	switch {
	case t.Result == nil:
	case c == nil:
		t.Result(200)
	default:
		t.Result(c.Refusal().SIP)
	}
}

// Decline tells a party that asks for a transfer where none can be made that it will not be.
func Decline(e Event) {
	if t, asked := e.(Transfer); asked {
		t.Tell(Declined)
	}
}

func (Digit) event()    {}
func (Held) event()     {}
func (Resumed) event()  {}
func (Transfer) event() {}

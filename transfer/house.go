package transfer

import (
	"hatif/call"
	"hatif/media"
)

// A Right is something that not everybody may do in a conversation.
type Right string

// The rights.
const (
	MayRecord   Right = "record"
	MayTransfer Right = "transfer" // by keys and by REFER
)

// A House knows the people and the numbers of the place that a conversation is held in: the dialplan.
type House interface {
	// May reports whether the party on the leg has the right.
	May(l call.Leg, r Right) bool

	// Shown reports whether the party on the leg is shown with whom they talk: not callers from outside, who have dialled
	// a number and no person.
	Shown(l call.Leg) bool

	// Leads says whether number leads somewhere for the party on the leg by, who may have less rights than the one
	// to be transferred. The error is a *call.Cause: NotFound or Forbidden.
	Leads(by call.Leg, number string) error

	// Person is whom the number reaches, for somebody who wants to speak with them first. The error is that of Leads;
	// NotFound also for a number that is no person's.
	Person(by call.Leg, number string) (user string, err error)

	// Longer reports whether a longer number that begins with sofar leads somewhere.
	Longer(by call.Leg, sofar string) bool

	// Farewell is what the one who transfers to number hears before they are hung up: the place where the other party
	// is parked. false: nothing.
	Farewell(by call.Leg, number string) (media.Source, bool)

	// Say is a prompt in the language of the party on the leg; false when there is none.
	Say(l call.Leg, prompt string) (media.Source, bool)
}

// Options are what a conversation works with.
type Options struct {
	Config   Config
	House    House
	Dialer   call.Dialer
	Recorder call.Recorder                  // nil: there is none, and the code for it does nothing
	Music    func(by call.Leg) media.Source // for whoever waits because of by, who may be nil: because of nobody; nil: silence
	Country  string                         // whose tones are heard

	// Left is told that a party has left the call to somebody else, before their leg is hung up: to is the person or
	// the number. May be nil.
	Left func(who call.Leg, to string)
}

package queue

import "slices"

// State is what an agent is doing, as seen by the queues. Exactly one holds at a time.
type State string

const (
	LoggedOff     State = "logged_off"     // from every queue of theirs
	NotRegistered State = "not_registered" // no phone of theirs is registered
	Paused        State = "paused"         // logged on, but taking no queue calls
	OnCall        State = "on_call"        // on a call that is not of a queue, in or out, ringing or talking
	Available     State = "available"      // may be rung
	Reserved      State = "reserved"       // chosen for a caller, not yet rung
	Ringing       State = "ringing"        // rung for a caller
	Talking       State = "talking"        // with a caller of a queue
	WrapUp        State = "wrap_up"        // finishing the work of the last call
	Resting       State = "resting"        // has just missed or declined a call: left in peace for a moment
)

// excusable are the states that join_when_empty and leave_when_empty may name. Reserved is a moment on
// the way to Ringing and goes by that name there; an available agent always counts, and one who is logged off
// from the queue never.
var excusable = []State{NotRegistered, Paused, OnCall, Ringing, Talking, WrapUp, Resting}

// Excusable are the states that join_when_empty and leave_when_empty may name.
func Excusable() []State { return slices.Clone(excusable) }

// counted is the state under which a queue counts its agents.
func (s State) counted() State {
	if s == Reserved {
		return Ringing
	}
	return s
}

// atWork reports whether calls come to agents in the state, now or when they have ended what they do.
func (s State) atWork() bool { return s != LoggedOff && s != NotRegistered && s != Paused }

// Via says what has brought about a change of an agent.
type Via string

const (
	ViaPhone        Via = "phone"        // they have keyed in a code
	ViaCommand      Via = "command"      // somebody else has said so: the command line, the console
	ViaCall         Via = "call"         // a call of a queue
	ViaLine         Via = "line"         // another call of theirs, begun or ended
	ViaRegistration Via = "registration" // a phone of theirs has come or gone
	ViaClock        Via = "clock"        // a wrap-up or a rest is over
	ViaMisses       Via = "misses"       // they have not answered too often
	ViaFile         Via = "file"         // the file was loaded
)

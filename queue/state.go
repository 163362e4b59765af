package queue

// State is what an agent is doing, as seen by the queues. Exactly one holds at a time.
type State string

const (
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
// the way to Ringing and goes by that name there; an available agent always counts.
var excusable = []State{NotRegistered, Paused, OnCall, Ringing, Talking, WrapUp, Resting}

// counted is the state under which a queue counts its agents.
func (s State) counted() State {
	if s == Reserved {
		return Ringing
	}
	return s
}

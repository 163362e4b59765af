package queue

import (
	"time"

	"hatif/call"
)

// An Event is one thing that happened on the Floor. Together, in order, they tell everything: states,
// waits and counters can be computed from them again. They are stored as JSON: a name of a field or a value is kept
// for good, and what is zero is left out.
type Event struct {
	At    time.Time `json:"at,omitzero"`
	Order uint64    `json:"order,omitempty"` // from 1, in the order in which things happened on this Floor
	Kind  Kind      `json:"kind,omitempty"`
	Queue string    `json:"queue,omitempty"` // "" for AgentChanged, which concerns all queues
	Call  string    `json:"call,omitempty"`  // the conversation's id; "" when no caller is concerned
	Agent string    `json:"agent,omitempty"` // user; "" when no agent is concerned

	Caller   string        `json:"caller,omitempty"`   // CallerJoined, CallerRefused: the caller's number
	Priority int           `json:"priority,omitempty"` // CallerJoined: the caller's
	Skills   string        `json:"skills,omitempty"`   // CallerJoined: what the agent must have, as ParseSkills reads it
	Result   Result        `json:"result,omitempty"`   // CallerRefused, CallerLeft: how; AgentReleased: how the caller has left, if they have
	Key      string        `json:"key,omitempty"`      // CallerLeft: the key pressed, when Result is ByKey
	Next     string        `json:"next,omitempty"`     // CallerRefused, CallerLeft: the queue gone to, when Result is Overflowed or Moved
	Switch   Switch        `json:"switch,omitempty"`   // QueueSwitched
	Cause    *call.Cause   `json:"cause,omitempty"`    // AgentMissed: why; nil otherwise
	From     State         `json:"from,omitempty"`     // AgentChanged; "" when they become a member
	To       State         `json:"to,omitempty"`       // AgentChanged; "" when they are none any more
	Via      Via           `json:"via,omitempty"`      // AgentChanged and the kinds below it: what has brought it about
	Reason   string        `json:"reason,omitempty"`   // AgentPaused, AgentUnpaused and AgentChanged to Paused: of the pause
	Until    time.Time     `json:"until,omitzero"`     // AgentWrapUp: its end, as far as is known
	Position int           `json:"position,omitempty"` // CallerJoined, CallerLeft, CallerConnected: place in line, from 1
	Entered  int           `json:"entered,omitempty"`  // CallerLeft, CallerConnected, CallerParted: place in line when joining
	Waited   time.Duration `json:"waited,omitempty"`   // CallerLeft, CallerConnected, CallerParted: in line; CallerJoined: in the queues before; in nanoseconds, as all durations
	Rang     time.Duration `json:"rang,omitempty"`     // CallerConnected, AgentMissed, AgentReleased: since this agent was rung
	Talked   time.Duration `json:"talked,omitempty"`   // CallerParted: since connected
	By       Side          `json:"by,omitempty"`       // CallerParted: who ended the conversation
	Heir     string        `json:"heir,omitempty"`     // CallerParted: the person or number to whom Agent has transferred the caller; "": to nobody
}

// Side is who ended a conversation.
type Side string

const (
	ByCaller Side = "caller"
	ByAgent  Side = "agent"
	ByHatif  Side = "hatif" // an administrator, a shutdown, a lost connection
)

// Kind says what an Event is.
type Kind string

const (
	CallerJoined    Kind = "joined"    // stands in line
	CallerRefused   Kind = "refused"   // was not let in: Full, Empty, Closed, or Overflowed
	CallerConnected Kind = "connected" // talks to Agent
	CallerParted    Kind = "parted"    // the conversation is over
	CallerLeft      Kind = "left"      // left the line unserved
	CallerKept      Kind = "kept"      // has hung up, and is called when their turn comes
	AgentRung       Kind = "rung"      // Agent's phone is rung for Call
	AgentPickedUp   Kind = "picked up" // has taken Call from the phone of another, which is released; connected follows
	AgentMissed     Kind = "missed"    // did not take it; Cause says why
	AgentReleased   Kind = "released"  // was let go unblamed: another answered, the caller left, or their phone logged off
	AgentChanged    Kind = "changed"   // from one State to another
	QueueSwitched   Kind = "switched"  // opened or closed by hand, or left to its hours again

	AgentLoggedOn  Kind = "logged on"  // to Queue
	AgentLoggedOff Kind = "logged off" // from Queue
	AgentPaused    Kind = "paused"     // for Reason, from now on or from the end of the call that they are in
	AgentUnpaused  Kind = "unpaused"   // the pause for Reason is over
	AgentWrapUp    Kind = "wrap-up"    // after Call, or extended or ended by hand: it lasts until Until
	// Whoever stores events adds these, so that nobody takes the time when hatif was down for a long pause.
	FloorOpened Kind = "opened" // hatif has been started: there are no agents and no callers
	FloorClosed Kind = "closed" // hatif is about to end
	EventsLost  Kind = "lost"   // what happened before this is not known
)

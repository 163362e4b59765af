package queue

import (
	"time"

	"hatif/call"
)

// An Event is one thing that happened on the Floor. Together, in order, they tell everything: states,
// waits and counters can be computed from them again.
type Event struct {
	At    time.Time
	Kind  Kind
	Queue string // "" for AgentChanged, which concerns all queues
	Call  string // the conversation's id; "" when no caller is concerned
	Agent string // user; "" when no agent is concerned

	Result   Result        // CallerRefused, CallerLeft: how
	Key      string        // CallerLeft: the key pressed, when Result is ByKey
	Cause    *call.Cause   // AgentMissed: why; nil otherwise
	From, To State         // AgentChanged; From is "" when they become a member, To when they are none any more
	Position int           // CallerJoined, CallerLeft, CallerConnected: place in line, from 1
	Entered  int           // CallerLeft, CallerConnected, CallerParted: place in line when joining
	Waited   time.Duration // CallerLeft, CallerConnected, CallerParted: in line
	Rang     time.Duration // CallerConnected, AgentMissed, AgentReleased: since this agent was rung
	Talked   time.Duration // CallerParted: since connected
	Heir     string        // CallerParted: the person or number to whom Agent has transferred the caller; "": to nobody
}

// Kind says what an Event is.
type Kind string

const (
	CallerJoined    Kind = "joined"    // stands in line
	CallerRefused   Kind = "refused"   // was not let in: Full or Empty
	CallerConnected Kind = "connected" // talks to Agent
	CallerParted    Kind = "parted"    // the conversation is over
	CallerLeft      Kind = "left"      // left the line unserved
	AgentRung       Kind = "rung"      // Agent's phone is rung for Call
	AgentMissed     Kind = "missed"    // did not take it; Cause says why
	AgentReleased   Kind = "released"  // was let go unblamed: another answered, or the caller left
	AgentChanged    Kind = "changed"   // from one State to another
)

package queue

import (
	"cmp"
	"slices"
	"time"

	"hatif/call"
)

// A Snapshot is the Floor at one moment, for people to look at.
type Snapshot struct {
	At     time.Time
	Order  uint64          // of the last Event before it
	Queues []QueueSnapshot // by name
	Agents []AgentSnapshot // by user: members of any queue, and whoever still has a caller of one
}

// A QueueSnapshot is one queue.
type QueueSnapshot struct {
	Name    string
	Config  Config           // with the defaults filled in
	Line    []WaiterSnapshot // in order
	Members []string         // users, in the members' order
	Stats   Stats
	Open    bool   // callers are let in, as far as hours go
	Switch  Switch // what has been said by hand
}

// A WaiterSnapshot is one caller in line.
type WaiterSnapshot struct {
	Call     string
	Caller   call.Identity
	Position int    // from 1
	Priority int    // higher ones stand before lower ones
	Skills   Skills // what the agent must have by now; nil: nothing
	Joined   time.Time
	Back     string   // the account at which they are to be called, who have hung up and kept their place; "" on the line
	Ringing  []string // the users whose phones ring for this caller, or are about to
}

// An AgentSnapshot is one agent.
type AgentSnapshot struct {
	User   string
	Name   string
	State  State
	Since  time.Time
	Via    Via                      // what brought them into State
	Queues []string                 // member of, in the file's order; then those that they have logged on to by themselves
	Off    []string                 // those of Queues that they are logged off from
	Call   string                   // the conversation they are reserved for, rung for or in; "" none
	Caller call.Identity            // the caller of Call
	Reason string                   // why paused; "" when not
	Pauses map[string]time.Duration // in each reason, the pause that lasts included; nil: none yet
	Stats  AgentStats
}

// Snapshot returns the Floor as it is now; the lock is held while it is copied.
func (f *Floor) Snapshot() Snapshot {
	var s Snapshot
	f.locked(func(e *engine, now time.Time) { s = e.snapshot(now) })
	slices.SortFunc(s.Queues, func(a, b QueueSnapshot) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Agents, func(a, b AgentSnapshot) int { return cmp.Compare(a.User, b.User) })
	return s
}

func (e *engine) snapshot(now time.Time) Snapshot {
	s := Snapshot{At: now, Order: e.told}
	for _, q := range e.queues {
		s.Queues = append(s.Queues, q.snapshot(now))
	}
	for _, a := range e.agents {
		if a.serves() || a.ticket != nil {
			s.Agents = append(s.Agents, a.snapshot(now))
		}
	}
	return s
}

func (q *queue) snapshot(now time.Time) QueueSnapshot {
	s := QueueSnapshot{
		Name: q.name, Config: q.cfg, Stats: q.stats, Open: !q.closed(now), Switch: q.switched, Line: make([]WaiterSnapshot, len(q.line))}
	for i, t := range q.line {
		s.Line[i] = WaiterSnapshot{Call: t.Call, Caller: t.caller, Position: i + 1, Joined: t.Joined, Priority: t.priority}
		if t.kept {
			s.Line[i].Back = t.back
		}
		s.Line[i].Skills = t.lane.needs.skills()
		for _, a := range t.held {
			s.Line[i].Ringing = append(s.Line[i].Ringing, a.user)
		}
	}
	for _, p := range q.members {
		if p.on || !p.dynamic {
			s.Members = append(s.Members, p.agent.user)
		}
	}
	return s
}

func (a *agent) snapshot(now time.Time) AgentSnapshot {
	s := AgentSnapshot{
		User: a.user, Name: a.name, State: a.state, Since: a.since, Via: a.via, Reason: a.pause.Reason, Stats: a.stats,
		Pauses: a.pauses(now),
	}
	for _, p := range a.places {
		if p.dynamic && !p.on {
			continue
		}
		s.Queues = append(s.Queues, p.queue.name)
		if !p.on {
			s.Off = append(s.Off, p.queue.name)
		}
	}
	if a.ticket != nil {
		s.Call, s.Caller = a.ticket.Call, a.ticket.caller
	}
	return s
}

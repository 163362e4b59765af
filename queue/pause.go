package queue

import (
	"maps"
	"time"
)

// A Pause is a time in which an agent takes no calls of queues. The zero value is none.
type Pause struct {
	Reason string
	Via    Via
	Since  time.Time
}

// Reasons that the file need not name.
const (
	PlainPause  = "pause"        // where none was asked for
	MissedCalls = "missed calls" // ViaMisses
)

// rest pauses an agent in all queues, or gives the pause another reason.
func (e *engine) rest(a *agent, reason string, via Via, now time.Time) {
	if reason == "" {
		reason = PlainPause
	}
	a.misses = 0
	if a.pause.Reason == reason {
		return
	}
	a.tally(now)
	a.pause = Pause{Reason: reason, Via: via, Since: now}
	e.tell(Event{At: now, Kind: AgentPaused, Agent: a.user, Reason: reason, Via: via})
	e.settle(a, via, now)
}

// goOn ends a pause.
func (e *engine) goOn(a *agent, via Via, now time.Time) {
	a.misses = 0
	if a.pause.Reason == "" {
		return
	}
	a.tally(now)
	e.tell(Event{At: now, Kind: AgentUnpaused, Agent: a.user, Reason: a.pause.Reason, Via: via})
	a.pause = Pause{}
	e.settle(a, via, now)
}

// strike counts a call that the agent let ring. One too many, and the agent is somewhere else, whatever they forgot
// to key in.
func (e *engine) strike(a *agent, q *queue, now time.Time) {
	a.misses++
	if q.cfg.MaxMisses == 0 || a.misses < q.cfg.MaxMisses {
		return
	}
	if q.cfg.OnMisses == OnMissesLogOff {
		e.leaveAll(a, ViaMisses, now)
		return
	}
	e.rest(a, MissedCalls, ViaMisses, now)
}

// tally adds up the pause so far, before its reason or the state changes.
func (a *agent) tally(now time.Time) {
	if a.state != Paused || a.pause.Reason == "" { // which goOn has added up already
		return
	}
	if a.rests == nil {
		a.rests = make(map[string]time.Duration)
	}
	a.rests[a.pause.Reason] += now.Sub(a.since)
	a.since = now
}

// pauses is the time in each reason, up to now.
func (a *agent) pauses(now time.Time) map[string]time.Duration {
	all := maps.Clone(a.rests)
	if a.state == Paused {
		if all == nil {
			all = make(map[string]time.Duration)
		}
		all[a.pause.Reason] += now.Sub(a.since)
	}
	return all
}

package queue

import (
	"errors"
	"slices"
	"time"

	"hatif/call"
)

// An offer is an agent whom a caller's script is to ring now.
type offer struct {
	agent *agent
	user  string
	name  string
	until time.Time // when to give up
	full  bool      // the phone rings for the whole ring_timeout: not to answer is a miss
}

// fetch turns t's reservations into offers: from now on the agents are Ringing, each until the script says
// take or ended. An agent who has meanwhile begun another call,
// lost their phone, paused or logged off is let go.
func (e *engine) fetch(t *ticket, now time.Time) []offer {
	var offers []offer
	for _, a := range slices.Clone(t.held) {
		switch {
		case a.claim != Reserved:
		case !a.may(t.queue):
			e.release(t, a, now)
		default:
			a.claim, a.rung, a.lifted, a.strays = Ringing, now, false, false
			a.stats.Rung++
			e.settle(a, ViaCall, now)
			e.tell(Event{At: now, Kind: AgentRung, Queue: t.queue.name, Call: t.Call, Agent: a.user})
			offers = append(offers, t.offer(a, now))
		}
	}
	e.follow(now)
	return offers
}

// offer is bounded by what is left of the caller's max_wait. A phone that rang for a little less than
// ring_timeout because of that, a tenth, has rung long enough to be missed: both times are often the same.
func (t *ticket) offer(a *agent, now time.Time) offer {
	ring := t.queue.cfg.RingTimeout
	o := offer{agent: a, user: a.user, name: a.name, until: now.Add(ring), full: true}
	if !t.deadline.IsZero() && t.deadline.Before(o.until) {
		o.until, o.full = t.deadline, t.deadline.Sub(now) >= ring-ring/10
	}
	return o
}

// take is an agent's answer. The first one wins: nil. Otherwise it returns the cause to hang up with, and
// the agent stays Ringing until ended.
func (e *engine) take(t *ticket, a *agent, now time.Time) *call.Cause {
	switch {
	case t.winner != nil:
		return call.Elsewhere
	case t.result != "" || t.kept:
		return call.Cancelled
	}
	t.winner, t.bound = a, ""
	t.drop(a)
	e.handOn(t, now)
	e.stand(t, now) // a strategy that gathers served nobody behind this caller
	e.follow(now)
	return nil
}

// pickUp is the answer of somebody at another phone than the one that rings for the caller: an agent or not. From then
// on it is as if they had been rung themselves.
func (e *engine) pickUp(t *ticket, user string, now time.Time) *call.Cause {
	if t.winner != nil || t.result != "" || t.kept {
		return call.Elsewhere
	}
	a := e.agent(user, now)
	if a.claim != "" { // their own phone rings, too, and has an end of its own
		a = &agent{user: user, state: NotRegistered, since: now}
	}
	a.claim, a.ticket, a.rung, a.lifted = Ringing, t, now, true
	e.settle(a, ViaCall, now)
	e.tell(Event{At: now, Kind: AgentPickedUp, Queue: t.queue.name, Call: t.Call, Agent: user})
	return e.take(t, a, now)
}

// ended is the end of a ring without a conversation, once the phone is quiet. blame is why the agent did
// not take the call, nil when that was not their doing: another answered, or the caller left.
func (e *engine) ended(t *ticket, a *agent, blame *call.Cause, now time.Time) {
	ev := Event{At: now, Kind: AgentReleased, Queue: t.queue.name, Call: t.Call, Agent: a.user, Rang: now.Sub(a.rung), Result: t.result}
	if blame != nil {
		ev.Kind, ev.Cause, ev.Result = AgentMissed, blame, ""
		a.restUntil = now.Add(t.queue.cfg.Retry)
		a.stats.miss(blame)
		t.miss(a.user)
	}
	e.tell(ev)
	e.release(t, a, now)
	if blame != nil && errors.Is(blame, call.NoAnswer) {
		e.strike(a, t.queue, now)
	}
	e.goOnward(t, now)
	e.follow(now)
}

// handOn gives up t's reservations that were not fetched.
func (e *engine) handOn(t *ticket, now time.Time) {
	held := t.held
	t.held = nil
	for _, a := range held {
		if a.claim != Reserved {
			t.held = append(t.held, a)
		}
	}
	for _, a := range held {
		if a.claim == Reserved {
			e.unclaim(t, a, now)
		}
	}
}

// release ends t's claim on a.
func (e *engine) release(t *ticket, a *agent, now time.Time) {
	t.drop(a)
	e.unclaim(t, a, now)
}

// unclaim frees a, whom t does not hold any more. A caller who is left without any agent goes back to their
// place in line.
func (e *engine) unclaim(t *ticket, a *agent, now time.Time) {
	a.claim, a.ticket = "", nil
	e.stand(t, now)
	e.settle(a, ViaCall, now)
	if t.late {
		t.notify()
	}
}

func (t *ticket) drop(a *agent) {
	t.held = slices.DeleteFunc(t.held, func(h *agent) bool { return h == a })
}

func (t *ticket) miss(user string) {
	if t.Missed == nil {
		t.Missed = make(map[string]int)
	}
	t.Missed[user]++
}

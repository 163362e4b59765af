package queue

import "time"

// beginWrapUp gives an agent the time after a call that they have: their own, or the queue's.
func (e *engine) beginWrapUp(a *agent, q *queue, callID string, now time.Time) {
	length := q.cfg.WrapUp
	if p := a.placeIn(q); p != nil && p.wrapUp != nil {
		length = *p.wrapUp
	}
	a.wrapUntil = now.Add(length)
	if length > 0 && len(a.places) > 0 {
		e.tell(Event{At: now, Kind: AgentWrapUp, Queue: q.name, Call: callID, Agent: a.user, Until: a.wrapUntil, Via: ViaCall})
	}
}

// stretchWrapUp makes a wrap-up that lasts longer by more, or ends it when more is 0.
func (e *engine) stretchWrapUp(a *agent, more time.Duration, via Via, now time.Time) error {
	if !a.wrapUntil.After(now) {
		return ErrNoWrapUp
	}
	if more == 0 {
		a.wrapUntil = now
	} else {
		a.wrapUntil = a.wrapUntil.Add(more)
		e.alarms.set(a.wrapUntil, a) // the one that is set comes too early
	}
	e.tell(Event{At: now, Kind: AgentWrapUp, Agent: a.user, Until: a.wrapUntil, Via: via})
	e.settle(a, via, now)
	return nil
}

package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hatif/call"
)

// keep turns t into a place whose caller is to be called: from now on nobody is on the line. Agents who were reserved
// are handed on; the script stops the phones that ring. It is refused when somebody has picked up, or t has left.
func (e *engine) keep(t *ticket, back string, now time.Time) bool {
	if !t.inLine() || t.winner != nil || t.lifted() || t.kept || t.queue.cfg.CallBack == nil {
		return false
	}
	t.back, t.lingers, t.bound = back, true, ""
	e.offLine(t, now.Add(t.queue.cfg.CallBack.filled().After), now)
	e.tell(Event{
		At: now, Kind: CallerKept, Queue: t.queue.name, Call: t.Call, Caller: t.caller.Number,
		Position: t.queue.line.position(t), Entered: t.entered, Waited: t.waited(now),
	})
	e.handOn(t, now)
	e.stand(t, now)
	e.follow(now)
	return true
}

// hungUp is the end of the call in which t was kept: they have listened for as long as they liked, and are left in peace
// from now on.
func (e *engine) hungUp(t *ticket, now time.Time) {
	if !t.kept || !t.lingers {
		return
	}
	t.lingers = false
	e.spare(t, now.Add(t.queue.cfg.CallBack.filled().After))
	e.stand(t, now)
	e.follow(now)
}

// offLine notes that nobody is on the line, and that they are not to be called before a moment.
func (e *engine) offLine(t *ticket, from, now time.Time) {
	t.kept, t.hungUp, t.deadline, t.late = true, now, time.Time{}, false
	t.queue.kept.add(t)
	e.places[t.Call] = t
	e.spare(t, from)
}

// spare leaves the caller of a kept place in peace until a moment.
func (e *engine) spare(t *ticket, until time.Time) {
	t.callFrom = until
	e.alarms.set(until, t)
}

// onLine notes that somebody is on the line again, or never will be.
func (e *engine) onLine(t *ticket, now time.Time) {
	if !t.kept {
		return
	}
	e.uncall(t, now)
	t.off += now.Sub(t.hungUp)
	t.kept, t.lingers = false, false
	t.queue.kept.remove(t)
	delete(e.places, t.Call)
}

// callable reports whether the caller of the kept place t may be called when there is an agent.
func (t *ticket) callable(now time.Time) bool {
	q := t.queue
	return len(t.held) == 0 && !t.lingers && !now.Before(t.callFrom) && q.calling < q.cfg.CallBack.filled().AtOnce && !q.closed(now)
}

// call notes that the caller of a kept place is being called: an agent is reserved.
func (e *engine) call(t *ticket, now time.Time) {
	t.calling = true
	t.queue.calling++
	e.standKept(t.queue, now)
}

// uncall notes that they are called no more.
func (e *engine) uncall(t *ticket, now time.Time) {
	if t.calling {
		t.calling = false
		t.queue.calling--
		e.standKept(t.queue, now)
	}
}

// standKept lets the kept places of q stand as it follows from what is common to them: how many are called, and
// whether the queue is open.
func (e *engine) standKept(q *queue, now time.Time) {
	for _, t := range slices.Clone(q.kept) {
		e.stand(t, now)
	}
}

// watchHours sets the alarm for the moment when the queue of a kept place opens.
func (e *engine) watchHours(t *ticket, now time.Time) {
	if !t.queue.closed(now) || t.queue.switched == Shut {
		return
	}
	if opens := t.queue.opening.Next(now); !opens.Equal(t.opens) && opens.After(now) {
		t.opens = opens
		e.alarms.set(opens, t)
	}
}

// again is a kept place whose caller could not be reached. The agent is free, and their turn comes again, not before a
// moment.
func (e *engine) again(t *ticket, from, now time.Time) {
	if t.kept && t.inLine() {
		e.uncall(t, now)
		e.spare(t, from)
		e.handOn(t, now)
		e.stand(t, now)
	}
	e.follow(now)
}

// revive is the answer of a kept place's caller, in another conversation: they stand in line again, with the agent who
// was reserved for them. nil: the place is gone.
func (e *engine) revive(id, conversation string, now time.Time) *ticket {
	t := e.places[id]
	if t == nil {
		return nil
	}
	q := t.queue
	q.stats.count(CalledBack, 0)
	e.tell(Event{
		At: now, Kind: CallerLeft, Queue: q.name, Call: t.Call, Result: CalledBack,
		Position: q.line.position(t), Entered: t.entered, Waited: t.waited(now),
	})
	e.onLine(t, now)
	t.Call = conversation
	q.stats.Offered++
	if q.cfg.MaxWait > 0 {
		t.deadline = now.Add(q.cfg.MaxWait)
	}
	t.entered = q.line.position(t)
	e.tellJoined(t, now)
	e.stand(t, now)
	if len(t.held) > 0 {
		t.notify()
	}
	e.follow(now)
	return t
}

// unkeep is a keep that could not be promised after all: the caller is still on the line.
func (e *engine) unkeep(t *ticket, now time.Time) {
	e.onLine(t, now)
	e.stand(t, now)
	if len(t.held) > 0 {
		t.notify()
	}
	e.follow(now)
}

// A Kept is a place in line as it is written down, to be taken up again after a restart.
type Kept struct {
	Queue    string        `json:"queue"`
	Call     string        `json:"call"` // the conversation in which it was kept: the place's name
	Caller   call.Identity `json:"caller"`
	Back     string        `json:"back"` // the account to be called
	Joined   time.Time     `json:"joined"`
	HungUp   time.Time     `json:"hung_up"`
	Priority int           `json:"priority,omitempty"`
	Skills   Skills        `json:"skills,omitempty"`
}

// restore takes up places of an earlier process, before everybody who comes in this one; nil for one whose queue is no
// more, or calls nobody back.
func (e *engine) restore(all []Kept, from []time.Time, now time.Time) []*ticket {
	tickets := make([]*ticket, len(all))
	byTime := make([]int, len(all))
	for i := range byTime {
		byTime[i] = i
	}
	slices.SortStableFunc(byTime, func(i, j int) int {
		return cmp.Or(all[i].Joined.Compare(all[j].Joined), strings.Compare(all[i].Call, all[j].Call))
	})
	for _, i := range byTime {
		k := all[i]
		q := e.queues[k.Queue]
		if q == nil || q.cfg.CallBack == nil || e.places[k.Call] != nil {
			continue
		}
		e.restored++
		t := newTicket(arrival{call: k.Call, caller: k.Caller, priority: k.Priority, skills: k.Skills}, q, e.restored, now)
		t.Joined, t.back = k.Joined, k.Back
		q.stats.Offered++
		q.line.add(t)
		t.entered = q.line.position(t)
		peace := k.HungUp.Add(q.cfg.CallBack.filled().After)
		if peace.Before(from[i]) {
			peace = from[i]
		}
		e.offLine(t, peace, now)
		t.hungUp = k.HungUp
		e.tellJoined(t, now)
		e.tell(Event{At: now, Kind: CallerKept, Queue: q.name, Call: t.Call, Caller: k.Caller.Number, Position: t.entered, Entered: t.entered, Waited: t.waited(now)})
		e.stand(t, now)
		tickets[i] = t
	}
	e.follow(now)
	return tickets
}

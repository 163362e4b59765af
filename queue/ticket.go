package queue

import (
	"time"

	"hatif/call"
)

// A ticket is a caller's place in a line, from joining until connected or gone.
type ticket struct {
	Waiter
	caller   call.Identity
	queue    *queue
	lane     *lane         // nil: has left the line
	order    uint64        // as it came, among those of all queues
	priority int           // a higher one is served first
	needs    needs         // of the agent, when joining
	reach    int           // the highest penalty that has been opened to the caller
	before   string        // the agent who spoke with the caller last; "" none who counts
	entered  int           // place in line when joining, from 1
	deadline time.Time     // end of max_wait; zero: none
	keep     time.Duration // for how long their place is kept when they hang up, as the queue says that they came to
	late     bool          // deadline has passed while somebody had picked up for this caller

	held   []*agent // reserved or rung for this caller; the winner is not among them
	winner *agent   // the first to answer
	bound  string   // the queue that the caller is sent to by hand, once held is empty; "": none
	heir   string   // to whom the winner has transferred the caller; "": to nobody
	key    string   // what the caller pressed to leave by
	by     Side     // who ended the conversation
	result Result   // how the ticket left the line; "" while it is in line

	kept     bool          // nobody is on the line: the caller is to be called when their turn comes
	back     string        // the account to be called
	calling  bool          // it is being called: an agent is reserved
	lingers  bool          // they have not hung up yet
	callFrom time.Time     // not called before
	opens    time.Time     // when the alarm for the queue's opening is set
	hungUp   time.Time     // when kept
	off      time.Duration // all the time not on the line

	since     time.Time // in this queue; Joined counts those before as well
	stays     time.Time // until when the caller does not try the queue's overflow again
	changes   time.Time // when what the caller wants is to be looked at again; zero: never
	again     time.Time // from when on one more phone may ring, with a strategy that goes on while phones ring
	connected time.Time // zero: not
	left      time.Time // the line, served or not

	// wake tells the script to fetch offers. Its capacity is 1: it is a sign, and signs do not add up.
	// The offers themselves are the reservations in held, so that a ticket that leaves hands on what it
	// has not fetched.
	wake chan struct{}
	gone chan struct{} // closed when the engine dismissed the ticket
}

func (t *ticket) notify() {
	select {
	case t.wake <- struct{}{}:
	default: // the sign is up already
	}
}

// waited is the time that the caller has spent on the line, up to a moment.
func (t *ticket) waited(at time.Time) time.Duration {
	if t.kept {
		at = t.hungUp
	}
	return at.Sub(t.Joined) - t.off
}

func (t *ticket) inLine() bool { return t.result == "" && t.connected.IsZero() }

// An arrival is what a caller brings to a queue.
type arrival struct {
	call     string // the conversation's id
	caller   call.Identity
	priority int
	skills   Skills // of the agent
}

func newTicket(who arrival, q *queue, order uint64, now time.Time) *ticket {
	return &ticket{
		Waiter: Waiter{Call: who.call, Joined: now}, caller: who.caller, queue: q, order: order, since: now,
		wake: make(chan struct{}, 1), gone: make(chan struct{}),
		priority: who.priority, needs: needsOf(who.skills),
	}
}

// join lets a caller into the line of q, or of the one that it overflows to. The ticket is nil when the caller is
// refused; the result says why.
func (e *engine) join(q *queue, who arrival, now time.Time) (*ticket, Result) {
	way, refusal := e.wayIn(q, who.caller.Number, now)
	if refusal != "" {
		q.stats.Offered++
		q.stats.count(refusal, 0)
		e.tell(Event{At: now, Kind: CallerRefused, Queue: q.name, Call: who.call, Caller: who.caller.Number, Result: refusal})
		return nil, refusal
	}
	way = e.wayBack(way, who.caller.Number, now)
	patience, keep := q.cfg.MaxWait, q.cfg.KeepPlace // of the queue that they came to, wherever they come to stand
	q = e.pass(way, who.call, who.caller, now)
	q.stats.Offered++
	e.order++
	t := newTicket(who, q, e.order, now)
	t.keep = keep
	t.before = e.met.last(who.caller, q.cfg.LastAgent, now)
	if len(way) > 1 {
		t.needs = q.met(t.needs)
	}
	e.takeUp(t, now)
	if patience > 0 {
		t.deadline = now.Add(patience)
	}
	q.line.add(t)
	t.entered = q.line.position(t)
	e.tellJoined(t, now)
	e.watchOverflow(t)
	e.stand(t, now)
	e.follow(now)
	return t, ""
}

// tellJoined tells that t stands in its queue from now on.
func (e *engine) tellJoined(t *ticket, now time.Time) {
	e.tell(Event{
		At: now, Kind: CallerJoined, Queue: t.queue.name, Call: t.Call, Caller: t.caller.Number, Position: t.entered,
		Waited: t.waited(now), Priority: t.priority, Skills: t.needs.word(),
	})
}

// heldIn is the agents held for t, as members of q.
func (t *ticket) heldIn(q *queue) []Agent {
	var held []Agent
	for _, a := range t.held {
		if p := a.placeIn(q); p != nil {
			held = append(held, p.asAgent())
		}
	}
	return held
}

// connect begins the conversation with the winner; false when the engine has dismissed the ticket since.
func (e *engine) connect(t *ticket, now time.Time) bool {
	if t.result != "" {
		return false
	}
	q, a, wait := t.queue, t.winner, t.waited(now)
	position := q.line.position(t)
	q.line.remove(t)
	t.connected, t.left = now, now
	e.stand(t, now)
	q.stats.answer(wait, q.cfg.ServiceLevel)
	a.stats.Answered++
	a.misses = 0
	a.claim = Talking
	e.tell(Event{
		At: now, Kind: CallerConnected, Queue: q.name, Call: t.Call, Agent: a.user,
		Position: position, Entered: t.entered, Waited: wait, Rang: now.Sub(a.rung),
	})
	e.settle(a, ViaCall, now)
	e.follow(now)
	return true
}

// part ends what there was between the caller and the winner. After a conversation the agent wraps up; an
// agent who answered a caller who had left by then is just let go.
func (e *engine) part(t *ticket, now time.Time) {
	if t.connected.IsZero() {
		e.ended(t, t.winner, nil, now)
		return
	}
	a, q, talk := t.winner, t.queue, now.Sub(t.connected)
	t.result = Answered
	q.stats.talked(talk)
	a.stats.Talked += talk
	if t.heir != "" {
		q.stats.Transferred++
		a.stats.Transferred++
	}
	a.lastCall = now
	e.met.note(t.caller, e.lastWith(t), now)
	a.claim, a.ticket = "", nil
	e.tell(Event{
		At: now, Kind: CallerParted, Queue: q.name, Call: t.Call, Agent: a.user,
		Entered: t.entered, Waited: t.waited(t.connected), Talked: talk, By: t.by, Heir: t.heir,
	})
	e.beginWrapUp(a, q, t.Call, now)
	e.settle(a, ViaCall, now)
	e.follow(now)
}

// expire is the end of max_wait. It is refused when an agent has answered already: the caller is about to
// be connected, or to be overdue.
func (e *engine) expire(t *ticket, now time.Time) bool {
	if t.result == "" && (t.winner != nil || t.lifted()) {
		t.late = true
		return false
	}
	e.leave(t, TimedOut, now)
	return true
}

// overdue makes up for a refused expire when those who had picked up have not taken the caller.
func (e *engine) overdue(t *ticket, now time.Time) bool { return t.late && e.expire(t, now) }

// leave takes t out of the line unserved; the first reason is the one that counts. Agents who were reserved
// but not rung yet are handed on; those whose phones ring, and a winner, stay claimed until the script has
// stopped them and says ended.
func (e *engine) leave(t *ticket, why Result, now time.Time) {
	if t.inLine() {
		e.depart(t, why, now)
	}
	e.follow(now)
}

// dismiss has the engine itself send t out of the line.
func (e *engine) dismiss(t *ticket, why Result, now time.Time) {
	if t.inLine() {
		e.depart(t, why, now)
		close(t.gone)
	}
}

func (e *engine) depart(t *ticket, why Result, now time.Time) {
	q, wait := t.queue, t.waited(now)
	position := q.line.position(t)
	if why == Abandoned {
		q.drop(t, now)
	}
	t.result, t.left = why, now
	e.onLine(t, now)
	q.line.remove(t)
	q.stats.count(why, wait)
	e.tell(Event{
		At: now, Kind: CallerLeft, Queue: q.name, Call: t.Call,
		Result: why, Key: t.key, Position: position, Entered: t.entered, Waited: wait,
	})
	e.handOn(t, now)
	e.stand(t, now) // a strategy that gathers served nobody behind this caller
}

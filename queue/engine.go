package queue

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"hatif/calendar"
)

// The engine decides who is rung for whom. It has no clock, no lock and no I/O: every method is told the
// moment it happens at, moments never go back, and one caller at a time calls it. The same calls with the
// same chance give the same decisions.
//
// A method changes facts, settles the agents whose facts changed, and ends with follow, where callers meet
// agents. What was decided is to be read from the engine: a ticket's wake and gone tell the caller's script
// to look, news holds the events not yet taken, alarms the next moment at which wake is to be called.
type engine struct {
	rand     *rand.Rand
	queues   map[string]*queue
	agents   map[string]*agent // everybody of whom anything is known, members or not
	order    uint64            // of the last ticket
	met      memory            // who spoke with whom last
	touched  []*queue          // to be looked at by follow
	alarms   alarms
	places   map[string]*ticket // kept, by the conversation in which they were
	restored uint64             // order of the last place of an earlier process
	switches map[string]Switch  // by queue; those that are not ByHours
	observe  bool               // somebody wants the news
	told     uint64
	news     []Event
}

// A queue is one line and the agents who serve it.
type queue struct {
	name     string
	cfg      Config
	strategy Strategy
	opening  calendar.Opening
	switched Switch // ByHours, or what has been said by hand
	members  []*place
	line     line          // every caller not yet connected
	lanes    []*lane       // the same callers by what they want, and the agents for them
	census   map[State]int // how many members are in each state
	last     Agent         // rung last; Position is -1 when that is nobody, or no member any more
	stats    Stats

	kept    line               // those of line who are to be called when their turn comes
	calling int                // how many of kept are being called
	dropped map[string]dropped // by the caller's number
	spills  bool               // callers stand in it who are to go to another queue
	touched bool               // stands in engine.touched
	shifted bool               // members have come to work or gone, and lanes were not looked at yet
}

// firstOrder leaves room for the places of an earlier process before those of this one.
const firstOrder = 1 << 32

func newEngine(r *rand.Rand, observe bool) *engine {
	return &engine{rand: r, observe: observe, queues: make(map[string]*queue), agents: make(map[string]*agent),
		places: make(map[string]*ticket), order: firstOrder, switches: make(map[string]Switch)}
}

// tell numbers the event, also when nobody listens: who does so later begins where the Snapshot ends.
func (e *engine) tell(ev Event) {
	e.told++
	ev.Order = e.told
	if e.observe {
		e.news = append(e.news, ev)
	}
}

// touch marks q as a queue whose line or members changed.
func (e *engine) touch(q *queue) {
	if !q.touched {
		q.touched = true
		e.touched = append(e.touched, q)
	}
}

// follow does what follows from the facts, until nothing does: free agents are given to callers, callers go
// to other queues, and leave those that are deserted.
func (e *engine) follow(now time.Time) {
	for len(e.touched) > 0 {
		for _, q := range e.touched {
			e.widen(q, now)
		}
		e.serve(now, e.touched)
		for _, q := range e.touched {
			q.touched = false
		}
		again := e.touched
		e.touched = nil
		for _, q := range again {
			e.overflow(q, now)
			e.dismissIfDeserted(q, now)
		}
	}
}

// serve gives free agents to callers until there is nothing more to give in these queues. Of several callers
// who want the same agent, the one of the heaviest queue is served first, and of one weight the one whose
// place in line is first: by priority, then as they came, whatever the queue.
func (e *engine) serve(now time.Time, queues []*queue) {
	for _, q := range queues {
		for _, l := range q.lanes {
			l.idle = false
		}
	}
	for {
		var q *queue
		var first *lane
		for _, other := range queues {
			for _, l := range other.lanes {
				if len(l.waiting) > 0 && len(l.bench) > 0 && !l.idle && (first == nil || goesBefore(other, l, q, first)) {
					q, first = other, l
				}
			}
		}
		if q == nil {
			return
		}
		first.idle = !e.match(q, first, now)
	}
}

// goesBefore reports whether the first caller of l is served before the first of m.
func goesBefore(q *queue, l *lane, r *queue, m *lane) bool {
	if q.cfg.Weight != r.cfg.Weight {
		return q.cfg.Weight > r.cfg.Weight
	}
	return inOrder(l.waiting[0], m.waiting[0]) < 0
}

// match gives agents to the first caller of q's lane l and reports whether there were any to give.
func (e *engine) match(q *queue, l *lane, now time.Time) bool {
	t := l.waiting[0]
	if t.kept && !t.callable(now) { // the queue has closed since
		e.stand(t, now)
		return true
	}
	after, more := q.strategy.More()
	picked := l.remembered(t)
	if picked == nil || more && after == 0 {
		m := Moment{Now: now, Waiter: t.Waiter, Free: l.bench, Last: q.last.Position, Rand: e.rand}
		if more {
			m.Ringing = t.heldIn(q)
		}
		if picked = q.strategy.Pick(m); len(picked) == 0 {
			return false
		}
		if t.kept {
			picked = picked[:1] // who waits until the customer has answered
		}
		q.last = picked[len(picked)-1]
	}
	held := len(t.held)
	for _, p := range picked { // before any is reserved: picked may be a part of the bench
		t.held = append(t.held, e.agents[p.User])
	}
	for _, a := range slices.Backward(t.held[held:]) { // backward: nobody moves up on the bench
		a.claim, a.ticket = Reserved, t
		e.settle(a, ViaCall, now)
	}
	if t.kept {
		e.call(t, now)
	} else if after > 0 {
		t.again = now.Add(after)
		e.alarms.set(t.again, t)
	}
	e.stand(t, now)
	t.notify()
	return true
}

// deserted reports whether no member counts when those in the excused states do not; who is logged off never
// does. Without a list a queue is never deserted.
func (q *queue) deserted(excused []State) bool {
	if len(excused) == 0 {
		return false
	}
	counting := len(q.members) - q.census[LoggedOff]
	for i, s := range excused {
		if !slices.Contains(excused[:i], s) {
			counting -= q.census[s]
		}
	}
	return counting <= 0
}

// dismissIfDeserted sends callers away for whom nobody is there any more and no phone rings.
func (e *engine) dismissIfDeserted(q *queue, now time.Time) {
	if len(q.line) == 0 || !q.deserted(q.cfg.LeaveWhenEmpty) {
		return
	}
	for _, t := range slices.Clone(q.line) {
		if len(t.held) == 0 && t.winner == nil && !t.kept {
			e.dismiss(t, LeftEmpty, now)
		}
	}
}

func (e *engine) sortedQueues() []*queue {
	all := make([]*queue, 0, len(e.queues))
	for _, name := range slices.Sorted(maps.Keys(e.queues)) {
		all = append(all, e.queues[name])
	}
	return all
}

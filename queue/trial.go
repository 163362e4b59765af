package queue

import (
	"container/heap"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"hatif/calendar"
	"hatif/call"
)

// A Trial is one queue in a time that is not real: the engine of the Floor, with callers and phones that are only numbers.
// It lives through a month in seconds, and decides as the Floor would.
type Trial struct {
	Queue   string
	Config  Config // its overflow and its hours are left out: there is one queue, and it is open
	Members []Member
	Begins  time.Time
	Rand    *rand.Rand // of the strategy's choices

	// Calls are the callers, in the order in which they come.
	Calls iter.Seq[TrialCall]
	// PickUp is how long an agent's phone rings until it is answered; nil: not at all. What is longer than the queue's
	// ring_timeout is missed.
	PickUp func() time.Duration
	// Observe is told each Event, in order; may be nil.
	Observe func(Event)
}

// A TrialCall is one caller of a Trial.
type TrialCall struct {
	At       time.Time
	Patience time.Duration // after which they hang up in line; 0: never
	Talk     time.Duration // with an agent
}

// Run lives through all calls, to the end of the last one. The error is that of ctx when it ended first.
func (t Trial) Run(ctx context.Context) error {
	r := &trial{Trial: t, engine: newEngine(t.Rand, true), now: t.Begins, visits: make(map[string]*trialVisit)}
	r.Config.Overflow, r.Config.Hours = Overflow{}, calendar.Config{}
	r.engine.apply(map[string]Config{t.Queue: r.Config}, t.Members, r.now)
	for _, m := range t.Members {
		r.engine.setRegistered(m.User, true, r.now)
	}
	next, stop := iter.Pull(t.Calls)
	defer stop()
	coming, more := next()
	for n := 0; ; n++ {
		const seldom = 1024 // asking a context takes longer than a step
		if n%seldom == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.tell()
		due, any := r.due()
		switch {
		case more && (!any || !due.Before(coming.At)):
			r.now = coming.At
			r.comes(coming)
			coming, more = next()
		case any:
			r.now = due
			r.happens()
		default:
			return nil
		}
	}
}

// A trial is a Trial that runs.
type trial struct {
	Trial
	engine *engine
	now    time.Time
	deeds  trialDeeds
	told   int     // deeds, for their order
	read   []Event // the room of the last news, for the next
	calls  int
	visits map[string]*trialVisit // by call
}

// A trialVisit is a caller in line or in conversation, and the phones that ring for them.
type trialVisit struct {
	ticket *ticket
	talk   time.Duration
	rings  []offer
}

// comes lets a caller in.
func (r *trial) comes(c TrialCall) {
	r.calls++
	id := "c" + strconv.Itoa(r.calls)
	t, _ := r.engine.join(r.engine.queues[r.Queue], arrival{call: id, caller: call.Identity{Number: id}}, r.now)
	if t == nil {
		return
	}
	v := &trialVisit{ticket: t, talk: c.Talk}
	r.visits[id] = v
	if c.Patience > 0 {
		r.in(c.Patience, func() {
			r.engine.leave(t, Abandoned, r.now)
			r.hush(v)
		})
	}
	if !t.deadline.IsZero() {
		r.in(t.deadline.Sub(r.now), func() {
			r.engine.expire(t, r.now)
			r.hush(v)
		})
	}
}

// tell brings the news, and rings the phones of the agents whom the engine has chosen.
func (r *trial) tell() {
	for len(r.engine.news) > 0 {
		news := r.engine.news
		r.engine.news, r.read = r.read[:0], news
		for _, ev := range news {
			if r.Observe != nil {
				r.Observe(ev)
			}
			switch {
			case ev.Kind == AgentChanged && ev.To == Reserved:
				if t := r.engine.agents[ev.Agent].ticket; t != nil {
					r.ring(r.visits[t.Call])
				}
			case ev.Kind == CallerLeft || ev.Kind == CallerParted:
				delete(r.visits, ev.Call)
			}
		}
	}
}

// ring rings the phones that were chosen for a caller and do not ring yet.
func (r *trial) ring(v *trialVisit) {
	for _, o := range r.engine.fetch(v.ticket, r.now) {
		r.engine.setBusy(o.user, 1, r.now)
		v.rings = append(v.rings, o)
		after := time.Duration(0)
		if r.PickUp != nil {
			after = r.PickUp()
		}
		if most := o.until.Sub(r.now); after >= most {
			r.in(most, func() { r.stopped(v, o) })
		} else {
			r.in(after, func() { r.answers(v, o) })
		}
	}
}

// answers connects the caller with the agent, unless the phone has become quiet before.
func (r *trial) answers(v *trialVisit, o offer) {
	i := slices.Index(v.rings, o)
	if i < 0 || r.engine.take(v.ticket, o.agent, r.now) != nil {
		return
	}
	v.rings = slices.Delete(v.rings, i, i+1)
	r.hush(v)
	r.engine.connect(v.ticket, r.now)
	r.in(v.talk, func() {
		r.engine.setBusy(o.user, 0, r.now)
		v.ticket.by = ByCaller
		r.engine.part(v.ticket, r.now)
	})
}

// hush stops the phones that ring for a caller who is in line no more.
func (r *trial) hush(v *trialVisit) {
	if v.ticket.inLine() && v.ticket.winner == nil {
		return
	}
	for _, o := range slices.Clone(v.rings) {
		r.stopped(v, o)
	}
}

// stopped is the end of a ring that nobody has answered.
func (r *trial) stopped(v *trialVisit, o offer) {
	i := slices.Index(v.rings, o)
	if i < 0 {
		return
	}
	v.rings = slices.Delete(v.rings, i, i+1)
	var blame *call.Cause
	if o.full && !r.now.Before(o.until) {
		blame = call.NoAnswer
	}
	r.engine.setBusy(o.user, 0, r.now)
	r.engine.ended(v.ticket, o.agent, blame, r.now)
}

// A trialDeed is something that somebody will do.
type trialDeed struct {
	at    time.Time
	order int // of those at one moment
	do    func()
}

// in has something done after a while.
func (r *trial) in(after time.Duration, do func()) {
	r.told++
	heap.Push(&r.deeds, trialDeed{r.now.Add(after), r.told, do})
}

// due is when something happens next, a deed or an alarm of the engine.
func (r *trial) due() (at time.Time, any bool) {
	at, any = r.engine.alarms.next()
	if len(r.deeds) > 0 && (!any || r.deeds[0].at.Before(at)) {
		return r.deeds[0].at, true
	}
	return at, any
}

// happens does what is due first.
func (r *trial) happens() {
	if alarm, any := r.engine.alarms.next(); any && !alarm.After(r.now) {
		r.engine.wake(r.now)
		return
	}
	heap.Pop(&r.deeds).(trialDeed).do()
}

// trialDeeds is a heap, the earliest first; see container/heap.
type trialDeeds []trialDeed

func (h trialDeeds) Len() int { return len(h) }
func (h trialDeeds) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}
func (h trialDeeds) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *trialDeeds) Push(x any)   { *h = append(*h, x.(trialDeed)) }
func (h *trialDeeds) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = trialDeed{}
	*h = (*h)[:last]
	return x
}

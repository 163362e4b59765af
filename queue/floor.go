package queue

import (
	"cmp"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"hatif/call"
)

// Options are what a Floor is given. The zero value is good.
type Options struct {
	Rand *rand.Rand   // the Floor's own from now on; nil: seeded by chance
	Log  *slog.Logger // nil: slog.Default

	// Observe is told each Event, one at a time and in order, without any lock of the Floor held. It runs
	// on whatever goroutine caused an event, a caller's or the one that called SetBusy: it must be quick
	// and must not wait, so whoever stores events hands them to a goroutine of their own. It may call the
	// Floor, but not the call.Lines that SetBusy watches. May be nil.
	Observe func(Event)
}

// A Floor is all queues and all agents of a process: one engine, its lock and its clock. Its methods may
// be called from any goroutine.
type Floor struct {
	log     *slog.Logger
	observe func(Event)

	mu      sync.Mutex
	engine  *engine     // guarded by mu
	timer   *time.Timer // guarded by mu; runs wake at the engine's next alarm
	armed   time.Time   // guarded by mu: when timer is due; zero: it is not running
	telling bool        // guarded by mu: somebody is on the way to Observe and the watchers
	room    []Event     // guarded by mu: the room of news that were told, for the next

	watchers []*watcher // guarded by mu; a changed list is a new one
}

// New makes a Floor without queues.
func New(o Options) *Floor {
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Floor{log: o.Log, observe: o.Observe, engine: newEngine(o.Rand, o.Observe != nil)}
}

// Apply makes these the queues and members. A queue that keeps its name keeps its line and counters, and
// agents keep their state; callers in line of a queue that is gone leave it: Removed. A conversation goes
// on whatever happens to its queue. Configs are expected to be valid; a member of a queue that does not
// exist is logged and left out.
func (f *Floor) Apply(queues map[string]Config, members []Member) {
	var strays []Member
	f.do(func(e *engine, now time.Time) { strays = e.apply(queues, members, now) })
	for _, m := range strays {
		f.log.Warn("member of a queue that does not exist", "user", m.User, "queue", m.Queue)
	}
}

// SetRegistered tells whether any phone of user is registered. It may be told of users who are no agents.
func (f *Floor) SetRegistered(user string, registered bool) {
	f.do(func(e *engine, now time.Time) { e.setRegistered(user, registered, now) })
}

// SetBusy tells how many legs user has at this moment, ringing or talking, in or out, those that the
// queues made themselves included. It is made to be a watcher of call.Lines.
func (f *Floor) SetBusy(user string, legs int) {
	f.do(func(e *engine, now time.Time) { e.setBusy(user, legs, now) })
}

// enter lets c's caller take the place that they have kept, or else join.
func (f *Floor) enter(c *call.Call, name string, o ServeOptions) (t *ticket, refusal Result, err error) {
	if o.Place != "" {
		f.do(func(e *engine, now time.Time) { t = e.revive(o.Place, c.ID, now) })
		if t != nil {
			return t, "", nil
		}
	}
	return f.join(c, name, o)
}

// join lets c's caller into the named queue. The ticket is nil when the caller is refused.
func (f *Floor) join(c *call.Call, name string, o ServeOptions) (t *ticket, refusal Result, err error) {
	f.do(func(e *engine, now time.Time) {
		q := e.queues[name]
		if q == nil {
			err = fmt.Errorf("queue %s: %w", name, ErrUnknown)
			return
		}
		t, refusal = e.join(q, arrival{
			call: c.ID, caller: c.Leg.Info().Party(), priority: o.Priority, skills: o.Skills,
		}, now)
	})
	return t, refusal, err
}

func (f *Floor) fetch(t *ticket) (offers []offer) {
	f.do(func(e *engine, now time.Time) { offers = e.fetch(t, now) })
	return offers
}

func (f *Floor) lift(t *ticket, a *agent) (b Briefing) {
	f.do(func(e *engine, now time.Time) { b = e.lift(t, a, now) })
	return b
}

func (f *Floor) take(t *ticket, a *agent) (lost *call.Cause) {
	f.do(func(e *engine, now time.Time) { lost = e.take(t, a, now) })
	return lost
}

func (f *Floor) pickUp(t *ticket, user string) (lost *call.Cause) {
	f.do(func(e *engine, now time.Time) { lost = e.pickUp(t, user, now) })
	return lost
}

// strays reports whether the phone of a that rings has logged off meanwhile: they may be at another one by now.
func (f *Floor) strays(a *agent) (is bool) {
	f.locked(func(*engine, time.Time) { is = a.strays })
	return is
}

func (f *Floor) ended(t *ticket, a *agent, blame *call.Cause) {
	f.do(func(e *engine, now time.Time) { e.ended(t, a, blame, now) })
}

func (f *Floor) connect(t *ticket) (ok bool) {
	f.do(func(e *engine, now time.Time) { ok = e.connect(t, now) })
	return ok
}

// part ends the conversation; by is who did.
func (f *Floor) part(t *ticket, by Side) {
	f.do(func(e *engine, now time.Time) {
		t.by = by
		e.part(t, now)
	})
}

// transferred notes to whom the agent gives the caller, which part tells.
func (f *Floor) transferred(t *ticket, to string) {
	f.do(func(*engine, time.Time) { t.heir = to })
}

func (f *Floor) expire(t *ticket) (ok bool) {
	f.do(func(e *engine, now time.Time) { ok = e.expire(t, now) })
	return ok
}

func (f *Floor) overdue(t *ticket) (ok bool) {
	f.do(func(e *engine, now time.Time) { ok = e.overdue(t, now) })
	return ok
}

func (f *Floor) leave(t *ticket, r Result) {
	f.do(func(e *engine, now time.Time) { e.leave(t, r, now) })
}

// SetOpen opens or closes a queue by hand, or leaves it to its hours again. It is kept for a queue that does not exist.
func (f *Floor) SetOpen(queue string, to Switch) {
	f.do(func(e *engine, now time.Time) { e.setOpen(queue, to, now) })
}

// Switched is what a queue has been switched to by hand.
func (f *Floor) Switched(queue string) (to Switch) {
	f.locked(func(e *engine, _ time.Time) { to = cmp.Or(e.switches[queue], ByHours) })
	return to
}

// exit takes t out of the line because its caller pressed a key.
func (f *Floor) exit(t *ticket, key string) {
	f.do(func(e *engine, now time.Time) {
		t.key = key
		e.leave(t, ByKey, now)
	})
}

// outlook tells what the caller in line can be told.
func (f *Floor) outlook(t *ticket) (o outlook) {
	f.locked(func(e *engine, _ time.Time) { o = e.outlook(t) })
	return o
}

// do runs op under the lock, sets the alarm clock by what came of it, and tells the observer afterwards.
func (f *Floor) do(op func(e *engine, now time.Time)) {
	f.locked(op)
	f.publish()
}

func (f *Floor) locked(op func(e *engine, now time.Time)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	op(f.engine, now)
	f.arm(now)
}

// arm starts the timer for the engine's next alarm. It is called with mu held.
func (f *Floor) arm(now time.Time) {
	next, any := f.engine.alarms.next()
	switch {
	case !any:
		f.armed = time.Time{} // a timer that is running finds nothing due
	case next.Equal(f.armed):
	case f.timer == nil:
		f.timer = time.AfterFunc(next.Sub(now), f.wake)
		f.armed = next
	default:
		f.timer.Reset(next.Sub(now))
		f.armed = next
	}
}

func (f *Floor) wake() {
	f.do(func(e *engine, now time.Time) {
		f.armed = time.Time{}
		e.wake(now)
	})
}

// publish brings the news to the observer and the watchers. One goroutine at a time does that, so that order is kept;
// the others leave their news to it.
func (f *Floor) publish() {
	for {
		news, watchers := f.collect()
		if news == nil {
			return
		}
		f.tell(news, watchers)
	}
}

// collect returns the news that this goroutine is to bring, nil when there are none or another is at it.
func (f *Floor) collect() ([]Event, []*watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.telling || len(f.engine.news) == 0 {
		return nil, nil
	}
	news := f.engine.news
	f.engine.news, f.room = f.room, nil
	f.telling = true
	return news, f.watchers
}

func (f *Floor) tell(news []Event, watchers []*watcher) {
	for _, w := range watchers {
		w.push(news)
	}
	if f.observe != nil {
		for _, ev := range news {
			f.tellOne(ev)
		}
	}
	clear(news)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.telling = false
	f.room = kept(news)
}

// kept is the room of events that are done with, empty, when it is not so much that a rush must have made it.
func kept(events []Event) []Event {
	if cap(events) > mostBehind {
		return nil
	}
	return events[:0]
}

// tellOne keeps a panic of the observer from the caller who happens to bring the news.
func (f *Floor) tellOne(ev Event) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("observer of the queues panicked", "event", ev.Kind, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f.observe(ev)
}

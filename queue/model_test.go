package queue

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hatif/call"
)

var (
	modelSeeds = flag.Int("model.seeds", 1500, "how many worlds TestNobodyIsEverLostOrBookedTwice lives through")
	modelSteps = flag.Int("model.steps", 400, "how many things happen in each")
)

// A world drives an engine as scripts, phones and an administrator would, but in any order that chance finds.
type world struct {
	*engine
	chance  *rand.Rand
	now     time.Time
	tickets []*ticket      // whose scripts still run
	kept    []*ticket      // whose callers are to be called back
	rings   []ring         // phones that ring
	answers []ring         // legs that won and are not connected yet
	talks   []*ticket      // conversations
	direct  map[string]int // calls of agents that are not the queue's
	own     map[string]int // legs that the queue made
	members []Member
	calls   int
	last    string // what happened last
	events  []Event
}

type ring struct {
	t *ticket
	o offer
}

func newWorld(seed uint64) *world {
	w := &world{
		engine: newEngine(rand.New(rand.NewPCG(seed, 1)), true),
		chance: rand.New(rand.NewPCG(seed, 2)),
		now:    time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		direct: make(map[string]int), own: make(map[string]int),
	}
	w.reload()
	for i := range agentsOfWorld {
		w.setRegistered(fmt.Sprint(i), true, w.now)
	}
	return w
}

const agentsOfWorld = 7

func (w *world) reload() {
	configs := make(map[string]Config)
	for _, name := range []string{"a", "b", "c"} {
		if w.chance.IntN(6) == 0 {
			continue
		}
		c := Config{
			Strategy:    Strategies()[w.chance.IntN(len(strategies))],
			RingTimeout: time.Duration(5+w.chance.IntN(15)) * time.Second,
			WrapUp:      time.Duration(w.chance.IntN(3)) * 4 * time.Second,
			MaxLength:   w.chance.IntN(4) * 4,
			Weight:      w.chance.IntN(3) / 2,
			MaxMisses:   w.chance.IntN(3),
			ToAgent:     ToAgent{Confirm: w.chance.IntN(2) == 0},
			OnMisses:    []string{OnMissesPause, OnMissesLogOff}[w.chance.IntN(2)],

			RingProgressivelyDelay: time.Duration(1+w.chance.IntN(4)) * time.Second,
			LastAgent:              time.Duration(w.chance.IntN(2)) * 20 * time.Second,
			RelaxSkills:            time.Duration(w.chance.IntN(2)) * 3 * time.Second,
		}
		if w.chance.IntN(3) == 0 {
			c.Tiers = []Tier{{After: 2 * time.Second, Penalty: 1}, {After: 5 * time.Second, Penalty: 2}}
		}
		if w.chance.IntN(2) == 0 {
			c.MaxWait = time.Duration(8+w.chance.IntN(30)) * time.Second
		}
		if w.chance.IntN(3) > 0 {
			c.CallBack = &CallBack{After: 2 * time.Second, AtOnce: 1 + w.chance.IntN(2)}
			c.KeepPlace = time.Duration(w.chance.IntN(2)) * 5 * time.Second
		}
		if w.chance.IntN(4) == 0 {
			c.JoinWhenEmpty = []State{NotRegistered, Paused}
		}
		if w.chance.IntN(4) == 0 {
			c.LeaveWhenEmpty = excusable[:1+w.chance.IntN(len(excusable))]
		}
		if to := string(name[0] + 1 + byte(w.chance.IntN(2))); w.chance.IntN(2) == 0 && to <= "c" { // to a later one: no circles
			c.Overflow = Overflow{To: to, After: time.Duration(w.chance.IntN(3)) * 3 * time.Second, Length: w.chance.IntN(4), Closed: w.chance.IntN(2) == 0}
			if w.chance.IntN(2) == 0 {
				c.Overflow.Empty = excusable[:1+w.chance.IntN(len(excusable))]
			}
		}
		configs[name] = c
	}
	w.members = nil
	skills := make([]Skills, agentsOfWorld)
	for i := range skills {
		skills[i] = Skills{"x": w.chance.IntN(4), "y": w.chance.IntN(2)}
	}
	for _, name := range []string{"a", "b", "c"} {
		for _, i := range w.chance.Perm(agentsOfWorld) {
			if w.chance.IntN(2) == 0 {
				w.members = append(w.members, Member{
					User: fmt.Sprint(i), Queue: name, Membership: Membership{Penalty: max(0, w.chance.IntN(8)-5)},
					Skills: skills[i],
				})
			}
		}
	}
	w.apply(configs, w.members, w.now)
}

// legs tells the engine how busy an agent is.
func (w *world) legs(user string) { w.setBusy(user, w.direct[user]+w.own[user], w.now) }

func pick[T any](r *rand.Rand, from *[]T) (x T, ok bool) {
	if len(*from) == 0 {
		return x, false
	}
	i := r.IntN(len(*from))
	x = (*from)[i]
	*from = slices.Delete(*from, i, i+1)
	return x, true
}

// step lets one thing happen.
func (w *world) step() {
	user := fmt.Sprint(w.chance.IntN(agentsOfWorld))
	switch n := w.chance.IntN(100); {
	case n < 14:
		w.last = "a caller comes"
		name := []string{"a", "b", "c"}[w.chance.IntN(3)]
		if q := w.queues[name]; q != nil {
			w.calls++
			if t, _ := w.join(q, w.arrival(), w.now); t != nil {
				w.tickets = append(w.tickets, t)
			}
		}
	case n < 40:
		w.last = "a script looks up"
		if len(w.tickets) > 0 {
			w.script(w.tickets[w.chance.IntN(len(w.tickets))])
		}
	case n < 50:
		w.last = "a phone is picked up"
		if len(w.rings) > 0 && w.chance.IntN(3) == 0 { // and hears whose call it is
			r := w.rings[w.chance.IntN(len(w.rings))]
			w.lift(r.t, r.o.agent, w.now)
		} else if r, ok := pick(w.chance, &w.rings); ok {
			if w.take(r.t, r.o.agent, w.now) == nil {
				w.answers = append(w.answers, r)
			} else {
				w.quiet(r, nil)
			}
		}
	case n < 52:
		w.last = "somebody picks up another's phone"
		if r, ok := pick(w.chance, &w.rings); ok {
			w.pickedUp(r, fmt.Sprint(w.chance.IntN(agentsOfWorld+2))) // some are no agents
		}
	case n < 57:
		w.last = "a phone refuses"
		if r, ok := pick(w.chance, &w.rings); ok {
			causes := []*call.Cause{call.Busy, call.Declined, call.NotRegistered, call.Failure}
			w.quiet(r, causes[w.chance.IntN(len(causes))])
		}
	case n < 64:
		w.last = "an answered caller is connected"
		w.connectOne()
	case n < 72:
		w.last = "a conversation ends"
		if t, ok := pick(w.chance, &w.talks); ok {
			w.hangUp(t)
		}
	case n < 74:
		w.last = "a caller keeps their place, or is called back"
		w.callBack()
	case n < 77:
		w.last = "a caller hangs up"
		if t, ok := pick(w.chance, &w.tickets); ok {
			w.leave(t, Abandoned, w.now)
		}
	case n < 82:
		w.last = "a phone comes or goes"
		a := w.agents[user]
		w.setRegistered(user, a == nil || !a.registered, w.now)
	case n < 86:
		w.last = "an agent is called, or calls"
		w.direct[user]++
		w.legs(user)
	case n < 90:
		w.last = "a direct call ends"
		w.direct[user] = max(0, w.direct[user]-1)
		w.legs(user)
	case n < 91:
		w.last = "something is asked of an agent"
		w.ask(w.agent(user, w.now))
	case n < 92 && w.chance.IntN(2) == 0:
		w.last = "somebody takes a caller to another queue"
		w.moveOne()
	case n < 92:
		w.last = "a queue is opened or closed"
		w.setOpen([]string{"a", "b", "c"}[w.chance.IntN(3)], Switches[w.chance.IntN(len(Switches))], w.now)
	case n < 93:
		w.last = "the file is loaded again"
		w.reload()
	default:
		w.last = "time passes"
		w.pass(time.Duration(w.chance.IntN(4000)) * time.Millisecond)
	}
}

// arrival is a caller: one of a few people, most of whom want nothing special.
func (w *world) arrival() arrival {
	who := arrival{call: fmt.Sprint("c", w.calls), caller: call.Identity{Number: fmt.Sprint(w.chance.IntN(10))}}
	if w.chance.IntN(5) == 0 {
		who.priority = w.chance.IntN(3) - 1
	}
	if w.chance.IntN(4) == 0 {
		who.skills = Skills{"x": w.chance.IntN(4), "y": w.chance.IntN(2)}
	}
	return who
}

// script is what a caller's script does when it is scheduled.
func (w *world) script(t *ticket) {
	if isClosed(t.gone) {
		w.tickets = slices.DeleteFunc(w.tickets, func(o *ticket) bool { return o == t })
		return
	}
	select {
	case <-t.wake:
	default:
		return
	}
	if w.overdue(t, w.now) {
		w.tickets = slices.DeleteFunc(w.tickets, func(o *ticket) bool { return o == t })
		return
	}
	w.quieten(t)
	for _, o := range w.fetch(t, w.now) {
		w.own[o.user]++
		w.legs(o.user)
		w.rings = append(w.rings, ring{t, o})
	}
}

// pickedUp has user, who has called us for it, take the call from a ringing phone.
func (w *world) pickedUp(r ring, user string) {
	w.own[user]++
	w.legs(user)
	if w.pickUp(r.t, user, w.now) == nil {
		w.answers = append(w.answers, ring{r.t, offer{agent: r.t.winner, user: user}})
	} else {
		w.own[user]--
		w.legs(user)
	}
	w.quiet(r, nil)
}

// quiet ends a ring; the leg is counted off before or after.
func (w *world) quiet(r ring, blame *call.Cause) {
	w.counted(r.o.user, func() { w.ended(r.t, r.o.agent, blame, w.now) })
}

func (w *world) hangUp(t *ticket) {
	w.counted(t.winner.user, func() { w.part(t, w.now) })
}

func (w *world) counted(user string, end func()) {
	w.own[user]--
	if w.chance.IntN(2) == 0 {
		w.legs(user)
		end()
	} else {
		end()
		w.legs(user)
	}
}

func (w *world) connectOne() {
	r, ok := pick(w.chance, &w.answers)
	if !ok {
		return
	}
	w.tickets = slices.DeleteFunc(w.tickets, func(o *ticket) bool { return o == r.t })
	if w.connect(r.t, w.now) {
		w.talks = append(w.talks, r.t)
	} else {
		w.hangUp(r.t)
	}
}

// pass lets time pass, stopping at everything that is due on the way.
func (w *world) pass(d time.Duration) {
	end := w.now.Add(d)
	for {
		next := end
		if at, any := w.alarms.next(); any && at.Before(next) {
			next = at
		}
		for _, r := range w.rings {
			if r.o.until.Before(next) && !r.o.agent.lifted {
				next = r.o.until
			}
		}
		for _, t := range w.tickets {
			if !t.deadline.IsZero() && t.deadline.Before(next) && t.winner == nil && !t.lifted() {
				next = t.deadline
			}
		}
		if next.After(w.now) {
			w.now = next
		}
		w.wake(w.now)
		w.timeouts()
		if !w.now.Before(end) {
			return
		}
	}
}

func (w *world) timeouts() {
	for _, r := range slices.Clone(w.rings) {
		if !r.o.until.After(w.now) && !r.o.agent.lifted {
			w.rings = slices.DeleteFunc(w.rings, func(o ring) bool { return o == r })
			var blame *call.Cause
			if r.o.full {
				blame = call.NoAnswer
			}
			w.quiet(r, blame)
		}
	}
	for _, t := range slices.Clone(w.tickets) {
		if !t.deadline.IsZero() && !t.deadline.After(w.now) && w.expire(t, w.now) {
			w.tickets = slices.DeleteFunc(w.tickets, func(o *ticket) bool { return o == t })
		}
	}
}

// goHome ends everything in an orderly way.
func (w *world) goHome() {
	for len(w.tickets) > 0 {
		t, _ := pick(w.chance, &w.tickets)
		w.leave(t, Abandoned, w.now)
	}
	for len(w.kept) > 0 {
		t, _ := pick(w.chance, &w.kept)
		w.leave(t, Cancelled, w.now)
	}
	for len(w.rings) > 0 {
		r, _ := pick(w.chance, &w.rings)
		w.quiet(r, nil)
	}
	for len(w.answers) > 0 {
		w.connectOne()
	}
	for len(w.talks) > 0 {
		t, _ := pick(w.chance, &w.talks)
		w.hangUp(t)
	}
	for user := range w.direct {
		w.direct[user] = 0
		w.legs(user)
	}
	w.pass(time.Minute)
}

func TestNobodyIsEverLostOrBookedTwice(t *testing.T) {
	moved := 0
	for seed := range uint64(*modelSeeds) {
		w := newWorld(seed)
		for step := range *modelSteps {
			before := w.unserved()
			w.step()
			w.events = append(w.events, w.news...)
			if err := w.broken(w.now); err != nil {
				t.Fatalf("seed %d, step %d, after %s: %v", seed, step, w.last, err)
			}
			if err := w.overtaken(before); err != nil {
				t.Fatalf("seed %d, step %d, after %s: %v", seed, step, w.last, err)
			}
			w.news = nil
		}
		w.goHome()
		w.events = append(w.events, w.news...)
		if err := w.allHome(); err != nil {
			t.Fatalf("seed %d at the end: %v", seed, err)
		}
		if err := toldOnce(w.events); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, ev := range w.events {
			moved += count(ev.Result == Moved)
		}
	}
	if moved < *modelSeeds/10 {
		t.Errorf("only %d callers were taken to another queue by hand", moved)
	}
}

// A spot is where somebody waits.
type spot struct {
	queue *queue
	lane  *lane
	kept  bool
}

// unserved is who waits with nobody, and where.
func (w *world) unserved() map[*ticket]spot {
	all := make(map[*ticket]spot)
	for _, q := range w.queues {
		for _, t := range q.line {
			if len(t.held) == 0 && t.winner == nil {
				all[t] = spot{t.queue, t.lane, t.kept}
			}
		}
	}
	return all
}

// overtaken reports a caller who was given an agent in this step while one whose turn is before, who waited
// before the step and waits after it in the same queue, wanted that agent. Callers behind one for whom all phones are to
// ring wait for that one, and may be overtaken by callers who want others.
func (w *world) overtaken(before map[*ticket]spot) error {
	for t, was := range before {
		if t.queue != was.queue || was.kept || t.kept { // came after the agents were given, or is not there
			continue
		}
		after, more := t.queue.strategy.More()
		for u, of := range before {
			if !t.inLine() || len(t.held) > 0 || len(u.held) == 0 || more && after == 0 && (was.lane != of.lane || t.lane != u.lane) {
				continue
			}
			if p := u.held[0].placeIn(t.queue); p != nil && p.on && turn(t, u) && was.lane.admits(p) && t.lane.admits(p) {
				return fmt.Errorf("call %s was given %s before call %s", u.Call, u.held[0].user, t.Call)
			}
		}
	}
	return nil
}

// turn reports whether t is served before u.
func turn(t, u *ticket) bool {
	if t.queue.cfg.Weight != u.queue.cfg.Weight {
		return t.queue.cfg.Weight > u.queue.cfg.Weight
	}
	return inOrder(t, u) < 0
}

func (w *world) allHome() error {
	if err := w.broken(w.now); err != nil {
		return err
	}
	for _, q := range w.queues {
		if len(q.line) > 0 {
			return fmt.Errorf("queue %s keeps %d callers", q.name, len(q.line))
		}
	}
	for _, a := range w.agents {
		if a.claim != "" {
			return fmt.Errorf("agent %s stays %s", a.user, a.claim)
		}
		if a.registered && a.pause.Reason == "" && !a.absent() && a.state != Available {
			return fmt.Errorf("agent %s stays %s", a.user, a.state)
		}
	}
	return nil
}

func TestTheSameWorldIsDecidedTheSame(t *testing.T) {
	live := func() []Event {
		w := newWorld(42)
		for range 2000 {
			w.step()
		}
		return w.news
	}
	a, b := live(), live()
	if len(a) < 500 || len(a) != len(b) {
		t.Fatalf("%d and %d events", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("event %d is %+v and then %+v: the engine took something from elsewhere", i, a[i], b[i])
		}
	}
}

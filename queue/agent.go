package queue

import (
	"slices"
	"time"
)

// An agent is what the engine knows of one user: facts told from outside, the claim of a caller, and the
// state that follows from both.
type agent struct {
	user, name string
	skills     Skills
	places     []*place

	registered bool
	legs       int
	pause      Pause            // zero: none
	chosen     map[string]LogOn // by queue: what was said since, whatever the file says
	misses     int              // calls not answered, one after the other

	claim  State     // Reserved, Ringing or Talking while a ticket has the agent; "" otherwise
	ticket *ticket   // who has the agent
	rung   time.Time // when the phone was rung for ticket
	lifted bool      // they have picked it up; good while claim is Ringing
	strays bool      // it has logged off since; good while claim is Ringing

	wrapUntil, restUntil time.Time

	state    State
	since    time.Time
	via      Via // what brought them into state
	lastCall time.Time
	stats    AgentStats
	rests    map[string]time.Duration // time in Paused by reason, up to since
}

// A place is an agent's membership of one queue.
type place struct {
	agent    *agent
	queue    *queue
	position int
	penalty  int
	wrapUp   *time.Duration // the agent's own; nil: the queue's
	on       bool           // logged on to the queue
	dynamic  bool           // not of the file: theirs for as long as they are logged on
}

// state is the agent's as far as this queue is concerned.
func (p *place) state() State {
	if !p.on {
		return LoggedOff
	}
	return p.agent.state
}

func (p *place) asAgent() Agent {
	return Agent{
		User: p.agent.user, Position: p.position, Penalty: p.penalty,
		Calls: p.agent.stats.Answered, Talked: p.agent.stats.Talked, LastCall: p.agent.lastCall,
	}
}

func (a *agent) placeIn(q *queue) *place {
	if i := slices.IndexFunc(a.places, func(p *place) bool { return p.queue == q }); i >= 0 {
		return a.places[i]
	}
	return nil
}

// is derives the state from the facts. While a ticket has the agent the legs say nothing: the queue's own
// leg is among them. Afterwards any leg left over is a call that keeps the agent busy.
func (a *agent) is(now time.Time) State {
	switch {
	case a.claim != "":
		return a.claim
	case a.absent():
		return LoggedOff
	case a.legs > 0:
		return OnCall
	case !a.registered:
		return NotRegistered
	case a.pause.Reason != "":
		return Paused
	case a.wrapUntil.After(now):
		return WrapUp
	case a.restUntil.After(now):
		return Resting
	default:
		return Available
	}
}

// serves reports whether they are an agent of any queue: by the file, or because they have logged on.
func (a *agent) serves() bool {
	return slices.ContainsFunc(a.places, func(p *place) bool { return p.on || !p.dynamic })
}

// absent reports whether they are logged off from every queue of theirs.
func (a *agent) absent() bool {
	return len(a.places) > 0 && !slices.ContainsFunc(a.places, func(p *place) bool { return p.on })
}

// may reports whether they may be rung for q, as far as they are told; claims say more.
func (a *agent) may(q *queue) bool {
	p := a.placeIn(q)
	return p != nil && p.on && a.legs == 0 && a.registered && a.pause.Reason == ""
}

// agent returns what is known of user, beginning to know them.
func (e *engine) agent(user string, now time.Time) *agent {
	a := e.agents[user]
	if a == nil {
		a = &agent{user: user, state: NotRegistered, since: now}
		e.agents[user] = a
	}
	return a
}

func (e *engine) setRegistered(user string, registered bool, now time.Time) {
	e.learn(user, ViaRegistration, now, func(a *agent) {
		a.registered = registered
		a.strays = a.strays || !registered
	})
}

func (e *engine) setBusy(user string, legs int, now time.Time) {
	e.learn(user, ViaLine, now, func(a *agent) { a.legs = legs })
}

// learn takes in a fact about user.
func (e *engine) learn(user string, via Via, now time.Time, fact func(*agent)) {
	a := e.agent(user, now)
	fact(a)
	e.settle(a, via, now)
	e.follow(now)
}

// wake looks at everybody whose alarm is due.
func (e *engine) wake(now time.Time) {
	for {
		of, due := e.alarms.due(now)
		if !due {
			break
		}
		of.awake(e, now)
	}
	e.follow(now)
}

// awake is the end of a wrap-up or a rest.
func (a *agent) awake(e *engine, now time.Time) { e.settle(a, ViaClock, now) }

// settle brings state, benches and counts in line with the facts; every change of a fact is followed by it.
func (e *engine) settle(a *agent, via Via, now time.Time) {
	was, is := a.state, a.is(now)
	if was != is {
		a.tally(now)
		a.state, a.since, a.via = is, now, via
		for _, p := range a.places {
			if p.on {
				p.moved(was, is)
				e.touch(p.queue)
			}
		}
		switch is {
		case WrapUp:
			e.alarms.set(a.wrapUntil, a)
		case Resting:
			e.alarms.set(a.restUntil, a)
		}
		if len(a.places) > 0 {
			e.tell(Event{At: now, Kind: AgentChanged, Agent: a.user, From: was, To: is, Via: via, Reason: a.reason()})
		}
	}
	e.forget(a)
}

// reason is why they are paused now; "" when they are not.
func (a *agent) reason() string {
	if a.state != Paused {
		return ""
	}
	return a.pause.Reason
}

// free reports whether the agent may be rung for this queue now.
func (p *place) free() bool { return p.state() == Available }

// moved keeps the queue's count and benches.
func (p *place) moved(was, is State) {
	p.queue.census[was.counted()]--
	p.queue.census[is.counted()]++
	work := count(is.atWork()) - count(was.atWork())
	if work != 0 {
		p.queue.shifted = true
	} else if was != Available && is != Available {
		return
	}
	for _, l := range p.queue.lanes {
		if !l.admits(p) {
			continue
		}
		l.working += work
		if p.free() {
			l.bench.add(p.asAgent())
		} else {
			l.bench.remove(p.asAgent())
		}
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// forget drops a stranger of whom nothing is left to know. An alarm may still hold one who was dropped
// before and has been met anew since: those are two.
func (e *engine) forget(a *agent) {
	if len(a.places) == 0 && a.state == NotRegistered && a.pause.Reason == "" && len(a.chosen) == 0 && e.agents[a.user] == a {
		delete(e.agents, a.user)
	}
}

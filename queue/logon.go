package queue

import (
	"maps"
	"slices"
	"time"
)

// A LogOn is whether an agent serves a queue, as they or somebody else has said it, whatever the file says.
type LogOn struct {
	On    bool
	Via   Via
	Since time.Time
}

// logOn has an agent serve m's queue; all of theirs when it is "". Who is no member of the named queue becomes one, at
// the end of its members, for as long as they are logged on.
func (e *engine) logOn(m Member, via Via, now time.Time) error {
	a := e.agent(m.User, now)
	if q := e.queues[m.Queue]; q != nil && a.placeIn(q) == nil {
		first := len(a.places) == 0
		p := a.sit(q)
		p.dynamic = true
		p.penalty, p.wrapUp = m.Penalty, m.WrapUp
		if first { // else they are on benches, by the skills that they have
			a.name, a.skills = m.Name, m.Skills
			a.become(now, via)
			e.tell(Event{At: now, Kind: AgentChanged, Agent: a.user, To: a.state, Via: via})
		}
		q.census[p.state().counted()]++
	}
	return e.turn(a, m.Queue, true, via, now)
}

// logOff is the opposite. Who has left the last queue is not paused any more.
func (e *engine) logOff(a *agent, name string, via Via, now time.Time) error {
	err := e.turn(a, name, false, via, now)
	if err == nil && a.absent() {
		e.goOn(a, via, now)
	}
	return err
}

// leaveAll logs an agent off from whatever they serve.
func (e *engine) leaveAll(a *agent, via Via, now time.Time) {
	for _, p := range a.places {
		if p.on {
			e.turnPlace(p, false, via, now)
		}
	}
	e.settle(a, via, now)
	e.goOn(a, via, now)
}

// turn logs an agent on or off, where they are not already.
func (e *engine) turn(a *agent, name string, on bool, via Via, now time.Time) error {
	if name != "" && e.queues[name] == nil {
		return ErrUnknown
	}
	a.misses = 0
	member := false
	for _, p := range a.places {
		if name != "" && p.queue.name != name || name == "" && p.dynamic && !p.on {
			continue
		}
		member = true
		if p.on != on {
			e.turnPlace(p, on, via, now)
		}
	}
	if !member {
		return ErrNotAgent
	}
	e.settle(a, via, now)
	return nil
}

func (e *engine) turnPlace(p *place, on bool, via Via, now time.Time) {
	a, was := p.agent, p.state()
	p.on = on
	p.moved(was, p.state())
	e.touch(p.queue)
	if a.chosen == nil {
		a.chosen = make(map[string]LogOn)
	}
	a.chosen[p.queue.name] = LogOn{On: on, Via: via, Since: now}
	kind := AgentLoggedOff
	if on {
		kind = AgentLoggedOn
	}
	e.tell(Event{At: now, Kind: kind, Queue: p.queue.name, Agent: a.user, Via: via})
}

// retire forgets what was said of an agent, but for queues that the file gives them: of one who is in the file no more,
// that is everything.
func (e *engine) retire(user string, now time.Time) {
	a := e.agents[user]
	if a == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.chosen)) {
		p := (*place)(nil)
		if q := e.queues[name]; q != nil {
			p = a.placeIn(q)
		}
		switch {
		case p != nil && !p.dynamic:
			continue
		case p != nil && p.on:
			e.turnPlace(p, false, ViaFile, now)
		case p == nil && a.chosen[name].On: // the queue is not there just now
			e.tell(Event{At: now, Kind: AgentLoggedOff, Queue: name, Agent: user, Via: ViaFile})
		}
		delete(a.chosen, name)
	}
	e.goOn(a, ViaFile, now)
	e.settle(a, ViaFile, now)
}

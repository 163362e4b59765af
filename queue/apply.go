package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// apply makes these the queues and the members, and returns the members whose queue does not exist.
// Everything is built before anything is decided on it.
func (e *engine) apply(configs map[string]Config, members []Member, now time.Time) (strays []Member) {
	var removed []*queue
	for _, q := range e.sortedQueues() {
		if _, stays := configs[q.name]; !stays {
			removed = append(removed, q)
			delete(e.queues, q.name)
		}
	}
	e.met.keep = 0
	for name, cfg := range configs {
		e.configure(name, cfg.filled())
		e.met.keep = max(e.met.keep, cfg.LastAgent)
	}
	strays = e.seat(members, now)
	for _, q := range e.sortedQueues() {
		for _, t := range q.line {
			e.stand(t, now)
			e.watchOverflow(t)
		}
	}
	for _, q := range removed {
		for _, t := range slices.Clone(q.line) {
			e.dismiss(t, Removed, now)
		}
	}
	for _, q := range e.sortedQueues() {
		e.touch(q)
	}
	for _, a := range e.agents {
		e.forget(a)
	}
	e.follow(now)
	return strays
}

// configure gives the named queue its settings, and takes everybody out of their places.
func (e *engine) configure(name string, cfg Config) {
	q := e.queues[name]
	if q == nil {
		q = &queue{name: name, last: Agent{Position: -1}}
		e.queues[name] = q
	}
	q.cfg, q.strategy, q.opening = cfg, strategies[cfg.Strategy](cfg), cfg.Hours.Opening()
	q.switched = cmp.Or(e.switches[name], ByHours)
	q.members, q.census = nil, make(map[State]int)
	q.last.Position = -1
	q.lanes = nil
	for _, t := range q.line {
		t.lane, t.reach = nil, 0
	}
}

// seat gives the members their places in queues that have none yet, keeping every agent's state. After those of the
// file come the agents who have logged on by themselves.
func (e *engine) seat(members []Member, now time.Time) (strays []Member) {
	before := make(map[*agent]bool)
	for _, a := range e.agents {
		before[a] = len(a.places) > 0
		a.places = nil
	}
	for _, m := range members {
		q := e.queues[m.Queue]
		if q == nil {
			strays = append(strays, m)
			continue
		}
		a := e.agent(m.User, now)
		if a.placeIn(q) != nil {
			continue // one place is enough
		}
		if m.Name != "" {
			a.name = m.Name
		}
		a.skills = m.Skills
		p := a.sit(q)
		p.penalty, p.wrapUp, p.on = m.Penalty, m.WrapUp, !m.LoggedOff
		if said, is := a.chosen[q.name]; is {
			p.on = said.On
		}
	}
	agents := slices.Sorted(maps.Keys(e.agents))
	for _, user := range agents {
		a := e.agents[user]
		for _, name := range slices.Sorted(maps.Keys(a.chosen)) {
			if q := e.queues[name]; q != nil && a.chosen[name].On && a.placeIn(q) == nil {
				p := a.sit(q)
				p.on, p.dynamic = true, true
			}
		}
	}
	for _, user := range agents {
		e.present(e.agents[user], before[e.agents[user]], now)
	}
	return strays
}

// sit makes a place for a at the end of q's members. It is not yet on any bench and in no count: see present.
func (a *agent) sit(q *queue) *place {
	p := &place{agent: a, queue: q, position: len(q.members)}
	q.members = append(q.members, p)
	a.places = append(a.places, p)
	if a.user == q.last.User {
		q.last.Position = p.position
	}
	return p
}

// present counts an agent's places in, when all of them are known, and tells of one who has become a member or is none
// any more.
func (e *engine) present(a *agent, before bool, now time.Time) {
	is := len(a.places) > 0
	if is && !before {
		a.become(now, ViaFile)
		e.tell(Event{At: now, Kind: AgentChanged, Agent: a.user, To: a.state, Via: ViaFile, Reason: a.reason()})
	}
	for _, p := range a.places {
		p.queue.census[p.state().counted()]++
	}
	if before && !is {
		e.tell(Event{At: now, Kind: AgentChanged, Agent: a.user, From: a.state, Via: ViaFile})
	}
	e.settle(a, ViaFile, now)
}

// become takes the state of one who has just become a member, of whom nothing is counted yet.
func (a *agent) become(now time.Time, via Via) {
	if is := a.is(now); is != a.state {
		a.state, a.since, a.via = is, now, via
	}
}

package queue

import (
	"math"
	"slices"
	"time"
)

// A lane is the callers of one queue who want the same, and the agents who may be rung for them. Whom a
// caller wants can be told from the lane alone, so a caller whom none of the free agents can serve does not
// stand in the way of the others, and is not looked at for every agent who becomes free.
type lane struct {
	demand
	needs   needs
	callers int   // in line, with this as their lane, waiting or not
	working int   // members at work who may ever be rung for them
	waiting line  // those of them who may be given an agent now
	bench   bench // the members who may be rung for them now
	idle    bool  // the strategy wants nobody now; for the length of one serve
}

// A demand tells lanes apart.
type demand struct {
	skills string // needs in one word
	reach  int    // the highest penalty that is open
}

// everybody is the reach of callers to whom no tier is closed.
const everybody = math.MaxInt

// keptLanes is how many lanes a queue keeps when nobody stands in them, so that not every caller makes one anew.
const keptLanes = 8

func (l *lane) admits(p *place) bool { return p.penalty <= l.reach && l.needs.metBy(p.agent.skills) }

// enter returns the lane of the demand, with one caller more.
func (q *queue) enter(d demand, n needs) *lane {
	i := slices.IndexFunc(q.lanes, func(l *lane) bool { return l.demand == d })
	if i < 0 {
		i = len(q.lanes)
		l := &lane{demand: d, needs: n}
		for _, p := range q.members {
			if !l.admits(p) {
				continue
			}
			if p.state().atWork() {
				l.working++
			}
			if p.free() {
				l.bench = append(l.bench, p.asAgent())
			}
		}
		slices.SortFunc(l.bench, before)
		q.lanes = append(q.lanes, l)
	}
	q.lanes[i].callers++
	return q.lanes[i]
}

// exit takes t out of its lane for good.
func (q *queue) exit(t *ticket) {
	l := t.lane
	if l == nil {
		return
	}
	l.waiting.remove(t)
	t.lane = nil
	if l.callers--; l.callers == 0 && len(q.lanes) > keptLanes {
		q.lanes = slices.DeleteFunc(q.lanes, func(o *lane) bool { return o == l })
	}
}

// stand puts t where the facts say it is to stand: in the lane of what it wants by now, and there among
// those who wait or not. It is called after every change of such a fact.
func (e *engine) stand(t *ticket, now time.Time) {
	q := t.queue
	e.touch(q)
	if !t.inLine() {
		q.exit(t)
		return
	}
	if t.lane == nil || !t.changes.IsZero() && !now.Before(t.changes) {
		var n needs
		n, t.reach, t.changes = t.wantsBy(now)
		if d := (demand{n.word(), t.reach}); t.lane == nil || t.lane.demand != d {
			q.exit(t)
			t.lane = q.enter(d, n)
		}
		if !t.changes.IsZero() {
			e.alarms.set(t.changes, t)
		}
	}
	q.spills = q.spills || t.overflowing(now)
	if t.kept {
		e.watchHours(t, now)
	}
	if t.wantsAgent(now) {
		t.lane.waiting.add(t)
	} else {
		t.lane.waiting.remove(t)
	}
}

// awake is the moment at which t wants somebody else than before, or one more phone to ring.
func (t *ticket) awake(e *engine, now time.Time) { e.stand(t, now) }

// wantsAgent reports whether t may be given an agent at now.
func (t *ticket) wantsAgent(now time.Time) bool {
	if t.winner != nil || t.bound != "" {
		return false
	}
	if t.kept {
		return t.callable(now)
	}
	_, more := t.queue.strategy.More()
	return len(t.held) == 0 || more && !now.Before(t.again)
}

// wantsBy is what t wants of the agents at now, and when that changes next; zero: never.
func (t *ticket) wantsBy(now time.Time) (n needs, reach int, changes time.Time) {
	cfg, waited := t.queue.cfg, now.Sub(t.Joined)
	reach, opens := cfg.reach(waited)
	n = t.needs
	if every := cfg.RelaxSkills; every > 0 && waited >= 0 {
		steps := waited / every
		if n = n.lowered(int(steps)); len(n) > 0 {
			changes = t.Joined.Add((steps + 1) * every)
		}
	}
	if opens > 0 && (changes.IsZero() || t.Joined.Add(opens).Before(changes)) {
		changes = t.Joined.Add(opens)
	}
	return n, t.queue.worked(n, max(reach, t.reach)), changes
}

// met is n, or nothing where no member of q could ever meet it: a caller who comes from another queue requires what
// was known there, and is rather served by anybody than by nobody.
func (q *queue) met(n needs) needs {
	if len(n) == 0 || q.cfg.RelaxSkills > 0 || slices.ContainsFunc(q.members, func(p *place) bool { return n.metBy(p.agent.skills) }) {
		return n
	}
	return nil
}

// worked is reach, or the next tier with anybody at work when nobody is whom reach opens.
func (q *queue) worked(n needs, reach int) int {
	if len(q.cfg.Tiers) == 0 {
		return reach
	}
	next := everybody
	for _, p := range q.members {
		switch {
		case !p.state().atWork() || !n.metBy(p.agent.skills):
		case p.penalty <= reach:
			return reach
		default:
			next = min(next, p.penalty)
		}
	}
	for _, t := range q.cfg.Tiers {
		if t.Penalty >= next {
			return t.Penalty
		}
	}
	return reach
}

// widen opens tiers to callers who would otherwise wait for agents none of whom is at work. A tier that has
// been opened to a caller stays open to them.
func (e *engine) widen(q *queue, now time.Time) {
	if !q.shifted {
		return
	}
	q.shifted = false
	if len(q.cfg.Tiers) == 0 {
		return
	}
	for _, l := range slices.Clone(q.lanes) {
		if l.callers == 0 || l.working > 0 {
			continue
		}
		reach := q.worked(l.needs, l.reach)
		if reach == l.reach {
			continue
		}
		for _, t := range slices.Clone(q.line) {
			if t.lane == l {
				t.reach, t.changes = reach, now
				e.stand(t, now)
			}
		}
	}
}

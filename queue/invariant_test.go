package queue

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// broken returns what is wrong with e at now, when every alarm that is due has been looked at.
func (e *engine) broken(now time.Time) error {
	if len(e.touched) > 0 {
		return fmt.Errorf("%d queues were not followed up", len(e.touched))
	}
	holders := make(map[*agent]*ticket)
	for _, q := range e.queues {
		if err := q.broken(holders, now); err != nil {
			return fmt.Errorf("queue %s: %w", q.name, err)
		}
	}
	for user, a := range e.agents {
		if user != a.user {
			return fmt.Errorf("agent %s is filed under %s", a.user, user)
		}
		if err := a.broken(now); err != nil {
			return fmt.Errorf("agent %s (%s): %w", a.user, a.state, err)
		}
	}
	return nil
}

func (a *agent) broken(now time.Time) error {
	if is := a.is(now); is != a.state {
		return fmt.Errorf("is %s and nobody noticed", is)
	}
	if (a.claim == "") != (a.ticket == nil) {
		return fmt.Errorf("claim %q with ticket %v", a.claim, a.ticket)
	}
	if t := a.ticket; t != nil && t.winner != a && !slices.Contains(t.held, a) {
		return fmt.Errorf("is lost: call %s does not know it holds them", t.Call)
	}
	if a.claim == Talking && (a.ticket.winner != a || a.ticket.connected.IsZero()) {
		return fmt.Errorf("talks to call %s, which talks to somebody else", a.ticket.Call)
	}
	return nil
}

func (q *queue) broken(holders map[*agent]*ticket, now time.Time) error {
	if !slices.IsSortedFunc(q.line, inOrder) {
		return fmt.Errorf("the line is out of order")
	}
	census := make(map[State]int)
	for i, p := range q.members {
		census[p.state().counted()]++
		if p.position != i || p.agent.placeIn(q) != p {
			return fmt.Errorf("member %d has another place", i)
		}
	}
	for s, n := range q.census {
		if census[s] != n {
			return fmt.Errorf("counts %d agents %s, there are %d", n, s, census[s])
		}
	}
	for _, t := range q.line {
		if err := t.broken(holders, now); err != nil {
			return fmt.Errorf("call %s: %w", t.Call, err)
		}
	}
	for _, l := range q.lanes {
		if err := l.broken(q, now); err != nil {
			return fmt.Errorf("lane of %q up to %d: %w", l.skills, l.reach, err)
		}
	}
	s := q.stats
	if sum := s.Answered + s.Abandoned + s.TimedOut + s.Refused + s.LeftEmpty + s.CalledBack + s.Unreached + s.Returned + s.Exited + s.Overflowed + s.Withdrawn + len(q.line); sum != s.Offered {
		return fmt.Errorf("%d callers offered, %d accounted for: %+v", s.Offered, sum, s)
	}
	return nil
}

// broken checks who stands in a lane, and that nobody waits there for whom somebody is free.
func (l *lane) broken(q *queue, now time.Time) error {
	callers, waiting := 0, 0
	for _, t := range q.line {
		if t.lane == l {
			callers++
			if t.wantsAgent(now) {
				waiting++
			}
		}
	}
	if l.callers != callers || len(l.waiting) != waiting || !slices.IsSortedFunc(l.waiting, inOrder) {
		return fmt.Errorf("%d callers and %d waiting, there are %d and %d", l.callers, len(l.waiting), callers, waiting)
	}
	free, working := 0, 0
	for _, p := range q.members {
		working += count(l.admits(p) && p.state().atWork())
		_, benched := l.bench.search(p.asAgent())
		if want := p.free() && l.admits(p); benched != want {
			return fmt.Errorf("agent %s on the bench: %t", p.agent.user, benched)
		} else if want {
			free++
		}
	}
	if l.working != working {
		return fmt.Errorf("%d agents at work, there are %d", l.working, working)
	}
	if len(l.bench) != free || !slices.IsSortedFunc(l.bench, before) {
		return fmt.Errorf("%d agents on the bench, %d are free", len(l.bench), free)
	}
	if len(l.waiting) == 0 {
		return nil
	}
	t := l.waiting[0]
	if len(l.bench) > 0 {
		after, more := q.strategy.More()
		wanted := !more || after > 0 || len(q.strategy.Pick(Moment{Free: l.bench, Ringing: t.heldIn(q), Waiter: t.Waiter})) > 0
		if wanted {
			return fmt.Errorf("call %s waits while %v are free", t.Call, users(l.bench))
		}
	}
	if q.deserted(q.cfg.LeaveWhenEmpty) && len(t.held) == 0 && !t.kept {
		return fmt.Errorf("call %s waits in a deserted queue", t.Call)
	}
	return nil
}

// broken checks a ticket that is in line; holders collects who has whom.
func (t *ticket) broken(holders map[*agent]*ticket, now time.Time) error {
	if !t.inLine() {
		return fmt.Errorf("is in line and has left: %q", t.result)
	}
	if t.lane == nil || !slices.Contains(t.queue.lanes, t.lane) {
		return fmt.Errorf("is in line and in no lane")
	}
	if n, reach, _ := t.wantsBy(now); t.lane.demand != (demand{n.word(), reach}) {
		return fmt.Errorf("wants %q up to %d and stands in the lane of %q up to %d", n.word(), reach, t.lane.skills, t.lane.reach)
	}
	_, waits := t.lane.waiting.search(t)
	if err := errors.Join(t.keptBroken(waits, now), t.moveBroken()); err != nil {
		return err
	}
	if !waits && len(t.held) == 0 && t.winner == nil && !t.kept {
		return fmt.Errorf("is lost: neither waiting nor rung for")
	}
	if _, more := t.queue.strategy.More(); waits && (t.winner != nil || len(t.held) > 0 && !more) {
		return fmt.Errorf("is given agents and waits for more")
	}
	if t.late && t.winner == nil && !t.lifted() && len(t.wake) == 0 {
		return fmt.Errorf("is overdue and nobody looks")
	}
	mine := t.held
	if t.winner != nil {
		mine = append(slices.Clone(mine), t.winner)
	}
	for _, a := range mine {
		if other, taken := holders[a]; taken {
			return fmt.Errorf("holds %s, whom call %s holds too", a.user, other.Call)
		}
		holders[a] = t
		if a.ticket != t {
			return fmt.Errorf("holds %s, who is not held by it", a.user)
		}
		if a.claim == Reserved && len(t.wake) == 0 {
			return fmt.Errorf("was not told of %s", a.user)
		}
	}
	return nil
}

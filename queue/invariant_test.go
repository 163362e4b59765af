package queue

import (
	"cmp"
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
		if err := q.broken(holders); err != nil {
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
	for _, p := range a.places {
		_, benched := p.queue.bench.search(p.asAgent())
		if benched != (a.state == Available) {
			return fmt.Errorf("on the bench of %s: %t", p.queue.name, benched)
		}
	}
	return nil
}

func (q *queue) broken(holders map[*agent]*ticket) error {
	byOrder := func(a, b *ticket) int { return cmp.Compare(a.order, b.order) }
	if !slices.IsSortedFunc(q.line, byOrder) || !slices.IsSortedFunc(q.waiting, byOrder) {
		return fmt.Errorf("the line is out of order")
	}
	census := make(map[State]int)
	available := 0
	for i, p := range q.members {
		census[p.agent.state.counted()]++
		if p.agent.state == Available {
			available++
		}
		if p.position != i || p.agent.placeIn(q) != p {
			return fmt.Errorf("member %d has another place", i)
		}
	}
	for s, n := range q.census {
		if census[s] != n {
			return fmt.Errorf("counts %d agents %s, there are %d", n, s, census[s])
		}
	}
	if len(q.bench) != available {
		return fmt.Errorf("%d agents on the bench, %d are available", len(q.bench), available)
	}
	for _, t := range q.line {
		if err := t.broken(holders); err != nil {
			return fmt.Errorf("call %s: %w", t.Call, err)
		}
	}
	if len(q.waiting) > 0 && len(q.bench) > 0 {
		t := q.waiting[0]
		wanted := !q.strategy.Gathers() ||
			len(q.strategy.Pick(Moment{Free: q.bench, Ringing: t.heldIn(q), Waiter: t.Waiter})) > 0
		if wanted {
			return fmt.Errorf("call %s waits while %v are free", t.Call, users(q.bench))
		}
	}
	if len(q.waiting) > 0 && q.deserted(q.cfg.LeaveWhenEmpty) && len(q.waiting[0].held) == 0 {
		return fmt.Errorf("callers wait in a deserted queue")
	}
	s := q.stats
	if sum := s.Answered + s.Abandoned + s.TimedOut + s.Refused + s.LeftEmpty + s.Exited + s.Withdrawn + len(q.line); sum != s.Offered {
		return fmt.Errorf("%d callers offered, %d accounted for: %+v", s.Offered, sum, s)
	}
	return nil
}

// broken checks a ticket that is in line; holders collects who has whom.
func (t *ticket) broken(holders map[*agent]*ticket) error {
	if !t.inLine() {
		return fmt.Errorf("is in line and has left: %q", t.result)
	}
	_, waits := t.queue.waiting.search(t)
	if !waits && len(t.held) == 0 && t.winner == nil {
		return fmt.Errorf("is lost: neither waiting nor rung for")
	}
	if waits && (t.winner != nil || len(t.held) > 0 && !t.queue.strategy.Gathers()) {
		return fmt.Errorf("is given agents and waits for more")
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

package main

import (
	"context"
	"time"
)

// churnCost is what short calls cost.
type churnCost struct {
	calls int
	cpu   time.Duration // of the target, in all
	talk  time.Duration // call time of them
}

// The waves of the churn scenario: one to learn what talk costs, then short calls.
const (
	churnTalk   = 8 * time.Second
	churnHold   = time.Second // the shortest
	churnLength = 20 * time.Second
)

// churnHolds is how long the short calls last: so long that about as many are in progress as in the wave before, since
// a second of talk costs more the fewer talk, and what it costs in the wave is what is taken off. A fifth of the callers
// are on their way to an agent, or rest.
func churnHolds(callers int, rate float64) time.Duration {
	return max(churnHold, time.Duration(0.8*float64(callers)/rate*float64(time.Second)))
}

// runChurn first holds a wave of calls, for the cost of talk, and then makes many short ones.
func (l *load) runChurn(ctx context.Context) error {
	p := plan{calls: l.opts.Callers, hold: churnTalk, together: true}
	if l.opts.TalkCost == 0 {
		if err := l.wave(ctx, p); err != nil || ctx.Err() != nil {
			return err
		}
	}
	talked := l.sampler
	p = plan{calls: l.opts.Calls, length: l.opts.Duration, hold: churnHolds(l.opts.Callers, l.opts.Rate)}
	if p.length == 0 && p.calls == 0 {
		p.length = churnLength
	}
	sleep(ctx, time.Second)
	before, err := l.target.read()
	if err != nil {
		return err
	}
	from := l.meter.now()
	if err := l.wave(ctx, p); err != nil {
		return err
	}
	if talked != nil {
		l.sampler = talked
	}
	sleep(ctx, time.Second) // what is left to do for the last calls
	after, err := l.target.read()
	if err != nil {
		return err
	}
	to := l.meter.now()
	l.churn = &churnCost{calls: to.ended - from.ended, cpu: after.cpu - before.cpu, talk: to.talked - from.talked}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hatif/internal/softphone"
)

// A plan is one wave of calls.
type plan struct {
	calls    int           // in all; 0: as many as fit into length
	length   time.Duration // no new calls after it; 0: no limit
	hold     time.Duration
	together bool // hold begins when all calls of the wave talk
}

func (l *load) plan() plan {
	o := l.opts
	p := plan{calls: o.Calls, length: o.Duration, hold: o.Hold}
	if p.calls == 0 && p.length == 0 {
		p.calls = o.Callers
	}
	p.together = o.Together && o.Spread == "fixed" && p.calls > 0 && p.calls <= o.Callers
	return p
}

// wave makes the calls of a plan, each caller one at a time, and returns when all are over.
func (l *load) wave(ctx context.Context, p plan) error {
	s, stop := l.sample(ctx)
	defer stop()
	l.sampler = s
	free := make(chan *softphone.Phone, len(l.calling))
	for _, phone := range l.calling {
		free <- phone
	}
	var end <-chan time.Time
	if p.length > 0 {
		t := time.NewTimer(p.length)
		defer t.Stop()
		end = t.C
	}
	pace := time.NewTicker(time.Duration(float64(time.Second) / l.opts.Rate))
	defer pace.Stop()
	r := &rendezvous{expected: p.calls, all: make(chan struct{})}
	if !p.together {
		r.release()
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for n := 0; p.calls == 0 || n < p.calls; n++ {
		var phone *softphone.Phone
		select {
		case phone = <-free:
		case <-end:
			return nil
		case <-ctx.Done():
			return nil
		}
		hold, callee := l.holdFor(p.hold), l.callee(n)
		wg.Go(func() {
			defer func() { free <- phone }()
			cause := l.call(ctx, phone, callee, hold, r)
			l.meter.end(cause)
		})
		select {
		case <-pace.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// A rendezvous lets calls wait for one another, so that they all talk at once.
type rendezvous struct {
	mu       sync.Mutex
	expected int // guarded by mu; calls still to arrive
	all      chan struct{}
	once     sync.Once
}

// arrive counts a call that talks, or that failed.
func (r *rendezvous) arrive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.expected--; r.expected == 0 {
		r.release()
	}
}

func (r *rendezvous) release() { r.once.Do(func() { close(r.all) }) }

func (l *load) holdFor(hold time.Duration) time.Duration {
	if l.opts.Spread == "exp" {
		return time.Duration(l.dice.ExpFloat64() * float64(hold))
	}
	return hold
}

func (l *load) callee(n int) string {
	if l.opts.Scenario == "direct" {
		return l.answerer[n%len(l.answerer)].User()
	}
	return l.opts.Extension
}

// call is one call from INVITE to BYE. It returns why it failed, in few words; "" when it did not.
func (l *load) call(ctx context.Context, phone *softphone.Phone, callee string, hold time.Duration, r *rendezvous) string {
	arrived := sync.OnceFunc(r.arrive)
	defer arrived()
	begin := time.Now()
	l.meter.begin()
	patience, stop := context.WithTimeout(ctx, l.opts.Connect)
	defer stop()
	c, err := phone.Dial(patience, callee)
	if err != nil {
		return cause(ctx, err)
	}
	l.meter.answered(time.Since(begin))
	if err := l.reachAgent(patience, c); err != nil {
		why := cause(ctx, err)
		return why + l.hangup(c)
	}
	l.meter.connected(c.Reception().FirstStamp.Sub(begin))
	arrived()
	select {
	case <-r.all:
	case <-c.Done():
	case <-ctx.Done():
	}
	talk, done := context.WithTimeout(ctx, hold)
	defer done()
	end, err := c.WaitEnd(talk)
	l.meter.parted()
	if err == nil { // else they talked as long as they should
		return "ended while talking: " + end.How
	}
	agent := l.check(c)
	if why := l.hangup(c); why != "" {
		return why
	}
	if agent == nil {
		return ""
	}
	leave, gone := context.WithTimeout(context.Background(), goodbye)
	defer gone()
	if _, err := agent.WaitEnd(leave); err != nil { //nolint:errcheck // how it ended does not matter: the End is no failure
		return "the agent was left hanging"
	}
	return ""
}

// reachAgent presses the keys and waits for a voice with a stamp.
func (l *load) reachAgent(ctx context.Context, c *softphone.Call) error {
	if l.opts.Press != "" && l.opts.Scenario != "direct" {
		if l.opts.PressAfter > 0 {
			sleep(ctx, l.opts.PressAfter)
		} else if err := c.WaitSound(ctx); err != nil {
			return fmt.Errorf("heard nothing: %w", err)
		}
		if err := c.Press(ctx, l.opts.Press); err != nil {
			return fmt.Errorf("press %s: %w", l.opts.Press, err)
		}
	}
	if err := c.WaitStamp(ctx); err != nil {
		return fmt.Errorf("no agent: %w", err)
	}
	return nil
}

// hangup has a context of its own: calls are hung up when the run's has ended.
func (l *load) hangup(c *softphone.Call) string {
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if err := c.Hangup(ctx); err != nil {
		return "hang-up was not confirmed"
	}
	return ""
}

// recent is how old the last sound may be when a call is judged: the voices must have been heard to the end.
const recent = 500 * time.Millisecond

// check judges the sound of a call both ways, just before it is hung up, and returns the agent's end of it.
func (l *load) check(c *softphone.Call) *softphone.Call {
	now := time.Now()
	mine := c.Reception()
	l.meter.heard(mine)
	found, ok := l.speakers.Load(mine.Speaker)
	if !ok {
		l.meter.judged("the voice is no agent's")
		return nil
	}
	agent := found.(*softphone.Call)
	theirs := agent.Reception()
	l.meter.heard(theirs)
	switch {
	case mine.Speakers > 1 || theirs.Speakers > 1:
		l.meter.judged("a stranger was heard")
	case theirs.Stamped == 0:
		l.meter.judged("the agent heard nothing")
	case theirs.Speaker != c.Speaker():
		l.meter.judged("the agent heard another caller")
	case now.Sub(mine.LastStamp) > recent:
		l.meter.judged("the caller heard nothing at the end")
	case now.Sub(theirs.LastStamp) > recent:
		l.meter.judged("the agent heard nothing at the end")
	default:
		l.meter.judged("")
	}
	return agent
}

// cause is an error in the few words that failures are counted by.
func cause(ctx context.Context, err error) string {
	var end *softphone.End
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case errors.As(err, &end) && end.Code != 0:
		return fmt.Sprintf("%d %s", end.Code, end.Phrase)
	case errors.As(err, &end):
		return end.How
	case errors.Is(err, context.DeadlineExceeded):
		return "no agent in time"
	default:
		return err.Error()
	}
}

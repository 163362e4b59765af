package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"hatif/internal/softphone"
)

// registrations is what the register scenario measured.
type registrations struct {
	mu       sync.Mutex
	done     int               // guarded by mu
	failed   map[string]int    // guarded by mu
	took     softphone.Latency // guarded by mu
	requests uint64
	cpu      time.Duration // of the target
}

// registerLength is how long phones register when no end was given.
const registerLength = 10 * time.Second

// runRegister logs every phone on once, and then again and again at the rate asked for.
func (l *load) runRegister(ctx context.Context) error {
	if err := errors.Join(l.logOn(ctx), l.rest(ctx)); err != nil {
		return err
	}
	phones := append(append([]*softphone.Phone(nil), l.answerer...), l.calling...)
	calls, length := l.opts.Calls, l.opts.Duration
	if calls == 0 && length == 0 {
		length = registerLength
	}
	var end <-chan time.Time
	if length > 0 {
		t := time.NewTimer(length)
		defer t.Stop()
		end = t.C
	}
	var err error
	if l.first, err = l.target.read(); err != nil {
		return err
	}
	l.began = time.Now()
	ownBefore, requests := ownCPU(), l.requests()
	l.registerAll(ctx, phones, calls, end)
	l.last, err = l.target.read()
	l.ended, l.own = time.Now(), ownCPU()-ownBefore
	l.registrations.requests, l.registrations.cpu = l.requests()-requests, l.last.cpu-l.first.cpu
	return errors.Join(err, l.logOff(), l.afterwards(ctx))
}

func (l *load) requests() uint64 { return l.fleet.Traffic().Requests }

func (l *load) registerAll(ctx context.Context, phones []*softphone.Phone, calls int, end <-chan time.Time) {
	r := &l.registrations
	r.failed = make(map[string]int)
	free := make(chan *softphone.Phone, len(phones))
	for _, p := range phones {
		free <- p
	}
	begin := time.Now()
	report := begin
	var wg sync.WaitGroup
	defer wg.Wait()
	for n := 0; calls == 0 || n < calls; n++ {
		// The n-th is due at its time, however coarse the timers are.
		sleep(ctx, time.Until(begin.Add(time.Duration(float64(n)/l.opts.Rate*float64(time.Second)))))
		select {
		case <-end:
			return
		case <-ctx.Done():
			return
		case p := <-free:
			wg.Go(func() {
				defer func() { free <- p }()
				l.registerOnce(ctx, p)
			})
		}
		if time.Since(report) > time.Second {
			report = time.Now()
			r.mu.Lock()
			l.say("%4.0fs  %d registered, %d failed, p99 %s", time.Since(begin).Seconds(), r.done, len(r.failed), millis(r.took.Quantile(0.99)))
			r.mu.Unlock()
		}
	}
}

func (l *load) registerOnce(ctx context.Context, p *softphone.Phone) {
	begin := time.Now()
	ctx, stop := context.WithTimeout(ctx, goodbye)
	defer stop()
	_, err := p.Register(ctx, time.Hour)
	r := &l.registrations
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed[cause(ctx, err)]++
		return
	}
	r.done++
	r.took.Add(time.Since(begin))
}

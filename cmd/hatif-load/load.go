package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"hatif/internal/softphone"
)

// A load is one run: the phones, what they do, and what it measured.
type load struct {
	opts     options
	fleet    *softphone.Fleet
	calling  []*softphone.Phone
	answerer []*softphone.Phone
	target   target
	meter    *meter
	sampler  *sampler
	progress io.Writer
	dice     *rand.Rand // touched by the pacer only

	speakers sync.Map // uint32 to *softphone.Call: the agents' calls by their voice

	// out
	began, ended  time.Time
	idle          usage // after log-on, before the first call
	idleFor       time.Duration
	idleCPU       time.Duration
	first, last   usage // around the calls
	own           time.Duration
	after         usage // when all is over
	registrations registrations
	churn         *churnCost
	line          line
}

func newLoad(o options) (*load, error) {
	all, err := findAccounts(o)
	if err != nil {
		return nil, err
	}
	if o.Callers < 1 || o.Rate <= 0 {
		return nil, errors.New("--callers and --rate must be more than 0")
	}
	l := &load{opts: o, target: target{pid: o.Pid}, meter: newMeter(), dice: rand.New(rand.NewPCG(1, 2))}
	if _, err := l.target.read(); err != nil {
		return nil, err
	}
	fleet := softphone.FleetOptions{Server: o.Target, Transport: o.Transport, BindHost: o.Bind, Tick: o.Tick}
	var voice func() softphone.Voice // as usual
	if o.Scenario == "wait" {
		fleet.Sockets, fleet.Deaf, voice = waitSockets, true, softphone.Nothing
		all.agents = nil
	}
	l.fleet, err = softphone.NewFleet(fleet)
	if err != nil {
		return nil, err
	}
	codec := softphone.PCMU
	if o.Codec == "PCMA" {
		codec = softphone.PCMA
	}
	for _, a := range all.callers {
		l.calling = append(l.calling, l.fleet.Phone(softphone.Options{
			User: a.user, Secret: a.secret, Algorithm: o.Algorithm, ForgetNonce: o.FreshNonce,
			Codecs: []softphone.Codec{codec}, Policy: softphone.RejectWith(486), Voice: voice, Mux: voice != nil,
		}))
	}
	for _, a := range all.agents {
		l.answerer = append(l.answerer, l.fleet.Phone(softphone.Options{
			User: a.user, Secret: a.secret, Algorithm: o.Algorithm, ForgetNonce: o.FreshNonce,
			Codecs: []softphone.Codec{codec}, Policy: l.answer,
		}))
	}
	if !o.Quiet {
		l.progress = os.Stderr
	}
	return l, nil
}

// answer is what agents do: they are known by their voice before they pick up.
func (l *load) answer(c *softphone.Call) {
	l.speakers.Store(c.Speaker(), c)
	defer l.speakers.Delete(c.Speaker())
	softphone.AnswerAfter(l.opts.AnswerAfter)(c)
	<-c.Done()
}

func (l *load) close() error { return l.fleet.Close() }

// goodbye is how long phones have to hang up and log off at the end.
const goodbye = 10 * time.Second

// run does the whole scenario. A ctx that ends early stops it; what was measured until then counts.
func (l *load) run(ctx context.Context) error {
	if l.opts.Scenario == "register" {
		return l.runRegister(ctx)
	}
	if err := l.logOn(ctx); err != nil {
		return err
	}
	if err := l.rest(ctx); err != nil {
		return err
	}
	var err error
	if l.first, err = l.target.read(); err != nil {
		return err
	}
	l.began = time.Now()
	ownBefore := ownCPU()
	switch l.opts.Scenario {
	case "churn":
		err = l.runChurn(ctx)
	case "wait":
		err = l.runWait(ctx)
	default:
		err = l.wave(ctx, l.plan())
	}
	l.ended, l.own = time.Now(), ownCPU()-ownBefore
	last, readErr := l.target.read()
	l.last = last
	return errors.Join(err, readErr, l.logOff(), l.afterwards(ctx))
}

// logOn registers everybody, sixteen at a time.
func (l *load) logOn(ctx context.Context) error {
	all := append(append([]*softphone.Phone(nil), l.answerer...), l.calling...)
	l.say("logging %d phones on at %s", len(all), l.opts.Target)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, p := range all {
		g.Go(func() error {
			ctx, stop := context.WithTimeout(ctx, goodbye)
			defer stop()
			return p.StayRegistered(ctx, time.Hour)
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("log on: %w", err)
	}
	return nil
}

// logOff has a context of its own: it runs when the run's has ended.
func (l *load) logOff() error {
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	var g errgroup.Group
	g.SetLimit(16)
	for _, p := range append(append([]*softphone.Phone(nil), l.answerer...), l.calling...) {
		g.Go(func() error { return p.Unregister(ctx) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("log off: %w", err)
	}
	return nil
}

// rest measures what the target costs when nobody calls.
func (l *load) rest(ctx context.Context) error {
	if l.opts.Pid == 0 {
		return nil
	}
	before, err := l.target.read()
	if err != nil {
		return err
	}
	begin := time.Now()
	sleep(ctx, 2*time.Second)
	if l.idle, err = l.target.read(); err != nil {
		return err
	}
	l.idleFor, l.idleCPU = time.Since(begin), l.idle.cpu-before.cpu
	return nil
}

func (l *load) afterwards(ctx context.Context) error {
	if l.opts.Pid == 0 {
		return nil
	}
	sleep(ctx, l.opts.After)
	var err error
	l.after, err = l.target.read()
	return err
}

// sample watches in the background until the function that it returns is called.
func (l *load) sample(ctx context.Context) (s *sampler, stop func()) {
	s = &sampler{target: l.target, meter: l.meter, settle: l.opts.Settle, latency: l.latency, progress: l.progress, begin: time.Now()}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(ctx)
	}()
	return s, func() { cancel(); <-done }
}

func (l *load) latency() softphone.Latency { return l.fleet.Traffic().Latency }

func (l *load) say(format string, args ...any) {
	if l.progress != nil {
		fmt.Fprintf(l.progress, format+"\n", args...) //nolint:errcheck // a terminal that went away harms no measurement
	}
}

// sleep returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

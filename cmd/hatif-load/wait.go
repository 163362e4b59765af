package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"hatif/internal/softphone"
)

// waitSockets is how many RTP sockets the callers of the wait scenario share. One of them is listened to.
const waitSockets = 16

// waitSettle is how long the line is left alone before its cost is measured.
const waitSettle = 3 * time.Second

// A line is what the wait scenario measured: callers who hear music and say nothing.
type line struct {
	callers   int           // who wait while the cost is measured
	listening int           // of them: those whose music is counted
	length    time.Duration // of the measurement
	cpu       time.Duration // of the target, during it
	heard     uint64        // packets of music, by those who listen
	waiting   usage         // of the target, at its end
}

// runWait has --calls callers wait at --extension, where nobody answers, and measures what that costs while nothing
// begins or ends. Phones make several calls at once when there are more calls than phones.
func (l *load) runWait(ctx context.Context) error {
	n := l.opts.Calls
	if n == 0 {
		n = l.opts.Callers
	}
	calls, err := l.join(ctx, n)
	if err == nil && ctx.Err() == nil {
		err = l.measureLine(ctx, calls)
	}
	return errors.Join(err, l.leave(calls))
}

// join makes n calls, --rate a second, and returns those that were answered, when those that are listened to hear
// something.
func (l *load) join(ctx context.Context, n int) ([]*softphone.Call, error) {
	var mu sync.Mutex
	var calls []*softphone.Call
	pace := time.NewTicker(time.Duration(float64(time.Second) / l.opts.Rate))
	defer pace.Stop()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			c, why := l.joinOnce(ctx, l.calling[i%len(l.calling)])
			mu.Lock()
			defer mu.Unlock()
			if c != nil {
				calls = append(calls, c)
			}
			if why != "" {
				l.meter.end(why)
			}
		})
		if (i+1)%1000 == 0 {
			l.say("%d of %d callers", i+1, n)
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
	}
	wg.Wait()
	if len(calls) == 0 {
		return nil, errors.New("nobody stands in line")
	}
	return calls, nil
}

// joinOnce returns the call, if it was answered, and in few words what was wrong with it.
func (l *load) joinOnce(ctx context.Context, phone *softphone.Phone) (*softphone.Call, string) {
	begin := time.Now()
	l.meter.begin()
	patience, stop := context.WithTimeout(ctx, l.opts.Connect)
	defer stop()
	c, err := phone.Dial(patience, l.opts.Extension)
	if err != nil {
		return nil, cause(ctx, err)
	}
	l.meter.answered(time.Since(begin))
	if !l.fleet.Listens(c.Audio) {
		return c, ""
	}
	if err := c.WaitSound(patience); err != nil {
		return c, "heard nothing"
	}
	return c, ""
}

func (l *load) measureLine(ctx context.Context, calls []*softphone.Call) error {
	s := &l.line
	sleep(ctx, waitSettle)
	before, err := l.target.read()
	if err != nil {
		return err
	}
	heard := l.music(calls)
	from := time.Now()
	l.say("%d callers wait", len(calls))
	sleep(ctx, l.opts.Hold)
	s.length = time.Since(from)
	if s.waiting, err = l.target.read(); err != nil {
		return err
	}
	s.cpu, s.heard = s.waiting.cpu-before.cpu, l.music(calls)-heard
	for _, c := range calls {
		select {
		case <-c.Done():
			l.meter.end("ended while waiting")
		default:
			s.callers++
			if l.fleet.Listens(c.Audio) {
				s.listening++
			}
		}
	}
	return nil
}

// music is how many packets those have heard who are listened to.
func (l *load) music(calls []*softphone.Call) (packets uint64) {
	for _, c := range calls {
		if l.fleet.Listens(c.Audio) {
			packets += c.Reception().Audio
		}
	}
	return packets
}

// leave hangs everybody up.
func (l *load) leave(calls []*softphone.Call) error {
	var g errgroup.Group
	g.SetLimit(16)
	for _, c := range calls {
		g.Go(func() error {
			if why := l.hangup(c); why != "" {
				return fmt.Errorf("a caller in line: %s", why)
			}
			return nil
		})
	}
	return g.Wait()
}

// A lineReport is what waiting costs.
type lineReport struct {
	Callers         int            `json:"callers"`
	Failed          map[string]int `json:"failed,omitempty"`
	Seconds         float64        `json:"seconds"`
	Answered        distribution   `json:"invite_to_answer_ms"`
	PacketsASecond  float64        `json:"packets_a_second_to_each"`
	Listening       int            `json:"listening"`
	CPUPerCaller    float64        `json:"cpu_ms_per_caller_second,omitempty"`
	MemoryPerCaller int64          `json:"memory_per_caller,omitempty"`
	Memory          int64          `json:"rss_waiting,omitempty"`
}

func (l *load) lineReport() *lineReport {
	m, s := l.meter, l.line
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &lineReport{Callers: s.callers, Failed: m.failures, Seconds: s.length.Seconds(), Answered: distribute(&m.answer), Listening: s.listening}
	if spent := s.length.Seconds(); spent > 0 && s.callers > 0 {
		if s.listening > 0 {
			r.PacketsASecond = float64(s.heard) / spent / float64(s.listening)
		}
		if l.opts.Pid != 0 {
			r.CPUPerCaller = ms(s.cpu) / spent / float64(s.callers)
			r.Memory, r.MemoryPerCaller = s.waiting.rss, (s.waiting.rss-l.idle.rss)/int64(s.callers)
		}
	}
	return r
}

func (r *lineReport) rows(row rowFunc) {
	row("line", "%d callers for %.0f s", r.Callers, r.Seconds)
	failures(row, r.Failed)
	row("INVITE to answer", "%s", r.Answered)
	row("music", "%.1f packets a second to each of the %d who listen", r.PacketsASecond, r.Listening)
	if r.Memory > 0 {
		row("target CPU", "%.3f CPU-ms per caller-second", r.CPUPerCaller)
		row("target memory", "%.1f MiB, %.1f KiB per caller", mib(r.Memory), float64(r.MemoryPerCaller)/1024)
	}
}

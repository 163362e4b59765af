package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"hatif/internal/softphone"
)

// A sampler looks once a second at the calls, the target and the sound, and adds up the seconds in which
// there was nothing but talk.
type sampler struct {
	target   target
	meter    *meter
	settle   time.Duration
	latency  func() softphone.Latency
	progress io.Writer // nil: none
	begin    time.Time

	// out
	talkCPU   time.Duration // of the target in the seconds of talk
	talk      time.Duration // call time in them
	seconds   int           // how many they were
	delay     softphone.Latency
	talkRSS   int64 // memory in the last of them
	talkCalls int   // calls in the last of them
	err       error // the target could not be read
}

type sample struct {
	moment
	usage
	delay softphone.Latency
}

func (s *sampler) take() sample {
	u, err := s.target.read()
	if err != nil && s.err == nil {
		s.err = err
	}
	return sample{moment: s.meter.now(), usage: u, delay: s.latency()}
}

// run samples until ctx ends.
func (s *sampler) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := s.take()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := s.take()
		s.count(last, now)
		if s.progress != nil {
			fmt.Fprintln(s.progress, s.line(last, now)) //nolint:errcheck // a terminal that went away harms no measurement
		}
		last = now
	}
}

// count adds a second of nothing but talk: everybody who began is talking, and was for a while before.
func (s *sampler) count(last, now sample) {
	quiet := now.talking > 0 && now.talking == now.started-now.ended && now.talking == last.talking &&
		now.started == last.started && !now.moved.After(last.at.Add(-s.settle))
	if !quiet {
		return
	}
	s.seconds++
	s.talkCPU += now.cpu - last.cpu
	s.talk += now.talked - last.talked
	s.delay.Merge(now.delay.Since(&last.delay))
	s.talkRSS, s.talkCalls = now.rss, now.talking
}

func (s *sampler) line(last, now sample) string {
	took := now.at.Sub(last.at)
	delay := now.delay.Since(&last.delay)
	text := fmt.Sprintf("%4.0fs  tried %d  setting up %d  talking %d  over %d  failed %d  latency p50 %s p99 %s",
		now.at.Sub(s.begin).Seconds(), now.started, now.started-now.ended-now.talking, now.talking, now.ended, now.failed,
		millis(delay.Quantile(0.5)), millis(delay.Quantile(0.99)))
	if s.target.pid != 0 {
		text += fmt.Sprintf("  target %.0f%% cpu %.1f MiB", 100*(now.cpu-last.cpu).Seconds()/took.Seconds(), mib(now.rss))
	}
	return text
}

// talkCost is CPU-ms of the target for a call-second; 0 when there was no second of talk.
func (s *sampler) talkCost() float64 {
	if s.talk == 0 {
		return 0
	}
	return ms(s.talkCPU) / s.talk.Seconds()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func millis(d time.Duration) string { return fmt.Sprintf("%.3f ms", ms(d)) }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

package foresight

import (
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"hatif/queue"
)

// ErrNoCalls is the error of a past in which nobody was answered.
var ErrNoCalls = errors.New("nobody was answered in that time")

// A Past is a demand as it was: the callers of a queue come when they came, and talk as long as they talked. How long
// those would have talked whom no agent answered is drawn from the others. Add takes the events.
type Past struct {
	Queue        string
	Since, Until time.Time

	came   []time.Time
	call   map[string]int  // the last that a caller has made, by conversation
	again  map[string]bool // who keeps a place comes once, however often they are let in
	talked map[int]time.Duration
	waited time.Duration // all together
	gaveUp int           // who hung up in line
}

// Add takes the next event, of any queue.
func (p *Past) Add(ev queue.Event) {
	if ev.Queue != p.Queue {
		return
	}
	if p.call == nil {
		p.call, p.talked, p.again = make(map[string]int), make(map[int]time.Duration), make(map[string]bool)
	}
	switch ev.Kind {
	case queue.CallerJoined, queue.CallerRefused:
		if p.again[ev.Call] || ev.At.Before(p.Since) || !ev.At.Before(p.Until) {
			return
		}
		p.call[ev.Call] = len(p.came)
		p.came = append(p.came, ev.At)
	case queue.CallerKept:
		p.again[ev.Call] = true
	case queue.CallerConnected, queue.CallerLeft:
		if _, known := p.call[ev.Call]; !known {
			return
		}
		p.waited += ev.Waited
		if ev.Result == queue.Abandoned {
			p.gaveUp++
		}
	case queue.CallerParted:
		if n, known := p.call[ev.Call]; known {
			p.talked[n] = ev.Talked
			delete(p.call, ev.Call)
		}
	}
}

// Demand makes what was added a Demand. Patience is reckoned as if it were exponentially distributed: the time that all
// callers together have waited, by those who gave up.
func (p *Past) Demand() (Demand, error) {
	if len(p.talked) == 0 {
		return Demand{}, ErrNoCalls
	}
	var talks []time.Duration
	var sum time.Duration
	for n := range p.came {
		if d, known := p.talked[n]; known {
			talks = append(talks, d)
			sum += d
		}
	}
	d := Demand{begin: p.Since, since: p.Since, until: p.Until, Calls: len(p.came), Talk: sum / time.Duration(len(talks)), mixed: p.hours()}
	if p.gaveUp > 0 {
		d.Patience = max(p.waited/time.Duration(p.gaveUp), time.Second)
	}
	d.calls = func(chance *rand.Rand) iter.Seq[queue.TrialCall] {
		return func(yield func(queue.TrialCall) bool) {
			for n, at := range p.came {
				talk, known := p.talked[n]
				if !known {
					talk = talks[chance.IntN(len(talks))]
				}
				if !yield(queue.TrialCall{At: at, Talk: talk, Patience: patience(chance, d.Patience)}) {
					return
				}
			}
		}
	}
	return d, nil
}

// hours are the hours in which somebody came.
func (p *Past) hours() []stretch {
	var all []stretch
	var hour time.Time
	for _, at := range p.came {
		if h := at.Truncate(time.Hour); h != hour || len(all) == 0 {
			hour, all = h, append(all, stretch{})
		}
		all[len(all)-1].calls++
		all[len(all)-1].rate += 1 / time.Hour.Seconds()
	}
	return all
}

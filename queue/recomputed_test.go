package queue_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"hatif/queue"
	"hatif/queue/history"
)

// counters are a queue's, as its figures have them.
func counters(f *history.QueueFigures) queue.Stats {
	s := queue.Stats{
		Offered: f.Offered, Answered: f.Answered, InTime: f.InTime, Completed: f.Completed, Transferred: f.Transferred,
	}
	for result, n := range f.Left {
		switch result {
		case queue.Abandoned:
			s.Abandoned = n
		case queue.TimedOut:
			s.TimedOut = n
		case queue.Full, queue.Empty, queue.Closed:
			s.Refused += n
		case queue.LeftEmpty:
			s.LeftEmpty = n
		case queue.CalledBack:
			s.CalledBack = n
		case queue.Unreachable:
			s.Unreached = n
		case queue.Returned:
			s.Returned = n
		case queue.Overflowed, queue.Moved:
			s.Overflowed += n
		case queue.ByKey:
			s.Exited = n
		default:
			s.Withdrawn += n
		}
	}
	for _, wait := range f.GaveUp {
		s.AbandonedWait += wait
	}
	return s
}

// The events tell everything: the figures computed from them alone are the counters of the engine that told them.
func TestRecomputedFiguresAreTheLiveCounters(t *testing.T) {
	answered, withAgents, paused := 0, 0, 0
	for seed := range uint64(150) {
		events, queues, agents, pauses, end := queue.Chaos(seed, 1000)
		tally := history.NewTally(history.Span{
			Until: end, Zone: time.UTC, InTime: func(string) time.Duration { return queue.DefaultServiceLevel },
		})
		// A pause of somebody who is no member is counted, but nobody is told that it lasts.
		member, pausing, outside := make(map[string]bool), make(map[string]bool), make(map[string]bool)
		for _, ev := range events {
			tally.Add(history.Event{Event: ev})
			switch {
			case ev.Kind == queue.AgentChanged:
				member[ev.Agent] = ev.To != ""
			case ev.Kind == queue.AgentPaused:
				pausing[ev.Agent] = true
			case ev.Kind == queue.AgentUnpaused:
				pausing[ev.Agent] = false
			}
			outside[ev.Agent] = outside[ev.Agent] || pausing[ev.Agent] && !member[ev.Agent]
		}
		byQueue, byAgent := tally.Figures()
		for _, f := range byQueue {
			if got, want := counters(f), queues[f.Queue]; got != want {
				t.Errorf("seed %d: queue %s was counted\n%+v, and from its events\n%+v", seed, f.Queue, want, got)
			}
			answered += f.Answered
			delete(queues, f.Queue)
		}
		for name, s := range queues {
			if s != (queue.Stats{}) {
				t.Errorf("seed %d: no figures of queue %s, which counted %+v", seed, name, s)
			}
		}
		for _, f := range byAgent {
			got := queue.AgentStats{
				Rung: f.Rung, Answered: f.Answered, Missed: f.Missed, Declined: f.Declined, Unreachable: f.Unreachable,
				Talked: f.Talk, Transferred: f.Transferred,
			}
			if got != agents[f.Agent] {
				t.Errorf("seed %d: agent %s was counted\n%+v, and from the events\n%+v", seed, f.Agent, agents[f.Agent], got)
			}
			for reason, d := range pauses[f.Agent] {
				if outside[f.Agent] {
					continue
				}
				paused++
				if f.Pauses[reason] != d {
					t.Errorf("seed %d: agent %s paused %v for %s, and from the events %v", seed, f.Agent, d, reason, f.Pauses[reason])
				}
			}
			withAgents += f.Completed
		}
		if withAgents != answered {
			t.Fatalf("seed %d: the agents have ended %d conversations, the queues have answered %d", seed, withAgents, answered)
		}
	}
	if answered < 500 || paused < 20 {
		t.Errorf("only %d callers were answered in all, and %d pauses made: these worlds test nothing", answered, paused)
	}
}

// Figures by the quarter hour add up to those of the whole, whoever asks for them.
func TestFiguresOfIntervalsAddUp(t *testing.T) {
	events, _, _, _, end := queue.Chaos(3, 30_000)
	figures := func(every history.Interval) ([]*history.QueueFigures, []*history.AgentFigures) {
		tally := history.NewTally(history.Span{
			Until: end.Add(time.Hour), Every: every, Zone: time.UTC, InTime: func(string) time.Duration { return 5 * time.Second },
		})
		for _, ev := range events {
			tally.Add(history.Event{Event: ev})
		}
		return tally.Figures()
	}
	queues, agents := figures(history.Whole)
	for _, every := range []history.Interval{history.Quarter, history.Hour, history.Day} {
		partQueues, partAgents := figures(every)
		if len(partQueues) == len(queues) && every != history.Day {
			t.Fatalf("by the %s there are no more rows than in all", every)
		}
		for _, whole := range queues {
			sum := history.QueueFigures{Left: map[queue.Result]int{}}
			var waits []time.Duration
			for _, f := range partQueues {
				if f.Queue == whole.Queue {
					sum.Offered, sum.InTime, sum.Talk, sum.WrapUp = sum.Offered+f.Offered, sum.InTime+f.InTime, sum.Talk+f.Talk, sum.WrapUp+f.WrapUp
					waits = append(waits, f.Waits...)
				}
			}
			slices.Sort(waits)
			if sum.Offered != whole.Offered || sum.InTime != whole.InTime || sum.Talk != whole.Talk || sum.WrapUp != whole.WrapUp || !slices.Equal(waits, whole.Waits) {
				t.Errorf("queue %s by the %s: %+v, in all %+v", whole.Queue, every, sum, whole)
			}
		}
		for _, whole := range agents {
			in := make(map[queue.State]time.Duration)
			for _, f := range partAgents {
				if f.Agent == whole.Agent {
					for state, d := range f.In {
						in[state] += d
					}
				}
			}
			for state, d := range whole.In {
				if in[state] != d {
					t.Errorf("agent %s was %s for %v, by the %s %v", whole.Agent, state, d, every, in[state])
				}
			}
			if o := whole.Occupancy(); whole.In[queue.Available] > 0 && (math.IsNaN(o) || o < 0 || o > 1) {
				t.Errorf("agent %s is occupied at %v", whole.Agent, o)
			}
		}
	}
}

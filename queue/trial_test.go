package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func trialOf(strategy string, agents int, calls ...TrialCall) (Trial, *[]Event) {
	var events []Event
	t := Trial{
		Queue: "q", Config: Config{Strategy: strategy}, Begins: midnight, Rand: rand.New(rand.NewPCG(1, 1)),
		Calls: slices.Values(calls), Observe: func(ev Event) { events = append(events, ev) },
	}
	for i := range agents {
		t.Members = append(t.Members, Member{User: fmt.Sprint(i), Queue: "q"})
	}
	return t, &events
}

// told is what happened to callers, in a line each.
func told(events []Event) (lines []string) {
	for _, ev := range events {
		at := ev.At.Sub(midnight)
		switch ev.Kind {
		case CallerConnected, CallerParted:
			lines = append(lines, fmt.Sprintf("%v %s %s %s waited %v", at, ev.Call, ev.Kind, ev.Agent, ev.Waited))
		case CallerLeft:
			lines = append(lines, fmt.Sprintf("%v %s %s", at, ev.Call, ev.Result))
		case AgentMissed:
			lines = append(lines, fmt.Sprintf("%v %s missed by %s", at, ev.Call, ev.Agent))
		}
	}
	return lines
}

func callAt(seconds, patience, talk int) TrialCall {
	s := time.Second
	return TrialCall{At: midnight.Add(time.Duration(seconds) * s), Patience: time.Duration(patience) * s, Talk: time.Duration(talk) * s}
}

func TestATrialIsADayOfTheRealEngine(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Trial)
		calls  []TrialCall
		want   string
	}{
		"one after the other": {
			func(t *Trial) { t.Config.WrapUp = 5 * time.Second },
			[]TrialCall{callAt(0, 0, 60), callAt(10, 0, 60), callAt(20, 30, 60)},
			"0s c1 connected 0 waited 0s; 50s c3 abandoned; 1m0s c1 parted 0 waited 0s; 1m5s c2 connected 0 waited 55s; 2m5s c2 parted 0 waited 55s",
		},
		"max_wait": {
			func(t *Trial) { t.Config.MaxWait = 10 * time.Second },
			[]TrialCall{callAt(0, 0, 60), callAt(10, 0, 60)},
			"0s c1 connected 0 waited 0s; 20s c2 timed out; 1m0s c1 parted 0 waited 0s",
		},
		"a phone that is picked up too late": {
			func(t *Trial) {
				rings := 0
				t.PickUp = func() time.Duration {
					rings++
					return []time.Duration{20 * time.Second, 3 * time.Second}[rings-1]
				}
			},
			[]TrialCall{callAt(0, 0, 60)},
			"15s c1 missed by 0; 23s c1 connected 0 waited 23s; 1m23s c1 parted 0 waited 23s",
		},
		"the caller hangs up while it rings": {
			func(t *Trial) { t.PickUp = func() time.Duration { return 3 * time.Second } },
			[]TrialCall{callAt(0, 2, 60), callAt(4, 0, 10)},
			"2s c1 abandoned; 7s c2 connected 0 waited 3s; 17s c2 parted 0 waited 3s",
		},
	} {
		trial, events := trialOf("linear", 1, c.calls...)
		c.change(&trial)
		if err := trial.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if got := strings.Join(told(*events), "; "); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// random is calls without end, but for n.
func randomCalls(n int, rate float64, seed uint64) iter.Seq[TrialCall] {
	return func(yield func(TrialCall) bool) {
		r, at := rand.New(rand.NewPCG(seed, 9)), midnight
		for range n {
			at = at.Add(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
			c := TrialCall{At: at, Talk: time.Duration(r.ExpFloat64() * float64(time.Minute))}
			if r.IntN(2) == 0 {
				c.Patience = time.Duration(r.ExpFloat64() * float64(30*time.Second))
			}
			if !yield(c) {
				return
			}
		}
	}
}

// Whatever the strategy, everybody who comes leaves once, and the events tell a whole story.
func TestATrialLosesNobody(t *testing.T) {
	for _, strategy := range Strategies() {
		trial, events := trialOf(strategy, 5)
		trial.Config.WrapUp, trial.Config.MaxWait, trial.Config.MaxLength = 4*time.Second, 50*time.Second, 8
		trial.Calls = randomCalls(3000, 0.11, 7)
		chance := rand.New(rand.NewPCG(3, 3))
		trial.PickUp = func() time.Duration { return time.Duration(chance.IntN(17)) * time.Second }
		if err := trial.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := toldOnce(*events); err != nil {
			t.Errorf("%s: %v", strategy, err)
		}
		ends := make(map[Result]int)
		for _, ev := range *events {
			switch ev.Kind {
			case CallerLeft, CallerRefused:
				ends[ev.Result]++
			case CallerParted:
				ends[Answered]++
			case AgentMissed:
				ends["missed"]++
			}
		}
		if sum := ends[Answered] + ends[Abandoned] + ends[TimedOut] + ends[Full]; sum != 3000 || ends[Full] == 0 || ends[TimedOut] == 0 || ends["missed"] == 0 {
			t.Errorf("%s: 3000 came, and %v", strategy, ends)
		}
	}
}

func TestATrialEndsWithItsContext(t *testing.T) {
	trial, _ := trialOf("random", 5)
	trial.Calls = randomCalls(1<<40, 0.1, 7)
	ctx, stop := context.WithCancel(t.Context())
	trial.Observe = func(ev Event) {
		if ev.Call == "c5000" {
			stop()
		}
	}
	if err := trial.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// BenchmarkTrial is what a call of a trial costs, with everything that the engine does for it.
func BenchmarkTrial(b *testing.B) {
	trial, _ := trialOf("random", 50)
	trial.Calls = randomCalls(b.N, 0.8, 7)
	trial.Observe = nil
	b.ReportAllocs()
	if err := trial.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

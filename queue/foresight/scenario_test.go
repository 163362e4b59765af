package foresight

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"hatif/queue"
	"hatif/queue/history"
)

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

// The queue's real engine, given what Erlang's formulas assume, does what is published of them: every value lies within
// the confidence interval of the runs. See the tests of package erlang for the sources.
func TestTheEngineMeetsPublishedValuesOfErlangsModels(t *testing.T) {
	for _, c := range []struct {
		source   string
		perHour  float64
		talk     time.Duration
		patience time.Duration
		agents   int
		inTime   time.Duration
		hours    float64 // of a run

		wait, service, abandoned, occupancy float64 // NaN: not published
	}{
		{"Gross and Harris, three doctors", 6, 20 * time.Minute, 0, 3, time.Second, 700, 0.148 * 3600, 1 - 0.444, 0, 2. / 3},
		{"Call Centre Helper, 14 agents", 200, 3 * time.Minute, 0, 14, 20 * time.Second, 30, 7.8, 0.888, 0, 0.714},
		{"12 agents", 200, 3 * time.Minute, 0, 12, 20 * time.Second, 40, 40.4, 0.640, 0, 0.833},
		{"360 calls in half an hour, 55 agents", 720, 4 * time.Minute, 0, 55, 15 * time.Second, 10, 8.2, 0.846, 0, 0.873},
		{"Mandelbaum and Zeltyn, with abandonment", 2880, time.Minute, 2 * time.Minute, 50, time.Second, 2, math.NaN(), math.NaN(), 0.031, 0.93},
	} {
		s := Scenario{
			Demand: Rates{CallsPerHour: c.perHour, Talk: c.talk, Patience: c.patience, Length: hours(c.hours)}.Demand(),
			InTime: c.inTime, Runs: 10, Seed: 3,
		}
		f, err := s.Forecast(t.Context(), c.agents)
		if err != nil {
			t.Fatal(err)
		}
		for what, v := range map[string]struct {
			is       Estimate
			want     float64
			rounding float64 // of what is published
		}{
			"wait":      {f.Wait, c.wait, 0.05},
			"service":   {f.Service, c.service, 0.0005},
			"abandoned": {f.Abandoned, c.abandoned, 0.0005},
			"occupancy": {f.Occupancy, c.occupancy, 0.005},
		} {
			v.is.Margin += v.rounding
			if !math.IsNaN(v.want) && !v.is.Holds(v.want) {
				t.Errorf("%s: %s %.4f ± %.4f, published is %v", c.source, what, v.is.Mean, v.is.Margin, v.want)
			}
			if v.is.Margin > 0.5*v.is.Mean+0.01 {
				t.Errorf("%s: %s %.4f ± %.4f says nothing", c.source, what, v.is.Mean, v.is.Margin)
			}
		}
	}
}

func scenario(perHour float64, config queue.Config) Scenario {
	return Scenario{
		Config: config, InTime: 20 * time.Second, Runs: 4, Seed: 1, PickUp: 3 * time.Second,
		Demand: Rates{CallsPerHour: perHour, Talk: 3 * time.Minute, Patience: time.Minute, Length: hours(4)}.Demand(),
	}
}

func forecast(t *testing.T, s Scenario, agents int) Forecast {
	t.Helper()
	f, err := s.Forecast(t.Context(), agents)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMoreAgentsAreForeseenToServeBetter(t *testing.T) {
	s := scenario(120, queue.Config{WrapUp: 10 * time.Second})
	before := Forecast{Wait: Estimate{Mean: math.Inf(1)}, Abandoned: Estimate{Mean: 1}, A: Formula{Wait: math.Inf(1), Abandoned: 1}}
	for agents := 3; agents <= 12; agents += 3 {
		f := forecast(t, s, agents)
		if f.Wait.Mean > before.Wait.Mean || f.Service.Mean < before.Service.Mean || f.Abandoned.Mean > before.Abandoned.Mean ||
			f.Occupancy.Mean > 1 || math.Abs(f.Abandoned.Mean-f.A.Abandoned) > 0.05 || f.A.Wait > before.A.Wait || f.A.Service < before.A.Service {
			t.Errorf("%d agents: %+v, fewer: %+v", agents, f, before)
		}
		if math.Abs(f.Load-120*193./3600) > 1e-9 { // 3 s to pick up, 3 min of talk, 10 s of wrap-up
			t.Errorf("%v erlangs", f.Load)
		}
		if f.C.Wait < f.A.Wait || f.Wait.Mean < 3 || f.A.Wait < 3 {
			t.Errorf("%d agents: %+v", agents, f)
		}
		before = f
	}
}

// With too few agents Erlang C has no answer; the real queue has one.
func TestTooFewAgentsAreForeseenToo(t *testing.T) {
	f := forecast(t, scenario(120, queue.Config{}), 3)
	if !math.IsInf(f.C.Wait, 1) || f.C.Service != 0 || math.IsInf(f.A.Wait, 0) {
		t.Errorf("%+v", f)
	}
	if f.Abandoned.Mean < 0.5 || f.Occupancy.Mean < 0.9 || math.Abs(f.A.Abandoned-f.Abandoned.Mean) > 0.05 {
		t.Errorf("%+v", f)
	}
}

func TestTheQueuesOwnRulesAreForeseen(t *testing.T) {
	impatient := forecast(t, scenario(120, queue.Config{MaxWait: 10 * time.Second}), 5)
	if impatient.TimedOut.Mean < 0.1 || impatient.LongWait.Mean > 10 || impatient.Refused.Mean > 0 {
		t.Errorf("with max_wait: %+v", impatient)
	}
	if full := forecast(t, scenario(120, queue.Config{MaxLength: 1}), 5); full.Refused.Mean < 0.05 || full.TimedOut.Mean > 0 {
		t.Errorf("with max_length: %+v", full)
	}
}

func TestTheSameSeedForeseesTheSame(t *testing.T) {
	s := scenario(60, queue.Config{})
	a, b := forecast(t, s, 4), forecast(t, s, 4)
	s.Seed = 2
	if c := forecast(t, s, 4); a != b || a == c {
		t.Errorf("%+v, the same again %+v, and another %+v", a, b, c)
	}
}

func TestAForecastEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := scenario(60, queue.Config{}).Forecast(ctx, 4); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A past is lived through again: the figures of a day come back with the agents that there were, as far as chance allows.
func TestThePastIsLivedThroughAgain(t *testing.T) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	past := Past{Queue: "q", Since: day, Until: day.Add(24 * time.Hour)}
	tally := history.NewTally(history.Span{Since: past.Since, Until: past.Until, Zone: time.UTC, InTime: func(string) time.Duration { return 20 * time.Second }})
	rates := Rates{CallsPerHour: 60, Talk: 4 * time.Minute, Patience: 90 * time.Second, Length: 24 * time.Hour}.Demand()
	trial := queue.Trial{
		Queue: "q", Begins: day, Rand: rand.New(rand.NewPCG(1, 1)), PickUp: func() time.Duration { return 2 * time.Second },
		Calls: func(yield func(queue.TrialCall) bool) {
			for c := range rates.calls(rand.New(rand.NewPCG(5, 5))) {
				if c.At = day.Add(c.At.Sub(rates.begin)); c.At.Hour() < 8 { // nobody calls at night
					continue
				}
				if !yield(c) {
					return
				}
			}
		},
		Observe: func(ev queue.Event) {
			past.Add(ev)
			tally.Add(history.Event{Event: ev})
		},
	}
	for i := range 5 {
		trial.Members = append(trial.Members, queue.Member{User: string(rune('a' + i)), Queue: "q"})
	}
	if err := trial.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	queues, _ := tally.Figures()
	was := queues[0]
	d, err := past.Demand()
	if err != nil {
		t.Fatal(err)
	}
	if d.Calls != was.Offered || (d.Talk-was.AverageTalk()).Abs() > 5*time.Second || d.Patience < time.Minute || d.Patience > 2*time.Minute || len(d.mixed) != 16 {
		t.Errorf("a demand of %d calls, %v of talk, %v of patience, %d hours; there were %d calls, %v", d.Calls, d.Talk, d.Patience, len(d.mixed), was.Offered, was.AverageTalk())
	}
	f := forecast(t, Scenario{Demand: d, InTime: 20 * time.Second, PickUp: 2 * time.Second, Runs: 10, Seed: 1}, 5)
	level, _ := was.ServiceLevel()
	if math.Abs(f.Service.Mean-level) > 0.06 || math.Abs(f.Wait.Mean-was.AverageWait().Seconds()) > 6 || math.Abs(f.A.Service-level) > 0.1 {
		t.Errorf("it was %.2f in time after %v; again it is %+v", level, was.AverageWait(), f)
	}
}

func TestWhoKeptAPlaceCameOnce(t *testing.T) {
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	p := Past{Queue: "q", Since: day, Until: day.Add(time.Hour)}
	for i, ev := range []queue.Event{
		{Kind: queue.CallerJoined}, {Kind: queue.CallerKept}, {Kind: queue.CallerLeft, Result: queue.CalledBack, Waited: 20 * time.Second},
		{Kind: queue.CallerJoined}, {Kind: queue.CallerConnected, Waited: 30 * time.Second}, {Kind: queue.CallerParted, Talked: time.Minute},
	} {
		ev.At, ev.Queue, ev.Call = day.Add(time.Duration(i)*time.Minute), "q", "k"
		p.Add(ev)
	}
	if d, err := p.Demand(); err != nil || d.Calls != 1 || d.Talk != time.Minute {
		t.Errorf("%d calls of %v, %v", d.Calls, d.Talk, err)
	}
}

func TestAPastWithoutConversationsIsNone(t *testing.T) {
	p := Past{Queue: "q", Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	p.Add(queue.Event{Kind: queue.CallerJoined, Queue: "q", Call: "c"})
	if _, err := p.Demand(); !errors.Is(err, ErrNoCalls) {
		t.Error(err)
	}
}

func TestAnEstimateIsStudents(t *testing.T) {
	e := sample{2, 4, 4, 6}.estimate() // a standard deviation of 1.633
	if e.Mean != 4 || math.Abs(e.Margin-3.182*1.63299/2) > 1e-3 {
		t.Errorf("%+v", e)
	}
	if !e.Holds(6.5) || e.Holds(6.7) {
		t.Errorf("%+v holds the wrong ones", e)
	}
	if none, one := (sample{}).estimate(), (sample{1}).estimate(); !math.IsNaN(none.Mean) || one.Mean != 1 || !math.IsNaN(one.Margin) {
		t.Errorf("%+v, %+v", none, one)
	}
	if math.Abs(student(60)-2.000) > 0.002 || math.Abs(student(1000)-1.962) > 0.001 {
		t.Errorf("Student's t: %v, %v", student(60), student(1000))
	}
}

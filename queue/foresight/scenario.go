package foresight

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"hatif/queue"
	"hatif/queue/erlang"
	"hatif/queue/history"
)

// A Scenario is a queue and the demand that it is to meet.
type Scenario struct {
	Config queue.Config
	Demand Demand
	PickUp time.Duration // how long an agent's phone rings until it is answered
	InTime time.Duration // who is answered within this time is answered in time
	Runs   int
	Seed   uint64 // the same gives the same runs
}

// A Forecast is what a Scenario comes to with a number of agents who are alike and always there. Waits are those of
// callers who are answered, in seconds, until the agent speaks; the rest are parts of all callers, and of agents' time.
type Forecast struct {
	Agents int
	Load   float64 // erlangs: how many agents would be busy if all callers were served; of a mixed demand, of all hours

	Wait, LongWait                        Estimate // the average; what nine in ten do not exceed
	Service, Abandoned, TimedOut, Refused Estimate
	Occupancy                             Estimate

	C, A Formula // A is nothing without impatience
}

// A Formula is what one of Erlang's says.
type Formula struct{ Wait, Service, Abandoned float64 }

// Forecast lives through the scenario's runs with so many agents. The error is that of ctx when it ended first.
func (s Scenario) Forecast(ctx context.Context, agents int) (Forecast, error) {
	f := Forecast{Agents: agents, C: s.formula(agents, 0)}
	if s.Demand.Patience > 0 {
		f.A = s.formula(agents, s.Demand.Patience)
	}
	handle, hours := s.handle().Seconds(), 0.0
	for _, m := range s.Demand.mixed {
		f.Load += m.rate * handle
		hours++
	}
	f.Load /= hours
	var wait, long, service, abandoned, timedOut, refused, occupancy sample
	for run := range s.Runs {
		q, busy, err := s.run(ctx, agents, uint64(run))
		if err != nil {
			return f, err
		}
		of := float64(q.Offered)
		inTime, _ := q.ServiceLevel()
		if len(q.Waits) > 0 {
			wait.add(q.AverageWait().Seconds())
			long.add(q.WaitPercentile(0.9).Seconds())
		}
		service.add(inTime)
		abandoned.add(float64(q.Left[queue.Abandoned]) / of)
		timedOut.add(float64(q.Left[queue.TimedOut]) / of)
		refused.add(float64(q.Left[queue.Full]+q.Left[queue.Empty]) / of)
		occupancy.add(busy)
	}
	f.Wait, f.LongWait, f.Service, f.Occupancy = wait.estimate(), long.estimate(), service.estimate(), occupancy.estimate()
	f.Abandoned, f.TimedOut, f.Refused = abandoned.estimate(), timedOut.estimate(), refused.estimate()
	return f, nil
}

// run lives through one run, and returns the figures of the queue and the part of their time that agents were busy.
func (s Scenario) run(ctx context.Context, agents int, run uint64) (*history.QueueFigures, float64, error) {
	const name = "q"
	tally := history.NewTally(history.Span{
		Since: s.Demand.since, Until: s.Demand.until, Zone: time.UTC, InTime: func(string) time.Duration { return s.InTime },
	})
	members := make([]queue.Member, agents)
	for i := range members {
		members[i] = queue.Member{User: strconv.Itoa(i + 1), Queue: name}
	}
	err := queue.Trial{
		Queue: name, Config: s.Config, Members: members, Begins: s.Demand.begin,
		Rand:    rand.New(rand.NewPCG(s.Seed, 2*run)),
		Calls:   s.Demand.calls(rand.New(rand.NewPCG(s.Seed, 2*run+1))),
		PickUp:  func() time.Duration { return s.PickUp },
		Observe: func(ev queue.Event) { tally.Add(history.Event{Event: ev}) },
	}.Run(ctx)
	if err != nil {
		return nil, 0, err
	}
	queues, byAgent := tally.Figures()
	busy, spent := 0.0, 0.0
	for _, a := range byAgent {
		for _, state := range []queue.State{queue.Reserved, queue.Ringing, queue.Talking, queue.WrapUp} {
			busy += a.In[state].Seconds()
		}
		spent += a.LoggedOn().Seconds()
	}
	if len(queues) == 0 { // nobody came
		return &history.QueueFigures{}, 0, nil
	}
	return queues[0], busy / spent, nil
}

// handle is how long a call keeps an agent.
func (s Scenario) handle() time.Duration { return s.PickUp + s.Demand.Talk + s.Config.WrapUp }

// formula is what Erlang's says of the demand's hours, each by the calls that come in it. The phone's ringing keeps the
// agent, and the caller waits for its end; who is left without patience meanwhile gives up.
func (s Scenario) formula(agents int, patience time.Duration) Formula {
	var sum Formula
	calls, stay := 0.0, 1.0
	if patience > 0 {
		stay = math.Exp(-s.PickUp.Seconds() / patience.Seconds())
	}
	for _, m := range s.Demand.mixed {
		model := erlang.New(m.rate, cmp.Or(s.handle(), 1), patience, agents)
		sum.Wait += m.calls * model.AnsweredWait()
		sum.Abandoned += m.calls * (1 - (1-model.Abandoned())*stay)
		if rest := s.InTime - s.PickUp; rest >= 0 {
			sum.Service += m.calls * model.InTime(rest) * stay
		}
		calls += m.calls
	}
	if calls == 0 {
		return Formula{math.NaN(), math.NaN(), math.NaN()}
	}
	return Formula{sum.Wait/calls + s.PickUp.Seconds(), sum.Service / calls, sum.Abandoned / calls}
}

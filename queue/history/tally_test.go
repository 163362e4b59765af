package history

import (
	"fmt"
	"math"
	"testing"
	"time"

	"hatif/call"
	"hatif/queue"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// at is so many seconds after nine.
func at(seconds int, ev queue.Event) Event {
	ev.At = nine.Add(time.Duration(seconds) * time.Second)
	if ev.Queue == "" && ev.Kind != queue.AgentChanged {
		ev.Queue = "arabic"
	}
	return Event{Event: ev}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// served is one caller who comes, waits, talks to an agent and goes.
func served(call string, came, wait, talk int) []Event {
	return []Event{
		at(came, queue.Event{Kind: queue.CallerJoined, Call: call}),
		at(came, queue.Event{Kind: queue.AgentRung, Call: call, Agent: "2001"}),
		at(came+wait, queue.Event{Kind: queue.CallerConnected, Call: call, Agent: "2001", Waited: seconds(wait)}),
		at(came+wait+talk, queue.Event{Kind: queue.CallerParted, Call: call, Agent: "2001", Waited: seconds(wait), Talked: seconds(talk)}),
	}
}

func left(call string, came, wait int, how queue.Result) []Event {
	return []Event{
		at(came, queue.Event{Kind: queue.CallerJoined, Call: call}),
		at(came+wait, queue.Event{Kind: queue.CallerLeft, Call: call, Result: how, Waited: seconds(wait)}),
	}
}

func tallied(s Span, stories ...[]Event) ([]*QueueFigures, []*AgentFigures) {
	s.Zone = time.UTC
	if s.InTime == nil {
		s.InTime = func(string) time.Duration { return seconds(20) }
	}
	t := NewTally(s)
	for _, story := range stories {
		for _, ev := range story {
			t.Add(ev)
		}
	}
	return t.Figures()
}

func TestTheFiguresOfAQueueAreThoseOfTheTrade(t *testing.T) {
	stories := [][]Event{{at(0, queue.Event{Kind: queue.CallerRefused, Call: "full", Result: queue.Full})}}
	for i, wait := range []int{2, 4, 6, 8, 10, 12, 14, 20, 30, 94} { // 8 of 10 in time, 20 s on average
		stories = append(stories, served(fmt.Sprint("c", i), 200*i, wait, 60))
	}
	stories = append(stories, left("gone", 3000, 15, queue.Abandoned), left("gone too", 3000, 45, queue.Abandoned),
		left("late", 3100, 60, queue.TimedOut), left("still here", 3300, 99, "")[:1])
	queues, _ := tallied(Span{Since: nine, Until: nine.Add(time.Hour)}, stories...)
	if len(queues) != 1 {
		t.Fatalf("%d rows", len(queues))
	}
	f := queues[0]
	ofAll, ofAnswered := f.ServiceLevel()
	for what, is := range map[string][2]any{
		"offered":                {f.Offered, 15},
		"answered":               {f.Answered, 10},
		"in time":                {f.InTime, 8},
		"unserved":               {f.Unserved(), 4},
		"pending":                {f.Pending(), 1},
		"service level of all":   {math.Round(ofAll * 1000), math.Round(8000. / 14)},
		"of the answered":        {ofAnswered, 0.8},
		"average wait":           {f.AverageWait(), seconds(20)},
		"median wait":            {f.WaitPercentile(0.5), seconds(10)},
		"90th percentile":        {f.WaitPercentile(0.9), seconds(30)},
		"longest wait":           {f.WaitPercentile(1), seconds(94)},
		"wait of those who left": {f.AverageGivenUp(), seconds(30)},
		"average talk":           {f.AverageTalk(), seconds(60)},
		"rung":                   {f.Rung, 10},
	} {
		if is[0] != is[1] {
			t.Errorf("%s: %v, want %v", what, is[0], is[1])
		}
	}
	empty := QueueFigures{}
	if all, answered := empty.ServiceLevel(); !math.IsNaN(all) || !math.IsNaN(answered) || empty.WaitPercentile(0.9) != 0 || empty.AverageTalk() != 0 {
		t.Error("nobody came, and there are figures")
	}
}

func change(seconds int, agent string, from, to queue.State) Event {
	return at(seconds, queue.Event{Kind: queue.AgentChanged, Agent: agent, From: from, To: to})
}

// An agent's day: the times are cut at the quarter hours, wrap-up belongs to the queue of the last conversation.
func TestAnAgentsTimesAreCutWhereIntervalsMeet(t *testing.T) {
	const quarter = 15 * 60
	day := []Event{
		change(0, "2001", "", queue.Available),
		change(quarter-100, "2001", queue.Available, queue.Talking),
		at(quarter+50, queue.Event{Kind: queue.CallerParted, Call: "c", Agent: "2001", Talked: seconds(150)}),
		change(quarter+50, "2001", queue.Talking, queue.WrapUp),
		change(quarter+80, "2001", queue.WrapUp, queue.Paused),
		change(2*quarter+1, "2001", queue.Paused, queue.NotRegistered),
	}
	queues, agents := tallied(Span{Since: nine, Until: nine.Add(time.Hour), Every: Quarter}, day)
	if len(agents) != 4 || !agents[3].Began.Equal(nine.Add(45*time.Minute)) {
		t.Fatalf("%d rows: %+v", len(agents), agents)
	}
	for i, want := range []map[queue.State]int{
		{queue.Available: quarter - 100, queue.Talking: 100},
		{queue.Talking: 50, queue.WrapUp: 30, queue.Paused: quarter - 80},
		{queue.Paused: 1, queue.NotRegistered: quarter - 1},
		{queue.NotRegistered: quarter},
	} {
		for state, n := range want {
			if got := agents[i].In[state]; got != seconds(n) {
				t.Errorf("quarter %d: %s for %v, want %v", i, state, got, seconds(n))
			}
		}
		if len(agents[i].In) != len(want) {
			t.Errorf("quarter %d: %v", i, agents[i].In)
		}
	}
	if o := agents[0].Occupancy(); math.Abs(o-100./quarter) > 1e-9 || agents[1].Occupancy() != 1 || !math.IsNaN(agents[2].Occupancy()) {
		t.Errorf("occupied at %v, %v and %v", o, agents[1].Occupancy(), agents[2].Occupancy())
	}
	if agents[2].LoggedOn() != time.Second || agents[0].LoggedOn() != seconds(quarter) {
		t.Errorf("logged on for %v and %v", agents[0].LoggedOn(), agents[2].LoggedOn())
	}
	if len(queues) != 1 || queues[0].WrapUp != seconds(30) {
		t.Errorf("the queue's wrap-up: %+v", queues)
	}
}

// Nobody is taken to have been available while hatif was down.
func TestAStopAndAKillEndWhatAgentsDo(t *testing.T) {
	for how, want := range map[queue.Kind]time.Duration{
		queue.FloorClosed: seconds(100 + 60), // in order, at 100 s
		"":                seconds(90 + 60),  // killed, and heard of last at 90 s
	} {
		day := []Event{
			at(0, queue.Event{Kind: queue.FloorOpened}),
			change(0, "2001", "", queue.Available),
			at(90, queue.Event{Kind: queue.CallerJoined, Call: "lost"}),
		}
		if how != "" {
			day = append(day, at(100, queue.Event{Kind: how}))
		}
		day = append(day, at(2000, queue.Event{Kind: queue.FloorOpened}), change(2000, "2001", "", queue.Available))
		queues, agents := tallied(Span{Since: nine, Until: nine.Add(seconds(2060))}, day)
		if got := agents[0].In[queue.Available]; got != want {
			t.Errorf("after a stop %q the agent was available for %v, want %v", how, got, want)
		}
		if queues[0].Pending() != 1 {
			t.Errorf("the caller of whom nobody knows: %+v", queues[0])
		}
	}
}

// A call belongs to the interval in which the caller came, also when it ends after the span, and not when it began
// before it.
func TestACallBelongsToTheMomentAtWhichTheCallerCame(t *testing.T) {
	s := Span{Since: nine.Add(time.Minute), Until: nine.Add(10 * time.Minute)}
	queues, agents := tallied(s, served("before", 30, 60, 60), served("in", 590, 60, 60), served("after", 700, 5, 5))
	if len(queues) != 1 || queues[0].Offered != 1 || queues[0].Answered != 1 || queues[0].Completed != 1 || queues[0].AverageWait() != seconds(60) {
		t.Errorf("figures: %+v", queues[0])
	}
	if len(agents) != 1 || agents[0].Answered != 1 || agents[0].Talk != seconds(60) { // of the first
		t.Errorf("the agent: %+v", agents[0])
	}
}

func TestATallyKnowsWhenNothingMoreCanChangeIt(t *testing.T) {
	tally := NewTally(Span{Since: nine, Until: nine.Add(seconds(10)), Zone: time.UTC, InTime: func(string) time.Duration { return 0 }})
	for i, step := range []struct {
		ev   Event
		more bool
	}{
		{change(0, "2001", "", queue.Available), true},
		{at(5, queue.Event{Kind: queue.CallerJoined, Call: "c"}), true},
		{at(11, queue.Event{Kind: queue.CallerJoined, Call: "later"}), true}, // c is in line
		{at(12, queue.Event{Kind: queue.CallerConnected, Call: "c", Agent: "2001"}), true},
		{at(20, queue.Event{Kind: queue.CallerParted, Call: "c", Agent: "2001"}), false},
	} {
		if more := tally.Add(step.ev); more != step.more {
			t.Errorf("after event %d more can come: %t", i, more)
		}
	}
}

func TestMissesAreToldApartByTheirCause(t *testing.T) {
	var rings []Event
	for i, cause := range []*call.Cause{call.NoAnswer, call.NoAnswer, call.Declined.With("603"), call.Busy, call.NotRegistered, call.Unreachable} {
		rings = append(rings, at(i, queue.Event{Kind: queue.AgentMissed, Agent: "2001", Cause: cause}))
	}
	rings = append(rings, at(9, queue.Event{Kind: queue.AgentReleased, Agent: "2001"}))
	queues, agents := tallied(Span{Since: nine, Until: nine.Add(time.Hour)}, rings)
	if f := queues[0]; f.Missed != 2 || f.Declined != 1 || f.Unreachable != 3 {
		t.Errorf("the queue: %+v", f)
	}
	if a := agents[0]; a.Missed != 2 || a.Declined != 1 || a.Unreachable != 3 || a.Released != 1 {
		t.Errorf("the agent: %+v", a)
	}
}

func TestIntervalsGoByTheClockOnTheWall(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	kathmandu, err := time.LoadLocation("Asia/Kathmandu") // a quarter hour off
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		every Interval
		zone  *time.Location
		at    string // UTC
		want  string
	}{
		{Quarter, time.UTC, "2026-03-02T09:29:59Z", "2026-03-02T09:15:00Z 2026-03-02T09:30:00Z"},
		{Hour, kathmandu, "2026-03-02T09:29:59Z", "2026-03-02T15:00:00+05:45 2026-03-02T16:00:00+05:45"},
		{Day, kathmandu, "2026-03-02T19:29:59Z", "2026-03-03T00:00:00+05:45 2026-03-04T00:00:00+05:45"},
		{Week, berlin, "2026-03-29T12:00:00Z", "2026-03-23T00:00:00+01:00 2026-03-30T00:00:00+02:00"}, // Monday to Sunday
		{Week, time.UTC, "2026-03-30T00:00:00Z", "2026-03-30T00:00:00Z 2026-04-06T00:00:00Z"},
		{Day, berlin, "2026-03-29T12:00:00Z", "2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00"}, // of 23 hours
		{Day, berlin, "2026-10-25T12:00:00Z", "2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00"}, // of 25 hours
		{Hour, berlin, "2026-10-25T00:30:00Z", "2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00"},
		{Hour, berlin, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00+01:00 2026-10-25T03:00:00+01:00"}, // the same hour again
	} {
		moment, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		start := c.every.begin(moment, c.zone)
		end, _ := c.every.end(start)
		if got := start.Format(time.RFC3339) + " " + end.Format(time.RFC3339); got != c.want {
			t.Errorf("the %s of %s in %s: %s, want %s", c.every, c.at, c.zone, got, c.want)
		}
	}
	var i Interval
	if err := i.UnmarshalText([]byte("fortnight")); err == nil {
		t.Error("a fortnight is an interval")
	}
}

// Who keeps their place is offered when they come and when they are called, also when hatif is started anew meanwhile,
// and counts once in the service level.
func TestAKeptPlaceIsOneCallerOfTheServiceLevel(t *testing.T) {
	day := []Event{
		at(0, queue.Event{Kind: queue.CallerJoined, Call: "k"}),
		at(30, queue.Event{Kind: queue.CallerKept, Call: "k"}),
		at(100, queue.Event{Kind: queue.FloorClosed}),
		at(200, queue.Event{Kind: queue.FloorOpened}),
		at(200, queue.Event{Kind: queue.CallerJoined, Call: "k"}),
		at(200, queue.Event{Kind: queue.CallerKept, Call: "k"}),
	}
	queues, _ := tallied(Span{Since: nine, Until: nine.Add(time.Hour)}, day)
	if f := queues[0]; f.Offered != 1 || f.Pending() != 1 {
		t.Errorf("while they wait: %+v", f)
	}
	queues, _ = tallied(Span{Since: nine, Until: nine.Add(time.Hour)}, day,
		[]Event{at(300, queue.Event{Kind: queue.CallerLeft, Call: "k", Result: queue.CalledBack})}, served("k", 300, 10, 60))
	f := queues[0]
	if all, answered := f.ServiceLevel(); f.Offered != 2 || f.Again() != 1 || f.Pending() != 0 || all != 1 || answered != 1 {
		t.Errorf("when they have been called: %+v, service level %v of all", f, all)
	}
}

package stories_test

import (
	"context"
	"testing"
	"time"

	"hatif/call"
	"hatif/hatiftest"
	"hatif/queue"
	"hatif/queue/history"
)

// figures are those of the queue and of the agents since the PBX was made, when as many callers are through as are
// wanted, and the work behind each conversation of a second is done.
func figures(t *testing.T, pbx *hatiftest.PBX, callers int) (*history.QueueFigures, map[string]*history.AgentFigures) {
	t.Helper()
	var q *history.QueueFigures
	byUser := make(map[string]*history.AgentFigures)
	eventually(t, "all callers to be in the figures", func() bool {
		queues, agents, err := history.Compute(t.Context(), pbx.Store(), history.Span{
			Since: time.Now().Add(-time.Hour), Until: time.Now(), Zone: time.UTC, Queue: "help",
			InTime: func(string) time.Duration { return time.Second },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range agents {
			byUser[a.Agent] = a
		}
		if len(queues) != 1 {
			return false
		}
		q = queues[0]
		return q.Completed+q.Unserved() == callers && q.WrapUp >= time.Duration(q.Completed)*time.Second
	})
	return q, byUser
}

// Statistics: what becomes of each caller, and what each agent does, is in the figures: one is answered in time, one late and
// transferred, one gives up, one finds the queue full.
func TestWhatBecomesOfEveryCallerIsInTheFigures(t *testing.T) {
	t.Parallel()
	pbx := open(t, "help: {strategy: linear, ring_timeout: 5s, max_wait: 30s, retry: 1s}",
		"help: {strategy: linear, ring_timeout: 5s, max_wait: 30s, retry: 1s, max_length: 1, wrap_up: 1s}")
	agent, colleague := pbx.Phone("2001"), pbx.Phone("2003")
	first := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, first, ring)

	second := pbx.Phone("1002").Dial("0777")
	second.ExpectMusic("default")
	third := pbx.Phone("1001").Dial("0777") // one in line is all there may be
	third.ExpectPrompt("no-agent-available")
	third.Hangup()
	second.Hangup() // gives up
	second.ExpectRow()

	late := pbx.Phone("1002").Dial("0777")
	late.ExpectMusic("default")
	time.Sleep(100 * time.Millisecond)
	ring.Hangup() // and wraps up for a second, which makes late's answer late
	first.ExpectRow()
	ring = agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, late, ring)
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if _, err := ring.Refer(ctx, "2003"); err != nil {
		t.Fatal(err)
	}
	colleague.ExpectRing().Answer()
	ring.ExpectEnd()
	late.Hangup()

	q, agents := figures(t, pbx, 4)
	if q.Offered != 4 || q.Answered != 2 || q.InTime != 1 || q.Transferred != 1 || q.Pending() != 0 ||
		q.Left[queue.Abandoned] != 1 || q.Left[queue.Full] != 1 {
		t.Errorf("the queue: %+v", q)
	}
	if q.Waits[1] < time.Second || q.Talk <= 0 || q.WrapUp > 3*time.Second {
		t.Errorf("waits %v, talk %v, wrap-up %v", q.Waits, q.Talk, q.WrapUp)
	}
	if a := agents["2001"]; a == nil || a.Answered != 2 || a.Transferred != 1 || (a.In[queue.Talking]-a.Talk).Abs() > time.Millisecond || a.Occupancy() <= 0 {
		t.Errorf("the agent: %+v", a)
	}
	// After a restart the same events give the same figures.
	pbx.Restart()
	if again, _ := figures(t, pbx, 4); again.Offered != q.Offered || again.Talk != q.Talk || again.Rung != q.Rung {
		t.Errorf("after a restart: %+v, before: %+v", again, q)
	}
}

// Live: a board that watches sees the call go its way while it goes it.
func TestABoardSeesACallGoItsWay(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan queue.Event, 1000) // more than there will be
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for u := range pbx.Floor().Watch(ctx) {
			for _, ev := range u.Events {
				seen <- ev
			}
		}
	}()
	defer func() { stop(); <-closed }()
	expect := func(kind queue.Kind, ok func(queue.Event) bool) {
		t.Helper()
		limit := time.After(hatiftest.Patience)
		for {
			select {
			case ev := <-seen:
				if ev.Kind == kind && ok(ev) {
					return
				}
			case <-limit:
				t.Fatalf("no event %q", kind)
			}
		}
	}
	to := func(state queue.State) func(queue.Event) bool {
		return func(ev queue.Event) bool { return ev.Agent == "2001" && ev.To == state }
	}
	c := pbx.Phone("1001").Dial("0777")
	expect(queue.CallerJoined, func(ev queue.Event) bool { return ev.Caller == "1001" && ev.Position == 1 })
	ring := agent.ExpectRing()
	expect(queue.AgentChanged, to(queue.Ringing))
	ring.Decline()
	expect(queue.AgentMissed, func(ev queue.Event) bool { return ev.Cause.Name == call.Declined.Name })
	ring = agent.ExpectRing()
	ring.Answer()
	expect(queue.CallerConnected, func(ev queue.Event) bool { return ev.Agent == "2001" })
	ring.Hangup()
	expect(queue.CallerParted, func(ev queue.Event) bool { return ev.By == queue.ByAgent })
	expect(queue.AgentChanged, to(queue.Available))
	finish(t, pbx, c)
}

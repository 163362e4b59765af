package queue

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// A crowd is a queue with a thousand agents, all of them talking, and ten thousand callers in line.
const (
	crowdAgents  = 1_000
	crowdCallers = 10_000
)

func crowd(b *testing.B, strategy string) (*engine, *queue) {
	e, q := engineWith(Config{Strategy: strategy}, crowdAgents)
	e.observe = false
	for i := range crowdAgents {
		e.setBusy(fmt.Sprint(i), 1, midnight)
	}
	for i := range crowdCallers {
		e.mustJoin(b, q, fmt.Sprint("c", i), midnight)
	}
	return e, q
}

// BenchmarkMatchOfOneAgentFreed is what the lock is held for when an agent becomes free with ten thousand
// callers in line: the match itself, and for the next round the caller's leaving and another's coming.
func BenchmarkMatchOfOneAgentFreed(b *testing.B) {
	for _, strategy := range Strategies() {
		b.Run(strategy, func(b *testing.B) {
			e, q := crowd(b, strategy)
			chance := rand.New(rand.NewPCG(1, 1))
			var matching time.Duration
			for b.Loop() {
				user := fmt.Sprint(chance.IntN(crowdAgents))
				began := time.Now()
				e.setBusy(user, 0, midnight)
				matching += time.Since(began)
				t := e.agents[user].ticket
				if t == nil {
					b.Fatal("nobody was matched")
				}
				e.leave(t, Abandoned, midnight)
				if other := e.agents[user].ticket; other != nil { // handed on: another caller has the agent
					e.fetch(other, midnight)
					e.setBusy(user, 1, midnight)
					e.ended(other, e.agents[user], nil, midnight)
				}
				e.join(q, arrival{call: "again"}, midnight)
			}
			b.ReportMetric(float64(matching.Nanoseconds())/float64(b.N), "ns/match")
		})
	}
}

// BenchmarkCallerComes is a caller who comes when a thousand agents are free, and leaves.
func BenchmarkCallerComes(b *testing.B) {
	for _, strategy := range Strategies() {
		b.Run(strategy, func(b *testing.B) {
			e, q := engineWith(Config{Strategy: strategy}, crowdAgents)
			e.observe = false
			for b.Loop() {
				t := e.mustJoin(b, q, "c", midnight)
				e.leave(t, Abandoned, midnight)
			}
		})
	}
}

// BenchmarkCallerInTheMiddleHangsUp is the leaving of somebody among ten thousand, and another's coming.
func BenchmarkCallerInTheMiddleHangsUp(b *testing.B) {
	e, q := crowd(b, "random")
	for b.Loop() {
		e.leave(q.line[len(q.line)/2], Abandoned, midnight)
		e.join(q, arrival{call: "again"}, midnight)
	}
}

// BenchmarkWholeCall is everything that a Floor does for one call: line, ring, answer, end, with its clock,
// its lock and an observer.
func BenchmarkWholeCall(b *testing.B) {
	f := New(Options{Observe: func(Event) {}})
	var members []Member
	for i := range 100 {
		user := fmt.Sprint(i)
		members = append(members, Member{User: user, Queue: "q"})
		f.SetRegistered(user, true)
	}
	f.Apply(map[string]Config{"q": {}}, members)
	b.ReportAllocs()
	for b.Loop() {
		var t *ticket
		f.do(func(e *engine, now time.Time) { t, _ = e.join(e.queues["q"], arrival{call: "c"}, now) })
		o := f.fetch(t)[0]
		f.SetBusy(o.user, 1)
		f.take(t, o.agent)
		f.connect(t)
		f.SetBusy(o.user, 0)
		f.part(t, ByCaller)
	}
}

func TestAMatchAmongTenThousandCallersLooksAtTheFirstOnly(t *testing.T) {
	for _, strategy := range Strategies() {
		e, q := engineWith(Config{Strategy: strategy}, crowdAgents)
		e.observe = false
		for i := range crowdAgents {
			e.setBusy(fmt.Sprint(i), 1, midnight)
		}
		for i := range crowdCallers {
			e.mustJoin(t, q, fmt.Sprint("c", i), midnight)
		}
		counting := &counter{Strategy: q.strategy}
		q.strategy = counting
		e.setBusy("500", 0, midnight)
		if counting.asked != 1 || counting.shown != 1 {
			t.Errorf("%s: asked %d times and shown %d agents for one agent freed", strategy, counting.asked, counting.shown)
		}
		if e.agents["500"].ticket.Call != "c0" {
			t.Errorf("%s: call %s was served first", strategy, e.agents["500"].ticket.Call)
		}
	}
}

// counter counts what a strategy is shown.
type counter struct {
	Strategy
	asked, shown int
}

func (c *counter) Pick(m Moment) []Agent {
	c.asked++
	c.shown += len(m.Free)
	return c.Strategy.Pick(m)
}

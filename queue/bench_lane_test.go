package queue

import (
	"fmt"
	"testing"
	"time"
)

// lanes is a queue of ten thousand callers who want so many different things, and of a thousand agents, all of
// them talking. Agent i has the skill i modulo that number.
func lanes(tb testing.TB, strategy string, different int) (*engine, *queue) {
	e := newEngine(nil, false)
	var members []Member
	for i := range crowdAgents {
		user := fmt.Sprint(i)
		members = append(members, Member{User: user, Queue: "q", Skills: Skills{fmt.Sprint("s", i%different): 1}})
		e.setRegistered(user, true, midnight)
		e.setBusy(user, 1, midnight)
	}
	e.apply(map[string]Config{"q": {Strategy: strategy}}, members, midnight)
	q := e.queues["q"]
	for i := range crowdCallers {
		t, refusal := e.join(q, arrival{call: fmt.Sprint("c", i), skills: Skills{fmt.Sprint("s", i%different): 1}}, midnight)
		if t == nil {
			tb.Fatal(refusal)
		}
	}
	return e, q
}

// BenchmarkMatchAmongLanes is what the lock is held for when an agent becomes free whom only some of the callers
// want, and each of the others something else.
func BenchmarkMatchAmongLanes(b *testing.B) {
	for _, different := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(different), func(b *testing.B) {
			e, q := lanes(b, "linear", different)
			var matching time.Duration
			next := 0
			for b.Loop() {
				next++
				user := fmt.Sprint(next % crowdAgents)
				began := time.Now()
				e.setBusy(user, 0, midnight)
				matching += time.Since(began)
				a := e.agents[user]
				t := a.ticket
				if t == nil {
					b.Fatal("nobody was matched")
				}
				e.fetch(t, midnight)
				e.setBusy(user, 1, midnight)
				e.leave(t, Abandoned, midnight)
				e.ended(t, a, nil, midnight)
				e.join(q, arrival{call: "again", skills: t.needs.skills()}, midnight)
			}
			b.ReportMetric(float64(matching.Nanoseconds())/float64(b.N), "ns/match")
		})
	}
}

// BenchmarkAgentFreedWhomNobodyWants is the same for an agent without any skill.
func BenchmarkAgentFreedWhomNobodyWants(b *testing.B) {
	for _, different := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(different), func(b *testing.B) {
			e, _ := lanes(b, "linear", different)
			e.agents["0"].skills = nil
			for b.Loop() {
				e.setBusy("0", 0, midnight)
				e.setBusy("0", 1, midnight)
			}
		})
	}
}

// BenchmarkTierOpensToAll is the longest that the lock is held but for a reload: the only agent of the first tier goes,
// and ten thousand callers are given the next one.
func BenchmarkTierOpensToAll(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		e, q := engineWith(Config{Strategy: "linear", Tiers: []Tier{{After: time.Hour, Penalty: 1}}}, crowdAgents)
		e.observe = false
		for i, p := range q.members {
			p.penalty = min(i, 1)
			e.setBusy(fmt.Sprint(i), 1, midnight)
		}
		for i := range crowdCallers {
			e.mustJoin(b, q, fmt.Sprint("c", i), midnight)
		}
		e.setRegistered("0", false, midnight)
		b.StartTimer()
		e.setBusy("0", 0, midnight)
		if q.lanes[0].callers > 0 {
			b.Fatal("the next tier was not opened")
		}
	}
}

// BenchmarkReloadWithACrowd is what a reload holds the lock for: everybody is given their place anew.
func BenchmarkReloadWithACrowd(b *testing.B) {
	e, q := crowd(b, "random")
	var members []Member
	for i := range crowdAgents {
		members = append(members, Member{User: fmt.Sprint(i), Queue: "q"})
	}
	for b.Loop() {
		e.apply(map[string]Config{"q": q.cfg}, members, midnight)
	}
}

func TestAnAgentWhomNobodyInLineWantsIsNotOfferedToAnybody(t *testing.T) {
	e, q := lanes(t, "linear", 10)
	counting := &counter{Strategy: q.strategy}
	q.strategy = counting
	e.agents["7"].skills = nil
	e.setBusy("7", 0, midnight)
	if counting.asked > 0 || e.agents["7"].state != Available {
		t.Errorf("asked %d times, agent is %s", counting.asked, e.agents["7"].state)
	}
	e.setBusy("8", 0, midnight)
	if c := e.agents["8"].ticket; counting.asked != 1 || c == nil || c.Call != "c8" {
		t.Errorf("asked %d times for who is wanted by one lane, and given to %+v", counting.asked, c)
	}
}

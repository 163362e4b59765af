package queue

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// shares lets many callers come to agents who are all free each time, and counts whom each strategy rings.
func shares(strategy string, penalties []int, draws int) map[string]int {
	m := Moment{Free: free(len(penalties)), Last: -1, Rand: rand.New(rand.NewPCG(11, 12))}
	for i, p := range penalties {
		m.Free[i].Penalty = p
	}
	count := make(map[string]int)
	s := strategies[strategy](Config{}.filled())
	for range draws {
		picked := s.Pick(m)[0]
		count[picked.User]++
		m.Last = picked.Position
	}
	return count
}

func TestWeighedChanceIsOneDividedByOneMoreThanThePenalty(t *testing.T) {
	const draws = 120_000
	penalties := []int{0, 0, 1, 1, 3, 9}
	sum := 0.0
	for _, p := range penalties {
		sum += 1 / float64(1+p)
	}
	chi := 0.0
	for user, n := range shares("wrandom", penalties, draws) {
		i := slices.IndexFunc(free(len(penalties)), func(a Agent) bool { return a.User == user })
		expected := draws / float64(1+penalties[i]) / sum
		chi += math.Pow(float64(n)-expected, 2) / expected
	}
	// 20.52 is the 0.1 % point of chi-square with 5 degrees of freedom.
	if chi > 20.52 {
		t.Errorf("chi-square is %.1f", chi)
	}
}

func TestRoundRobinIsFairByBothNames(t *testing.T) {
	for _, strategy := range []string{"rrmemory", "rrordered"} {
		for user, n := range shares(strategy, make([]int, 7), 700) {
			if n != 100 {
				t.Errorf("%s rang agent %s %d times of 700, want 100", strategy, user, n)
			}
		}
	}
}

// afternoon serves calls of various lengths, more than the agents can take at once. chosen is told each agent who is
// rung, and who else was free.
func afternoon(t *testing.T, strategy string, agents int, chosen func(a *agent, free []Agent)) *engine {
	who := make(staff)
	for i := range agents {
		who[fmt.Sprint(i)] = Member{}
	}
	e := room(t, map[string]Config{"q": {Strategy: strategy}}, who)
	chance := rand.New(rand.NewPCG(13, 14))
	type talk struct {
		c    *ticket
		over time.Time
	}
	var talks []talk
	for i := range 3000 {
		now := at(time.Duration(i) * 20 * time.Second)
		slices.SortFunc(talks, func(a, b talk) int { return a.over.Compare(b.over) })
		for len(talks) > 0 && (!talks[0].over.After(now) || len(talks) == agents) {
			if talks[0].over.After(now) {
				now = talks[0].over
			}
			e.part(talks[0].c, talks[0].over)
			talks = talks[1:]
		}
		var free []Agent
		for _, p := range e.queues["q"].members {
			if p.free() {
				free = append(free, p.asAgent())
			}
		}
		c := e.comes(t, "q", arrival{call: fmt.Sprint("c", i)}, now)
		o := e.fetch(c, now)[0]
		chosen(o.agent, free)
		e.take(c, o.agent, now)
		e.connect(c, now)
		talks = append(talks, talk{c, now.Add(time.Duration(10+chance.IntN(120)) * time.Second)})
	}
	return e
}

func TestFewestCallsSpreadsCallsEvenly(t *testing.T) {
	e := afternoon(t, "fewestcalls", 6, func(*agent, []Agent) {})
	for user, a := range e.agents {
		if n := a.stats.Answered; n < 498 || n > 502 {
			t.Errorf("agent %s took %d of 3000 calls, want 500", user, n)
		}
	}
}

func TestLeastRecentIsExact(t *testing.T) {
	choices := 0
	afternoon(t, "leastrecent", 6, func(a *agent, free []Agent) {
		if len(free) > 1 {
			choices++
		}
		for _, other := range free {
			if other.LastCall.Before(a.lastCall) {
				t.Errorf("%s was rung, and %s has rested longer", a.user, other.User)
			}
		}
	})
	if choices < 500 {
		t.Errorf("only %d of 3000 calls left a choice: this proves little", choices)
	}
}

func TestLeastTalkTimeSpreadsTheTimeEvenly(t *testing.T) {
	e := afternoon(t, "least_talk_time", 6, func(*agent, []Agent) {})
	var least, most time.Duration = math.MaxInt64, 0
	for _, a := range e.agents {
		least, most = min(least, a.stats.Talked), max(most, a.stats.Talked)
	}
	if most-least > 5*time.Minute {
		t.Errorf("one talked for %s, another for %s", least, most)
	}
}

func TestOfEqualAgentsTheOneIsRungWhoHasRestedLonger(t *testing.T) {
	for _, strategy := range []string{"fewestcalls", "least_talk_time"} {
		m := Moment{Free: free(4)}
		for i, ago := range []time.Duration{1, 5, 9, 3} {
			m.Free[i].LastCall = at(-ago * time.Minute)
		}
		m.Free[2].Calls, m.Free[2].Talked = 1, time.Second
		if got := strategies[strategy](Config{}).Pick(m)[0].User; got != "1" {
			t.Errorf("%s rang %s, want 1", strategy, got)
		}
	}
}

package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// free makes agents "0", "1", … of penalty 0.
func free(n int) []Agent {
	agents := make([]Agent, n)
	for i := range agents {
		agents[i] = Agent{User: fmt.Sprint(i), Position: i}
	}
	return agents
}

func users(agents []Agent) []string {
	var names []string
	for _, a := range agents {
		names = append(names, a.User)
	}
	return names
}

func TestRandomGivesEveryAgentTheSameChance(t *testing.T) {
	const agents, draws = 12, 120_000
	m := Moment{Free: free(agents), Last: -1, Rand: rand.New(rand.NewPCG(1, 2))}
	count := make(map[string]int)
	follows := 0 // draws that repeat the one before
	last := ""
	for range draws {
		picked := random{}.Pick(m)
		if len(picked) != 1 {
			t.Fatalf("picked %d agents", len(picked))
		}
		count[picked[0].User]++
		if picked[0].User == last {
			follows++
		}
		last = picked[0].User
	}
	expected := float64(draws) / agents
	chi := 0.0
	for _, a := range m.Free {
		d := float64(count[a.User]) - expected
		chi += d * d / expected
	}
	// 31.26 is the 0.1 % point of chi-square with 11 degrees of freedom.
	if chi > 31.26 {
		t.Errorf("chi-square %.1f: not uniform: %v", chi, count)
	}
	if got := float64(follows) / draws; got < 0.078 || got > 0.089 {
		t.Errorf("%.3f of the draws repeat the one before, want 1/12: draws are not independent", got)
	}
}

func TestLinearRingsTheFirstOfTheList(t *testing.T) {
	m := Moment{Free: free(4)[1:]}
	if got := users((linear{}).Pick(m)); !slices.Equal(got, []string{"1"}) {
		t.Errorf("picked %v, want the first who is free", got)
	}
	m.Waiter.Missed = map[string]int{"1": 1}
	if got := users((linear{}).Pick(m)); !slices.Equal(got, []string{"2"}) {
		t.Errorf("picked %v, want the next after the one who missed", got)
	}
}

func TestRoundRobinGoesRoundFromWhereItWas(t *testing.T) {
	for _, c := range []struct {
		last int
		free []int
		want string
	}{
		{-1, []int{0, 1, 2, 3}, "0"},
		{0, []int{0, 1, 2, 3}, "1"},
		{3, []int{0, 1, 2, 3}, "0"},
		{1, []int{0, 1, 3}, "3"},
		{2, []int{0, 1}, "0"},
		{2, []int{2}, "2"},
	} {
		m := Moment{Last: c.last}
		for _, i := range c.free {
			m.Free = append(m.Free, free(4)[i])
		}
		if got := users(rrmemory{}.Pick(m)); !slices.Equal(got, []string{c.want}) {
			t.Errorf("after %d of %v picked %v, want %s", c.last, c.free, got, c.want)
		}
	}
}

func TestLeastRecentRingsWhoHasRestedLongest(t *testing.T) {
	now := time.Now()
	m := Moment{Free: free(4)}
	for i, ago := range []time.Duration{4, 9, 2, 9} {
		m.Free[i].LastCall = now.Add(-ago * time.Minute)
	}
	if got := users(leastrecent{}.Pick(m)); !slices.Equal(got, []string{"1"}) {
		t.Errorf("picked %v, want the first of those who rested nine minutes", got)
	}
	m.Free[2].LastCall = time.Time{}
	if got := users(leastrecent{}.Pick(m)); !slices.Equal(got, []string{"2"}) {
		t.Errorf("picked %v, want the one who had no call yet", got)
	}
}

func TestRingAllRingsEveryoneOfTheLowestPenalty(t *testing.T) {
	m := Moment{Free: free(4)}
	m.Free[3].Penalty = 5
	if got := users(ringall{}.Pick(m)); !slices.Equal(got, []string{"0", "1", "2"}) {
		t.Errorf("picked %v", got)
	}
	m.Waiter.Missed = map[string]int{"0": 2}
	if got := users(ringall{}.Pick(m)); len(got) != 3 {
		t.Errorf("picked %v: who missed this caller once rings again with all", got)
	}
}

func TestRingAllAddsOnlyAgentsOfThePenaltyThatRingsAlready(t *testing.T) {
	m := Moment{Free: free(4)[1:], Ringing: free(1)}
	m.Free[2].Penalty = 5
	if got := users(ringall{}.Pick(m)); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("picked %v, want those who became free, without the higher penalty", got)
	}
	m.Free = m.Free[2:]
	if got := (ringall{}).Pick(m); len(got) != 0 {
		t.Errorf("picked %v while phones of a lower penalty ring", users(got))
	}
}

func TestAnAgentWhoMissedTheCallerIsRungOnlyWhenNobodyElseIsFree(t *testing.T) {
	for name, make := range strategies {
		s := make(Config{}.filled())
		if after, more := s.More(); more && after == 0 {
			continue
		}

		m := Moment{Free: free(3), Last: -1, Rand: rand.New(rand.NewPCG(3, 4))}
		m.Free[2].Penalty = 9
		m.Waiter.Missed = map[string]int{"0": 1, "1": 1}
		for range 50 {
			if got := users(s.Pick(m)); !slices.Equal(got, []string{"2"}) {
				t.Fatalf("%s picked %v, want the only one who has not missed", name, got)
			}
		}
		m.Waiter.Missed["2"] = 1
		if got := users(s.Pick(m)); len(got) != 1 || got[0] == "2" && name != "wrandom" {
			t.Errorf("%s picked %v when all have missed, want one of the lowest penalty", name, got)
		}
	}
}

func TestPickLeavesTheMomentAsItWas(t *testing.T) {
	for name, make := range strategies {
		s := make(Config{}.filled())
		m := Moment{Free: free(6), Last: 3, Rand: rand.New(rand.NewPCG(5, 6)), Waiter: Waiter{Missed: map[string]int{"2": 1}}}
		s.Pick(m)
		if !slices.Equal(m.Free, free(6)) || len(m.Waiter.Missed) != 1 {
			t.Errorf("%s changed what it was shown", name)
		}
	}
}

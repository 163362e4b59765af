package queue

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// A Strategy chooses which of the free agents are rung for a caller. The queue keeps the order of the
// line; a strategy has no say in whose turn it is.
//
// A strategy is pure: the same Moment gives the same answer. It has no clock, no lock, no memory, does no
// I/O, and takes chance from the Moment only.
type Strategy interface {
	// Pick returns the agents to ring at once, a selection of m.Free; none means that the caller waits on.
	// It must not change what m holds, and may return a part of m.Free itself.
	Pick(m Moment) []Agent

	// Gathers reports whether agents who become free are added to those whose phones ring for a caller
	// already. The callers behind are then served only when this one has been.
	Gathers() bool
}

// A Moment is all that a Strategy may look at.
type Moment struct {
	Now     time.Time
	Waiter  Waiter     // whose turn it is
	Free    []Agent    // who may be rung, by penalty, then by position; never empty
	Ringing []Agent    // whose phones ring for this caller already; only for strategies that gather
	Last    int        // the position of the agent rung last in this queue; -1: nobody yet
	Rand    *rand.Rand // the only chance
}

// A Waiter is a caller in line, as strategies see them.
type Waiter struct {
	Call   string         // the conversation's id
	Joined time.Time      // since when the caller waits
	Missed map[string]int // how often each agent has not taken this caller, by user; nil: never
}

// An Agent is a member of the queue, as strategies see them.
type Agent struct {
	User     string
	Position int       // place among the queue's members, from 0, in the order of the file
	Penalty  int       // lower is rung first
	Calls    int       // calls taken, of any queue
	LastCall time.Time // end of the last call taken, of any queue; zero: none yet
}

// Strategies returns the names that a Config may give, sorted.
func Strategies() []string { return slices.Sorted(maps.Keys(strategies)) }

var strategies = map[string]Strategy{
	"random":      random{},
	"ringall":     ringall{},
	"rrmemory":    rrmemory{},
	"leastrecent": leastrecent{},
	"linear":      linear{},
}

// random rings anyone, each with the same probability.
type random struct{}

func (random) Gathers() bool { return false }
func (random) Pick(m Moment) []Agent {
	of := m.choices()
	i := m.Rand.IntN(len(of))
	return of[i : i+1]
}

// linear rings the first in the members' order.
type linear struct{}

func (linear) Gathers() bool         { return false }
func (linear) Pick(m Moment) []Agent { return m.choices()[:1] }

// rrmemory goes round: it rings the next after the one rung last, whoever the caller was.
type rrmemory struct{}

func (rrmemory) Gathers() bool { return false }
func (rrmemory) Pick(m Moment) []Agent {
	of := m.choices()
	i := sort.Search(len(of), func(i int) bool { return of[i].Position > m.Last })
	if i == len(of) {
		i = 0
	}
	return of[i : i+1]
}

// leastrecent rings the one whose last call ended first; who had none comes before, in the members' order.
type leastrecent struct{}

func (leastrecent) Gathers() bool { return false }
func (leastrecent) Pick(m Moment) []Agent {
	of, first := m.choices(), 0
	for i := range of {
		if of[i].LastCall.Before(of[first].LastCall) {
			first = i
		}
	}
	return of[first : first+1]
}

// ringall rings everybody, and who becomes free meanwhile too. Agents of a higher penalty are left alone
// while phones of a lower one ring.
type ringall struct{}

func (ringall) Gathers() bool { return true }
func (ringall) Pick(m Moment) []Agent {
	if len(m.Ringing) == 0 {
		return tier(m.Free)
	}
	highest := m.Ringing[0].Penalty
	for _, a := range m.Ringing {
		highest = max(highest, a.Penalty)
	}
	return upTo(m.Free, highest)
}

// choices are the agents that a strategy for one agent at a time chooses from: those who have not yet
// missed this caller, while there are any, and of these the ones of the lowest penalty.
func (m Moment) choices() []Agent {
	if len(m.Waiter.Missed) == 0 {
		return tier(m.Free)
	}
	var fresh []Agent
	for _, a := range m.Free {
		if m.Waiter.Missed[a.User] == 0 {
			fresh = append(fresh, a)
		}
	}
	if fresh == nil {
		return tier(m.Free)
	}
	return tier(fresh)
}

// tier returns the agents of the lowest penalty; agents are sorted by penalty.
func tier(agents []Agent) []Agent { return upTo(agents, agents[0].Penalty) }

func upTo(agents []Agent, penalty int) []Agent {
	return agents[:sort.Search(len(agents), func(i int) bool { return agents[i].Penalty > penalty })]
}

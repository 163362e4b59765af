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

	// More reports whether a caller for whom phones ring is given more of them: so long after the last one
	// was chosen, or, with 0, whenever an agent becomes free. With 0 those behind who want the same agents
	// are served only when this caller has been.
	More() (after time.Duration, ok bool)
}

// A Moment is all that a Strategy may look at.
type Moment struct {
	Now     time.Time
	Waiter  Waiter     // whose turn it is
	Free    []Agent    // who may be rung for this caller, by penalty, then by position; never empty
	Ringing []Agent    // whose phones ring for this caller already; only for strategies that go on then
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
	Position int           // place among the queue's members, from 0, in the order of the file
	Penalty  int           // lower is rung first
	Calls    int           // calls taken, of any queue
	Talked   time.Duration // in all these calls together
	LastCall time.Time     // end of the last call taken, of any queue; zero: none yet
}

// Strategies returns the names that a Config may give, sorted.
func Strategies() []string { return slices.Sorted(maps.Keys(strategies)) }

// strategies makes each from the settings of its queue.
var strategies = map[string]func(Config) Strategy{
	"random":             func(Config) Strategy { return random{} },
	"wrandom":            func(Config) Strategy { return wrandom{} },
	"ringall":            func(c Config) Strategy { return ringall{tiered: len(c.Tiers) > 0} },
	"ring_progressively": func(c Config) Strategy { return progressive{after: c.RingProgressivelyDelay} },
	"rrmemory":           func(Config) Strategy { return rrmemory{} },
	"rrordered":          func(Config) Strategy { return rrmemory{} }, // members have an order here whatever the strategy
	"leastrecent":        func(Config) Strategy { return leastrecent{} },
	"fewestcalls":        func(Config) Strategy { return fewestcalls{} },
	"least_talk_time":    func(Config) Strategy { return leastTalkTime{} },
	"linear":             func(Config) Strategy { return linear{} },
}

// oneAtATime is what strategies have in common that ring one agent and wait what comes of it.
type oneAtATime struct{}

func (oneAtATime) More() (time.Duration, bool) { return 0, false }

// random rings anyone, each with the same probability.
type random struct{ oneAtATime }

func (random) Pick(m Moment) []Agent {
	of := m.choices()
	i := m.Rand.IntN(len(of))
	return of[i : i+1]
}

// linear rings the first in the members' order.
type linear struct{ oneAtATime }

func (linear) Pick(m Moment) []Agent { return m.choices()[:1] }

// rrmemory goes round: it rings the next after the one rung last, whoever the caller was.
type rrmemory struct{ oneAtATime }

func (rrmemory) Pick(m Moment) []Agent {
	of := m.choices()
	i := sort.Search(len(of), func(i int) bool { return of[i].Position > m.Last })
	if i == len(of) {
		i = 0
	}
	return of[i : i+1]
}

// choices are the agents that a strategy for one agent at a time chooses from: those who have not yet
// missed this caller, while there are any, and of these the ones of the lowest penalty.
func (m Moment) choices() []Agent { return tier(m.fresh()) }

// fresh is who has not yet missed this caller, or everybody where all have.
func (m Moment) fresh() []Agent {
	if len(m.Waiter.Missed) == 0 {
		return m.Free
	}
	var fresh []Agent
	for _, a := range m.Free {
		if m.Waiter.Missed[a.User] == 0 {
			fresh = append(fresh, a)
		}
	}
	if fresh == nil {
		return m.Free
	}
	return fresh
}

// tier returns the agents of the lowest penalty; agents are sorted by penalty.
func tier(agents []Agent) []Agent { return upTo(agents, agents[0].Penalty) }

func upTo(agents []Agent, penalty int) []Agent {
	return agents[:sort.Search(len(agents), func(i int) bool { return agents[i].Penalty > penalty })]
}

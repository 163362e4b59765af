package history

import (
	"math"
	"slices"
	"time"

	"hatif/queue"
)

// QueueFigures are what became of the callers who came to a queue in an interval, whenever it did, and what its agents
// did in it.
type QueueFigures struct {
	Began time.Time // of the interval; zero: there is only one
	Queue string

	Offered  int                  // callers who came, refused ones included
	Answered int                  // of Offered
	InTime   int                  // of Answered: within the queue's service_level
	Left     map[queue.Result]int // of Offered: who came to no agent, by how they left
	Waits    []time.Duration      // of Answered, sorted
	GaveUp   []time.Duration      // the waits of those who hung up in line, sorted

	Completed   int           // of Answered: conversations that are over
	Transferred int           // of Completed: given to somebody else by the agent
	Talk        time.Duration // of Completed

	// What agents did in the interval, whenever the caller came.
	Rung, Missed, Declined, Unreachable int
	WrapUp                              time.Duration
}

func newQueueFigures(began time.Time, name string) *QueueFigures {
	return &QueueFigures{Began: began, Queue: name, Left: make(map[queue.Result]int)}
}

// Unserved is how many came to no agent.
func (f *QueueFigures) Unserved() int {
	n := 0
	for _, k := range f.Left {
		n += k
	}
	return n
}

// Again is how many kept their place, hung up, and came back, called or calling: they are offered a second time.
func (f *QueueFigures) Again() int { return f.Left[queue.CalledBack] + f.Left[queue.Returned] }

// Pending is how many have neither come to an agent nor left: they are in line still, or keep a place, or nobody knows
// what became of them, since hatif was killed.
func (f *QueueFigures) Pending() int { return f.Offered - f.Answered - f.Unserved() }

// ServiceLevel is the share of callers who were answered in time: of all who came and wait no more, each counted once,
// and of those who were answered. NaN where there are none.
func (f *QueueFigures) ServiceLevel() (ofAll, ofAnswered float64) {
	return share(f.InTime, f.Offered-f.Pending()-f.Again()), share(f.InTime, f.Answered)
}

// AverageWait is that of the answered callers.
func (f *QueueFigures) AverageWait() time.Duration { return mean(f.Waits) }

// WaitPercentile is the wait that the given part of the answered callers did not exceed: 0.9 for the wait of nine in
// ten. 0 when nobody was answered.
func (f *QueueFigures) WaitPercentile(part float64) time.Duration {
	if len(f.Waits) == 0 {
		return 0
	}
	rank := int(math.Ceil(part * float64(len(f.Waits)))) // the nearest rank
	return f.Waits[min(max(rank, 1), len(f.Waits))-1]
}

// AverageGivenUp is how long those waited who hung up in line.
func (f *QueueFigures) AverageGivenUp() time.Duration { return mean(f.GaveUp) }

// AverageTalk is that of the conversations that are over.
func (f *QueueFigures) AverageTalk() time.Duration { return each(f.Talk, f.Completed) }

// AverageWrapUp is the time after a conversation, by the conversations that are over.
func (f *QueueFigures) AverageWrapUp() time.Duration { return each(f.WrapUp, f.Completed) }

// AgentFigures are what one agent did in an interval.
type AgentFigures struct {
	Began time.Time // of the interval; zero: there is only one
	Agent string

	Rung        int
	Answered    int
	Missed      int // no answer
	Declined    int
	Unreachable int // busy, or could not be reached
	Released    int // let go: another answered, or the caller left
	Completed   int // conversations that ended in the interval
	Transferred int // of Completed: given to somebody else
	Talk        time.Duration

	In     map[queue.State]time.Duration // the interval's time by what the agent was doing
	Pauses map[string]time.Duration      // of In[queue.Paused]: by the reason
}

func newAgentFigures(began time.Time, name string) *AgentFigures {
	return &AgentFigures{Began: began, Agent: name, In: make(map[queue.State]time.Duration), Pauses: make(map[string]time.Duration)}
}

// LoggedOn is the time in which the agent was logged on to a queue and had a phone.
func (f *AgentFigures) LoggedOn() time.Duration {
	var sum time.Duration
	for state, d := range f.In {
		if state != queue.NotRegistered && state != queue.LoggedOff {
			sum += d
		}
	}
	return sum
}

// Occupancy is the part of the time at the queues' disposal that went into calls of the queues: talk and wrap-up, of
// these and of the time in which a call could come or was on its way. Pauses and other calls count neither way. NaN
// when there was no such time.
func (f *AgentFigures) Occupancy() float64 {
	busy := f.In[queue.Talking] + f.In[queue.WrapUp]
	free := f.In[queue.Available] + f.In[queue.Reserved] + f.In[queue.Ringing] + f.In[queue.Resting]
	if busy+free == 0 {
		return math.NaN()
	}
	return busy.Seconds() / (busy + free).Seconds()
}

// AverageTalk is that of the conversations that ended in the interval.
func (f *AgentFigures) AverageTalk() time.Duration { return each(f.Talk, f.Completed) }

func share(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

func each(sum time.Duration, n int) time.Duration {
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}

func mean(all []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return each(sum, len(all))
}

// judge decides anew who was answered in time.
func (f *QueueFigures) judge(within time.Duration) {
	f.InTime, _ = slices.BinarySearch(f.Waits, within+1)
}

// sorted brings the waits of f in order.
func (f *QueueFigures) sorted() *QueueFigures {
	slices.Sort(f.Waits)
	slices.Sort(f.GaveUp)
	return f
}

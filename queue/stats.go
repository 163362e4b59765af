package queue

import (
	"errors"
	"time"

	"hatif/call"
)

// Stats are a queue's counters since it was made. Offered is the sum of all results and of the callers
// who are in line now.
type Stats struct {
	Offered       int // callers who came, refused ones included
	Answered      int
	InTime        int // of Answered: within service_level
	Abandoned     int
	TimedOut      int
	Refused       int // Full, Empty and Closed
	LeftEmpty     int
	Exited        int           // ByKey
	Overflowed    int           // gone to another queue, at the door, after a wait or by hand
	CalledBack    int           // kept their place, hung up, and have answered when it was their turn: they are offered again
	Unreached     int           // kept their place, and could not be reached
	Returned      int           // kept their place, and have called again
	Withdrawn     int           // Withdrawn and Failed
	AbandonedWait time.Duration // all waits of Abandoned together

	// Hold and Talk are averages that forget: a quarter of the last answered call and three quarters of
	// what was before, as Asterisk has it; but the first call counts in full.
	Hold, Talk time.Duration
	Completed  int // answered calls that are over

	Transferred int // of Completed: those that the agent has given to somebody else
}

// AgentStats are an agent's counters, over all queues.
type AgentStats struct {
	Rung        int
	Answered    int
	Missed      int // no answer
	Declined    int
	Unreachable int // busy, or could not be reached
	Talked      time.Duration
	Transferred int // calls given to somebody else
}

func (s *Stats) answer(wait, inTime time.Duration) {
	s.Hold = average(s.Hold, wait, s.Answered == 0)
	s.Answered++
	if wait <= inTime {
		s.InTime++
	}
}

func (s *Stats) talked(talk time.Duration) {
	s.Talk = average(s.Talk, talk, s.Completed == 0)
	s.Completed++
}

func average(old, latest time.Duration, first bool) time.Duration {
	if first {
		return latest
	}
	return (3*old + latest) / 4
}

// count notes a caller who was not served.
func (s *Stats) count(r Result, wait time.Duration) {
	switch r {
	case TimedOut:
		s.TimedOut++
	case Abandoned:
		s.Abandoned++
		s.AbandonedWait += wait
	case Overflowed, Moved:
		s.Overflowed++
	case Full, Empty, Closed:
		s.Refused++
	case LeftEmpty:
		s.LeftEmpty++
	case CalledBack:
		s.CalledBack++
	case Unreachable:
		s.Unreached++
	case Returned:
		s.Returned++
	case ByKey:
		s.Exited++
	default:
		s.Withdrawn++
	}
}

func (s *AgentStats) miss(why *call.Cause) {
	switch {
	case errors.Is(why, call.NoAnswer):
		s.Missed++
	case errors.Is(why, call.Declined):
		s.Declined++
	default:
		s.Unreachable++
	}
}

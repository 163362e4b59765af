package queue

import "time"

// Chaos lives through a world and goes home, and returns what was told and what the counters of the queues and of the
// agents come to, those included that a reload has swept away.
func Chaos(seed uint64, steps int) (events []Event, queues map[string]Stats, agents map[string]AgentStats, pauses map[string]map[string]time.Duration, end time.Time) {
	w := newWorld(seed)
	allQueues, allAgents := make(map[*queue]bool), make(map[*agent]bool)
	look := func() {
		for _, q := range w.queues {
			allQueues[q] = true
		}
		for _, a := range w.agents {
			allAgents[a] = true
		}
		for _, t := range w.talks { // who picked the call up need not be known otherwise
			allAgents[t.winner] = true
		}
		events = append(events, w.news...)
		w.news = nil
	}
	look()
	for range steps {
		w.step()
		look()
	}
	w.goHome()
	look()
	queues, agents = make(map[string]Stats), make(map[string]AgentStats)
	for q := range allQueues {
		queues[q.name] = queues[q.name].plus(q.stats)
	}
	for a := range allAgents {
		agents[a.user] = agents[a.user].plus(a.stats)
	}
	pauses = make(map[string]map[string]time.Duration)
	for a := range allAgents {
		for reason, d := range a.pauses(w.now) {
			if pauses[a.user] == nil {
				pauses[a.user] = make(map[string]time.Duration)
			}
			pauses[a.user][reason] += d
		}
	}
	return events, queues, agents, pauses, w.now
}

// plus leaves out the averages, which forget.
func (s Stats) plus(o Stats) Stats {
	return Stats{
		Offered: s.Offered + o.Offered, Answered: s.Answered + o.Answered, InTime: s.InTime + o.InTime,
		Abandoned: s.Abandoned + o.Abandoned, AbandonedWait: s.AbandonedWait + o.AbandonedWait,
		TimedOut: s.TimedOut + o.TimedOut, Refused: s.Refused + o.Refused, LeftEmpty: s.LeftEmpty + o.LeftEmpty,
		CalledBack: s.CalledBack + o.CalledBack, Unreached: s.Unreached + o.Unreached, Returned: s.Returned + o.Returned,
		Exited: s.Exited + o.Exited, Overflowed: s.Overflowed + o.Overflowed, Withdrawn: s.Withdrawn + o.Withdrawn,
		Completed: s.Completed + o.Completed, Transferred: s.Transferred + o.Transferred,
	}
}

func (s AgentStats) plus(o AgentStats) AgentStats {
	return AgentStats{
		Rung: s.Rung + o.Rung, Answered: s.Answered + o.Answered, Missed: s.Missed + o.Missed, Declined: s.Declined + o.Declined,
		Unreachable: s.Unreachable + o.Unreachable, Talked: s.Talked + o.Talked, Transferred: s.Transferred + o.Transferred,
	}
}

package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hatif/queue"
)

// states are those of agents, so that each has a figure when it is 0, too.
var states = []queue.State{
	queue.LoggedOff, queue.NotRegistered, queue.Paused, queue.OnCall, queue.Available, queue.Reserved, queue.Ringing,
	queue.Talking, queue.WrapUp, queue.Resting,
}

// floor is the queues and their agents.
func floor(s Sources) prometheus.Collector {
	r := new(reader)
	waiting := r.gauge("queue_waiting", "Callers in line.", "queue")
	longest := r.gauge("queue_longest_wait_seconds", "How long the caller has waited who has waited longest; 0: nobody waits.", "queue")
	open := r.gauge("queue_open", "1: the queue lets callers in.", "queue")
	offered := r.counter("queue_offered_total", "Callers who came.", "queue")
	answered := r.counter("queue_answered_total", "Callers whom an agent has answered.", "queue")
	inTime := r.counter("queue_answered_in_time_total", "Callers answered within service_level: divided by those offered it is the service level.", "queue")
	abandoned := r.counter("queue_abandoned_total", "Callers who hung up in line.", "queue")
	timedOut := r.counter("queue_timed_out_total", "Callers whose wait ran out.", "queue")
	refused := r.counter("queue_refused_total", "Callers who were not let in.", "queue")
	overflowed := r.counter("queue_overflowed_total", "Callers who went on to another queue.", "queue")
	agents := r.gauge("queue_agents", "Agents of a queue, by what they do.", "queue", "state")
	all := r.gauge("agents", "Agents of all queues, each counted once, by what they do.", "state")
	r.read = func(to *sheet) {
		now := s.Floor()
		count := make(map[string]map[queue.State]int)
		total := make(map[queue.State]int)
		for _, a := range now.Agents {
			total[a.State]++
			for _, q := range a.Queues {
				if count[q] == nil {
					count[q] = make(map[queue.State]int)
				}
				count[q][stateIn(a, q)]++
			}
		}
		for _, state := range states {
			to.put(all, float64(total[state]), string(state))
		}
		for _, q := range now.Queues {
			var wait time.Duration
			for _, w := range q.Line {
				wait = max(wait, now.At.Sub(w.Joined))
			}
			to.put(waiting, float64(len(q.Line)), q.Name)
			to.put(longest, wait.Seconds(), q.Name)
			to.put(open, truth(q.Open), q.Name)
			to.put(offered, float64(q.Stats.Offered), q.Name)
			to.put(answered, float64(q.Stats.Answered), q.Name)
			to.put(inTime, float64(q.Stats.InTime), q.Name)
			to.put(abandoned, float64(q.Stats.Abandoned), q.Name)
			to.put(timedOut, float64(q.Stats.TimedOut), q.Name)
			to.put(refused, float64(q.Stats.Refused), q.Name)
			to.put(overflowed, float64(q.Stats.Overflowed), q.Name)
			for _, state := range states {
				to.put(agents, float64(count[q.Name][state]), q.Name, string(state))
			}
		}
	}
	return r
}

// stateIn is what an agent does as one queue sees it: who is logged off from it alone does nothing for it.
func stateIn(a queue.AgentSnapshot, queueName string) queue.State {
	if slices.Contains(a.Off, queueName) {
		return queue.LoggedOff
	}
	return a.State
}

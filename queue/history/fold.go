package history

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// FoldQueues adds figures up that as gives the same interval and name. Adding loses nothing: the waits are all there.
func FoldQueues(figures []*QueueFigures, as func(*QueueFigures) (began time.Time, name string)) []*QueueFigures {
	type waits struct{ waits, gaveUp [][]time.Duration }
	sums, runs := make(map[key]*QueueFigures), make(map[*QueueFigures]*waits)
	for _, f := range figures {
		began, name := as(f)
		k := key{began.UnixNano(), name}
		sum := sums[k]
		if sum == nil {
			sum = newQueueFigures(began, name)
			sums[k], runs[sum] = sum, new(waits)
		}
		sum.count(f)
		r := runs[sum]
		r.waits, r.gaveUp = append(r.waits, f.Waits), append(r.gaveUp, f.GaveUp)
	}
	var m merger
	for sum, r := range runs {
		sum.Waits, sum.GaveUp = m.merged(r.waits), m.merged(r.gaveUp)
	}
	return sortedQueues(sums)
}

// FoldAgents is FoldQueues for agents.
func FoldAgents(figures []*AgentFigures, as func(*AgentFigures) (began time.Time, name string)) []*AgentFigures {
	sums := make(map[key]*AgentFigures)
	for _, f := range figures {
		began, name := as(f)
		k := key{began.UnixNano(), name}
		sum := sums[k]
		if sum == nil {
			sum = newAgentFigures(began, name)
			sums[k] = sum
		}
		sum.add(f)
	}
	return sortedAgents(sums)
}

// add counts o to f, whose waits are in no order then.
func (f *QueueFigures) add(o *QueueFigures) {
	f.count(o)
	f.Waits = append(f.Waits, o.Waits...)
	f.GaveUp = append(f.GaveUp, o.GaveUp...)
}

// count counts all of o to f but the waits.
func (f *QueueFigures) count(o *QueueFigures) {
	f.Offered += o.Offered
	f.Answered += o.Answered
	f.InTime += o.InTime
	for how, n := range o.Left {
		f.Left[how] += n
	}
	f.Completed += o.Completed
	f.Transferred += o.Transferred
	f.Talk += o.Talk
	f.Rung += o.Rung
	f.Missed += o.Missed
	f.Declined += o.Declined
	f.Unreachable += o.Unreachable
	f.WrapUp += o.WrapUp
}

func (f *AgentFigures) add(o *AgentFigures) {
	f.Rung += o.Rung
	f.Answered += o.Answered
	f.Missed += o.Missed
	f.Declined += o.Declined
	f.Unreachable += o.Unreachable
	f.Released += o.Released
	f.Completed += o.Completed
	f.Transferred += o.Transferred
	f.Talk += o.Talk
	for state, d := range o.In {
		f.In[state] += d
	}
	for why, d := range o.Pauses {
		f.Pauses[why] += d
	}
}

// sortedQueues are figures by interval and name.
func sortedQueues(all map[key]*QueueFigures) []*QueueFigures {
	return slices.SortedFunc(maps.Values(all), byBeginAndQueue)
}

func sortedAgents(all map[key]*AgentFigures) []*AgentFigures {
	return slices.SortedFunc(maps.Values(all), byBeginAndAgent)
}

func byBeginAndQueue(a, b *QueueFigures) int {
	return cmp.Or(a.Began.Compare(b.Began), strings.Compare(a.Queue, b.Queue))
}

func byBeginAndAgent(a, b *AgentFigures) int {
	return cmp.Or(a.Began.Compare(b.Began), strings.Compare(a.Agent, b.Agent))
}

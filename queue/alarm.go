package queue

import (
	"container/heap"
	"time"
)

// An alarm is a moment at which an agent must be looked at again: a wrap-up or a rest ends. Alarms are
// never cancelled: looking once too often changes nothing.
type alarm struct {
	at    time.Time
	agent *agent
}

// alarms is a heap of alarms, the earliest first; see container/heap.
type alarms []alarm

func (h alarms) Len() int           { return len(h) }
func (h alarms) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h alarms) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *alarms) Push(x any)        { *h = append(*h, x.(alarm)) }
func (h *alarms) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = alarm{}
	*h = (*h)[:last]
	return x
}

func (h *alarms) set(at time.Time, a *agent) { heap.Push(h, alarm{at: at, agent: a}) }

// due takes out one alarm that is due; ok is false when there is none.
func (h *alarms) due(now time.Time) (a *agent, ok bool) {
	if len(*h) == 0 || (*h)[0].at.After(now) {
		return nil, false
	}
	return heap.Pop(h).(alarm).agent, true
}

// next is when the earliest alarm is due.
func (h alarms) next() (at time.Time, ok bool) {
	if len(h) == 0 {
		return time.Time{}, false
	}
	return h[0].at, true
}

package queue

import (
	"container/heap"
	"time"
)

// An alarm is a moment at which somebody must be looked at again: an agent whose wrap-up or rest ends, a
// caller who has waited long enough for more. Alarms are never cancelled: looking once too often changes
// nothing.
type alarm struct {
	at time.Time
	of sleeper
}

// A sleeper is an agent or a ticket. awake brings it in line with the facts of now.
type sleeper interface {
	awake(e *engine, now time.Time)
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

func (h *alarms) set(at time.Time, of sleeper) { heap.Push(h, alarm{at: at, of: of}) }

// due takes out one alarm that is due; ok is false when there is none.
func (h *alarms) due(now time.Time) (of sleeper, ok bool) {
	if len(*h) == 0 || (*h)[0].at.After(now) {
		return nil, false
	}
	return heap.Pop(h).(alarm).of, true
}

// next is when the earliest alarm is due.
func (h alarms) next() (at time.Time, ok bool) {
	if len(h) == 0 {
		return time.Time{}, false
	}
	return h[0].at, true
}

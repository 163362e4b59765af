package queue

import "time"

// A Switch opens or closes a queue by hand, whatever its hours.
type Switch string

const (
	ByHours Switch = "hours"  // as the file says
	Open    Switch = "open"   // open now
	Shut    Switch = "closed" // closed now
)

// Switches are the positions of a Switch.
var Switches = []Switch{Open, Shut, ByHours}

// closed reports whether nobody is let in at now. Who stands in line then may stay.
func (q *queue) closed(now time.Time) bool {
	switch q.switched {
	case Open:
		return false
	case Shut:
		return true
	}
	return !q.opening.Open(now)
}

// setOpen turns the switch of a queue, which need not exist: it keeps its position when the file names the queue again.
func (e *engine) setOpen(name string, to Switch, now time.Time) {
	if to == ByHours {
		delete(e.switches, name)
	} else {
		e.switches[name] = to
	}
	q := e.queues[name]
	if q == nil || q.switched == to {
		return
	}
	q.switched = to
	e.tell(Event{At: now, Kind: QueueSwitched, Queue: name, Switch: to})
	e.standKept(q, now)
	e.touch(q)
	e.follow(now)
}

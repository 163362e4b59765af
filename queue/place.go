package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// A Place is the place in line of a caller who has hung up, for whoever calls them when their turn comes: Turn, then
// the call, and when it is answered Serve with the place's name. Its methods may be called from any goroutine, Turn
// from one at a time.
type Place struct {
	floor  *Floor
	ticket *ticket
}

// Turn waits until it is their turn and an agent is reserved for them. The error says why it never will be, or is the
// cause of ctx.
func (p *Place) Turn(ctx context.Context) error {
	for {
		select {
		case <-p.ticket.wake:
		case <-p.ticket.gone:
		case <-ctx.Done():
		}
		var ours bool
		var result Result
		p.floor.locked(func(*engine, time.Time) { ours, result = p.ticket.calling, p.ticket.result })
		switch {
		case result != "":
			return fmt.Errorf("the place is given up: %s", result)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case ours:
			return nil
		}
	}
}

// Gone is closed when the queue gives the place up: they have called again, or the queue is no more.
func (p *Place) Gone() <-chan struct{} { return p.ticket.gone }

// Again says that they could not be reached. The agent is free again, and their turn comes again, at a moment or later.
func (p *Place) Again(at time.Time) {
	p.floor.do(func(e *engine, now time.Time) { e.again(p.ticket, at, now) })
}

// Leave gives up the place of somebody who could not be reached, or else is not to be called. It does nothing when they
// stand in it again.
func (p *Place) Leave(unreachable bool) {
	why := Cancelled
	if unreachable {
		why = Unreachable
	}
	p.floor.do(func(e *engine, now time.Time) {
		if p.ticket.kept {
			e.leave(p.ticket, why, now)
		}
	})
}

// Kept is the place as it is written down.
func (p *Place) Kept() (k Kept) {
	p.floor.locked(func(*engine, time.Time) {
		t := p.ticket
		k = Kept{
			Queue: t.queue.name, Call: t.Call, Caller: t.caller, Back: t.back, Joined: t.Joined, HungUp: t.hungUp,
			Priority: t.priority, Skills: t.needs.skills(),
		}
	})
	return k
}

// MarshalJSON is Kept.
func (p *Place) MarshalJSON() ([]byte, error) { return json.Marshal(p.Kept()) }

// Terms are those of the queue in which the place is.
func (p *Place) Terms() (c CallBack) {
	p.floor.locked(func(*engine, time.Time) { c = p.ticket.queue.cfg.CallBack.filled() })
	return c
}

// RestorePlaces takes up places that were kept in an earlier process, before everybody who comes in this one. from is when
// each may be called at the earliest. One whose queue is no more, or calls nobody back, is nil.
func (f *Floor) RestorePlaces(all []Kept, from []time.Time) []*Place {
	var tickets []*ticket
	f.do(func(e *engine, now time.Time) { tickets = e.restore(all, from, now) })
	places := make([]*Place, len(all))
	for i, t := range tickets {
		if t != nil {
			places[i] = &Place{floor: f, ticket: t}
		}
	}
	return places
}

// keep makes t a kept place; nil when somebody has picked up, or it is too late otherwise. out is how the visit ends then.
func (f *Floor) keep(t *ticket, back string) (p *Place, out Outcome) {
	f.do(func(e *engine, now time.Time) {
		if e.keep(t, back, now) {
			p = &Place{floor: f, ticket: t}
			out = Outcome{Result: ToBeCalled, Queue: t.queue.name, Waited: t.waited(now), Position: t.entered}
		}
	})
	return p, out
}

func (f *Floor) hungUp(t *ticket) { f.do(func(e *engine, now time.Time) { e.hungUp(t, now) }) }

func (f *Floor) unkeep(t *ticket) { f.do(func(e *engine, now time.Time) { e.unkeep(t, now) }) }

package transfer

import (
	"hatif/call"
)

// A parked call waits at a place until somebody fetches it. The script that fetches lends its leg to the parked call's,
// which owns it from then on; see Lend.
type parked struct {
	place string
	call  *call.Call
	taken chan call.Leg // capacity 1: it is fetched once, and then at no place any more
}

// Park gives a call the first of the places that is free, or the one that it has. It is false when all are taken.
// The call keeps its place until it is fetched, or Unpark.
func (b *Switchboard) Park(c *call.Call, places []string) (place string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.parkedCall(c); p != nil {
		return p.place, true
	}
	for _, place := range places {
		if b.parked[place] == nil {
			b.parked[place] = &parked{place: place, call: c, taken: make(chan call.Leg, 1)}
			return place, true
		}
	}
	return "", false
}

// parkedCall is c's place, also when it has just been fetched from there; nil: it has none. mu is held.
func (b *Switchboard) parkedCall(c *call.Call) *parked {
	for _, p := range b.parked {
		if p.call == c {
			return p
		}
	}
	return b.fetched[c]
}

// Fetched brings the leg of who fetches the call, once.
func (b *Switchboard) Fetched(c *call.Call) <-chan call.Leg {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.parkedCall(c); p != nil {
		return p.taken
	}
	return nil
}

// Unpark gives the call's place up. When somebody has fetched the call in this moment it returns their leg, which is
// the caller's of Unpark from then on.
func (b *Switchboard) Unpark(c *call.Call) call.Leg {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parkedCall(c)
	if p == nil {
		return nil
	}
	if b.parked[p.place] == p {
		delete(b.parked, p.place)
	}
	delete(b.fetched, c)
	select {
	case leg := <-p.taken:
		return leg
	default:
		return nil
	}
}

// Occupied reports whether a call is parked at the place.
func (b *Switchboard) Occupied(place string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.parked[place] != nil
}

// Fetch lends the leg of the call by, which has been answered, to the call parked at the place, and returns that
// one's id; false: nobody is parked there.
func (b *Switchboard) Fetch(place string, by *call.Call) (into string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parked[place]
	if p == nil {
		return "", false
	}
	delete(b.parked, place)
	b.fetched[p.call] = p
	p.taken <- by.Leg
	return p.call.ID, true
}

package transfer

import (
	"context"

	"hatif/call"
)

// Rings reports whether a phone rings that may be picked up.
func (b *Switchboard) Rings(may func(user string) bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.longest(may) != nil
}

// longest is the phone that has rung for the longest time; nil: none rings. mu is held.
func (b *Switchboard) longest(may func(user string) bool) *ringing {
	var first *ringing
	for r := range b.ringing {
		if may(r.user) && (first == nil || r.since.Before(first.since)) {
			first = r
		}
	}
	return first
}

// PickUp lends the leg of the call by, which has been answered, to the call for which a phone has rung the longest of
// those that may be picked up, and returns that one's id. may is called under the lock: it must not call b.
func (b *Switchboard) PickUp(by *call.Call, may func(user string) bool) (into, user string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.longest(may)
	if r == nil {
		return "", "", false
	}
	delete(b.ringing, r)
	r.taken <- by.Leg
	r.stop(call.Elsewhere)
	return r.call.ID, r.user, true
}

// Lend waits while another call has the leg of c: until it is over, or ctx ends, which hangs it up. The record of c
// goes into the other's.
func Lend(ctx context.Context, c *call.Call, into string) {
	c.Note("continues in " + into)
	c.Update(func(r *call.Record) { r.Merged = into })
	select {
	case <-c.Leg.Context().Done():
	case <-ctx.Done():
		c.Leg.Hangup(call.EndOf(ctx))
	}
}

package calltest

import (
	"context"
	"errors"
	"sync"
	"time"

	"hatif/call"
)

// A Phone is how the party of an account takes a call. The zero value rings for ever.
type Phone struct {
	AnswerAfter time.Duration // picks up after ringing so long
	Answers     bool
	Refuses     *call.Cause    // refuses after AnswerAfter with this cause: call.Busy, call.Declined
	Answered    func(leg *Leg) // told of each leg picked up that came to be, on a goroutine of the dial; may be nil
	Decide      func() *Phone  // if set, asked at each call and used instead; nil keeps this one
}

// A Network is a call.Dialer that reaches fake phones. The zero value has none: everybody is not registered.
type Network struct {
	Lines call.Lines // counts the legs of each account, as the real network does

	mu     sync.Mutex
	phones map[string]Phone // guarded by mu
	dialed []string         // guarded by mu
	legs   []*Leg           // guarded by mu
}

// Plug registers a phone for user, or replaces it.
func (n *Network) Plug(user string, p Phone) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.phones == nil {
		n.phones = make(map[string]Phone)
	}
	n.phones[user] = p
}

// Unplug unregisters user's phone.
func (n *Network) Unplug(user string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.phones, user)
}

// Dialed is every account that was dialled, in order.
func (n *Network) Dialed() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dialed...)
}

// Legs is every leg that was picked up, in order.
func (n *Network) Legs() []*Leg {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*Leg(nil), n.legs...)
}

// Inbound makes an inbound leg of user that dialled called, counted on its lines until it ends.
func (n *Network) Inbound(user, called string) *Leg {
	return n.InboundOf(call.Info{User: user, Called: called})
}

// InboundOf is Inbound for a caller of whom more is known.
func (n *Network) InboundOf(info call.Info) *Leg {
	info.Inbound = true
	l := NewLeg(info)
	l.release = n.Lines.Add(info.User)
	return l
}

// Dial implements call.Dialer.
func (n *Network) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	n.mu.Lock()
	n.dialed = append(n.dialed, to.User)
	p, registered := n.phones[to.User]
	n.mu.Unlock()
	if !registered {
		return nil, call.NotRegistered
	}
	if p.Decide != nil {
		if q := p.Decide(); q != nil {
			p = *q
		}
	}
	release := n.Lines.Add(to.User)
	if to.Ringing != nil {
		to.Ringing(to.User)
	}
	began := time.Now()
	var pickedUp <-chan time.Time
	if p.Answers || p.Refuses != nil {
		t := time.NewTimer(p.AnswerAfter)
		defer t.Stop()
		pickedUp = t.C
	}
	select {
	case <-pickedUp:
	case <-ctx.Done():
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		release()
		return nil, call.NoAnswer
	case ctx.Err() != nil:
		release()
		return nil, call.Cancelled
	case p.Refuses != nil:
		release()
		return nil, p.Refuses
	}
	leg := NewLeg(call.Info{User: to.User, Caller: as, Called: to.User, Began: began})
	leg.release = release
	leg.report.Rang, leg.report.Answered = began, time.Now()
	n.mu.Lock()
	n.legs = append(n.legs, leg)
	n.mu.Unlock()
	if to.Answering != nil {
		if err := to.Answering(); err != nil {
			leg.Hangup(call.CauseOf(err))
			return nil, err
		}
	}
	if p.Answered != nil {
		p.Answered(leg)
	}
	return leg, nil
}

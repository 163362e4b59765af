package sipleg

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
)

// A fork is one phone of the user being rung.
type fork struct {
	leg *Leg
	err error // why it did not answer; nil: it did
}

// Dial implements call.Dialer: every phone of the user rings, the first to answer wins, and the others are told
// "Call completed elsewhere". A phone that declines (6xx) declines for all of them (RFC 3261 §16.7), which they are told.
func (n *Network) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	profile, ok := n.Profile(to.User)
	if !ok {
		return nil, call.NotFound.With("there is no user %s", to.User)
	}
	contacts := n.UA.Registrar().Contacts(to.User)
	if len(contacts) == 0 {
		return nil, call.NotRegistered
	}
	// The line is taken before the first phone rings, and given back once: by the leg, or here.
	release := n.Lines.Add(to.User)

	ringing, stopRinging := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stopRinging(nil)
	defer context.AfterFunc(ctx, func() { stopRinging(whyStopped(ctx)) })()

	var alert sync.Once
	rang := func() {
		alert.Do(func() {
			if to.Ringing != nil { // on a goroutine that is not the script's
				_ = call.Contain(n.Log, "telling that "+to.User+" rings", func() error { //nolint:errcheck // it is logged, and the phone rings all the same
					to.Ringing(to.User)
					return nil
				})
			}
		})
	}
	results := make(chan fork, len(contacts)) // one each, so that no fork waits for the reader
	for _, contact := range contacts {
		go func() { results <- n.ring(ringing, contact, to, as, profile, rang) }()
	}

	var winner *Leg
	var failure *call.Cause
	for range contacts {
		f := <-results
		switch {
		case f.err == nil && winner == nil:
			winner = f.leg
			stopRinging(&sip.AnsweredElsewhere)
		case f.err == nil:
			f.leg.Hangup(call.Elsewhere)
		default:
			cause := call.CauseOf(f.err)
			failure = worse(failure, cause)
			if errors.Is(cause, call.Declined) {
				end := endFor(call.Declined, sip.ByUs) // nobody has answered: the others may list it as missed
				stopRinging(&end)
			}
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) { // whoever asked is gone: nobody would speak with the winner
		if winner != nil {
			winner.Hangup(call.EndOf(ctx))
		}
		release()
		return nil, call.Cancelled
	}
	if winner == nil {
		release()
		if ctx.Err() != nil {
			return nil, call.NoAnswer
		}
		return nil, failure
	}
	winner.own(release)
	if to.Answering != nil {
		if err := to.Answering(); err != nil {
			winner.Hangup(call.CauseOf(err))
			return nil, err
		}
		winner.dialog.Acknowledge()
	}
	return winner, nil
}

// own makes the leg answer for its line; when it is over already, the line is free at once.
func (l *Leg) own(release func()) {
	l.mu.Lock()
	over := !l.report.Ended.IsZero()
	if !over {
		l.release = release
	}
	l.mu.Unlock()
	if over {
		release()
	}
}

// whyStopped is the End with which ringing phones are cancelled when ctx is over.
func whyStopped(ctx context.Context) error {
	cause := call.EndOf(ctx)
	if errors.Is(cause, call.Elsewhere) {
		return &sip.AnsweredElsewhere
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		cause = call.NoAnswer
	}
	end := endFor(cause, sip.ByUs)
	return &end
}

// worse chooses what a failed dial reports when the phones of a user failed differently: what a person did
// before what the network did.
func worse(a, b *call.Cause) *call.Cause {
	rank := func(c *call.Cause) int {
		for i, known := range []*call.Cause{call.Declined, call.Busy, call.NoAnswer, call.Incompatible, call.Unreachable} {
			if errors.Is(c, known) {
				return i
			}
		}
		return 100
	}
	if a == nil || rank(b) < rank(a) {
		return b
	}
	return a
}

// ring calls one phone and waits for its answer. What goes wrong on the way costs this phone alone.
func (n *Network) ring(ctx context.Context, contact sip.Binding, to call.Target, as call.Identity, p Profile, rang func()) fork {
	l := &Leg{net: n, events: make(chan call.Event, call.EventBacklog), release: func() {}}
	l.info = call.Info{
		ID: n.id(), User: to.User, Caller: as, Called: to.User, Name: p.Identity.Name, Context: p.Context, Language: p.Language,
		Remote: contact.Target, Agent: contact.UserAgent, Began: time.Now(),
	}
	err := call.Contain(n.Log, "ringing "+to.User, func() error { return l.reach(ctx, contact, to, p.Laws, rang) })
	if err == nil {
		return fork{leg: l}
	}
	cause := call.CauseOf(err)
	l.giveUp(cause)
	return fork{err: cause}
}

// reach sends the INVITE and takes the answer. The error says why there is none to work with.
func (l *Leg) reach(ctx context.Context, contact sip.Binding, to call.Target, laws []media.Law, rang func()) error {
	port, err := l.net.Engine.Open(l.portOptions(laws, portOf(to.Near), addrOf(contact.Target), nil))
	if err != nil {
		return call.Congestion.With("%v", err)
	}
	l.port = port
	l.dialog, err = l.net.UA.Invite(ctx, sip.Outgoing{
		Binding: contact,
		From:    sip.Party{Number: l.info.Caller.Number, Name: l.info.Caller.Name},
		To:      sip.Party{Number: to.User, Name: l.info.Name},
		SDP:     port.Offer(),
		Headers: headers(to),
		HoldACK: to.Answering != nil,
		For:     callOf(to.Near),
	})
	if err != nil {
		return refusal(err)
	}
	l.info.CallID = l.dialog.CallID()
	l.begin(port)

	var alerted sync.WaitGroup
	settled := make(chan struct{})
	alerted.Go(func() { l.alerting(settled, rang) })
	sdp, err := l.dialog.WaitAnswer(ctx)
	close(settled)
	alerted.Wait()
	if err != nil {
		return refusal(err)
	}
	l.mu.Lock()
	l.report.Answered = time.Now()
	l.up.Store(true)
	l.mu.Unlock()
	if err := port.Accept(sdp); err != nil {
		return call.Incompatible.With("%v", err)
	}
	return nil
}

// giveUp gives back what a leg holds that did not come into being, however far it came.
func (l *Leg) giveUp(cause *call.Cause) {
	switch {
	case l.ctx != nil:
		l.Hangup(cause)
	case l.port != nil:
		l.port.Close()
		if l.dialog != nil {
			l.dialog.Bye(endFor(cause, sip.ByUs))
		}
	}
}

// alerting notes when the phone rings, until the call is settled.
func (l *Leg) alerting(settled <-chan struct{}, rang func()) {
	for {
		select {
		case p := <-l.dialog.Provisionals():
			if p.Code < 180 {
				continue
			}
			l.mu.Lock()
			if l.report.Rang.IsZero() {
				l.report.Rang = time.Now()
			}
			l.mu.Unlock()
			rang()
		case <-settled:
			return
		}
	}
}

// refusal is why a phone did not answer.
func refusal(err error) *call.Cause {
	var refused *sip.Refused
	var end *sip.End
	switch {
	case errors.As(err, &refused):
		c := *causeOfStatus(refused.Code)
		c.Text = fmt.Sprintf("%d %s", refused.Code, refused.Reason)
		return &c
	case errors.As(err, &end):
		return causeOf(end)
	}
	return call.CauseOf(err)
}

func headers(to call.Target) map[string][]string {
	if to.Language == "" {
		return to.Headers
	}
	h := map[string][]string{"Accept-Language": {to.Language}}
	for name, values := range to.Headers {
		h[name] = values
	}
	return h
}

func portOf(near call.Leg) *media.Port {
	if l, ok := near.(*Leg); ok {
		return l.port
	}
	return nil
}

// callOf is the Call-ID of a leg; "" of none.
func callOf(near call.Leg) string {
	if l, ok := near.(*Leg); ok {
		return l.dialog.CallID()
	}
	return ""
}

// addrOf is the address in "host:port"; the zero address when it is a name.
func addrOf(hostPort string) netip.Addr {
	ap, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr()
}

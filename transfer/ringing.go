package transfer

import (
	"context"
	"errors"
	"time"

	"hatif/call"
)

// ringing is a person being dialled for somebody who may be given another one's phone instead, or be replaced
// themselves.
type ringing struct {
	user  string
	since time.Time // zero: it does not ring yet
	stop  context.CancelCauseFunc
	taken chan call.Leg // capacity 1: it is picked up once

	call *call.Call // guarded by Switchboard.mu: for whom
	heir *dial      // guarded by Switchboard.mu: gets what comes of it in the place of Dial's caller; nil: nobody
}

// Dial is d.Dial for a call, on the goroutine of its script, whose ringing phone others may pick up: the leg it returns may be theirs, look whose. And
// the call's caller may be replaced meanwhile (see adopt): their leg is over then.
func (b *Switchboard) Dial(ctx context.Context, d call.Dialer, c *call.Call, to call.Target, as call.Identity) (call.Leg, error) {
	return b.dial(ctx, d, c, to, as, true)
}

// Dialer is d for a call whose ringing phones others may pick up. The call's caller keeps their place.
func (b *Switchboard) Dialer(d call.Dialer, c *call.Call) call.Dialer { return dialer{b, d, c} }

type dialer struct {
	board *Switchboard
	call.Dialer
	call *call.Call
}

func (d dialer) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	return d.board.dial(ctx, d.Dialer, d.call, to, as, false)
}

// dial is Dial; adoptable: the caller may be replaced.
func (b *Switchboard) dial(ctx context.Context, d call.Dialer, c *call.Call, to call.Target, as call.Identity, adoptable bool) (call.Leg, error) {
	// What the phone rings for may outlive the one for whom it began to.
	dialling, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	if deadline, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		dialling, cancel = context.WithDeadline(dialling, deadline)
		defer cancel()
	}
	r := &ringing{user: to.User, call: c, stop: stop, taken: make(chan call.Leg, 1)}
	defer context.AfterFunc(ctx, func() { b.abandoned(r, ctx) })()
	if adoptable {
		b.dials(r)
	}
	tell := to.Ringing
	to.Ringing = func(user string) {
		b.rings(r)
		if tell != nil {
			tell(user)
		}
	}
	var leg call.Leg
	err := call.Contain(c.Log, "dialling "+to.User, func() (err error) {
		leg, err = d.Dial(dialling, to, as)
		return err
	})
	heir := b.quiet(r)
	select {
	case picked := <-r.taken:
		if err == nil { // both at once
			leg.Hangup(call.Elsewhere)
		}
		leg, err = picked, nil
	default:
	}
	if heir == nil {
		return leg, err
	}
	heir.settle(dialling, leg, err)
	<-c.Leg.Context().Done() // the heir hangs it up
	return nil, call.Cancelled.With("somebody else has taken the place of the caller")
}

// abandoned ends the dialling when whoever asked for it is gone, unless somebody has taken their place.
func (b *Switchboard) abandoned(r *ringing, ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.heir == nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) { // the deadline is the dialling's own, too
		r.stop(context.Cause(ctx))
	}
}

func (b *Switchboard) dials(r *ringing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dialling[r.call.Leg.Info().ID] = r
}

func (b *Switchboard) rings(r *ringing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.since = time.Now()
	b.ringing[r] = true
}

// quiet is the end of the ringing: nobody can pick it up any more. It returns who gets what came of it; nil: who dialled.
func (b *Switchboard) quiet(r *ringing) *dial {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ringing, r)
	for leg, other := range b.dialling {
		if other == r {
			delete(b.dialling, leg)
		}
	}
	return r.heir
}

// adopt puts c in the place of the call that leg has made and that dials somebody; nil: it does not. The caller hangs
// leg up at once, and joins the dial that it gets.
func (b *Switchboard) adopt(c *call.Call, leg call.Leg) (d *dial, from *call.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.dialling[leg.Info().ID]
	if r == nil || r.heir != nil || leg.Context().Err() != nil {
		return nil, nil
	}
	delete(b.dialling, leg.Info().ID)
	from = r.call
	began := from.Snapshot().Began
	d = &dial{
		stop: func() { r.stop(call.Cancelled) }, ringing: make(chan struct{}, 1), done: make(chan struct{}),
		rung: call.LegRecord{ID: from.ID + "/dial", User: r.user, Party: call.Identity{Number: r.user}, Began: began, Rang: r.since},
	}
	r.heir, r.call = d, c
	return d, from
}

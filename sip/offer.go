package sip

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// offered takes a re-INVITE or UPDATE of the party, on the socket's reader: whether it comes at a time when it can be
// served is decided in the order of arrival (RFC 3261 §14.2, RFC 3311 §5.2).
func (d *Dialog) offered(req *sip.Request, from flow, tx *serverTx) {
	sdp, ok := sessionBody(req)
	invite, hasOffer := req.Method == sip.INVITE, sdp != nil || !ok
	d.mu.Lock()
	code := 0
	switch {
	case !invite && !hasOffer:
		// A refresh of the target or of the session: always in order.
	case d.state == early || d.answering:
		code = sip.StatusInternalServerError
	case d.offering:
		code = sip.StatusRequestPending
	default:
		d.answering = true
	}
	if code == 0 && invite {
		d.stopAck(true) // our last 200 has arrived, since the party goes on
	}
	d.mu.Unlock()
	switch code {
	case sip.StatusInternalServerError:
		d.refuse(req, tx, code, retryAfterSeconds(rand.IntN(11)))
		return
	case sip.StatusRequestPending:
		d.refuse(req, tx, code)
		return
	}
	if invite { // before anybody can answer it
		d.ua.reply(tx, d.ua.response(req, sip.StatusTrying))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enqueue(func() { d.serveOffer(req, from, tx, invite || hasOffer) })
}

// serveOffer answers a re-INVITE or UPDATE on the dialog's goroutine. offer is false for a mere refresh.
func (d *Dialog) serveOffer(req *sip.Request, from flow, tx *serverTx, offer bool) {
	defer d.ua.answerPanic(req, tx)
	// The party may make its next offer as soon as it has the answer to this one.
	finish := sync.OnceFunc(func() {
		if offer {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.answering = false
			d.wake()
		}
	})
	defer finish()
	reply := func(res *sip.Response) {
		finish()
		d.ua.reply(tx, res)
	}
	sdp, ok := sessionBody(req)
	if !ok {
		reply(d.ua.unsupportedType(req))
		return
	}
	if res := d.ua.tooBrief(req); res != nil {
		reply(res)
		return
	}
	d.mu.Lock()
	f := d.onOffer
	d.mu.Unlock()
	var answer []byte
	if offer {
		if f == nil {
			reply(d.ua.response(req, sip.StatusNotAcceptableHere))
			return
		}
		var err error
		if answer, err = f(sdp); err != nil {
			d.ua.log.Debug("offer refused", "call_id", d.callID, "error", err)
			reply(d.ua.response(req, sip.StatusNotAcceptableHere, sip.NewHeader("Warning", `399 hatif "`+quoteName(err.Error())+`"`)))
			return
		}
	}
	res := d.ua.response(req, sip.StatusOK)
	d.mu.Lock()
	if d.state == ended { // RFC 3261 §15.1.2: a BYE was faster
		d.mu.Unlock()
		reply(d.ua.response(req, sip.StatusRequestTerminated))
		return
	}
	d.heard(req, from)
	res.AppendHeader(d.ua.contact(d.local.Address.User, d.peer))
	for _, h := range d.acceptSession(req) {
		res.AppendHeader(h)
	}
	if answer != nil {
		d.localSDP = answer
	}
	if req.Method == sip.INVITE {
		d.awaitAck(tx, req.CSeq().SeqNo, false, sdp == nil)
	}
	d.mu.Unlock()
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	res.AppendHeader(sip.NewHeader("Supported", supported))
	reply(withSDP(res, answer))
}

// turn waits until no offer is under way and takes the turn for ours.
func (d *Dialog) turn(ctx context.Context) error {
	for {
		d.mu.Lock()
		switch {
		case d.state == ended:
			end := d.end
			d.mu.Unlock()
			return end
		case d.state == early:
			d.mu.Unlock()
			return errorf("sip: call %s is not answered", d.callID)
		case !d.offering && !d.answering && d.ack == nil:
			d.offering = true
			d.mu.Unlock()
			return nil
		}
		if d.changed == nil {
			d.changed = make(chan struct{})
		}
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// release gives the turn back.
func (d *Dialog) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = false
	d.wake()
}

// Reinvite offers sdp in a re-INVITE and returns the answer. It waits for its turn while another offer is under way
// and tries again when both sides asked at once (491, RFC 3261 §14.1). A *Refused leaves the session as it was,
// except 408 and 481, which end the dialog. When ctx ends first, the re-INVITE is cancelled.
func (d *Dialog) Reinvite(ctx context.Context, sdp []byte) (answer []byte, err error) {
	raised := false
	for {
		if err := d.turn(ctx); err != nil {
			return nil, err
		}
		res, err := d.reinvite(ctx, sdp)
		switch {
		case err != nil:
			return nil, err
		case res.IsSuccess():
			answer, _ = sessionBody(res)
			return answer, nil
		case res.StatusCode == 422 && !raised:
			d.mu.Lock()
			raised = d.session.raise(res, d.ua.config.SessionExpires)
			d.mu.Unlock()
			if !raised {
				return nil, refusedBy(res)
			}
		case res.StatusCode == sip.StatusRequestPending:
			if err := d.yield(ctx); err != nil {
				return nil, err
			}
		default:
			return nil, d.lost(res, nil)
		}
	}
}

// yield waits the random time that lets the other side of a glare go first: longer for the one who made the Call-ID
// (RFC 3261 §14.1). T1 scales it, as it does all timers.
func (d *Dialog) yield(ctx context.Context) error {
	steps := rand.IntN(201) // 0 to 2 s
	if !d.inbound {
		steps = 210 + rand.IntN(191) // 2.1 to 4 s
	}
	timer := time.NewTimer(time.Duration(steps) * d.ua.t1 / 50)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-d.ctx.Done():
		return context.Cause(d.ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reinvite sends one re-INVITE and waits for its final response; the turn is given back when that is there.
func (d *Dialog) reinvite(ctx context.Context, sdp []byte) (*sip.Response, error) {
	type outcome struct {
		res *sip.Response
		err error
	}
	done := make(chan outcome, 1) // the first final response; later 2xx are retransmissions
	var over atomic.Bool
	handle := func(res *sip.Response, err error) {
		switch {
		case err == nil && res.StatusCode < 200:
			return
		case over.Swap(true):
			if err == nil {
				d.acknowledgeAgain(res)
			}
			return
		}
		success := err == nil && res.IsSuccess()
		d.mu.Lock()
		if success && d.state != ended {
			d.heard(res, d.peer)
			d.startSession(res)
			d.localSDP = sdp
		}
		d.offering = false // the party may make an offer as soon as it has the ACK
		d.mu.Unlock()
		if success {
			d.sendAck(res.CSeq().SeqNo, nil)
		}
		d.mu.Lock()
		d.wake()
		d.mu.Unlock()
		done <- outcome{res, err}
	}
	d.mu.Lock()
	req := d.newRequest(sip.INVITE)
	for _, h := range d.session.request("") {
		req.AppendHeader(h)
	}
	f, p, err := d.hop()
	d.mu.Unlock()
	if err == nil && !f.valid() {
		f, err = d.ua.reach(ctx, p)
	}
	if err != nil {
		d.release()
		return nil, d.lost(nil, err)
	}
	d.address(req, f)
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("Supported", supported))
	tx, err := d.ua.request(withSDP(req, sdp), f, handle)
	if err != nil {
		d.release()
		return nil, d.lost(nil, err)
	}
	select {
	case o := <-done:
		if o.err != nil {
			return nil, d.lost(nil, o.err)
		}
		return o.res, nil
	case <-d.ctx.Done():
		return nil, context.Cause(d.ctx)
	case <-ctx.Done():
		tx.cancel("")
		return nil, context.Cause(ctx)
	}
}

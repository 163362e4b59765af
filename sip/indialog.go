package sip

import (
	"context"
	"errors"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// ask sends a request of the dialog and waits for its final response. When ctx ends first, the error is its cause;
// when the party says that it does not know the dialog, or nothing at all, the dialog ends (RFC 3261 §12.2.1.2).
func (d *Dialog) ask(ctx context.Context, method sip.RequestMethod, build func(*sip.Request)) (*sip.Response, error) {
	type outcome struct {
		res *sip.Response
		err error
	}
	done := make(chan outcome, 1) // one final response, which nobody may be waiting for any more
	d.send(method, build, func(res *sip.Response, err error) {
		if err != nil || res.StatusCode >= 200 {
			done <- outcome{res, err}
		}
	})
	select {
	case o := <-done:
		return o.res, d.lost(o.res, o.err)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-d.ctx.Done():
		return nil, context.Cause(d.ctx)
	}
}

// lost ends the dialog when a response, or its absence, says that the party does not know it any more. It returns
// the error that the request ended with: nil after a 2xx, else a *Refused or the *End.
func (d *Dialog) lost(res *sip.Response, err error) error {
	code, why := sip.StatusRequestTimeout, "no answer within the dialog"
	switch {
	case err == nil && res.IsSuccess():
		return nil
	case err == nil && res.StatusCode != sip.StatusRequestTimeout && res.StatusCode != sip.StatusCallTransactionDoesNotExists:
		return refusedBy(res)
	case err == nil:
		code, why = res.StatusCode, res.Reason
	case !errors.Is(err, errTimeout):
		why = err.Error()
	}
	d.hangUp(End{Code: code, Q850: q850Of(code), Reason: why, By: ByNetwork})
	return d.End()
}

// receive takes a request of the dialog on the socket's reader.
func (d *Dialog) receive(req *sip.Request, from flow, tx *serverTx) {
	if res := d.stranger(req, from); res != nil {
		d.ua.reply(tx, res)
		return
	}
	seq := req.CSeq().SeqNo
	d.mu.Lock()
	if d.state == ended && req.Method != sip.BYE {
		d.mu.Unlock()
		d.refuse(req, tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	if d.remoteSeq != 0 && seq <= d.remoteSeq { // RFC 3261 §12.2.2: it came too late
		d.mu.Unlock()
		d.refuse(req, tx, sip.StatusInternalServerError)
		return
	}
	d.remoteSeq = seq
	d.mu.Unlock()
	switch req.Method {
	case sip.BYE:
		d.byed(req, tx)
	case sip.INVITE, sip.UPDATE:
		d.offered(req, from, tx)
	case sip.INFO, sip.REFER:
		d.mu.Lock()
		d.enqueue(func() {
			defer d.ua.answerPanic(req, tx)
			if req.Method == sip.INFO {
				d.info(req, tx)
			} else {
				d.refer(req, tx)
			}
		})
		d.mu.Unlock()
	case sip.OPTIONS:
		d.ua.reply(tx, d.ua.capabilities(req))
	case sip.NOTIFY, sip.SUBSCRIBE: // no subscription of ours, none that we serve (RFC 6665 §4.1.3, §4.2.1.3)
		d.ua.reply(tx, d.ua.response(req, 489, sip.NewHeader("Allow-Events", allowedEvents)))
	default:
		d.ua.reply(tx, d.ua.response(req, sip.StatusMethodNotAllowed, sip.NewHeader("Allow", allowed)))
	}
}

// stranger challenges a request that names the dialog but comes from another host than the party: a phone that has
// moved can prove who it is. Behind proxies the host says nothing.
func (d *Dialog) stranger(req *sip.Request, from flow) *sip.Response {
	host := from.remote.Addr()
	d.mu.Lock()
	ours := len(d.routes) > 0 || host == d.peer.remote.Addr()
	if p, err := placeOf(&d.target); err == nil && !ours {
		contact, literal := p.literal()
		ours = literal && contact.Addr() == host
	}
	if ours && len(d.routes) == 0 {
		d.peer = from // a new connection, another port of its NAT
	}
	d.mu.Unlock()
	if ours {
		return nil
	}
	account, res := d.ua.auth.Authenticate(req)
	if res == nil && (account.User == "" || account.User != d.account.User) {
		res = d.ua.response(req, sip.StatusForbidden)
	}
	if res == nil {
		d.mu.Lock()
		d.peer = from
		d.mu.Unlock()
	}
	return res
}

// refuse answers a request of the dialog with a bare status.
func (d *Dialog) refuse(req *sip.Request, tx *serverTx, code int, extra ...sip.Header) {
	d.ua.reply(tx, d.ua.response(req, code, extra...))
}

// byed takes the party's BYE.
func (d *Dialog) byed(req *sip.Request, tx *serverTx) {
	d.ua.reply(tx, d.ua.response(req, sip.StatusOK))
	d.mu.Lock()
	wasEarly := d.state == early
	first := d.finishLocked(endBy(req, sip.StatusOK))
	d.stopAck(false)
	d.byeDue, d.ackDue = nil, false // there is nobody left to be told
	invite := d.clientTx
	d.mu.Unlock()
	if first && wasEarly && d.inbound { // RFC 3261 §15.1.2
		d.ua.reply(d.serverTx, d.ua.response(d.invite, sip.StatusRequestTerminated))
	} else if first && wasEarly && invite != nil {
		invite.cancel("")
	}
	d.over()
}

// Bye ends the dialog with BYE and end in a Reason header; end.By is ByUs when empty. The context is over when it
// returns; the party's consent is not waited for. An inbound call whose ACK is still out gets its BYE when the ACK
// comes (RFC 3261 §15). On a dialog that was never answered it is Reject or Cancel. Only the first end counts.
func (d *Dialog) Bye(end End) { d.hangUp(end) }

func (d *Dialog) hangUp(end End) {
	if end.By == "" {
		end.By = ByUs
	}
	if end.Code == 0 {
		end.Code = sip.StatusOK
	}
	if end.Q850 == 0 {
		end.Q850 = 16
	}
	d.mu.Lock()
	for d.state == early { // what is early may be answered the next moment
		d.mu.Unlock()
		if d.inbound && d.reject(end) || !d.inbound && d.giveUp(end) {
			return
		}
		d.mu.Lock()
	}
	was := d.state
	first := d.finishLocked(end)
	if first && d.ack != nil && d.ack.initial {
		d.byeDue = &end
		was = ended
	}
	d.mu.Unlock()
	if !first {
		return
	}
	if was != ended {
		d.Acknowledge()
		d.sendBye(end)
	}
	d.over()
}

// sendBye sends BYE. Whatever the answer, the dialog is over (RFC 3261 §15.1.1).
func (d *Dialog) sendBye(end End) {
	d.send(sip.BYE, func(req *sip.Request) {
		if reason := reasonHeader(end); reason != "" {
			req.AppendHeader(sip.NewHeader("Reason", reason))
		}
	}, func(_ *sip.Response, err error) {
		if err != nil {
			d.ua.log.Debug("BYE not answered", "call_id", d.callID, "error", err)
		}
	})
}

// heard takes what every request and response of the party that makes or refreshes a dialog tells: its Contact,
// where it really is, what it can do. mu is held.
func (d *Dialog) heard(m sip.Message, from flow) {
	d.path.heard(m, from)
	d.learn(m)
}

// learn takes what a message of the party tells of its abilities. mu is held.
func (d *Dialog) learn(m sip.Message) {
	for _, v := range values(m, "user-agent", "server") {
		d.agent = v
	}
	if len(m.GetHeaders("allow")) > 0 {
		d.session.update = listed(m, "UPDATE", "allow")
	}
}

func retryAfterSeconds(n int) sip.Header { return sip.NewHeader("Retry-After", strconv.Itoa(n)) }

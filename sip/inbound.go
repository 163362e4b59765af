package sip

import (
	"context"
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
)

// invited takes an INVITE that begins a dialog, from an account that has been asked. It returns nil when the INVITE
// has been refused or cancelled.
func (ua *UA) invited(req *sip.Request, from flow, tx *serverTx, account Account) *Dialog {
	base := ua.running()
	if base == nil || ua.draining.Load() {
		ua.reply(tx, ua.response(req, sip.StatusServiceUnavailable, ua.retryAfter()))
		return nil
	}
	tag, _ := req.From().Params.Get("tag")
	if contact := req.Contact(); tag == "" || contact == nil || contact.Address.Wildcard { // RFC 3261 §8.1.1.3, §8.1.1.8
		ua.reply(tx, ua.response(req, sip.StatusBadRequest))
		return nil
	}
	if ua.txs.merged(tx, mergeKey{req.CallID().Value(), tag, req.CSeq().SeqNo}) { // RFC 3261 §8.2.2.2
		ua.reply(tx, ua.response(req, sip.StatusLoopDetected))
		return nil
	}
	offer, ok := sessionBody(req)
	if !ok {
		ua.reply(tx, ua.unsupportedType(req))
		return nil
	}
	replaces, ok := replacesOf(req)
	if !ok {
		ua.reply(tx, ua.response(req, sip.StatusBadRequest))
		return nil
	}
	if res := ua.tooBrief(req); res != nil {
		ua.reply(tx, res)
		return nil
	}
	d := ua.newDialog(base)
	d.inbound, d.account, d.invite, d.offer, d.replaces, d.serverTx = true, account, req, offer, replaces, tx
	d.from = Party{userOf(&req.From().Address), unquoteName(req.From().DisplayName)}
	d.to = Party{userOf(&req.To().Address), unquoteName(req.To().DisplayName)}
	d.called = userOf(&req.Recipient)
	d.message = req
	d.begin(req, from)
	d.learn(req)
	d.trace = ua.traces.hold(d.callID, "")
	ua.dialogs.add(d)
	ua.reply(tx, ua.response(req, sip.StatusTrying))
	if cancel := tx.setOnCancel(d.cancelled); cancel != nil {
		d.cancelled(cancel)
		return nil
	}
	d.expireLater()
	return d
}

// introduce gives a new inbound dialog to whoever takes calls.
func (d *Dialog) introduce() {
	f := d.ua.onInvite.Load()
	if f == nil || *f == nil {
		d.Reject(End{Code: sip.StatusTemporarilyUnavailable, Q850: 31})
		return
	}
	defer func() {
		if p := recover(); p != nil {
			d.Bye(End{Code: sip.StatusInternalServerError, Q850: 41, Reason: "internal error"})
			panic(p) // contain logs it
		}
	}()
	(*f)(d)
}

// cancelled takes the party's CANCEL (RFC 3261 §9.2). When an answer has been given, it comes too late.
func (d *Dialog) cancelled(req *sip.Request) {
	d.mu.Lock()
	first := d.state == early && d.finishLocked(endBy(req, sip.StatusRequestTerminated))
	d.mu.Unlock()
	if !first {
		return
	}
	d.refuse(d.invite, d.serverTx, sip.StatusRequestTerminated)
	d.over()
}

// Ring sends 180. On a dialog that is not waiting for an answer it does nothing.
func (d *Dialog) Ring() error { return d.Progress(sip.StatusRinging, nil) }

// Progress sends a provisional response, 101 to 199, with a session description when sdp is not nil. On a dialog
// that is not waiting for an answer it does nothing.
func (d *Dialog) Progress(code int, sdp []byte) error {
	if code <= 100 || code >= 200 || !d.inbound {
		return errorf("sip: %d is no provisional response to an inbound call", code)
	}
	d.mu.Lock()
	waiting, peer := d.state == early, d.peer
	d.mu.Unlock()
	if !waiting {
		return nil
	}
	res := d.ua.response(d.invite, code, d.ua.contact(escapeUser(d.called), peer), sip.NewHeader("Allow", allowed))
	if err := d.serverTx.respond(withSDP(res, sdp)); !errors.Is(err, errAnswered) { // refused or answered meanwhile
		return err
	}
	return nil
}

// An ackWait is a 2xx of ours that is sent again until its ACK comes (RFC 3261 §13.3.1.4), over TCP as well.
type ackWait struct {
	tx       *serverTx
	seq      uint32 // the INVITE's CSeq, and the ACK's
	initial  bool   // the INVITE that made the dialog
	offered  bool   // our SDP was an offer: the ACK has the answer
	alarm    alarm
	interval time.Duration
	deadline time.Time
	done     chan struct{} // closed when the ACK is here, or will not come
	acked    bool          // it is here; written before done is closed
	answer   []byte        // what it carried; written before done is closed
}

// awaitAck begins to repeat the 2xx that was just sent in tx. mu is held.
func (d *Dialog) awaitAck(tx *serverTx, seq uint32, initial, offered bool) *ackWait {
	d.stopAck(true) // a re-INVITE of a party that has our 200 but never acknowledged it
	w := &ackWait{
		tx: tx, seq: seq, initial: initial, offered: offered, done: make(chan struct{}),
		interval: d.ua.t1, deadline: time.Now().Add(d.ua.timeout()),
	}
	d.ack = w
	w.alarm.set(d.ua, w.interval, func() { d.ackLate(w) })
	return w
}

// stopAck ends the repetition, because the ACK is here or because the dialog is over. mu is held.
func (d *Dialog) stopAck(acked bool) {
	if d.ack == nil {
		return
	}
	d.ack.acked = acked
	d.ack.alarm.stop()
	close(d.ack.done)
	d.ack = nil
	d.wake()
}

func (d *Dialog) ackLate(w *ackWait) {
	d.mu.Lock()
	if d.ack != w || !w.alarm.due() {
		d.mu.Unlock()
		return
	}
	if time.Now().Before(w.deadline) {
		w.interval = min(2*w.interval, d.ua.t2())
		w.alarm.set(d.ua, min(w.interval, max(time.Until(w.deadline), 0)), func() { d.ackLate(w) })
		d.mu.Unlock()
		w.tx.resend()
		return
	}
	// RFC 3261 §13.3.1.4: no ACK in 64*T1: the session is to be ended with BYE.
	end := End{Code: sip.StatusRequestTimeout, Q850: 102, Reason: ReasonNoAck, By: ByNetwork}
	first := d.finishLocked(end)
	if d.byeDue != nil {
		end = *d.byeDue
	}
	due := first || d.byeDue != nil
	d.byeDue = nil
	d.stopAck(false)
	d.mu.Unlock()
	if due {
		d.sendBye(end)
	}
	if due || first {
		d.over()
	}
}

// acked takes an ACK, on the socket's reader.
func (d *Dialog) acked(req *sip.Request) {
	sdp, ok := sessionBody(req)
	if !ok {
		sdp = nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.ack
	if w == nil || req.CSeq().SeqNo != w.seq {
		return
	}
	w.answer = sdp
	if d.state == answered {
		d.state = confirmed
	}
	onAnswer := d.onAnswer
	d.stopAck(true)
	if w.offered && !w.initial && sdp != nil && onAnswer != nil && d.state == confirmed {
		d.enqueue(func() { onAnswer(sdp) })
	}
	if d.byeDue != nil { // RFC 3261 §15: not before the ACK
		end := *d.byeDue
		d.byeDue = nil
		if !d.ua.spawn(func() { d.sendBye(end); d.over() }) {
			d.ua.log.Debug("BYE not sent", "call_id", d.callID)
		}
	}
}

// Answer takes the call: 200 with sdp, sent again until the ACK comes (RFC 3261 §13.3.1.4). It returns when the ACK
// is there, with the answer that it carried when the INVITE had no offer (sdp is then our offer). ctx ends only the
// wait: the call stays answered, and Bye is due. It is an *End when the dialog ended first: the caller gave up, or
// there was no ACK. A dialog is answered once.
func (d *Dialog) Answer(ctx context.Context, sdp []byte) (late []byte, err error) {
	if !d.inbound {
		return nil, errorf("sip: an outbound call is answered by the party")
	}
	res := d.ua.response(d.invite, sip.StatusOK)
	d.mu.Lock()
	switch d.state {
	case ended:
		d.mu.Unlock()
		return nil, d.End()
	case answered, confirmed:
		d.mu.Unlock()
		return nil, errorf("sip: call %s is answered already", d.callID)
	}
	d.state, d.localSDP = answered, sdp
	d.expiry.stop()
	res.AppendHeader(d.ua.contact(escapeUser(d.called), d.peer))
	for _, h := range d.acceptSession(d.invite) {
		res.AppendHeader(h)
	}
	w := d.awaitAck(d.serverTx, d.invite.CSeq().SeqNo, true, d.offer == nil)
	d.mu.Unlock()
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	res.AppendHeader(sip.NewHeader("Supported", supported))
	if err := d.serverTx.respond(withSDP(res, sdp)); err != nil { // the UA is closing
		d.mu.Lock()
		d.stopAck(false)
		d.mu.Unlock()
		return nil, err
	}
	select {
	case <-w.done:
		if !w.acked { // whoever says so is about to end the dialog
			<-d.ctx.Done()
		}
	case <-d.ctx.Done():
	case <-ctx.Done():
	}
	switch { // several may be done at once
	case d.ctx.Err() != nil:
		return nil, context.Cause(d.ctx)
	case closed(w.done) && w.acked:
		return w.answer, nil
	default:
		return nil, context.Cause(ctx)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Reject refuses an inbound call that was not answered with end.Code (300 to 699; else 480), its Q850 in a Reason
// header. It does nothing when the call is over or answered.
func (d *Dialog) Reject(end End) { d.reject(end) }

// Redirect refuses an inbound call with 302 and contacts to try instead.
func (d *Dialog) Redirect(contacts ...string) {
	var headers []sip.Header
	for _, c := range contacts {
		headers = append(headers, sip.NewHeader("Contact", "<"+c+">"))
	}
	d.reject(End{Code: sip.StatusMovedTemporarily, Q850: 23}, headers...)
}

// reject reports whether the call was still unanswered.
func (d *Dialog) reject(end End, extra ...sip.Header) bool {
	if end.Code < 300 || end.Code > 699 {
		end.Code = sip.StatusTemporarilyUnavailable
	}
	if end.By == "" {
		end.By = ByUs
	}
	if end.Q850 == 0 {
		end.Q850 = q850Of(end.Code)
	}
	d.mu.Lock()
	first := d.inbound && d.state == early && d.finishLocked(end)
	d.mu.Unlock()
	if !first {
		return false
	}
	extra = append(extra, sip.NewHeader("Reason", reasonHeader(end)))
	if end.Code == sip.StatusServiceUnavailable {
		extra = append(extra, d.ua.retryAfter())
	}
	d.refuse(d.invite, d.serverTx, end.Code, extra...)
	d.over()
	return true
}

package sip

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Outgoing is a call to be made.
type Outgoing struct {
	Binding Binding             // the phone to ring; its zero value: URI
	URI     string              // where there is no binding: "sip:user@host:port;transport=tcp"
	From    Party               // who calls, shown on the phone's display
	To      Party               // the To header; a zero Number is that of the URI
	SDP     []byte              // our offer; it must not be empty
	Headers map[string][]string // further headers: Alert-Info

	// For is the Call-ID of the call that this one is made for, whose trace it is in; "": none.
	For string

	// HoldACK leaves it to Acknowledge to tell the party that its answer has arrived. Until then the party repeats the
	// answer (RFC 3261 §13.3.1.4) and has no session.
	HoldACK bool
}

// Invite sends an INVITE and returns at once. ctx limits only the look-up of the address and a TCP connection
// that must be made first; WaitAnswer waits for the answer. The caller ends the dialog. Errors: the URI is no SIP
// address, the offer is missing, or the INVITE could not be sent (a *Refused with 503).
func (ua *UA) Invite(ctx context.Context, o Outgoing) (*Dialog, error) {
	base := ua.running()
	if base == nil {
		return nil, &Refused{Code: sip.StatusServiceUnavailable, Q850: 41, Reason: errNotServed.Error()}
	}
	if len(o.SDP) == 0 {
		return nil, errorf("sip: a call needs an offer")
	}
	text := cmp.Or(o.Binding.URI, o.URI)
	uri, p, err := whereIs(o.Binding, text)
	if err != nil {
		return nil, errorf("sip: call %q: %w", text, err)
	}
	f, err := ua.reach(ctx, p)
	if err != nil {
		return nil, &Refused{Code: sip.StatusServiceUnavailable, Q850: 27, Reason: err.Error()}
	}
	d := ua.newDialog(base)
	d.account = Account{User: o.Binding.User}
	d.callID, d.offer, d.localSDP = token(), o.SDP, o.SDP
	d.provisionals, d.answer = make(chan Provisional, provisionalBacklog), make(chan struct{})
	d.from, d.to, d.called = o.From, o.To, unescapeUser(uri.User)
	if d.to.Number == "" {
		d.to.Number = d.called
	}
	d.target, d.peer, d.holdsACK = uri, f, o.HoldACK
	d.name(d.from, d.to)
	d.trace = ua.traces.hold(d.callID, o.For)
	ua.dialogs.add(d)
	if err := d.sendInvite(o.Headers); err != nil {
		d.finish(End{Code: sip.StatusServiceUnavailable, Q850: 27, Reason: err.Error(), By: ByNetwork})
		return nil, &Refused{Code: sip.StatusServiceUnavailable, Q850: 27, Reason: err.Error()}
	}
	return d, nil
}

// whereIs reads the URI of a phone, and the place where it is reached: where it registered from, or what its URI says.
func whereIs(b Binding, text string) (uri sip.Uri, p place, err error) {
	if err = sip.ParseUri(text, &uri); err != nil {
		return uri, p, err
	}
	uri.Headers = nil // of no use in a Request-URI (RFC 3261 §19.1.1)
	if b.Target != "" {
		p, err = parseTarget(b.Transport, b.Target)
	} else {
		p, err = placeOf(&uri)
	}
	return uri, p, err
}

// sendInvite sends the INVITE, or the next one when the first asked for too short a session.
func (d *Dialog) sendInvite(extra map[string][]string) error {
	d.mu.Lock()
	req := d.newRequest(sip.INVITE)
	f := d.peer
	for _, h := range d.session.request("") {
		req.AppendHeader(h)
	}
	d.mu.Unlock()
	d.address(req, f)
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("Supported", supported))
	for name, vs := range extra {
		for _, v := range vs {
			if name == "" || strings.ContainsAny(name, ": \t\r\n\x00") || strings.ContainsAny(v, "\r\n\x00") {
				return errorf("sip: header %q cannot be sent", name)
			}
			req.AppendHeader(sip.NewHeader(name, v))
		}
	}
	withSDP(req, d.offer)
	d.mu.Lock()
	d.invite = req
	d.mu.Unlock()
	tx, err := d.ua.request(req, f, func(res *sip.Response, err error) { d.invited(res, err, extra) })
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.clientTx = tx
	over, reason := d.state == ended, ""
	if over {
		reason = reasonHeader(*d.end)
	}
	d.mu.Unlock()
	if over { // Cancel came while we were sending
		tx.cancel(reason)
	}
	return nil
}

// Provisionals delivers what the called party says before it answers. The socket's reader fills it; when nobody
// reads, the oldest give way. It is never closed; on an inbound dialog it is nil.
func (d *Dialog) Provisionals() <-chan Provisional { return d.provisionals }

// A Provisional is a response before the final one.
type Provisional struct {
	Code int    // 101 to 199
	SDP  []byte // early media; nil when there is none
}

// invited takes a response to our INVITE, on the socket's reader, or why there is none.
func (d *Dialog) invited(res *sip.Response, err error, extra map[string][]string) {
	switch {
	case err != nil:
		refused := &Refused{Code: sip.StatusServiceUnavailable, Q850: 27, Reason: err.Error()}
		if errors.Is(err, errTimeout) { // RFC 3261 §8.1.3.1
			refused = &Refused{Code: sip.StatusRequestTimeout, Q850: 18, Reason: err.Error()}
		}
		d.declined(refused, ByNetwork)
	case res.StatusCode < 200:
		d.progressed(res)
	case res.IsSuccess():
		d.accepted(res)
	case res.StatusCode == 422 && d.longer(res):
		// RFC 4028 §7.3: once more, with the interval that the party wants.
		if err := d.sendInvite(extra); err != nil {
			d.declined(&Refused{Code: sip.StatusServiceUnavailable, Q850: 27, Reason: err.Error()}, ByNetwork)
		}
	default:
		d.mu.Lock()
		if d.state == early {
			d.message = res
			for _, v := range values(res, "user-agent", "server") {
				d.agent = v
			}
		}
		d.mu.Unlock()
		d.declined(refusedBy(res), ByParty)
	}
}

// longer raises our session interval to the Min-SE of a 422 and reports whether that is worth another INVITE.
func (d *Dialog) longer(res *sip.Response) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state == early && d.session.raise(res, d.ua.config.SessionExpires)
}

func (d *Dialog) progressed(res *sip.Response) {
	if res.StatusCode == sip.StatusTrying {
		return
	}
	sdp, _ := sessionBody(res)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state != early {
		return
	}
	d.message = res
	if to := res.To(); to != nil { // an early dialog; the last phone that rings is the one we know
		if tag, ok := to.Params.Get("tag"); ok {
			d.remoteTag = tag
		}
	}
	for p := (Provisional{res.StatusCode, sdp}); ; {
		select {
		case d.provisionals <- p:
			return
		default:
		}
		select {
		case <-d.provisionals: // the oldest gives way; a reader may be faster
		default:
		}
	}
}

// declined ends the dialog with the final answer.
func (d *Dialog) declined(r *Refused, by string) {
	d.mu.Lock()
	first := d.state == early && d.finishLocked(End{Code: r.Code, Q850: r.Q850, Reason: r.Reason, By: by})
	if first {
		d.refused = r
		close(d.answer)
	}
	d.mu.Unlock()
	if first {
		d.over()
	}
}

// accepted takes a 2xx to our INVITE. The first makes the dialog; what comes too late, or from another phone behind a
// forking proxy, is acknowledged and ended (RFC 3261 §13.2.2.4, §15.1).
func (d *Dialog) accepted(res *sip.Response) {
	tag := ""
	if to := res.To(); to != nil {
		tag, _ = to.Params.Get("tag")
	}
	d.mu.Lock()
	if d.state == early {
		d.establish(res, tag)
		d.ackDue = true
		d.mu.Unlock()
		if !d.holdsACK {
			d.Acknowledge()
		}
		close(d.answer)
		return
	}
	again := d.state != ended && tag == d.remoteTag
	d.mu.Unlock()
	if again {
		d.acknowledgeAgain(res)
		return
	}
	d.unwanted(res, tag)
}

// Acknowledge sends the ACK that Outgoing.HoldACK has held back, once; Bye does so as well (RFC 3261 §13.2.2.4).
func (d *Dialog) Acknowledge() {
	d.mu.Lock()
	due := d.ackDue
	d.ackDue = false
	d.mu.Unlock()
	if due {
		d.sendAck(d.invite.CSeq().SeqNo, nil)
	}
}

// establish makes the dialog of a 2xx (RFC 3261 §12.1.2). mu is held.
func (d *Dialog) establish(res *sip.Response, tag string) {
	d.state, d.remoteTag, d.message = confirmed, tag, res
	d.remoteSDP, _ = sessionBody(res)
	d.heard(res, d.peer)
	d.routes = nil
	for _, h := range res.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok { // in reverse order
			d.routes = append([]sip.Uri{*r.Address.Clone()}, d.routes...)
		}
	}
	d.startSession(res)
}

// unwanted acknowledges a 2xx that nobody wants any more and ends its dialog with BYE, each time that it comes.
func (d *Dialog) unwanted(res *sip.Response, tag string) {
	d.mu.Lock()
	var fork *Dialog
	for _, f := range d.forks {
		if f.remoteTag == tag {
			fork = f
		}
	}
	first := fork == nil
	end := AnsweredElsewhere
	if d.end != nil {
		end = *d.end
	}
	if first {
		fork = &Dialog{
			path: path{
				ua: d.ua, localTag: d.localTag, callID: d.callID, local: d.local, remote: d.remote,
				target: *d.target.Clone(), peer: d.peer, seq: d.invite.CSeq().SeqNo,
			},
			invite: d.invite, ctx: d.ctx, cancel: d.cancel,
		}
		fork.session.alarm.stop()
		fork.establish(res, tag)
		fork.session.alarm.stop()
		d.forks = append(d.forks, fork)
	}
	d.mu.Unlock()
	fork.sendAck(d.invite.CSeq().SeqNo, nil)
	if first {
		fork.sendBye(end)
	}
}

// sendAck acknowledges a 2xx to our INVITE, and keeps the ACK for the case that it is lost. It has no transaction
// (RFC 3261 §13.2.2.4).
func (d *Dialog) sendAck(seq uint32, sdp []byte) {
	d.mu.Lock()
	req := d.newRequest(sip.ACK)
	req.CSeq().SeqNo = seq
	f, p, err := d.hop()
	d.mu.Unlock()
	out := func(f flow) {
		req.PrependHeader(d.ua.via(f))
		if withSDP(req, sdp); sdp == nil {
			req.SetBody(nil)
		}
		raw := wireBytes(req)
		d.mu.Lock()
		d.lastAck, d.lastAckTo = raw, seq
		d.mu.Unlock()
		d.ua.traces.note(d.ua.traces.find(req), f, false, raw)
		if err := f.send(raw); err != nil { // the party sends its 2xx again
			d.ua.log.Debug("ACK not sent", "call_id", d.callID, "error", err)
		}
	}
	switch {
	case err != nil:
		d.ua.log.Debug("ACK not sent", "call_id", d.callID, "error", err)
	case f.valid():
		out(f)
	default:
		d.ua.onFlow(p, func(f flow, err error) {
			if err == nil {
				out(f)
			}
		})
	}
}

// acknowledgeAgain answers a retransmission of a 2xx with the same ACK.
func (d *Dialog) acknowledgeAgain(res *sip.Response) {
	d.mu.Lock()
	raw, t := d.lastAck, d.trace
	if res.CSeq().SeqNo != d.lastAckTo {
		raw = nil
	}
	f, _, err := d.hop()
	d.mu.Unlock()
	if raw == nil || err != nil || !f.valid() { // the party asks again
		return
	}
	d.ua.traces.note(t, f, false, raw)
	if err := f.send(raw); err != nil {
		d.ua.log.Debug("ACK not sent again", "call_id", d.callID, "error", err)
	}
}

// WaitAnswer waits for the called party's final answer. A 2xx has been acknowledged when it returns, but for HoldACK,
// with the party's session description. The error is a *Refused when the party, or the network, refuses; the dialog is then
// over. When ctx ends, the call is cancelled as by Cancel, with the *End that is the context's cause, if it is one,
// and the error is the cause: WaitAnswer does not wait for the party's consent. It is the *End when somebody else
// ended the dialog.
func (d *Dialog) WaitAnswer(ctx context.Context) (sdp []byte, err error) {
	if d.inbound {
		return nil, errorf("sip: an inbound call is answered by us")
	}
	select {
	case <-d.answer:
	case <-d.ctx.Done():
	case <-ctx.Done():
		end := End{Code: sip.StatusRequestTerminated, Q850: 16, By: ByUs}
		if why := (*End)(nil); errors.As(context.Cause(ctx), &why) {
			end = *why
		}
		if d.giveUp(end) {
			return nil, context.Cause(ctx)
		}
		select { // the answer came first: it counts
		case <-d.answer:
		case <-d.ctx.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.refused != nil:
		return nil, d.refused
	case !closed(d.answer):
		return nil, d.end
	default:
		return d.remoteSDP, nil
	}
}

// Cancel gives up an outbound call that is not answered. The dialog is over at once; CANCEL is sent as soon as the
// party has said anything (RFC 3261 §9.1), with end in a Reason header (RFC 3326), and a 200 that crosses it is
// acknowledged and ended with BYE. On an answered dialog it is Bye.
func (d *Dialog) Cancel(end End) {
	if !d.giveUp(end) {
		d.hangUp(end)
	}
}

// AnsweredElsewhere is the End to cancel with when another phone took the call: phones do not list it as missed.
var AnsweredElsewhere = End{Code: 200, Q850: 26, Reason: "Call completed elsewhere", By: ByUs}

// giveUp cancels and reports whether the call was still unanswered.
func (d *Dialog) giveUp(end End) bool {
	if end.By == "" {
		end.By = ByUs
	}
	if end.Code == 0 {
		end.Code = sip.StatusRequestTerminated
	}
	if end.Q850 == 0 {
		end.Q850 = 16
	}
	d.mu.Lock()
	first := !d.inbound && d.state == early && d.finishLocked(end)
	tx := d.clientTx
	d.mu.Unlock()
	if !first {
		return false
	}
	if tx != nil {
		tx.cancel(reasonHeader(end))
	}
	d.over()
	return true
}

package sip

import (
	"context"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A Dialog is one call with one party, in either direction, from its INVITE to its end (RFC 3261 §12).
//
// Its methods may be called from any goroutine. The callbacks On… are set before Answer or right after
// Invite; they are called one at a time, in the order in which the requests came, on a goroutine that lives only
// while there is something to handle, and no lock is held: a callback may call the dialog. A dialog costs no
// goroutine while nothing happens.
type Dialog struct {
	path
	inbound  bool
	account  Account // inbound: who called; outbound: only User is set
	from, to Party
	called   string
	began    time.Time
	invite   *sip.Request // the party's, or ours
	offer    []byte
	replaces *Replaces // inbound; nil: the call is one of its own
	ctx      context.Context
	cancel   context.CancelCauseFunc

	provisionals chan Provisional // outbound; room for provisionalBacklog, the oldest unread give way
	answer       chan struct{}    // outbound; closed when the final answer is there

	trace     *trace        // guarded by mu: held; nil: none, or let go
	state     dialogState   // guarded by mu
	end       *End          // guarded by mu
	refused   *Refused      // guarded by mu: outbound, the final answer when it is a refusal
	remoteSDP []byte        // guarded by mu: outbound, the 2xx's session description
	message   sip.Message   // guarded by mu: the party's INVITE, or its answer to ours
	agent     string        // guarded by mu: the party's User-Agent
	serverTx  *serverTx     // inbound: the INVITE; set before anybody else knows the dialog
	clientTx  *clientTx     // guarded by mu: outbound: the INVITE
	forks     []*Dialog     // guarded by mu: phones behind a proxy that answered too late
	ack       *ackWait      // guarded by mu: a 2xx of ours that waits for its ACK; nil: none
	lastAck   []byte        // guarded by mu: our ACK to the last 2xx, for its retransmissions
	lastAckTo uint32        // guarded by mu: that 2xx's CSeq
	holdsACK  bool          // outbound: Acknowledge is called by whoever called; set before anybody else knows the dialog
	ackDue    bool          // guarded by mu: the first 2xx waits for Acknowledge
	byeDue    *End          // guarded by mu: BYE is sent when the ACK has come
	offering  bool          // guarded by mu: an offer of ours has no answer yet
	answering bool          // guarded by mu: an offer of the party's has no answer yet
	changed   chan struct{} // guarded by mu: closed when one of the three above changes; nil: nobody waits
	localSDP  []byte        // guarded by mu: what we said last and the party took
	session   session       // guarded by mu
	expiry    alarm         // guarded by mu: inbound: until when the INVITE is to be answered
	queue     []func()      // guarded by mu: requests to be handled, in order
	working   bool          // guarded by mu: a goroutine empties queue
	onOffer   func([]byte) ([]byte, error)
	onAnswer  func([]byte)
	onInfo    func(Info)
	onRefer   func(*Refer)
}

// A dialogState is where a dialog is on its way.
type dialogState uint8

const (
	early     dialogState = iota // INVITE without final response
	answered                     // inbound: our 200 waits for its ACK
	confirmed                    // talking
	ended
)

const provisionalBacklog = 8

// newDialog makes what both directions have in common. base is the context that the dialog's is made from.
func (ua *UA) newDialog(base context.Context) *Dialog {
	d := &Dialog{
		path: path{ua: ua, localTag: token()}, began: time.Now(),
		session: session{min: ua.config.MinSE, wish: ua.config.SessionExpires},
	}
	d.ctx, d.cancel = context.WithCancelCause(base)
	return d
}

// Inbound reports whether the party called us.
func (d *Dialog) Inbound() bool { return d.inbound }

// Context ends with the dialog; context.Cause is then an *End.
func (d *Dialog) Context() context.Context { return d.ctx }

// End says why the dialog is over; nil while it is not.
func (d *Dialog) End() *End {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.end
}

// CallID is the Call-ID header.
func (d *Dialog) CallID() string { return d.callID }

// A DialogID names a dialog from our side.
type DialogID struct{ CallID, LocalTag, RemoteTag string }

// ID is Call-ID, local and remote tag: what names the dialog in a Replaces header (RFC 3891 §3). The remote tag is
// "" until the party has answered with one.
func (d *Dialog) ID() DialogID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return DialogID{d.callID, d.localTag, d.remoteTag}
}

// User is the account that called (authenticated; "" for a guest) or that is called.
func (d *Dialog) User() string { return d.account.User }

// A Party is a number and a display name as they stand in a From or To header.
type Party struct {
	Number string // the URI's user part
	Name   string // the display name, unquoted
}

// From is the caller as the INVITE says. For an inbound dialog it is only a claim: User is who it is.
func (d *Dialog) From() Party { return d.from }

// To is the called party as the INVITE's To header says.
func (d *Dialog) To() Party { return d.to }

// Called is the user part of the Request-URI, or its number when it is a tel URI: what was dialled.
func (d *Dialog) Called() string { return d.called }

// Remote is the address the party's messages come from.
func (d *Dialog) Remote() netip.AddrPort {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.peer.remote
}

// UserAgent is the party's User-Agent or Server header; "" until it said one.
func (d *Dialog) UserAgent() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.agent
}

// Began is when the INVITE came or went.
func (d *Dialog) Began() time.Time { return d.began }

// Header returns the values of a header of the party's INVITE, or of its answer to ours. name is in the header's
// long form.
func (d *Dialog) Header(name string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.message == nil {
		return nil
	}
	return values(d.message, name)
}

// Offer is the session description of the INVITE; nil when it had none, a late offer.
func (d *Dialog) Offer() []byte { return d.offer }

// OnOffer is asked for the answer when the party changes the session by re-INVITE or UPDATE: hold, a new address.
// A nil offer is a re-INVITE without one: our offer is returned, and the answer comes to OnAnswer. An error refuses
// with 488 and changes nothing. Without OnOffer every offer is refused so.
func (d *Dialog) OnOffer(f func(offer []byte) (answer []byte, err error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onOffer = f
}

// OnAnswer gets the answers that nobody waits for: the one in the ACK of a re-INVITE without offer, and those to our
// session refreshes.
func (d *Dialog) OnAnswer(f func(answer []byte)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onAnswer = f
}

// OnInfo gets the party's INFO requests. Without it, and for bodies that are not keys, the party is told 415.
func (d *Dialog) OnInfo(f func(Info)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onInfo = f
}

// OnRefer gets the party's transfers, which have been answered with 202. Without it they are refused with 603.
func (d *Dialog) OnRefer(f func(*Refer)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onRefer = f
}

// finish ends the dialog and reports whether it was this call that did. The caller has said, or will say, so to the
// party. mu is not held.
func (d *Dialog) finish(end End) bool {
	d.mu.Lock()
	first := d.finishLocked(end)
	d.mu.Unlock()
	if first {
		d.over()
	}
	return first
}

// finishLocked is the part of finish under mu; over must follow when it reports true.
func (d *Dialog) finishLocked(end End) bool {
	if d.state == ended {
		return false
	}
	d.state, d.end = ended, &end
	d.session.alarm.stop()
	d.expiry.stop()
	d.wake()
	return true
}

// over is the part of finish without mu. A dialog that still waits for the ACK before its BYE can be found until
// then.
func (d *Dialog) over() {
	d.mu.Lock()
	end, waits, t := d.end, d.byeDue != nil, d.trace
	d.trace = nil
	// The transactions keep the dialog for half a minute, and these would keep with it whoever has called.
	d.onOffer, d.onAnswer, d.onInfo, d.onRefer = nil, nil, nil, nil
	d.mu.Unlock()
	d.ua.traces.letGo(t)
	if !waits {
		d.ua.dialogs.remove(d, end.By != ByParty, d.ua.timeout())
	}
	d.cancel(end)
}

// matches reports whether a request is of this dialog; the local tag is known to match. Before our INVITE is
// answered, any of the phones that it forked to may speak.
func (d *Dialog) matches(req *sip.Request) bool {
	tag, _ := req.From().Params.Get("tag")
	d.mu.Lock()
	defer d.mu.Unlock()
	return req.CallID().Value() == d.callID && (tag == d.remoteTag || d.state == early && !d.inbound)
}

// enqueue hands work to the goroutine that does it in order, and starts it when there is none. mu is held.
func (d *Dialog) enqueue(f func()) {
	d.queue = append(d.queue, f)
	if d.working {
		return
	}
	d.working = true
	if !d.ua.spawn(d.work) {
		d.queue = nil // the UA is closing: nobody is left to be answered
	}
}

func (d *Dialog) work() {
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			d.working, d.queue = false, nil
			d.mu.Unlock()
			return
		}
		f := d.queue[0]
		d.queue = d.queue[1:]
		d.mu.Unlock()
		d.contained(f)
	}
}

// contained runs f so that its panic costs one request and not those that wait behind it.
func (d *Dialog) contained(f func()) {
	defer d.ua.contain()
	f()
}

// wake tells those who wait for their turn that something has changed. mu is held.
func (d *Dialog) wake() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

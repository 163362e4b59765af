package softphone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A Policy is what a phone does with a call that comes in. It runs on a goroutine of the call's own and may
// wait; it should return when Call.Done is closed. The call goes on when it returns.
type Policy func(c *Call)

// RingOnly rings and leaves the rest to whoever takes the call with NextCall.
func RingOnly(c *Call) { c.report(c.Ring()) }

// Mute does not even ring.
func Mute(*Call) {}

// AnswerAtOnce rings and answers.
func AnswerAtOnce(c *Call) { AnswerAfter(0)(c) }

// AnswerAfter rings and answers after a time.
func AnswerAfter(d time.Duration) Policy {
	return func(c *Call) {
		c.report(c.Ring())
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-c.Done():
			return
		}
		ctx, stop := context.WithTimeout(c.phone.end.ctx, 64*sip.T1)
		defer stop()
		c.report(c.Answer(ctx))
	}
}

// RejectWith refuses with a SIP status, without ringing: 486 for busy, 603 for declined.
func RejectWith(code int) Policy {
	return func(c *Call) { c.report(c.Reject(code)) }
}

// report logs what a policy cannot return. That the caller hung up meanwhile is nobody's mistake.
func (c *Call) report(err error) {
	if err != nil && c.Ended() == nil {
		c.logger().Warn("call was not answered as it should", "error", err)
	}
}

// rung takes an INVITE outside any dialog. It returns when the call is answered and acknowledged, or over:
// the transaction lives as long as its handler.
func (p *Phone) rung(req *sip.Request, tx sip.ServerTransaction) {
	p.end.respond(tx, sip.NewResponseFromRequest(req, sip.StatusTrying, "Trying", nil))
	c, err := p.newCall(true, req.CallID().Value(), newToken())
	if err != nil {
		p.end.log.Warn("call cannot be taken", "error", err)
		p.end.respond(tx, sip.NewResponseFromRequest(req, sip.StatusInternalServerError, "Internal Server Error", nil))
		return
	}
	// From here on every response carries our tag (RFC 3261 §12.1.1). The request is sipgo's too, which answers a
	// CANCEL from it meanwhile.
	req = req.Clone()
	req.To().Params.Add("tag", c.localTag)
	c.invite, c.tx = req, tx
	c.mu.Lock()
	c.env = envelope{from: req.To().Address, to: req.From().Address, fromTag: c.localTag,
		toTag: req.From().Params.GetOr("tag", ""), callID: c.callID, target: req.From().Address}
	c.session.want = p.opts.SessionExpires
	c.acked[req.CSeq().SeqNo] = make(chan *sip.Request, 1)
	c.mu.Unlock()
	c.peer(req.Contact(), req.GetHeaders("Record-Route"), false)
	if !tx.OnCancel(func(cancel *sip.Request) {
		// sipgo holds the transaction here: nothing that responds may be called.
		c.finish(&End{How: "CANCEL", Reason: headerValue(cancel, "Reason")})
	}) {
		c.finish(&End{How: "CANCEL"})
	}
	p.offerCall(c)
	p.mu.Lock()
	policy := p.policy
	p.mu.Unlock()
	p.end.spawn(func() { policy(c) })
	c.awaitAnswer()
}

// offerCall gives the call to NextCall; the oldest unread gives way.
func (p *Phone) offerCall(c *Call) {
	for {
		select {
		case p.incoming <- c:
			return
		default:
		}
		select {
		case <-p.incoming:
		default:
		}
	}
}

// awaitAnswer keeps the INVITE's transaction until the call is answered and acknowledged, or has ended.
func (c *Call) awaitAnswer() {
	select {
	case <-c.accepted.c:
	case <-c.done.c:
		return
	case <-c.phone.end.ctx.Done():
		return
	}
	select {
	case <-c.answered.c:
	case <-c.done.c:
	case <-c.phone.end.ctx.Done():
	}
}

// Ring sends 180.
func (c *Call) Ring() error {
	err := c.reply(sip.StatusRinging, "Ringing", nil)
	if err == nil {
		c.ringing.open()
	}
	return err
}

// Progress sends another provisional response, 183 say, without SDP.
func (c *Call) Progress(code int, phrase string) error { return c.reply(code, phrase, nil) }

// Reject refuses the call with a SIP status.
func (c *Call) Reject(code int) error {
	if err := c.reply(code, phrase(code), nil); err != nil {
		return err
	}
	c.finish(&End{ByUs: true, How: "refused", Code: code, Phrase: phrase(code)})
	return nil
}

// Busy refuses with 486.
func (c *Call) Busy() error { return c.Reject(sip.StatusBusyHere) }

// Decline refuses with 603.
func (c *Call) Decline() error { return c.Reject(sip.StatusGlobalDecline) }

func phrase(code int) string {
	known := map[int]string{
		302: "Moved Temporarily", 403: "Forbidden", 404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here",
		488: "Not Acceptable Here", 500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
	}
	if p, ok := known[code]; ok {
		return p
	}
	return "Status " + strconv.Itoa(code)
}

// reply sends a response to the incoming INVITE.
func (c *Call) reply(code int, phrase string, dress func(*sip.Response)) error {
	switch {
	case !c.incoming:
		return errors.New("the call was made, not taken")
	case c.Ended() != nil:
		return c.Ended()
	case c.accepted.isOpen():
		return errors.New("the call is answered already")
	}
	res := sip.NewResponseFromRequest(c.invite, code, phrase, nil)
	if code < 300 {
		res.AppendHeader(&sip.ContactHeader{Address: *c.phone.contact.Clone()})
		res.AppendHeader(sip.NewHeader("Allow", allowed))
	}
	if dress != nil {
		dress(res)
	}
	return c.tx.Respond(res)
}

// Answer picks up and waits for the ACK. A call without a codec in common is refused with 488, and errors.
func (c *Call) Answer(ctx context.Context) error {
	if c.answered.isOpen() {
		return nil
	}
	sdp, err := c.firstAnswer()
	if err != nil {
		return fmt.Errorf("%s: answer: %w", c.phone, errors.Join(err, c.Reject(sip.StatusNotAcceptableHere)))
	}
	var final *sip.Response
	if err := c.reply(sip.StatusOK, "OK", func(res *sip.Response) {
		c.grantSession(c.invite, res)
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(sdp)
		final = res
	}); err != nil {
		return fmt.Errorf("%s: answer: %w", c.phone, err)
	}
	c.accepted.open()
	if !c.phone.end.spawn(func() { c.untilAcked(c.invite, c.tx, final) }) {
		return errOver
	}
	return c.WaitAnswered(ctx)
}

// firstAnswer is the SDP of our 200: the answer, or the offer when the INVITE had none.
func (c *Call) firstAnswer() ([]byte, error) {
	if len(c.invite.Body()) == 0 {
		return c.offer(SendRecv, false), nil
	}
	return c.answer(c.invite.Body())
}

// untilAcked repeats a 200 until its ACK is here (RFC 3261 §13.3.1.4), over TCP too. Without an ACK the call
// is hung up.
func (c *Call) untilAcked(invite *sip.Request, tx sip.ServerTransaction, ok *sip.Response) {
	seq := invite.CSeq().SeqNo
	c.mu.Lock()
	acked := c.acked[seq]
	c.mu.Unlock()
	giveUp := time.NewTimer(64 * sip.T1)
	defer giveUp.Stop()
	pause := sip.T1
	again := time.NewTimer(pause)
	defer again.Stop()
	for {
		select {
		case ack := <-acked:
			c.onACK(invite, ack)
			return
		case <-again.C:
			c.phone.end.respond(tx, ok)
			pause = min(2*pause, sip.T2)
			again.Reset(pause)
		case <-giveUp.C:
			ctx, stop := context.WithTimeout(c.phone.end.ctx, 4*time.Second)
			_, err := c.do(ctx, sip.BYE, nil)
			stop()
			c.finish(&End{ByUs: true, How: "no ACK", Err: err})
			return
		case <-c.done.c:
			return
		case <-c.phone.end.ctx.Done():
			return
		}
	}
}

func (c *Call) onACK(invite, ack *sip.Request) {
	if len(invite.Body()) == 0 { // we offered, the ACK answers
		if err := c.accept(ack.Body()); err != nil {
			c.logger().Warn("the ACK's answer cannot be used", "error", err)
		}
	}
	c.ringing.open()
	c.answered.open()
}

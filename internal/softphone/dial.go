package softphone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// DialOptions change how a call is made.
type DialOptions struct {
	Late    bool              // INVITE without SDP: the answer carries the offer and the ACK the answer
	Headers map[string]string // added to the INVITE
	From    string            // claimed in From instead of the phone's own user
}

// Dial calls an extension of the server, or a SIP URI, and returns when it is answered. When ctx ends first
// the call is cancelled. The error is an *End when the call was refused.
func (p *Phone) Dial(ctx context.Context, to string) (*Call, error) {
	return p.DialWith(ctx, to, DialOptions{})
}

// DialWith is Dial with options.
func (p *Phone) DialWith(ctx context.Context, to string, o DialOptions) (*Call, error) {
	c, err := p.Invite(ctx, to, o)
	if err != nil {
		return nil, err
	}
	if err := c.WaitAnswered(ctx); err != nil {
		c.cancels.open()
		return nil, fmt.Errorf("dial %s: %w", to, err)
	}
	return c, nil
}

// Invite begins a call and returns at once: WaitRinging, WaitAnswered, Cancel and Hangup follow. ctx is for
// the beginning only, to connect over TCP.
func (p *Phone) Invite(ctx context.Context, to string, o DialOptions) (*Call, error) {
	target, err := p.uri(to)
	if err != nil {
		return nil, err
	}
	if err := p.end.reach(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	c, err := p.newCall(false, newToken()+newToken(), newToken())
	if err != nil {
		return nil, err
	}
	from := p.address()
	if o.From != "" {
		from.User = o.From
	}
	callee := sip.Uri{Scheme: "sip", User: target.User, Host: p.opts.Domain}
	c.mu.Lock()
	c.env = envelope{target: target, from: from, to: callee, fromName: p.opts.DisplayName, fromTag: c.localTag, callID: c.callID}
	c.session.want = p.opts.SessionExpires
	c.mu.Unlock()
	if !p.end.spawn(func() { c.dialling(o) }) {
		c.finish(&End{ByUs: true, How: "closed"})
		return nil, errors.New("the phone is closed")
	}
	return c, nil
}

// dialling sees the call through to its answer or its end.
func (c *Call) dialling(o DialOptions) {
	for challenges := 0; ; {
		req := c.inviteRequest(o)
		res, err := c.inviteOnce(req)
		switch {
		case err != nil:
			c.finish(&End{ByUs: c.cancels.isOpen(), How: "failed", Err: err})
			return
		case res.IsSuccess():
			c.connected(req, res, o.Late)
			return
		case res.StatusCode == 422 && c.widen(res): // RFC 4028 §7.3
			continue
		}
		again, err := c.phone.again(res, challenges)
		if err != nil {
			c.finish(&End{How: "failed", Err: err})
			return
		}
		if challenges++; !again || c.cancels.isOpen() {
			how := "refused"
			if c.cancels.isOpen() {
				how = "CANCEL"
			}
			c.finish(&End{ByUs: how == "CANCEL", How: how, Code: res.StatusCode, Phrase: res.Reason, Reason: headerValue(res, "Reason")})
			return
		}
	}
}

func (c *Call) inviteRequest(o DialOptions) *sip.Request {
	req := c.phone.request(sip.INVITE, c.envelope(), c.seq.next())
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	c.askSession(req)
	for name, value := range o.Headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	if !o.Late {
		body(req, "application/sdp", c.offer(SendRecv, false))
	}
	return req
}

// inviteOnce sends one INVITE and returns its final response. A wish to cancel is sent as soon as a
// provisional response allows it (RFC 3261 §9.1).
func (c *Call) inviteOnce(req *sip.Request) (*sip.Response, error) {
	p := c.phone
	if err := p.auth.authorize(req); err != nil {
		return nil, err
	}
	tx, err := p.end.client.TransactionRequest(p.end.ctx, req, asBuilt)
	if err != nil {
		return nil, err
	}
	tx.OnRetransmission(p.end.strayResponse)
	var cancel <-chan struct{} // the wish, once it may be sent
	var giveUp <-chan time.Time
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
			c.provisional(res)
			if giveUp == nil {
				cancel = c.cancels.c
			}
		case <-cancel:
			cancel = nil
			c.sendCancel(req)
			giveUp = time.After(64 * sip.T1) // RFC 3261 §9.1
		case <-giveUp:
			tx.Terminate()
			return nil, errors.New("no final response after CANCEL")
		case <-tx.Done():
			return nil, tx.Err()
		case <-c.done.c: // the phone was closed
			tx.Terminate()
			return nil, errOver
		case <-p.end.ctx.Done():
			tx.Terminate()
			return nil, errOver
		}
	}
}

func (c *Call) provisional(res *sip.Response) {
	if res.StatusCode == sip.StatusTrying {
		return
	}
	if len(res.Body()) > 0 {
		if err := c.accept(res.Body()); err != nil {
			c.logger().Warn("early media is malformed", "error", err)
		}
	}
	c.ringing.open()
}

// sendCancel does not wait: the INVITE's own final response ends the call.
func (c *Call) sendCancel(invite *sip.Request) {
	p := c.phone
	env := c.envelope()
	env.target = invite.Recipient
	req := p.request(sip.CANCEL, env, invite.CSeq().SeqNo)
	req.ReplaceHeader(invite.Via().Clone()) // the same branch (RFC 3261 §9.1)
	c.mu.Lock()
	reason := c.reason
	c.mu.Unlock()
	if reason != "" {
		req.AppendHeader(sip.NewHeader("Reason", reason))
	}
	p.end.spawn(func() {
		if _, err := p.exchange(p.end.ctx, req); err != nil && p.end.ctx.Err() == nil {
			c.logger().Warn("CANCEL was not answered", "error", err)
		}
	})
}

// connected takes the answer and sends the ACK; a call that was to be cancelled is hung up instead.
func (c *Call) connected(invite *sip.Request, res *sip.Response, late bool) {
	if to := res.To(); to != nil {
		c.mu.Lock()
		c.env.toTag = to.Params.GetOr("tag", "")
		c.mu.Unlock()
	}
	c.peer(res.Contact(), res.GetHeaders("Record-Route"), true)
	answer, err := c.settle(res, late)
	c.acknowledge(invite.CSeq().SeqNo, answer)
	c.startSession(res, true)
	c.ringing.open()
	c.answered.open()
	ctx, stop := context.WithTimeout(c.phone.end.ctx, 4*time.Second)
	defer stop()
	switch {
	case err != nil:
		byeErr := c.bye(ctx)
		c.logger().Warn("the answer cannot be used", "error", errors.Join(err, byeErr))
	case c.cancels.isOpen():
		if err := c.bye(ctx); err != nil {
			c.logger().Warn("a call that was answered while it was cancelled did not take the BYE", "error", err)
		}
	}
}

// settle takes the session description of a 200, and makes the answer for the ACK when it is an offer.
func (c *Call) settle(res *sip.Response, late bool) (answer []byte, err error) {
	if !late {
		if len(res.Body()) == 0 && c.hasAgreed() {
			return nil, nil // it came with a 183
		}
		return nil, c.accept(res.Body())
	}
	return c.answer(res.Body())
}

func (c *Call) hasAgreed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agreed
}

// acknowledge sends the ACK of a 200 and remembers how to send it again (RFC 3261 §13.2.2.4).
func (c *Call) acknowledge(seq uint32, answer []byte) {
	p := c.phone
	ack := p.request(sip.ACK, c.envelope(), seq)
	body(ack, "application/sdp", answer)
	send := func() {
		if err := p.end.client.WriteRequest(ack.Clone(), asBuilt); err != nil && p.end.ctx.Err() == nil {
			c.logger().Warn("ACK was not sent", "error", err)
		}
	}
	c.mu.Lock()
	c.acks[seq] = send
	c.mu.Unlock()
	send()
}

// widen takes the Min-SE of a 422 and reports whether to ask again.
func (c *Call) widen(res *sip.Response) bool {
	least := seconds(headerValue(res, "Min-SE"))
	c.mu.Lock()
	defer c.mu.Unlock()
	if least <= c.session.want {
		return false
	}
	c.session.want, c.session.least = least, least
	return true
}

// askSession adds what RFC 4028 §7.1 asks of a caller that wants a session timer.
func (c *Call) askSession(req *sip.Request) {
	c.mu.Lock()
	want, least := c.session.want, c.session.least
	c.mu.Unlock()
	if want <= 0 {
		return
	}
	req.AppendHeader(sip.NewHeader("Supported", "timer"))
	req.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(want/time.Second))))
	if least > 0 {
		req.AppendHeader(sip.NewHeader("Min-SE", strconv.Itoa(int(least/time.Second))))
	}
}

// refresher reads "1800;refresher=uac".
func refresher(value string) (expires time.Duration, who string) {
	digits, params, _ := strings.Cut(value, ";")
	for param := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(param), "refresher="); ok {
			who = strings.ToLower(v)
		}
	}
	return seconds(digits), who
}

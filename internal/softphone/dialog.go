package softphone

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// handle takes a request within the call's dialog, on the transaction's goroutine.
func (c *Call) handle(req *sip.Request, tx sip.ServerTransaction) {
	if req.Method == sip.ACK {
		c.mu.Lock()
		waiting := c.acked[req.CSeq().SeqNo]
		c.mu.Unlock()
		select {
		case waiting <- req: // capacity 1: the first ACK is enough
		default:
		}
		return
	}
	if c.Ended() != nil && req.Method != sip.BYE {
		c.say(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		return
	}
	switch req.Method {
	case sip.BYE:
		c.say(tx, req, sip.StatusOK, "OK", nil)
		c.finish(&End{How: "BYE", Reason: headerValue(req, "Reason")})
	case sip.INVITE:
		c.reinvited(req, tx)
	case sip.UPDATE:
		c.updated(req, tx)
	case sip.NOTIFY:
		c.say(tx, req, sip.StatusOK, "OK", nil)
	case sip.INFO, sip.OPTIONS, sip.MESSAGE:
		c.say(tx, req, sip.StatusOK, "OK", nil)
	default: // we follow no transfers
		c.say(tx, req, sip.StatusGlobalDecline, "Decline", nil)
	}
}

// say answers a request of the dialog and returns the response, to be repeated.
func (c *Call) say(tx sip.ServerTransaction, req *sip.Request, code int, phrase string, sdp []byte) *sip.Response {
	res := sip.NewResponseFromRequest(req, code, phrase, nil)
	if code < 300 && (req.Method == sip.INVITE || req.Method == sip.UPDATE) {
		res.AppendHeader(&sip.ContactHeader{Address: *c.phone.contact.Clone()})
		c.grantSession(req, res)
	}
	if len(sdp) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(sdp)
	}
	c.phone.end.respond(tx, res)
	return res
}

// reinvited answers a re-INVITE; without SDP our 200 offers and their ACK answers.
func (c *Call) reinvited(req *sip.Request, tx sip.ServerTransaction) {
	if !c.offering.CompareAndSwap(false, true) {
		c.say(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	defer c.offering.Store(false)
	sdp, ok := c.respondTo(req, tx)
	if !ok {
		return
	}
	c.mu.Lock()
	c.acked[req.CSeq().SeqNo] = make(chan *sip.Request, 1)
	c.mu.Unlock()
	c.peer(req.Contact(), nil, false)
	c.untilAcked(req, tx, c.say(tx, req, sip.StatusOK, "OK", sdp))
}

func (c *Call) updated(req *sip.Request, tx sip.ServerTransaction) {
	if len(req.Body()) == 0 { // a session refresh
		c.peer(req.Contact(), nil, false)
		c.say(tx, req, sip.StatusOK, "OK", nil)
		return
	}
	if !c.offering.CompareAndSwap(false, true) {
		c.say(tx, req, sip.StatusRequestPending, "Request Pending", nil)
		return
	}
	defer c.offering.Store(false)
	if sdp, ok := c.respondTo(req, tx); ok {
		c.peer(req.Contact(), nil, false)
		c.say(tx, req, sip.StatusOK, "OK", sdp)
	}
}

// respondTo makes the SDP of the 200; what we cannot take is refused with 488.
func (c *Call) respondTo(req *sip.Request, tx sip.ServerTransaction) ([]byte, bool) {
	if len(req.Body()) == 0 {
		c.mu.Lock()
		want := c.want
		c.mu.Unlock()
		return c.offer(want, false), true
	}
	sdp, err := c.answer(req.Body())
	if err != nil && !errors.Is(err, errRefusedStream) {
		c.logger().Warn("offer cannot be taken", "error", err)
		c.say(tx, req, sip.StatusNotAcceptableHere, "Not Acceptable Here", nil)
		return nil, false
	}
	return sdp, true
}

// grantSession agrees to the session timer that a request asks for, when we support one (RFC 4028 §9).
func (c *Call) grantSession(req *sip.Request, res *sip.Response) {
	expires, who := refresher(headerValue(req, "Session-Expires"))
	c.mu.Lock()
	supported := c.session.want > 0
	c.mu.Unlock()
	if !supported || expires == 0 {
		return
	}
	if who == "" {
		who = "uac"
		if !strings.Contains(headerValue(req, "Supported"), "timer") {
			who = "uas"
		}
	}
	if who == "uac" {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(expires/time.Second))+";refresher="+who))
	c.startSession(res, false)
}

package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A Call is one call of a phone, made or taken: a SIP dialog and its sound. Its methods may be called from
// any goroutine. A call that has ended gives its sockets back by itself; what it heard stays readable.
type Call struct {
	*Audio
	phone    *Phone
	incoming bool
	callID   string
	localTag string
	invite   *sip.Request          // theirs, for a call taken
	tx       sip.ServerTransaction // of invite

	ringing  *gate // a call made: the first 180 or 183 is here; a call taken: 180 is sent
	answered *gate // both sides have said yes, and the ACK is sent or here
	done     *gate
	cancels  *gate // a call made: hang up before the answer is asked for
	accepted *gate // a call taken: 200 is sent
	seq      sequence
	offering atomic.Bool // a re-INVITE or UPDATE of ours is under way (RFC 3261 §14.2)

	mu      sync.Mutex
	env     envelope                     // guarded by mu
	ours    Description                  // guarded by mu; as last sent
	theirs  Description                  // guarded by mu; as last received
	want    Direction                    // guarded by mu; what we would have: not SendRecv while we hold them
	agreed  bool                         // guarded by mu; offer and answer were exchanged
	acks    map[uint32]func()            // guarded by mu; send the ACK of our INVITE with the CSeq again
	acked   map[uint32]chan *sip.Request // guarded by mu; the ACK of their INVITE with the CSeq is awaited
	end     *End                         // guarded by mu
	session sessionTimer                 // guarded by mu
	reason  string                       // guarded by mu; Reason header for CANCEL
}

// An End says how a call ended. It is an error so that a Dial that came to nothing can return it.
type End struct {
	ByUs   bool
	How    string // "BYE", "CANCEL", "refused", "no answer", "no ACK", "session expired", "failed", "closed"
	Code   int    // SIP status, when it was refused
	Phrase string // of the status
	Reason string // the Reason header (RFC 3326) as it was; "" when there was none
	Err    error  // what failed
}

func (e *End) Error() string {
	who := "them"
	if e.ByUs {
		who = "us"
	}
	s := fmt.Sprintf("call ended by %s: %s", who, e.How)
	if e.Code != 0 {
		s += fmt.Sprintf(" %d %s", e.Code, e.Phrase)
	}
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *End) Unwrap() error { return e.Err }

// Identity is a party as shown on a display.
type Identity struct{ Name, Number string }

func (p *Phone) newCall(incoming bool, callID, localTag string) (*Call, error) {
	a, err := newAudio(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	c := &Call{
		Audio: a, phone: p, incoming: incoming, callID: callID, localTag: localTag,
		ringing: newGate(), answered: newGate(), done: newGate(), cancels: newGate(), accepted: newGate(),
		acks: make(map[uint32]func()), acked: make(map[uint32]chan *sip.Request),
		ours: Description{ID: uint64(time.Now().Unix())}, want: SendRecv,
	}
	p.end.add(c)
	p.mu.Lock()
	p.calls[c] = true
	p.mu.Unlock()
	return c, nil
}

// Phone is whose call it is.
func (c *Call) Phone() *Phone { return c.phone }

// CallID is the SIP Call-ID.
func (c *Call) CallID() string { return c.callID }

// Incoming reports whether the call was taken, not made.
func (c *Call) Incoming() bool { return c.incoming }

// Caller is who calls, as an incoming INVITE showed it; the phone itself for a call made.
func (c *Call) Caller() Identity {
	if !c.incoming {
		return Identity{Name: c.phone.opts.DisplayName, Number: c.phone.opts.User}
	}
	from := c.invite.From()
	return Identity{Name: from.DisplayName, Number: from.Address.User}
}

// Header is a header of the incoming INVITE; "" when there is none, and for a call made.
func (c *Call) Header(name string) string {
	if c.invite == nil {
		return ""
	}
	return headerValue(c.invite, name)
}

// Messages are the call's SIP messages, in order. A Fleet's calls keep none.
func (c *Call) Messages() []Message {
	var mine []Message
	for _, m := range c.phone.Trace() {
		if m.Header("Call-ID") == c.callID {
			mine = append(mine, m)
		}
	}
	return mine
}

// Theirs is the other side's last session description; false before there was one.
func (c *Call) Theirs() (Description, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.theirs, c.agreed
}

// Held reports whether the other side has put us on hold.
func (c *Call) Held() bool {
	d, ok := c.Theirs()
	return ok && d.held()
}

// Codec is what the phone sends.
func (c *Call) Codec() Codec {
	c.talker.mu.Lock()
	defer c.talker.mu.Unlock()
	return c.talker.codec
}

// Answered reports whether the call was answered, even if it has ended since.
func (c *Call) Answered() bool { return c.answered.isOpen() }

// Done is closed when the call has ended.
func (c *Call) Done() <-chan struct{} { return c.done.c }

// Ended is how the call ended; nil while it lives.
func (c *Call) Ended() *End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// WaitRinging waits until the call rings at the other side (or here, for an incoming one). The error is an
// *End when it ended first.
func (c *Call) WaitRinging(ctx context.Context) error { return c.waitFor(ctx, c.ringing, "ring") }

// WaitAnswered waits until the call is answered. The error is an *End when it ended first.
func (c *Call) WaitAnswered(ctx context.Context) error {
	return c.waitFor(ctx, c.answered, "be answered")
}

func (c *Call) waitFor(ctx context.Context, g *gate, what string) error {
	select {
	case <-g.c:
	case <-c.done.c:
		if !g.isOpen() {
			return c.Ended()
		}
	case <-ctx.Done():
		if !g.isOpen() {
			return fmt.Errorf("%s: call did not %s: %w", c.phone, what, context.Cause(ctx))
		}
	}
	return nil
}

// WaitEnd waits until the call has ended and says how.
func (c *Call) WaitEnd(ctx context.Context) (*End, error) {
	select {
	case <-c.done.c:
		return c.Ended(), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: call did not end: %w", c.phone, context.Cause(ctx))
	}
}

// finish ends the call once; later causes are ignored.
func (c *Call) finish(end *End) {
	c.mu.Lock()
	if c.end != nil {
		c.mu.Unlock()
		return
	}
	c.end = end
	c.session.stop()
	c.mu.Unlock()
	c.phone.mu.Lock()
	delete(c.phone.calls, c)
	c.phone.mu.Unlock()
	if err := c.Audio.close(); err != nil {
		c.phone.end.log.Warn("RTP socket was not closed", "call", c.callID, "error", err)
	}
	c.done.open()
	// A repeated 200 or BYE may still come, and deserves better than 481.
	time.AfterFunc(forgetAfter, func() { c.phone.end.remove(c) })
}

// forgetAfter is how long an ended call still answers repetitions.
const forgetAfter = 5 * time.Second

// Hangup ends the call as its state demands: BYE, CANCEL, or a refusal with 480. It returns when the other
// side has confirmed. A call that has ended already is left alone.
func (c *Call) Hangup(ctx context.Context) error {
	switch {
	case c.Ended() != nil:
		return nil
	case c.answered.isOpen() || c.incoming && c.accepted.isOpen():
		return c.bye(ctx)
	case c.incoming:
		return c.Reject(sip.StatusTemporarilyUnavailable)
	default:
		return c.Cancel(ctx, "")
	}
}

func (c *Call) bye(ctx context.Context) error {
	_, err := c.do(ctx, sip.BYE, nil)
	var refused *Refused
	if errors.As(err, &refused) && refused.Code == sip.StatusCallTransactionDoesNotExists {
		err = nil // they hung up in the same moment
	}
	c.finish(&End{ByUs: true, How: "BYE"})
	return err
}

// Cancel takes back a call that is not answered, with a Reason header if reason is not empty, and waits for
// its end. A call that is answered in the same moment is hung up.
func (c *Call) Cancel(ctx context.Context, reason string) error {
	c.mu.Lock()
	c.reason = reason
	c.mu.Unlock()
	c.cancels.open()
	_, err := c.WaitEnd(ctx) //nolint:errcheck // how it ended does not matter: the End is no failure
	return err
}

// do sends a request within the dialog.
func (c *Call) do(ctx context.Context, method sip.RequestMethod, dress func(*sip.Request)) (*sip.Response, error) {
	return c.phone.do(ctx, func() *sip.Request {
		req := c.phone.request(method, c.envelope(), c.seq.next())
		if dress != nil {
			dress(req)
		}
		return req
	})
}

func (c *Call) envelope() envelope {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.env
}

// acknowledgeAgain repeats the ACK of an INVITE of ours.
func (c *Call) acknowledgeAgain(seq uint32) {
	c.mu.Lock()
	ack := c.acks[seq]
	c.mu.Unlock()
	if ack != nil {
		ack()
	}
}

// Info sends a key as SIP INFO (application/dtmf-relay), held for 160 ms.
func (c *Call) Info(ctx context.Context, key byte) error {
	_, err := c.do(ctx, sip.INFO, func(req *sip.Request) {
		body(req, "application/dtmf-relay", fmt.Appendf(nil, "Signal=%c\r\nDuration=160\r\n", key))
	})
	return err
}

// Request sends any other request within the dialog; headers are added as they are.
func (c *Call) Request(ctx context.Context, method, contentType, content string, headers map[string]string) error {
	_, err := c.do(ctx, sip.RequestMethod(method), func(req *sip.Request) {
		for name, value := range headers {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		body(req, contentType, []byte(content))
	})
	return err
}

// logger carries the call's id.
func (c *Call) logger() *slog.Logger { return c.phone.end.log.With("call", c.callID) }

// peer takes the dialog's other half from a message: where its requests go, by which route (RFC 3261 §12.1).
func (c *Call) peer(contact *sip.ContactHeader, routes []sip.Header, backwards bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if contact != nil {
		c.env.target = *contact.Address.Clone()
	}
	if routes == nil {
		return
	}
	c.env.routes = nil
	for _, h := range routes {
		var u sip.Uri
		text := strings.TrimSpace(h.Value())
		text = strings.TrimPrefix(text, "<")
		text, _, _ = strings.Cut(text, ">")
		if err := sip.ParseUri(text, &u); err != nil {
			c.logger().Warn("Record-Route is malformed", "route", h.Value())
			continue
		}
		if backwards {
			c.env.routes = append([]sip.Uri{u}, c.env.routes...)
		} else {
			c.env.routes = append(c.env.routes, u)
		}
	}
}

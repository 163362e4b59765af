package softphone

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/emiago/sipgo/sip"
)

// An Offer is a change of a call that is under way.
type Offer struct {
	Method      string    // "INVITE" (also when empty) or "UPDATE"
	Direction   Direction // what we would have from now on; "" as it is
	ZeroAddress bool      // c=0.0.0.0, the old way to hold (RFC 2543)
	NewPort     bool      // take RTP at another port
	Late        bool      // INVITE without SDP
	Unchanged   bool      // UPDATE without SDP: a session refresh
}

// Reoffer changes the call and waits for the answer. The error is a *Refused when it was refused, with code
// 491 when both sides offered at once.
func (c *Call) Reoffer(ctx context.Context, o Offer) error {
	if !c.offering.CompareAndSwap(false, true) {
		return errors.New("another offer is under way")
	}
	defer c.offering.Store(false)
	if o.NewPort {
		if err := c.Rebind(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	if o.Direction != "" {
		c.want = o.Direction
	}
	want := c.want
	c.mu.Unlock()
	if o.Method == string(sip.UPDATE) {
		return c.update(ctx, o, want)
	}
	return c.reinvite(ctx, o, want)
}

func (c *Call) update(ctx context.Context, o Offer, want Direction) error {
	res, err := c.do(ctx, sip.UPDATE, func(req *sip.Request) {
		c.askSession(req)
		if !o.Unchanged {
			body(req, "application/sdp", c.offer(want, o.ZeroAddress))
		}
	})
	if err != nil {
		return err
	}
	c.peer(res.Contact(), nil, false)
	c.startSession(res, true)
	if o.Unchanged {
		return nil
	}
	return c.accept(res.Body())
}

func (c *Call) reinvite(ctx context.Context, o Offer, want Direction) error {
	var seq uint32
	res, err := c.do(ctx, sip.INVITE, func(req *sip.Request) {
		seq = req.CSeq().SeqNo
		req.AppendHeader(sip.NewHeader("Allow", allowed))
		c.askSession(req)
		if !o.Late {
			body(req, "application/sdp", c.offer(want, o.ZeroAddress))
		}
	})
	if err != nil {
		return err
	}
	c.peer(res.Contact(), nil, false)
	answer, err := c.settle(res, o.Late)
	c.acknowledge(seq, answer)
	c.startSession(res, true)
	return err
}

// Hold puts the other side on hold by re-INVITE with a=sendonly.
func (c *Call) Hold(ctx context.Context) error { return c.Reoffer(ctx, Offer{Direction: SendOnly}) }

// Resume takes the other side back.
func (c *Call) Resume(ctx context.Context) error { return c.Reoffer(ctx, Offer{Direction: SendRecv}) }

// Move takes RTP at another port from now on, and says so by re-INVITE.
func (c *Call) Move(ctx context.Context) error { return c.Reoffer(ctx, Offer{NewPort: true}) }

// offer writes our description as an offer.
func (c *Call) offer(want Direction, zero bool) []byte {
	d := Description{Codecs: c.phone.opts.Codecs, Direction: want, Mux: c.phone.opts.Mux}
	if !c.phone.opts.NoEvents {
		d.Event = eventPayload
	}
	return c.describe(d, zero)
}

// answer takes an offer and writes our answer to it.
func (c *Call) answer(offer []byte) ([]byte, error) {
	theirs, err := ParseDescription(offer)
	if err != nil {
		return nil, err
	}
	both := common(theirs.Codecs, c.phone.opts.Codecs)
	if len(both) == 0 {
		return nil, errNoCodec
	}
	c.mu.Lock()
	want := c.want
	c.mu.Unlock()
	d := Description{Codecs: both, Direction: direction(want.sends() && theirs.Direction.receives(), want.receives() && theirs.Direction.sends())}
	if !c.phone.opts.NoEvents {
		d.Event = theirs.Event
	}
	text := c.describe(d, false)
	return text, c.agree(theirs)
}

var (
	errNoCodec       = errors.New("no codec in common")
	errRefusedStream = errors.New("the audio stream was refused")
)

// accept takes the answer to our offer.
func (c *Call) accept(answer []byte) error {
	theirs, err := ParseDescription(answer)
	if err != nil {
		return err
	}
	return c.agree(theirs)
}

// describe completes our description, with a new version where it differs from the last (RFC 3264 §8).
func (c *Call) describe(d Description, zero bool) []byte {
	local := c.RTPAddr()
	d.Addr, d.RTCP = local, c.wire.reportAddr()
	switch {
	case zero:
		d.Addr = netip.AddrPortFrom(netip.IPv4Unspecified(), local.Port())
	case c.phone.opts.BehindNAT:
		d.Addr = netip.AddrPortFrom(netip.MustParseAddr(privateHost), local.Port())
	}
	c.ear.mu.Lock()
	c.ear.events = d.Event
	c.ear.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.ours
	d.ID, d.Version = last.ID, last.Version
	if d.Addr != last.Addr || d.Event != last.Event || d.Direction != last.Direction || !slices.Equal(d.Codecs, last.Codecs) {
		d.Version++
	}
	c.ours = d
	if c.phone.opts.SDP != nil {
		return []byte(c.phone.opts.SDP(d.Addr))
	}
	return []byte(d.marshal())
}

// agree lets the sound flow as both descriptions say.
func (c *Call) agree(theirs Description) error {
	c.mu.Lock()
	ours := c.ours
	c.theirs, c.agreed = theirs, true
	c.mu.Unlock()
	both := common(theirs.Codecs, ours.Codecs)
	if len(both) == 0 {
		return errNoCodec
	}
	event := theirs.Event
	if ours.Event == 0 {
		event = 0
	}
	flows := ours.Direction.sends() && theirs.Direction.receives() && theirs.Addr.Port() != 0 && !theirs.Addr.Addr().IsUnspecified()
	if flows {
		reports := theirs.RTCP
		if !reports.IsValid() {
			reports = netip.AddrPortFrom(theirs.Addr.Addr(), theirs.Addr.Port()+1) // RFC 3550 §11
		}
		c.wire.meet(theirs.Addr, reports)
	}
	c.talker.agree(flows, both[0], event)
	if theirs.Addr.Port() == 0 {
		return errRefusedStream
	}
	return nil
}

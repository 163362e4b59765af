package media

import (
	"encoding/binary"
	"math/rand/v2"
)

// report sends a report when one is due.
func (p *Port) report(l *loop) {
	c := &p.ctl
	if p.out.packets == 0 && !p.in.numbers.started {
		return
	}
	if c.due == 0 {
		c.due = l.now + rtcpInterval/2 // the first comes early (RFC 3550 §6.2)
	}
	if l.now < c.due {
		return
	}
	c.due = l.now + rtcpInterval*3/4 + rand.Int64N(rtcpInterval/2)
	p.sendReport(l, false)
}

// bye says that the stream ends, to whoever has had reports of it.
func (p *Port) bye(l *loop) {
	if p.ctl.spoken {
		p.sendReport(l, true)
	}
}

// sendReport sends a compound packet: the report, our name, and perhaps the goodbye.
func (p *Port) sendReport(l *loop, goodbye bool) {
	c := &p.ctl
	target := c.target(p.in.latch.target())
	if !target.IsValid() {
		return
	}
	b := p.appendReport(l.out[:0], l.now)
	b = c.appendName(b, p.out.ssrc)
	if goodbye {
		b = append(b, 0x81, rtcpGoodbye, 0, 1)
		b = binary.BigEndian.AppendUint32(b, p.out.ssrc)
	}
	s := p.rtcp
	if c.mux || s == nil { // nil: the odd port could not be had
		s = p.rtp
		defer p.aim()
	}
	s.aim(target)
	if s.send(b) {
		l.count.sent++
		c.spoken = true
	}
}

// appendReport writes a sender report when we have sent something since the last one, otherwise a receiver
// report, with one block on the party's stream when there is one (RFC 3550 §6.4).
func (p *Port) appendReport(b []byte, now int64) []byte {
	c, o, n := &p.ctl, &p.out, &p.in.numbers
	count, kind, words := byte(0), byte(rtcpReceiver), uint16(1)
	if o.packets > c.told {
		kind, words = rtcpSender, 6
		c.told = o.packets
	}
	if n.started {
		count, words = 1, words+rtcpBlock/4
	}
	b = append(b, 0x80|count, kind)
	b = binary.BigEndian.AppendUint16(b, words)
	b = binary.BigEndian.AppendUint32(b, o.ssrc)
	if kind == rtcpSender {
		b = binary.BigEndian.AppendUint64(b, ntp(now))
		b = binary.BigEndian.AppendUint32(b, o.timestamp+samplesIn(now-o.at))
		b = binary.BigEndian.AppendUint32(b, uint32(o.packets))
		b = binary.BigEndian.AppendUint32(b, uint32(o.octets))
	}
	if count == 0 {
		return b
	}
	fraction := c.fraction(n)
	b = binary.BigEndian.AppendUint32(b, n.ssrc)
	b = binary.BigEndian.AppendUint32(b, uint32(fraction)<<24|uint32(min(n.lost(), 1<<23-1)))
	b = binary.BigEndian.AppendUint32(b, n.extended())
	b = binary.BigEndian.AppendUint32(b, n.jitter16>>4)
	if c.senderAt == 0 {
		return append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	b = binary.BigEndian.AppendUint32(b, c.senderTime)
	held := uint64(now-c.senderAt) << 16 / 1e9
	return binary.BigEndian.AppendUint32(b, uint32(held))
}

// fraction is the share of packets lost since the last report, in 1/256 (RFC 3550 §A.3).
func (c *control) fraction(n *numbering) byte {
	expected := n.expected + n.span()
	due, came := expected-c.priorExpected, n.received-c.priorReceived
	c.priorExpected, c.priorReceived = expected, n.received
	if due == 0 || came >= due {
		return 0
	}
	return byte((due - came) << 8 / due)
}

// appendName writes the source description: the canonical name alone (RFC 3550 §6.5).
func (c *control) appendName(b []byte, ssrc uint32) []byte {
	const size = byte(2 + len(c.name) + 2) // the item, and the zeros that fill its last word
	b = append(b, 0x81, rtcpSource, 0, 1+size/4)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	b = append(b, 1, byte(len(c.name)))
	b = append(b, c.name[:]...)
	return append(b, 0, 0)
}

// keepAlive sends a packet of silence when the party has had nothing for long, so that no NAT on the way
// forgets it: it hears a voice that is silent, or nobody's.
func (p *Port) keepAlive(l *loop) {
	o := &p.out
	if o.deaf() || !o.begun || o.slot != noSlot || l.now-max(o.at, p.in.since) < keepAlive {
		return
	}
	l.frame.SetSilence()
	timestamp, first := o.generate(l.now)
	p.sendFrame(l, &l.frame, timestamp, first)
}

// measure is how the port has sounded so far.
func (p *Port) measure() Quality {
	o, n := &p.out, &p.in.numbers
	q := Quality{
		PacketsSent:     o.packets,
		PacketsReceived: n.received,
		PacketsLost:     n.lost(),
		PacketsRejected: p.in.rejected,
		Jitter:          durationOf(n.jitter16) >> 4,
		MaxJitter:       durationOf(n.worst16) >> 4,
		RoundTrip:       p.ctl.roundTrip,
	}
	if o.types[o.law] != noType {
		q.Codec = o.law.String()
	}
	if q.PacketsReceived > 0 {
		loss := float64(q.PacketsLost) / float64(q.PacketsLost+q.PacketsReceived)
		q.MOS = MOS(loss, q.RoundTrip/2+FrameDuration, q.Jitter)
	}
	return q
}

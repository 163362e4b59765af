package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"
)

const (
	rtcpInterval = int64(5e9) // nanoseconds between reports, give or take a quarter (RFC 3550 §6.2)

	rtcpSender   = 200 // packet types (RFC 3550 §12.1)
	rtcpReceiver = 201
	rtcpSource   = 202
	rtcpGoodbye  = 203

	rtcpHeader = 4  // bytes
	rtcpBlock  = 24 // bytes of a report block (RFC 3550 §6.4.1)

	roundTripMost = 30 * time.Second // more is a mistake of the far end's
)

// control is a port's RTCP. It belongs to the loop that drives the port.
type control struct {
	signalled netip.AddrPort // where SDP says
	source    netip.AddrPort // where the party's reports come from
	mux       bool           // on the RTP socket (RFC 5761)
	name      [16]byte       // canonical name, random (RFC 7022)

	due                          int64  // when to report; 0: not begun
	spoken                       bool   // a report was sent
	told                         uint64 // our packets at the last report
	priorExpected, priorReceived uint64

	senderTime uint32 // middle bits of the NTP time in the party's last sender report
	senderAt   int64  // when it came; 0: none did
	roundTrip  time.Duration
}

func newControl() (c control) {
	const digits = "0123456789abcdef"
	for i := range c.name {
		c.name[i] = digits[rand.IntN(len(digits))]
	}
	return c
}

// signal tells where SDP wants reports.
func (c *control) signal(to netip.AddrPort, mux bool) {
	if to != c.signalled {
		c.signalled, c.source = to, netip.AddrPort{}
	}
	c.mux = mux
}

// target is where reports go: where the party's come from; until some came where SDP says, unless the party
// turned out to be somewhere else, behind a NAT.
func (c *control) target(rtp netip.AddrPort) netip.AddrPort {
	switch {
	case !rtp.IsValid():
		return netip.AddrPort{}
	case c.mux:
		return rtp
	case c.source.IsValid():
		return c.source
	case c.signalled.IsValid() && c.signalled.Addr().Unmap() == rtp.Addr():
		return c.signalled
	}
	return netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1)
}

// takeRTCP reads a compound packet. Reports of anybody but the party's hosts are rejected.
func (p *Port) takeRTCP(l *loop, from netip.AddrPort, b []byte) {
	if !p.in.latch.knows(from.Addr()) || !checkRTCP(b) {
		p.reject(l)
		return
	}
	p.ctl.source = from
	for len(b) > 0 {
		size := rtcpSize(b)
		p.ctl.read(b[:size], l.now, p.out.ssrc)
		b = b[size:]
	}
}

// checkRTCP reports whether b is one or more whole RTCP packets (RFC 3550 §A.2).
func checkRTCP(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		if len(b) < rtcpHeader || b[0]>>6 != 2 || !isRTCP(b) || rtcpSize(b) > len(b) {
			return false
		}
		b = b[rtcpSize(b):]
	}
	return true
}

func rtcpSize(b []byte) int { return rtcpHeader + 4*int(binary.BigEndian.Uint16(b[2:])) }

// read takes one packet: the time of a sender report, and what is said of our stream.
func (c *control) read(b []byte, now int64, ours uint32) {
	blocks := b[rtcpHeader:]
	switch b[1] {
	case rtcpSender:
		if len(blocks) < 24 {
			return
		}
		c.senderTime, c.senderAt = binary.BigEndian.Uint32(blocks[6:]), now
		blocks = blocks[24:]
	case rtcpReceiver:
		if len(blocks) < 4 {
			return
		}
		blocks = blocks[4:]
	default:
		return
	}
	for n := b[0] & 0x1F; n > 0 && len(blocks) >= rtcpBlock; n-- {
		if binary.BigEndian.Uint32(blocks) == ours {
			c.measure(now, binary.BigEndian.Uint32(blocks[16:]), binary.BigEndian.Uint32(blocks[20:]))
		}
		blocks = blocks[rtcpBlock:]
	}
}

// measure takes the round trip from our time that the party repeats and how long it kept it, both in 1/65536
// of a second (RFC 3550 §6.4.1, LSR and DLSR).
func (c *control) measure(now int64, last, delay uint32) {
	if last == 0 {
		return // it has had no report of ours yet
	}
	units := int32(uint32(ntp(now)>>16) - last - delay)
	trip := time.Duration(units) * time.Second >> 16
	if trip >= 0 && trip <= roundTripMost {
		c.roundTrip = max(trip, 1) // zero would say that it is not known
	}
}

// ntp is the wall clock's time in 1/2^32 of a second since 1900 (RFC 5905 §6).
func ntp(now int64) uint64 {
	const since1900 = 2208988800
	ns := uint64(began.UnixNano() + now)
	return (ns/1e9+since1900)<<32 | (ns%1e9)<<32/1e9
}

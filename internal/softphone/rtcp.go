package softphone

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// ReportsEvery is how often a phone sends RTCP, when it is not told otherwise (RFC 3550 §6.2).
const ReportsEvery = 5 * time.Second

// reports is the RTCP of one call: a socket beside that of the sound (RFC 3550 §6).
type reports struct {
	audio  *Audio
	socket *net.UDPConn
	every  time.Duration

	mu        sync.Mutex
	remote    netip.AddrPort // guarded by mu; not valid: nowhere to send to yet
	received  []rtcp.Packet  // guarded by mu
	lastSR    uint32         // guarded by mu; middle of the NTP time in their last sender report
	lastAt    time.Time      // guarded by mu; when it came
	roundTrip time.Duration  // guarded by mu
}

func openReports(host string, a *Audio, every time.Duration) (*reports, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(hostAddr(host), 0)))
	if err != nil {
		return nil, err
	}
	return &reports{audio: a, socket: c, every: every}, nil
}

func (r *reports) meet(remote netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remote = remote
}

// read takes reports until the socket is closed.
func (r *reports) read() {
	buf := make([]byte, 1500)
	for {
		n, err := r.socket.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier packet
		}
		if list, err := rtcp.Unmarshal(append([]byte(nil), buf[:n]...)); err == nil {
			r.take(list, time.Now())
		}
	}
}

func (r *reports) take(list []rtcp.Packet, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range list {
		r.received = append(r.received, p)
		var about []rtcp.ReceptionReport
		switch p := p.(type) {
		case *rtcp.SenderReport:
			r.lastSR, r.lastAt, about = uint32(p.NTPTime>>16), at, p.Reports
		case *rtcp.ReceiverReport:
			about = p.Reports
		}
		for _, b := range about {
			if b.LastSenderReport == 0 {
				continue
			}
			// RFC 3550 §6.4.1: A − LSR − DLSR, in 1/65536 s.
			if trip := int32(uint32(ntp(at)>>16) - b.LastSenderReport - b.Delay); trip >= 0 {
				r.roundTrip = time.Duration(trip) * time.Second >> 16
			}
		}
	}
}

// send reports what was sent and heard so far.
func (r *reports) send() {
	r.mu.Lock()
	remote, lastSR, lastAt := r.remote, r.lastSR, r.lastAt
	r.mu.Unlock()
	if !remote.IsValid() {
		return
	}
	now := time.Now()
	t := r.audio.talker
	t.mu.Lock()
	report := &rtcp.SenderReport{SSRC: t.ssrc, NTPTime: ntp(now), RTPTime: t.ts, PacketCount: t.packets, OctetCount: t.octets}
	t.mu.Unlock()
	if block, ok := r.audio.ear.reception(); ok {
		if lastSR != 0 {
			block.LastSenderReport, block.Delay = lastSR, uint32(now.Sub(lastAt)<<16/time.Second)
		}
		report.Reports = []rtcp.ReceptionReport{block}
	}
	name := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: report.SSRC, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "softphone@" + r.socket.LocalAddr().String()}},
	}}}
	if b, err := rtcp.Marshal([]rtcp.Packet{report, name}); err == nil {
		_, _ = r.socket.WriteToUDPAddrPort(b, remote) //nolint:errcheck // best effort, as RTP
	}
}

// ntp is the time as RTCP writes it: seconds since 1900 in 32.32 bits (RFC 3550 §4).
func ntp(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// tally is what a reception report says of the stream heard last (RFC 3550 §A.3, §A.8).
type tally struct {
	ssrc           uint32
	base, highest  uint32 // extended sequence numbers
	received       uint32
	jitter         float64
	transit        float64
	priorExpected  uint32
	priorReceived  uint32
	anythingCounts bool
}

func (y *tally) count(p *Packet) {
	transit := float64(p.At.UnixNano())*sampleRate/1e9 - float64(p.Timestamp)
	if !y.anythingCounts || y.ssrc != p.SSRC {
		*y = tally{ssrc: p.SSRC, base: uint32(p.Seq), highest: uint32(p.Seq), received: 1, transit: transit, anythingCounts: true}
		return
	}
	y.received++
	if ahead := int16(p.Seq - uint16(y.highest)); ahead > 0 {
		y.highest += uint32(ahead)
	}
	if d := max(transit-y.transit, y.transit-transit); d < sampleRate { // more is a jump of the timestamps
		y.jitter += (d - y.jitter) / 16
	}
	y.transit = transit
}

// reception is the report block of the stream heard last; false when nothing was heard.
func (e *ear) reception() (rtcp.ReceptionReport, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	y := &e.tally
	if !y.anythingCounts {
		return rtcp.ReceptionReport{}, false
	}
	expected := y.highest - y.base + 1
	block := rtcp.ReceptionReport{SSRC: y.ssrc, LastSequenceNumber: y.highest, Jitter: uint32(y.jitter), TotalLost: uint32(max(0, int64(expected)-int64(y.received)))}
	span, got := expected-y.priorExpected, y.received-y.priorReceived
	if span > 0 && got < span {
		block.FractionLost = uint8((span - got) << 8 / span)
	}
	y.priorExpected, y.priorReceived = expected, y.received
	return block, true
}

// Reports are the RTCP packets received, oldest first. A Fleet's calls have none.
func (a *Audio) Reports() []rtcp.Packet {
	r := a.reports()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]rtcp.Packet(nil), r.received...)
}

// RoundTrip is the time to the other side and back by its last RTCP report; 0 before there was one.
func (a *Audio) RoundTrip() time.Duration {
	r := a.reports()
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.roundTrip
}

func (a *Audio) reports() *reports {
	if w, ok := a.wire.(*ownWire); ok {
		return w.reports
	}
	return nil
}

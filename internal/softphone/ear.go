package softphone

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// A Packet is one RTP packet as it arrived.
type Packet struct {
	At          time.Time
	From        netip.AddrPort
	Seq         uint16
	Timestamp   uint32
	SSRC        uint32
	Marker      bool
	PayloadType uint8
	Payload     []byte
}

// An ear hears the packets of one call: it keeps them, counts them and reads the stamps in them.
type ear struct {
	keep    int
	latency *latencies // where one-way delays are added

	mu       sync.Mutex
	packets  []Packet      // guarded by mu; the last keep
	total    int           // guarded by mu; all that ever came
	changed  chan struct{} // guarded by mu; closed and replaced by a packet when somebody waits
	awaited  bool          // guarded by mu; somebody holds changed
	events   uint8         // guarded by mu; payload type of telephone-event as we offered it
	counters meter         // guarded by mu
	tally    tally         // guarded by mu; for RTCP

	sound   *gate // open when the first packet of audio is here
	stamped *gate // open when the first stamp is here
}

// latencies is a distribution that several ears add to.
type latencies struct {
	mu  sync.Mutex
	all Latency // guarded by mu
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	l.all.Add(d)
	l.mu.Unlock()
}

// A gate is a channel that is closed once.
type gate struct {
	once sync.Once
	c    chan struct{}
}

func newGate() *gate  { return &gate{c: make(chan struct{})} }
func (g *gate) open() { g.once.Do(func() { close(g.c) }) }
func (g *gate) isOpen() bool {
	select {
	case <-g.c:
		return true
	default:
		return false
	}
}

func newEar(keep int, l *latencies) *ear {
	return &ear{keep: keep, latency: l, changed: make(chan struct{}), sound: newGate(), stamped: newGate()}
}

// hear takes one datagram; b is the caller's again afterwards.
func (e *ear) hear(b []byte, at time.Time, from netip.AddrPort) {
	p, ok := parseRTP(b)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !ok {
		e.counters.malformed++
		return
	}
	p.At, p.From = at, from
	e.total++
	e.tally.count(&p)
	if p.PayloadType == uint8(PCMU) || p.PayloadType == uint8(PCMA) {
		e.measure(&p)
	}
	if e.keep > 0 {
		p.Payload = append([]byte(nil), p.Payload...)
		if len(e.packets) >= 2*e.keep {
			e.packets = append(e.packets[:0], e.packets[len(e.packets)-e.keep:]...)
		}
		e.packets = append(e.packets, p)
	}
	if e.awaited {
		e.awaited = false
		close(e.changed)
		e.changed = make(chan struct{})
	}
}

// measure is called with mu held.
func (e *ear) measure(p *Packet) {
	if e.counters.audio++; e.counters.audio == 1 {
		e.counters.firstAudio = p.At
		e.sound.open()
	}
	e.counters.lastAudio = p.At
	s, ok := readStamp(p.Payload, Codec(p.PayloadType))
	if !ok {
		return
	}
	if e.counters.stamp(s, p.At) {
		e.latency.add(p.At.Sub(s.Sent))
	}
	e.stamped.open()
}

// parseRTP reads a packet; its payload is a part of b (RFC 3550 §5.1).
func parseRTP(b []byte) (Packet, bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 {
		return Packet{}, false
	}
	head := rtpHeader + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		if len(b) < head+4 {
			return Packet{}, false
		}
		head += 4 + 4*int(binary.BigEndian.Uint16(b[head+2:]))
	}
	tail := len(b)
	if b[0]&0x20 != 0 && tail > 0 {
		tail -= int(b[tail-1])
	}
	if head > tail {
		return Packet{}, false
	}
	return Packet{
		Seq: binary.BigEndian.Uint16(b[2:]), Timestamp: binary.BigEndian.Uint32(b[4:]), SSRC: binary.BigEndian.Uint32(b[8:]),
		Marker: b[1]&0x80 != 0, PayloadType: b[1] & 0x7f, Payload: b[head:tail],
	}, true
}

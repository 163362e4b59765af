package media

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// bench is an engine driven by hand, in a network that is only memory.
type bench struct {
	t      testing.TB
	net    *memory
	engine *Engine
	now    int64
	phones int
	lazy   bool // ring lets no loop run
	log    bytes.Buffer
}

func newBench(t testing.TB, cfg Config) *bench {
	t.Helper()
	b := &bench{t: t, net: newMemory(), now: 1e9}
	if cfg.Loops == 0 {
		cfg.Loops = 1
	}
	cfg.Listen = netip.MustParseAddr("192.0.2.1")
	e, err := newEngine(cfg, slog.New(slog.NewTextHandler(&b.log, nil)), b.net)
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	e.state, e.full = engineRuns, 1 // by step, and each loop has its share at once
	for _, l := range e.loops {
		l.begun = true // without a P of its own
		l.step(b.now)
	}
	return b
}

// run lets d pass, a millisecond at a time.
func (b *bench) run(d time.Duration) {
	for end := b.now + int64(d); b.now < end; {
		b.now += int64(min(time.Duration(end-b.now), time.Millisecond))
		b.settle()
	}
}

// settle lets the loops do what there is to be done now.
func (b *bench) settle() {
	for _, l := range b.engine.loops {
		for more := true; more; {
			l.step(b.now)
			more = l.news.Load() || len(l.poll.ready()) > 0
		}
	}
}

// phone is a party of a port: it says what the test makes it say and keeps what it hears.
type phone struct {
	b    *bench
	port *Port
	at   netip.AddrPort // where its RTP comes from
	ssrc uint32
	seq  uint16
	ts   uint32
	pt   uint8
	keys []string
}

// terms are the SDP that a phone answers with.
type terms struct {
	codecs string // "0 8 101"
	more   string // further lines
	addr   string // of c=; "": the phone's
}

// ring opens a port and lets a phone at 198.51.100.n accept its offer.
func (b *bench) ring(opts PortOptions, with terms) *phone {
	b.t.Helper()
	b.phones++
	ph := &phone{
		b: b, at: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(b.phones)}), 4000),
		ssrc: uint32(b.phones) << 16, seq: uint16(100 * b.phones), ts: uint32(100000 * b.phones),
	}
	if opts.OnDigit == nil {
		opts.OnDigit = func(key byte, held time.Duration) {
			ph.keys = append(ph.keys, fmt.Sprintf("%c %v", key, held))
		}
	}
	if opts.Name == "" {
		opts.Name = fmt.Sprint("voice ", b.phones)
	}
	p, err := b.engine.Open(opts)
	if err != nil {
		b.t.Fatal(err)
	}
	ph.port = p
	p.Offer()
	if err := p.Accept(ph.sdp(with)); err != nil {
		b.t.Fatal(err)
	}
	if with.codecs == "8" || with.codecs == "8 101" {
		ph.pt = 8
	}
	if !b.lazy {
		b.settle()
	}
	return ph
}

// sdp is the phone's description of itself.
func (ph *phone) sdp(with terms) []byte {
	if with.codecs == "" {
		with.codecs = "0 8 101"
	}
	if with.addr == "" {
		with.addr = ph.at.Addr().String()
	}
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP %[3]s\r\na=rtpmap:101 telephone-event/8000\r\n%[4]s",
		with.addr, ph.at.Port(), with.codecs, with.more)
}

func (ph *phone) socket() *memorySocket { return ph.port.rtp.(*memorySocket) }

// put gives a packet to the port and lets the loops see it.
func (ph *phone) put(data []byte) {
	s := ph.socket()
	s.waiting = append(s.waiting, datagram{data, ph.at})
	ph.b.settle()
}

// packet is an RTP packet of the phone's stream.
func (ph *phone) packet(seq uint16, ts uint32, pt uint8, marker bool, payload []byte) []byte {
	return rtpPacket(ph.b.t, rtp.Header{
		Version: 2, PayloadType: pt, SequenceNumber: seq, Timestamp: ts, SSRC: ph.ssrc, Marker: marker,
	}, payload)
}

func rtpPacket(t testing.TB, h rtp.Header, payload []byte) []byte {
	t.Helper()
	data, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// say sends the next packet of the phone's stream, of n samples of b.
func (ph *phone) say(n int, b byte) {
	ph.put(ph.packet(ph.seq, ph.ts, ph.pt, false, bytes.Repeat([]byte{b}, n)))
	ph.seq++
	ph.ts += uint32(n)
}

// talk says b for d, a packet each 20 ms.
func (ph *phone) talk(d time.Duration, b byte) {
	for range d / FrameDuration {
		ph.say(FrameSamples, b)
		ph.b.run(FrameDuration)
	}
}

// hears takes what the phone has been sent since it was last asked.
func (ph *phone) hears() []rtp.Packet {
	ph.b.t.Helper()
	s := ph.socket()
	var all []rtp.Packet
	for _, d := range s.sent {
		var pk rtp.Packet
		if err := pk.Unmarshal(d.data); err != nil {
			ph.b.t.Fatal(err)
		}
		all = append(all, pk)
	}
	s.sent = nil
	return all
}

// sentTo is where the last packet went.
func (ph *phone) sentTo() netip.AddrPort {
	s := ph.socket()
	if len(s.sent) == 0 {
		return netip.AddrPort{}
	}
	return s.sent[len(s.sent)-1].peer
}

// bridge lets two ports hear each other.
func bridge(a, b *phone) {
	a.port.Hear(b.port.Voice())
	b.port.Hear(a.port.Voice())
	a.b.settle()
}

// tone is a source of frames that are all b; it ends after n of them, or never when n is 0.
type frames struct {
	name string
	b    byte
	n    int
	got  int
}

func (s *frames) Next(f *Frame) bool {
	if s.n > 0 && s.got == s.n {
		return false
	}
	s.got++
	var coded [FrameSamples]byte
	for i := range coded {
		coded[i] = s.b
	}
	f.SetCoded(MuLaw, coded[:])
	return true
}

func (s *frames) String() string { return s.name }

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// continuous fails the test unless the packets' numbers follow one another and their timestamps never go back.
func continuous(t testing.TB, packets []rtp.Packet) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1], packets[i]
		if b.SSRC != a.SSRC {
			t.Fatalf("packet %d has another SSRC: %x after %x", i, b.SSRC, a.SSRC)
		}
		if b.SequenceNumber != a.SequenceNumber+1 {
			t.Fatalf("packet %d has number %d after %d", i, b.SequenceNumber, a.SequenceNumber)
		}
		if step := int32(b.Timestamp - a.Timestamp); step < int32(len(a.Payload)) && a.PayloadType != 101 {
			t.Fatalf("packet %d: the timestamp moves by %d after a packet of %d samples", i, step, len(a.Payload))
		}
	}
}

package media

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// PortOptions say what a Port is opened for. The zero value takes both laws, µ-law first.
type PortOptions struct {
	Near   *Port      // a port it will talk to: the same loop drives both; may be nil
	Laws   []Law      // codecs in our order of preference; nil: MuLaw, ALaw
	Name   string     // what Voice().String says: "voice 2001"
	Remote netip.Addr // the peer's signalling address: chooses the address advertised to it, and its family
	Offer  []byte     // the peer's, when it called: its address may be of the other family; may be nil

	// OnDigit is told each key once, when it is released. held is 0 when unknown.
	// It is called on the media loop and must not block; nil: nobody asks.
	OnDigit func(key byte, held time.Duration)

	// OnSilent is told once when the party has sent nothing for Config.SilenceLimit although audio was
	// agreed, it is not held, and it was given something to hear. A packet makes it ready to be told again.
	// It is called on the media loop and must not block; nil: nobody asks.
	OnSilent func()

	// InBand allows keys to be recognised in the audio of a party that did not agree to RFC 4733 events.
	InBand bool
}

// A Port is one party's RTP: its sockets, what the party says (Voice) and what it hears (Hear).
// Its methods may be called from any goroutine.
type Port struct {
	// What every packet needs comes first. in, out and ctl belong to the loop at.
	rtp   socket
	voice voice
	in    incoming
	out   outgoing
	rtcp  socket
	ctl   control
	place int // in the loop's books

	engine     *Engine
	opts       PortOptions
	local      netip.AddrPort
	advertised netip.Addr
	gone       chan struct{} // closed when the sockets are; final is set then
	final      Quality

	// Where the port belongs; guarded by engine.mu.
	hears   *Port     // whose voice it hears
	heardBy gathering // who hears its voice
	seated  *Mixer    // whose seat it hears

	mu     sync.Mutex
	want   *loop         // where it should be; guarded by engine.mu for reading, by both for writing
	at     *loop         // guarded by mu: where it is, or is about to arrive; nil: closed
	inbox  []func(*loop) // guarded by mu: commands for that loop, in order
	closed bool          // guarded by mu
	talk   talk          // guarded by mu
}

func newPort(e *Engine, opts PortOptions, advertised netip.Addr, rtp, rtcp socket) *Port {
	if len(opts.Laws) == 0 {
		opts.Laws = []Law{MuLaw, ALaw}
	}
	p := &Port{
		engine: e, opts: opts, rtp: rtp, rtcp: rtcp, local: rtp.local(), advertised: advertised,
		gone: make(chan struct{}),
	}
	p.opts.Offer = nil // it has been of use, and is not kept for as long as the call
	p.voice.port, p.ctl = p, newControl()
	p.talk = talk{session: NewSession(), laws: slices.Clone(opts.Laws), event: eventPayloadType, apart: rtcp != nil}
	p.in.listeners = p.in.room[:0]
	p.in.latch.peer = opts.Remote.Unmap()
	p.in.keys.Pressed = p.pressed
	// Random, so that a stranger cannot guess them (RFC 3550 §5.1).
	p.out = outgoing{
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32N(1 << 15)), clock: rand.Uint32(), clockAt: Now(),
		types: [2]uint8{noType, noType}, samples: FrameSamples, slot: noSlot,
	}
	return p
}

// Voice is what the party says; it lives as long as the port. It is heard directly by any number of ports,
// and pulled by one Mixer at a time.
func (p *Port) Voice() Voice { return &p.voice }

// LocalAddr is the address of the RTP socket.
func (p *Port) LocalAddr() netip.AddrPort { return p.local }

// SendDigit plays a key to the party for d, as RFC 4733 events when they were agreed and as a tone otherwise.
// Keys are queued; other audio pauses meanwhile.
func (p *Port) SendDigit(key byte, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order(func(l *loop) {
		if !p.out.keys.Press(key, d) {
			l.log.Warn("key cannot be sent", "port", p.opts.Name, "key", fmt.Sprintf("%q", key))
		}
		p.out.keying = p.out.keys.Busy()
		l.schedule(p)
	})
}

// InjectDigit reports a key that came another way (SIP INFO) as if it had come by RTP. One that comes both ways is
// reported once.
func (p *Port) InjectDigit(key byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order(func(l *loop) { p.reportKey(l.now, key, 0, keyByINFO) })
}

// Expect says that the party has had no reason to send anything before now: OnSilent counts from here.
func (p *Port) Expect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order(func(l *loop) { p.in.since, p.in.told = l.now, false })
}

// Quality returns the figures so far; after Close the final ones. It waits for the port's loop to come by,
// less than a millisecond.
func (p *Port) Quality() Quality {
	select {
	case <-p.gone:
		return p.final
	default:
	}
	reply := make(chan Quality, 1)
	p.engine.mu.Lock()
	idle := p.engine.state == engineBuilt
	p.engine.mu.Unlock()
	p.mu.Lock()
	open := !p.closed
	if open && !idle {
		p.order(func(*loop) { reply <- p.measure() })
	}
	p.mu.Unlock()
	if open && idle {
		return Quality{}
	}
	select {
	case q := <-reply:
		return q
	case <-p.gone:
		return p.final
	}
}

// order puts a command into the inbox; it reports false when the port is closed. mu is held.
func (p *Port) order(command func(*loop)) bool {
	if p.closed {
		return false
	}
	p.inbox = append(p.inbox, command)
	p.at.post(p)
	return true
}

// over reports whether the port is closed.
func (p *Port) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

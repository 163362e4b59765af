package media

import "net/netip"

// incoming is what a port takes from its party. It belongs to the loop that drives the port.
type incoming struct {
	listeners []*Port       // those that hear the voice as it comes
	room      [1]*Port      // for listeners: nearly always there is one
	tones     *ToneDetector // nil: not listening for keys in the audio
	latch     latch
	pace      uint32 // packets since the port was last looked after
	told      bool   // OnSilent was called for this silence
	live      bool   // the party should be sending: agreed and not held
	keySSRC   uint32 // of the events: a few senders give them a stream of their own
	passages  passages
	numbers   numbering
	kinds     [128]payloadKind // by payload type
	keys      EventDecoder
	reports   keyReports
	rejected  uint64
	since     int64 // when live began
}

// passages renumbers a stream from which packets are taken out that nobody may hear (events, comfort noise):
// otherwise the listener would count them as lost. It knows the last run of such packets, so that an audio
// packet from before it which comes late still gets its own number.
type passages struct {
	out    uint16 // packets taken out in this timeline
	before uint16 // the same before the last run
	from   uint16 // first number of the last run
	next   uint16 // the number after the last run
}

// begin forgets all at the start of a timeline.
func (g *passages) begin(seq uint16) { *g = passages{from: seq, next: seq} }

// skip takes a packet out.
func (g *passages) skip(seq uint16) {
	if seq != g.next || g.out == g.before {
		g.from, g.before = seq, g.out
	}
	g.next = seq + 1
	g.out++
}

// pass lets the newest audio packet through.
func (g *passages) pass(seq uint16) {
	if seq-g.from > sequenceMemory { // nothing from before the run can come any more
		g.from, g.before = seq, g.out
	}
}

// number is the place of an audio packet among those that are left.
func (g *passages) number(seq uint16) uint16 {
	if int16(seq-g.from) < 0 {
		return seq - g.before
	}
	return seq - g.out
}

// paceMost is how many packets of one party are taken in 100 ms, twenty times what a telephone sends. It stops
// a packet from going round at full speed between two echo tests that were given each other's address.
const paceMost = 200

// isSTUN tells the probes with which phones open their NAT: they share the port (RFC 7983 §7, RFC 8489 §5) and are
// no attack. They are not answered: the party's address is learnt from its sound.
func isSTUN(b []byte) bool {
	return len(b) >= 20 && b[0] < 4 && b[4] == 0x21 && b[5] == 0x12 && b[6] == 0xA4 && b[7] == 0x42
}

// take handles one packet from the RTP socket.
func (p *Port) take(l *loop, from netip.AddrPort, b []byte) {
	in, k := &p.in, &l.packet
	if !parseRTP(b, k) {
		if !isSTUN(b) {
			p.reject(l)
		}
		return
	}
	k.kind = in.kinds[b[1]&0x7F]
	if in.pace++; k.kind == kindUnknown || k.end-k.start > payloadTop || in.pace > paceMost {
		p.reject(l)
		return
	}
	if from == in.latch.source { // nearly always
		in.latch.heard = l.now
	} else if admitted := in.latch.admit(l.now, from, k.ssrc, k.seq); !admitted {
		p.reject(l)
		return
	} else {
		p.aim()
	}
	in.told = false
	order := in.numbers.take(k.ssrc, k.seq)
	switch {
	case order == isOld:
		return
	case order == isBegin:
		in.passages.begin(k.seq)
	}
	if k.kind.audio() {
		if order == inOrder {
			in.passages.pass(k.seq)
		}
		in.numbers.time(l.now, k.timestamp)
		if k.ssrc == in.keySSRC {
			in.keys.Audio(k.timestamp)
		}
		p.say(l, k)
		return
	}
	if order == inOrder {
		in.passages.skip(k.seq)
	}
	if k.kind == kindEvent {
		if k.ssrc != in.keySSRC {
			in.keys.Reset()
			in.keySSRC = k.ssrc
		}
		in.keys.Event(l.now, k.timestamp, k.payload())
	}
}

// aim points the RTP socket at where the party is now.
func (p *Port) aim() {
	target := p.in.latch.target()
	if p.out.aimed = target.IsValid(); p.out.aimed {
		p.rtp.aim(target)
	}
}

func (p *Port) reject(l *loop) {
	p.in.rejected++
	l.count.rejected++
}

// say passes the party's audio to everybody who wants it: first those who wait for it on the line.
func (p *Port) say(l *loop, k *packet) {
	if p.in.tones != nil {
		p.listen(l, k)
	}
	for _, q := range p.in.listeners {
		q.forward(l, p, k)
	}
	if taps := p.voice.taps.Load(); taps != nil {
		l.feed(*taps, k)
	}
	if p.voice.wanted.Load() {
		p.voice.put(k)
	}
}

// listen looks for keys in the party's audio, and silences them: who is to hear a key is sent it anew. What has passed
// before a key was known is too short for anybody to take for one.
func (p *Port) listen(l *loop, k *packet) {
	samples, law := l.samples[:k.end-k.start], k.kind.law()
	Decode(law, samples, k.payload())
	if p.in.tones.Feed(samples); !p.in.tones.Hears() {
		return
	}
	coded, quiet := k.payload(), silenceByte(law)
	for i := range coded {
		coded[i] = quiet
	}
}

// feed copies the packet into the taps, a frame at a time.
func (l *loop) feed(taps []*Tap, k *packet) {
	t := &l.piece
	t.At, t.SSRC, t.Law, t.Timestamp = l.now, k.ssrc, k.kind.law(), k.timestamp
	for rest := k.payload(); len(rest) > 0; {
		n := copy(t.Data[:], rest)
		t.N = uint8(n)
		for _, tap := range taps {
			tap.Push(t)
		}
		rest = rest[n:]
		t.Timestamp += uint32(n)
	}
}

// watch notices that the party has fallen silent.
func (p *Port) watch(l *loop) {
	in := &p.in
	limit := int64(l.engine.cfg.SilenceLimit)
	if limit <= 0 || !in.live || !p.out.begun || in.told || l.now-max(in.latch.heard, in.since) < limit {
		return
	}
	in.told = true
	if p.opts.OnSilent != nil {
		p.opts.OnSilent()
	}
}

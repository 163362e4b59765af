package media

// outgoing is the one RTP stream that a port sends to its party, whatever the party hears: numbers and
// timestamps run on from one source to the next. It belongs to the loop that drives the port.
type outgoing struct {
	// What every packet needs comes first and fits two lines of memory.
	ssrc      uint32
	seq       uint16   // of the newest packet
	law       Law      // of what we generate, and of what must be transcoded
	types     [2]uint8 // the party's payload types by law; noType: not agreed
	mode      mode
	fresh     bool   // the next packet is the first of another source
	sends     bool   // agreed, and the party would listen
	aimed     bool   // it is known where to
	keying    bool   // a key is being sent, or waits
	timestamp uint32 // of the newest packet
	end       uint32 // the timestamp after it
	at        int64  // when it was sent; 0: none was
	follow    following
	packets   uint64
	octets    uint64

	event   uint8         // the party's payload type for telephone events; 0: keys are tones
	begun   bool          // something was heard: from then on silence is sent, too
	linked  bool          // heard is on this loop, and this port is among its listeners
	samples int           // in a packet that we generate: FrameSamples, or less when the party takes no more
	slot    int           // in the loop's wheel; noSlot: none
	source  Source        // what is heard; nil: silence, or heard
	heard   *Port         // whose voice is heard; nil: none
	done    chan struct{} // closed when source or heard is over; nil: already

	clock   uint32 // the timestamp at clockAt: the stream's own time
	clockAt int64
	from    int64  // mode generating: tick that the source began at
	fromTS  uint32 // its timestamp

	keys  EventEncoder
	tone  uint32 // timestamp of the key whose tone has ended
	toned bool   // tone is set
}

// mode is where the newest packet came from.
type mode uint8

const (
	idle       mode = iota
	generating      // pulled from a source, or a key
	forwarding      // another party's packet
)

const (
	noType = 0xFF
	noSlot = -1

	keepAlive = 10e9 // nanoseconds without a packet after which one is sent, for NATs' sake (RFC 6263)
)

// samplesIn is a stretch of monotonic time in timestamp units.
func samplesIn(ns int64) uint32 { return uint32(ns / (1e9 / SampleRate)) }

// now is the timestamp that the stream's clock shows, and never one that was used.
func (o *outgoing) now(now int64) uint32 {
	ts := o.clock + samplesIn(now-o.clockAt)
	if o.at != 0 && int32(ts-o.end) < 0 {
		return o.end
	}
	return ts
}

// due is the timestamp of what would be generated on the tick at.
func (o *outgoing) due(at int64) uint32 {
	if o.mode == generating && !o.fresh {
		return o.fromTS + samplesIn(at-o.from)
	}
	return o.now(at)
}

// generate is called when something is generated on the tick at, and reports whether it is the first.
func (o *outgoing) generate(at int64) (timestamp uint32, first bool) {
	timestamp = o.due(at)
	if o.mode == generating && !o.fresh {
		return timestamp, false
	}
	o.mode, o.fresh = generating, false
	o.from, o.fromTS = at, timestamp
	return timestamp, true
}

// sent notes a packet that was given to the system.
func (o *outgoing) sent(now int64, seq uint16, timestamp, length uint32) {
	o.seq, o.timestamp, o.end, o.at = seq, timestamp, timestamp+length, now
}

// deaf reports whether there is nobody to send to.
func (o *outgoing) deaf() bool { return !o.sends || !o.aimed }

// tick pulls twenty milliseconds for the party and sends them. at is when the tick was due.
func (p *Port) tick(l *loop, at int64) {
	o := &p.out
	if o.keying && p.key(l, at) {
		return
	}
	if o.heard != nil {
		if !o.keying {
			l.schedule(p)
		}
		return
	}
	f := &l.frame
	f.Want = o.law
	if o.source == nil {
		f.SetSilence()
	} else if l.count.pulled++; !o.source.Next(f) {
		o.finish()
		o.fresh = true
		f.SetSilence()
		l.schedule(p)
	}
	if o.deaf() {
		o.fresh = true
		return
	}
	timestamp, first := o.generate(at)
	p.sendFrame(l, f, timestamp, first)
}

// sendFrame sends one frame, in as many packets as the party wants it.
func (p *Port) sendFrame(l *loop, f *Frame, timestamp uint32, marker bool) {
	o := &p.out
	coded := f.Coded(o.law)
	for at := 0; at < FrameSamples; at += o.samples {
		n := min(o.samples, FrameSamples-at)
		b := l.out[:rtpHeader+n]
		writeRTP(b, o.types[o.law], marker && at == 0, o.seq+1, timestamp+uint32(at), o.ssrc)
		copy(b[rtpHeader:], coded[at:at+n])
		o.sent(l.now, o.seq+1, timestamp+uint32(at), uint32(n))
		p.transmit(l, b)
	}
}

// transmit gives an RTP packet to the system.
func (p *Port) transmit(l *loop, b []byte) {
	if p.rtp.send(b) {
		p.out.packets++
		p.out.octets += uint64(len(b) - rtpHeader)
		l.count.sent++
	}
}

// finish tells whoever waits that what was heard is over.
func (o *outgoing) finish() {
	o.source, o.heard = nil, nil
	if o.done != nil {
		close(o.done)
		o.done = nil
	}
}

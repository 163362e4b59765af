package media

// following is how the numbers of a voice become those of the stream that it is forwarded into.
type following struct {
	epoch uint32 // of the voice's timeline
	seq   uint16 // to be added
	ts    uint32 // to be added
	first uint16 // number of the first packet: older ones belong to what was heard before
	inTS  uint32 // the voice's newest timestamp
	inAt  int64  // and its arrival
}

// followSlack is how far, in timestamp units, a voice's timestamps may leave the clock on the wall in one
// step; a sender that jumps further has set its clock anew, and the listener must not be made to wait.
const followSlack = 2 * SampleRate

// jumps reports whether the voice's timestamps have left its own clock.
func (f *following) jumps(now int64, timestamp uint32) bool {
	off := int64(int32(timestamp-f.inTS)) - (now-f.inAt)/(1e9/SampleRate)
	return off > followSlack || off < -followSlack
}

// forward sends a packet of another party on, as it arrives: the payload untouched when this party takes its
// law, through a table otherwise. Only SSRC, number, timestamp and payload type are ours; gaps, order and
// marker stay the sender's.
func (p *Port) forward(l *loop, from *Port, k *packet) {
	o := &p.out
	if !o.sends || !o.aimed || o.keying {
		o.fresh = true
		return
	}
	place, f := from.in.passages.number(k.seq), &o.follow
	length := uint32(k.end - k.start)
	marker, newest := k.marker, false
	if o.mode != forwarding || o.fresh || f.epoch != from.in.numbers.epoch {
		o.join(l.now, from, k, place)
		marker, newest = true, true
	} else {
		switch seq := place + f.seq; {
		case int16(seq-f.first) < 0:
			return
		case int16(seq-o.seq) > 0:
			newest = true
			if seq-f.first > 2*sequenceMemory {
				f.first = seq - sequenceMemory // numbers go round; what is older than this is not let in anyway
			}
			if f.jumps(l.now, k.timestamp) {
				o.join(l.now, from, k, place)
				marker = true
			}
		}
	}
	seq, timestamp := place+f.seq, k.timestamp+f.ts
	if newest {
		f.inTS, f.inAt = k.timestamp, l.now
		o.sent(l.now, seq, timestamp, length)
	}
	law := k.kind.law()
	b := k.buf[k.start-rtpHeader : k.end]
	if o.types[law] == noType {
		b = l.out[:rtpHeader+len(k.payload())]
		transcodeTo(b[rtpHeader:], law, k.payload())
		law = o.law
	}
	writeRTP(b, o.types[law], marker, seq, timestamp, o.ssrc)
	l.count.forwarded++
	p.transmit(l, b)
}

// join begins to follow a voice at packet k: its number comes after the newest one, its timestamp is what the
// stream's clock shows.
func (o *outgoing) join(now int64, from *Port, k *packet, place uint16) {
	first := o.seq + 1
	o.follow = following{
		epoch: from.in.numbers.epoch,
		seq:   first - place,
		ts:    o.now(now) - k.timestamp,
		first: first,
		inTS:  k.timestamp,
		inAt:  now,
	}
	o.mode, o.fresh = forwarding, false
}

// transcodeTo writes payload, of the given law, in the other one.
func transcodeTo(to []byte, from Law, payload []byte) {
	table := &muToA
	if from == ALaw {
		table = &aToMu
	}
	to = to[:len(payload)]
	for i, b := range payload {
		to[i] = table[b]
	}
}

package media

import "time"

const (
	jitterCap = 2048 // samples held, 256 ms: also the history that concealment repeats

	jitterMin = 20 * time.Millisecond
	jitterMax = 160 * time.Millisecond

	jitterStray  = 3   // packets in a row that fit nowhere begin a new timeline
	jitterWindow = 100 // packets, about two seconds, over which spare delay is looked for
)

// A Jitter evens out the arrival of one voice for a listener that pulls a frame every twenty milliseconds.
//
// Packets of any length are put in any order; Next takes the samples in the order of their timestamps,
// some time after their arrival. That delay begins at Min, grows when packets come too late, up to Max, and
// shrinks again when it was not needed for a while; with Min and Max alike it is fixed. What is missing is
// concealed by repeating the last period of the voice, fading for sixty milliseconds, and is silence then.
//
// The zero value is ready. A Jitter belongs to one goroutine, the port's loop; it is 2.5 KiB and
// allocates nothing.
type Jitter struct {
	Min time.Duration // 0: 20 ms
	Max time.Duration // 0: 160 ms; at most 200 ms

	started bool
	ssrc    uint32
	law     Law
	play    uint32 // timestamp of the next sample to be heard
	lead    int32  // samples between a punctual packet and play: the delay
	ring    [jitterCap]byte
	present [jitterCap / 64]uint64 // which samples of the ring are still to be heard

	top   uint16 // highest sequence number seen
	seen  uint64 // bit i: top-i was seen
	stray int    // packets in a row that came too late or from another time

	window   int   // packets left of the window
	leastAhd int32 // smallest lead seen in the window
	surplus  int32 // samples of delay to give up at the next chance

	missed int   // frames concealed in a row
	lag    int32 // the period that concealment repeats; 0: not looked for yet

	stats JitterStats
}

// JitterStats counts what a listener did not get as it was sent.
type JitterStats struct {
	Late      uint64 // packets that came when their time was over, wholly or in part
	Concealed uint64 // frames of which a part was made up
}

// Stats returns the counts since the beginning; Reset does not clear them.
func (j *Jitter) Stats() JitterStats { return j.stats }

// Reset forgets the stream; the next packet begins a new one.
func (j *Jitter) Reset() {
	*j = Jitter{Min: j.Min, Max: j.Max, stats: j.stats}
}

// Put takes the audio of one RTP packet, in timestamp units of 8000 a second. An SSRC other than the last
// one's, or a timestamp that fits nowhere, begins a new timeline. The payload is copied.
func (j *Jitter) Put(ssrc uint32, seq uint16, timestamp uint32, law Law, payload []byte) {
	if len(payload) == 0 || len(payload) > jitterCap/2 {
		return
	}
	if !j.started || ssrc != j.ssrc {
		j.begin(ssrc, seq, timestamp, law)
	} else if j.duplicate(seq) {
		return
	} else {
		j.place(timestamp)
	}
	if law != j.law {
		Transcode(j.law, law, j.ring[:])
		j.law = law
	}
	for _, b := range payload {
		if int32(timestamp-j.play) >= 0 {
			at := timestamp % jitterCap
			j.ring[at] = b
			j.present[at/64] |= 1 << (at % 64)
		}
		timestamp++
	}
}

// begin anchors a new stream.
func (j *Jitter) begin(ssrc uint32, seq uint16, timestamp uint32, law Law) {
	j.started, j.ssrc, j.law = true, ssrc, law
	j.top, j.seen = seq, 1
	j.missed, j.lag = jitterFade, 0
	for i := range j.ring {
		j.ring[i] = silenceByte(law)
	}
	j.anchor(timestamp)
}

// anchor lets the packet with this timestamp be heard after the shortest delay, and drops what waits.
func (j *Jitter) anchor(timestamp uint32) {
	j.lead = j.least()
	j.play = timestamp - uint32(j.lead)
	clear(j.present[:])
	j.stray = 0
	j.measure()
}

// measure begins a new window.
func (j *Jitter) measure() {
	j.window, j.leastAhd, j.surplus = jitterWindow, jitterCap, 0
}

func (j *Jitter) least() int32 {
	if j.Min > 0 {
		return int32(samplesOf(min(j.Min, j.most())))
	}
	return int32(samplesOf(min(jitterMin, j.most())))
}

func (j *Jitter) most() time.Duration {
	if j.Max > 0 {
		return min(j.Max, 200*time.Millisecond)
	}
	return jitterMax
}

// duplicate notes the sequence number and reports whether it came before.
func (j *Jitter) duplicate(seq uint16) bool {
	ahead := int16(seq - j.top)
	switch {
	case ahead > 0:
		j.seen = j.seen<<ahead | 1 // shifting by 64 or more leaves the 1
		j.top = seq
	case ahead <= -64: // the sender began anew
		j.seen, j.top = 1, seq
	default:
		bit := uint64(1) << -ahead
		if j.seen&bit != 0 {
			return true
		}
		j.seen |= bit
	}
	return false
}

// place decides what a packet's time of arrival means for the delay.
func (j *Jitter) place(timestamp uint32) {
	most := int32(samplesOf(j.most()))
	ahead := int32(timestamp - j.play)
	switch {
	case ahead > most+2*FrameSamples: // the timestamps have jumped, or nobody has pulled for a while
		j.anchor(timestamp)
	case ahead >= 0:
		j.stray = 0
		j.leastAhd = min(j.leastAhd, ahead)
		if j.window--; j.window <= 0 {
			spare := j.leastAhd - j.least()
			j.measure()
			if spare >= FrameSamples {
				j.surplus = min(spare, FrameSamples)
			}
		}
	default:
		j.late(timestamp, -ahead, most)
	}
}

// late takes a packet whose first sample should have been heard by samples ago: the delay grows by as much,
// or when it must not, a few such packets in a row begin a new timeline.
func (j *Jitter) late(timestamp uint32, by, most int32) {
	j.stats.Late++
	if j.lead+by <= most {
		j.lead += by
		j.play -= uint32(by)
		j.stray = 0
		j.measure()
		return
	}
	if j.stray++; j.stray >= jitterStray {
		j.anchor(timestamp)
	}
}

// Next fills f with the next twenty milliseconds: the voice, what conceals a gap in it, or silence.
func (j *Jitter) Next(f *Frame) {
	if !j.started {
		f.SetSilence()
		return
	}
	if j.surplus > 0 && j.whole(j.play, FrameSamples+j.surplus) {
		j.shorten(f)
		return
	}
	switch missing := j.missing(); {
	case missing == 0:
		j.missed, j.lag = 0, 0
		j.take(f)
	case missing == FrameSamples && j.missed >= jitterFade:
		f.SetSilence()
		for i := range uint32(FrameSamples) {
			j.ring[(j.play+i)%jitterCap] = silenceByte(j.law)
		}
	default:
		j.conceal(f)
	}
	j.advance(FrameSamples)
}

// take hands the frame at play to f as it is.
func (j *Jitter) take(f *Frame) {
	at := j.play % jitterCap
	if at+FrameSamples <= jitterCap {
		f.SetCoded(j.law, j.ring[at:at+FrameSamples])
		return
	}
	f.kind, f.law = frameCoded, j.law
	n := copy(f.coded[:], j.ring[at:])
	copy(f.coded[n:], j.ring[:])
}

// missing counts the samples of the frame at play that have not come.
func (j *Jitter) missing() int {
	n := 0
	for i := range uint32(FrameSamples) {
		if !j.has(j.play + i) {
			n++
		}
	}
	return n
}

func (j *Jitter) whole(from uint32, n int32) bool {
	for i := range uint32(n) {
		if !j.has(from + i) {
			return false
		}
	}
	return true
}

func (j *Jitter) has(timestamp uint32) bool {
	at := timestamp % jitterCap
	return j.present[at/64]&(1<<(at%64)) != 0
}

// advance moves on by n samples; they stay in the ring as history.
func (j *Jitter) advance(n uint32) {
	for range n {
		at := j.play % jitterCap
		j.present[at/64] &^= 1 << (at % 64)
		j.play++
	}
}

// shorten gives up surplus samples of delay: the frame fades from the voice to the voice that much later.
func (j *Jitter) shorten(f *Frame) {
	table := decodeTable(j.law)
	var mixed [FrameSamples]int16
	for i := range int32(FrameSamples) {
		now := int32(table[j.ring[(j.play+uint32(i))%jitterCap]])
		later := int32(table[j.ring[(j.play+uint32(i+j.surplus))%jitterCap]])
		mixed[i] = int16((now*(FrameSamples-i) + later*i) / FrameSamples)
	}
	f.SetLinear(mixed[:])
	j.missed, j.lag = 0, 0
	j.lead = max(j.lead-j.surplus, j.least())
	j.advance(uint32(FrameSamples + j.surplus))
	j.surplus = 0
}

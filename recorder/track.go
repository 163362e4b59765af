package recorder

import (
	"math"

	"hatif/media"
)

// When packets no longer fit the timeline that they are on, in samples.
const (
	tooEarly = 300 * media.SampleRate / 1000 // sooner than any jitter: the timestamps have jumped
	tooLate  = media.SampleRate              // the timestamps stood still, or jumped back

	jumpAt = 20 * media.SampleRate / 1000 // an error of this size is put right at once
	slewAt = 2 * media.SampleRate / 1000  // one of this size a sample a packet, which nobody hears

	concealed = 60 * media.SampleRate / 1000 // gaps up to here are filled with what was before, fading
	repeated  = media.FrameSamples           // the piece that is repeated

	missedInARow = 5 // packets later than the writer waits, after which the delay is taken to have grown
)

// A track places the packets of one tap on the recording's time.
//
// A packet says when it was spoken on the sender's clock, by its timestamp, and when it arrived on ours.
// The track maps the one to the other so that the quickest packets lie where they arrived and all others
// where the timestamps put them, which takes the jitter out; it follows the drift of the sender's clock.
// Another SSRC, or timestamps that jump, begin a new mapping.
type track struct {
	tap   *media.Tap
	ended bool // guarded by the recording's mu: the tap gets no more packets

	started bool
	ssrc    uint32
	missed  int // packets in a row that were too late to be placed

	timestamp uint32  // that lies at position
	position  int64   // samples since the recording began
	least     minimum // how much later than at their place packets arrived, at least

	edge int64 // where the audio placed so far ends
}

// place puts packets, in the order of their arrival, on line, which begins at the sample first.
func (t *track) place(packets []media.TapPacket, begun, first int64, line []int16) {
	for len(packets) > 0 {
		n := t.run(packets, begun)
		t.correct()
		for i := range packets[:n] {
			t.put(&packets[i], begun, first, line)
		}
		packets = packets[n:]
	}
}

// run begins a new mapping when the first packet asks for one, and returns how many packets are on the
// mapping in force, at least one. It has the delay of all of them measured before the first is placed.
func (t *track) run(packets []media.TapPacket, begun int64) int {
	if p := &packets[0]; !t.follows(p, begun) {
		t.begin(p, begun)
	}
	n := 0
	for n < len(packets) && t.follows(&packets[n], begun) {
		t.least.add(t.delay(&packets[n], begun), packets[n].At)
		n++
	}
	return n
}

// begin maps the packet's timestamp to its arrival.
func (t *track) begin(p *media.TapPacket, begun int64) {
	t.started, t.ssrc = true, p.SSRC
	t.timestamp, t.position = p.Timestamp, samplesAt(p.At-begun)
	t.missed = 0
	t.least.reset(p.At)
}

// delay is by how many samples the packet arrived later than its place says.
func (t *track) delay(p *media.TapPacket, begun int64) int64 {
	return samplesAt(p.At-begun) - t.where(p)
}

func (t *track) where(p *media.TapPacket) int64 {
	return t.position + int64(int32(p.Timestamp-t.timestamp))
}

// follows reports whether the packet is on the mapping in force.
func (t *track) follows(p *media.TapPacket, begun int64) bool {
	if !t.started || p.SSRC != t.ssrc {
		return false
	}
	delay := t.delay(p, begun)
	return delay > -tooEarly && delay < tooLate
}

// correct moves the mapping at once when it is far off: after a first packet that was slow, or when the
// way through the network has changed.
func (t *track) correct() {
	if off := t.least.value(); off >= jumpAt || off <= -jumpAt || t.least.young && off < 0 {
		t.move(off)
	}
}

func (t *track) move(by int64) {
	t.position += by
	t.least.shift(by)
}

// put writes one packet to the line.
func (t *track) put(p *media.TapPacket, begun, first int64, line []int16) {
	switch off := t.least.value(); {
	case off >= slewAt:
		t.move(1)
	case off <= -slewAt:
		t.move(-1)
	}
	// The mapping is kept near, so that the difference of timestamps never runs over.
	at := t.where(p)
	t.timestamp, t.position = p.Timestamp, at
	if at+int64(p.N) <= first {
		if t.missed++; t.missed < missedInARow {
			return
		}
		t.begin(p, begun)
		t.least.add(0, p.At)
		if at = t.position; at+int64(p.N) <= first {
			return // its loop was late, too, and what it arrived in has been written
		}
	}
	t.missed = 0
	t.conceal(at, first, line)

	data, into := p.Data[:p.N], at-first
	if into < 0 {
		data, into = data[-into:], 0
	}
	if into >= int64(len(line)) {
		return
	}
	data = data[:min(int64(len(data)), int64(len(line))-into)]
	media.Decode(p.Law, line[into:], data)
	t.edge = max(t.edge, at+int64(p.N))
}

// conceal fills a short gap between what was placed last and the sample at.
func (t *track) conceal(at, first int64, line []int16) {
	gap := at - t.edge
	if gap <= 0 || gap > concealed {
		return
	}
	back := int64(repeated)
	if gap < slewAt {
		back = 1 // the clock was put right by a sample
	}
	for i := range gap {
		to := t.edge + i - first
		if to-back < 0 || to >= int64(len(line)) {
			continue
		}
		line[to] = int16(int64(line[to-back]) * (concealed - i) / concealed)
	}
}

// minimum is the least of the values of the last seconds: two spans of time, the newest and the one before.
type minimum struct {
	young   bool // the first span is not over
	newest  int64
	before  int64
	renewed int64 // when the newest span began, nanoseconds
}

// span is long enough that some packets in it were quick, and short enough for a clock that drifts.
const span = 5_000_000_000

func (m *minimum) reset(now int64) {
	*m = minimum{young: true, newest: math.MaxInt32, before: math.MaxInt32, renewed: now}
}

func (m *minimum) add(v, now int64) {
	if now-m.renewed >= span {
		m.before, m.newest, m.renewed, m.young = m.newest, math.MaxInt32, now, false
	}
	m.newest = min(m.newest, v)
}

func (m *minimum) value() int64 {
	v := min(m.newest, m.before)
	if v == math.MaxInt32 {
		return 0
	}
	return v
}

// shift follows a mapping that has moved by so much.
func (m *minimum) shift(by int64) {
	if m.newest != math.MaxInt32 {
		m.newest -= by
	}
	if m.before != math.MaxInt32 {
		m.before -= by
	}
}

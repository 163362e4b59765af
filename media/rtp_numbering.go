package media

const (
	sequenceDropout = 3000 // packets that may be missing at once (RFC 3550 §A.1, MAX_DROPOUT)
	sequenceMemory  = 64   // packets back in which a late one is told from a repeated one
)

// numbering is what is known of one party's stream from its sequence numbers and timestamps: what was lost,
// what came twice, how unevenly it arrives. A new SSRC, or numbers that jump, begin another timeline; the
// losses of all of them add up.
type numbering struct {
	started bool
	epoch   uint32 // counts the timelines
	ssrc    uint32
	top     uint16 // highest number of the timeline
	seen    uint64 // bit i: top-i has come
	jumped  uint16 // the number after one that did not fit: two in a row begin a timeline
	strayed bool   // jumped is set

	first    uint32 // extended number of the timeline's first packet
	highest  uint32 // extended: cycles in the upper half
	received uint64 // of all timelines, repetitions not counted
	expected uint64 // of the timelines before this one

	transit  uint32 // arrival minus timestamp of the packet before
	timed    bool   // transit is set
	jitter16 uint32 // interarrival jitter in timestamp units, times 16 (RFC 3550 §A.8)
	worst16  uint32
}

// verdict is what a packet's number says of it.
type verdict uint8

const (
	inOrder verdict = iota
	isLate          // older than the newest, but not seen yet
	isBegin         // the first of a timeline
	isOld           // repeated, or too old to tell
)

// take notes the packet's place.
func (s *numbering) take(ssrc uint32, seq uint16) verdict {
	if !s.started || ssrc != s.ssrc {
		s.begin(ssrc, seq)
		return isBegin
	}
	ahead := int16(seq - s.top)
	switch {
	case ahead > 0 && ahead < sequenceDropout:
		s.seen = s.seen<<ahead | 1 // a shift by 64 or more leaves the 1
		s.top = seq
		s.highest += uint32(ahead)
		s.strayed = false
		s.count()
		return inOrder
	case ahead <= 0 && ahead > -sequenceMemory:
		bit := uint64(1) << -ahead
		if s.seen&bit != 0 {
			return isOld
		}
		if s.highest-uint32(-ahead) < s.first {
			s.first = s.highest - uint32(-ahead) // it was sent before the first that came
		}
		s.seen |= bit
		s.count()
		return isLate
	case s.strayed && seq == s.jumped:
		s.begin(ssrc, seq)
		return isBegin
	}
	s.strayed, s.jumped = true, seq+1
	return isOld
}

func (s *numbering) count() { s.received++ }

func (s *numbering) begin(ssrc uint32, seq uint16) {
	if s.started {
		s.expected += s.span()
	}
	s.started, s.strayed, s.timed = true, false, false
	s.epoch++
	s.ssrc, s.top, s.seen = ssrc, seq, 1
	s.first = 1<<16 | uint32(seq) // one cycle in, so that a late packet before the first has a number
	s.highest = s.first
	s.count()
}

// span is how many packets this timeline should have had.
func (s *numbering) span() uint64 {
	if !s.started {
		return 0
	}
	return uint64(s.highest-s.first) + 1
}

// lost is how many packets never came.
func (s *numbering) lost() uint64 {
	if expected := s.expected + s.span(); expected > s.received {
		return expected - s.received
	}
	return 0
}

// extended is the highest number with its cycles, as a report says it (RFC 3550 §6.4.1).
func (s *numbering) extended() uint32 { return s.highest - 1<<16 }

// time takes the arrival of a packet, in nanoseconds, for the jitter (RFC 3550 §A.8). Telephone events are
// left out: their timestamps stand still.
func (s *numbering) time(now int64, timestamp uint32) {
	transit := uint32(now/(1e9/SampleRate)) - timestamp
	if !s.timed {
		s.timed, s.transit = true, transit
		return
	}
	d := int32(transit - s.transit)
	s.transit = transit
	if d < 0 {
		d = -d
	}
	if d > SampleRate {
		return // the sender's clock was set anew: that is no jitter
	}
	s.jitter16 += uint32(d) - (s.jitter16+8)>>4
	s.worst16 = max(s.worst16, s.jitter16)
}

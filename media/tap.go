package media

import "sync/atomic"

// A Voice is the Source of what one party says. The engine sees when one port hears another's Voice
// and forwards packets untouched instead of pulling frames.
type Voice interface {
	Source

	// Tap copies every audio packet that arrives from the party into t, from now on, until Untap.
	// A voice takes up to four taps; Tap reports false when there is no room for another.
	// Both may be called from any goroutine.
	Tap(t *Tap) bool
	Untap(t *Tap)
}

// A TapPacket is one piece of audio as it came from the wire, at most one frame long.
// A packet that carries more than FrameSamples samples arrives as several pieces.
type TapPacket struct {
	At        int64  // arrival, nanoseconds of the monotonic clock that Now reads
	Timestamp uint32 // RTP timestamp of the first sample, 8000 per second (RFC 3550 §5.1)
	SSRC      uint32 // the stream: another SSRC begins another timeline
	Law       Law
	N         uint8 // bytes of Data in use, 1 to FrameSamples
	Data      [FrameSamples]byte
}

// A Tap is a ring with one writer, the media loop of the tapped port, and one reader.
// A full ring loses the newest packets and counts them: the loop never waits for a reader.
type Tap struct {
	ring []TapPacket
	mask uint64
	head atomic.Uint64 // next to write; moved by the loop only
	tail atomic.Uint64 // next to read; moved by the reader only
	lost atomic.Uint64
}

// NewTap makes a ring for at least size packets (fifty make a second).
func NewTap(size int) *Tap {
	n := 1
	for n < size {
		n *= 2
	}
	return &Tap{ring: make([]TapPacket, n), mask: uint64(n - 1)}
}

// Push copies p into the ring. It is called by the tapped voice's media loop only.
func (t *Tap) Push(p *TapPacket) {
	head := t.head.Load()
	if head-t.tail.Load() == uint64(len(t.ring)) {
		t.lost.Add(1)
		return
	}
	t.ring[head&t.mask] = *p
	t.head.Store(head + 1)
}

// Pull moves waiting packets into to and returns how many. It is called by the one reader only.
func (t *Tap) Pull(to []TapPacket) int {
	tail, head := t.tail.Load(), t.head.Load()
	n := 0
	for ; n < len(to) && tail != head; n++ {
		to[n] = t.ring[tail&t.mask]
		tail++
	}
	t.tail.Store(tail)
	return n
}

// Lost returns how many packets found the ring full.
func (t *Tap) Lost() uint64 { return t.lost.Load() }

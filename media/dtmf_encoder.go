package media

import "time"

const (
	pressDefault = 100 * time.Millisecond
	pressMin     = 60 * time.Millisecond // well above the 40 ms that ITU-T Q.24 asks a receiver to accept
	pressMax     = 8 * time.Second       // within one segment, 0xFFFF timestamp units
	pressGap     = 4                     // frames from the end of one press to the next: 80 ms
	pressEnds    = 3                     // end packets (RFC 4733 §2.5.1.4)
	pressBacklog = 32                    // presses waiting; a person cannot fill it
	pressVolume  = 10                    // -10 dBm0 (RFC 4733 §2.3.3)
)

// An EventEncoder makes the telephone-event packets of the keys that are to be sent (RFC 4733): one packet
// every twenty milliseconds with a growing duration, the marker on the first, three end packets that all
// say the same, and a pause before the next key.
//
// The zero value is ready. An encoder belongs to one goroutine, the port's loop, and allocates nothing.
type EventEncoder struct {
	queue  [pressBacklog]press
	next   int // in queue
	queued int

	sending  bool
	begun    uint32 // timestamp of the press
	sent     uint32 // duration said so far
	endsLeft int
	pause    int // frames until the next press may begin
}

// press is a key that waits to be sent.
type press struct {
	code   byte
	length uint32 // timestamp units, whole frames
}

// An EventPacket is what one telephone-event packet carries besides the stream's own fields.
type EventPacket struct {
	Timestamp uint32 // of the press, the same in all its packets
	Marker    bool   // the first packet of a press
	Payload   [4]byte
}

// Press queues a key to be held for d: 0 is 100 ms, less than 60 ms is 60 ms, more than 8 s is 8 s.
// It reports false for what is no key, or when too many wait.
func (e *EventEncoder) Press(key byte, d time.Duration) bool {
	code, ok := eventCode(key)
	if !ok || e.queued == pressBacklog {
		return false
	}
	if d <= 0 {
		d = pressDefault
	}
	frames := (min(max(d, pressMin), pressMax) + FrameDuration - 1) / FrameDuration
	e.queue[(e.next+e.queued)%pressBacklog] = press{code: code, length: uint32(frames) * FrameSamples}
	e.queued++
	return true
}

// Next is called every twenty milliseconds with the timestamp that an audio packet would have now. When it
// reports true, p is to be sent in place of the audio; otherwise the audio is.
func (e *EventEncoder) Next(timestamp uint32, p *EventPacket) bool {
	if !e.sending {
		if e.pause > 0 {
			e.pause--
			return false
		}
		if e.queued == 0 {
			return false
		}
		e.sending, e.begun, e.sent, e.endsLeft = true, timestamp, 0, pressEnds
	}
	now := e.queue[e.next]
	p.Marker = e.sent == 0
	e.sent = min(e.sent+FrameSamples, now.length)
	end := byte(0)
	if e.sent == now.length {
		end = 0x80
		e.endsLeft--
	}
	p.Timestamp = e.begun
	p.Payload = [4]byte{now.code, end | pressVolume, byte(e.sent >> 8), byte(e.sent)}
	if e.endsLeft == 0 {
		e.sending = false
		e.next, e.queued = (e.next+1)%pressBacklog, e.queued-1
		e.pause = pressGap - (pressEnds - 1)
	}
	return true
}

// Busy reports whether a key is being sent or waits.
func (e *EventEncoder) Busy() bool { return e.queued > 0 }

package media

import "time"

const (
	// eventExpiry ends an event of which nothing more came: Asterisk's dtmftimeout, 3000 timestamp units.
	eventExpiry = 3000

	// eventSlack is how far the audio must have gone past what an event has said of its length before the
	// audio ends it. Some phones send audio beside the event, always a packet or two ahead.
	eventSlack = 480

	// eventSegment is the longest duration a packet can say; the event goes on with its timestamp moved
	// by as much (RFC 4733 §2.5.1.3).
	eventSegment = 0xFFFF

	// eventMemory is how far back a packet may belong to an event that is over. One from further back
	// comes from a sender that set its clock anew.
	eventMemory = 30 * SampleRate
)

// An EventDecoder turns the telephone-event packets of one RTP stream into keys (RFC 4733).
//
// All packets of one press carry one timestamp, and a key counts once per timestamp, when the press ends: two keys under
// one, as faulty phones send them, are two presses. So it is whatever is lost, repeated or reordered on the way. A press
// whose end packets were all lost is concluded by the audio after it, by the next press, or by Expire.
//
// The zero value is ready once Pressed is set. A decoder belongs to one goroutine, the port's loop, and
// allocates nothing.
type EventDecoder struct {
	// Pressed is told each key and how long it was held, on the caller's goroutine.
	Pressed func(key byte, held time.Duration)

	started bool   // a timestamp has been seen
	open    bool   // the newest press has not been concluded
	ended   bool   // its end packet came
	code    byte   // of the newest press
	told    uint32 // bit by bit the codes that came under the newest timestamp
	first   uint32 // timestamp of its first segment
	segment uint32 // timestamp of its newest segment
	length  uint32 // what the newest segment has said of its duration
	heard   int64  // when its newest packet came, nanoseconds
}

// Event takes the payload of one telephone-event packet, its RTP timestamp, and its arrival in nanoseconds
// of the clock that Expire is given. A payload that is no event is ignored; Event reports whether it was one.
func (d *EventDecoder) Event(now int64, timestamp uint32, payload []byte) bool {
	if len(payload) < 4 {
		return false
	}
	code, end := payload[0], payload[1]&0x80 != 0 // RFC 4733 §2.3
	length := uint32(payload[2])<<8 | uint32(payload[3])
	if d.started {
		ahead := int32(timestamp - d.segment)
		switch {
		case ahead == 0 && d.another(code):
			d.conclude()
			d.begin(timestamp, code)
			d.more(now, code, length, end)
			return true
		case ahead == 0:
			d.more(now, code, length, end)
			return true
		case ahead == eventSegment && !d.ended && code == d.code:
			d.segment, d.length = timestamp, 0
			d.more(now, code, length, end)
			return true
		case ahead < 0 && ahead > -eventMemory:
			return true // of a press that is over, or of an earlier segment
		}
		d.conclude()
	}
	d.told = 0
	d.begin(timestamp, code)
	d.more(now, code, length, end)
	return true
}

// another reports whether a code is a key that has not come under the newest timestamp: not a late packet of one that
// has, nor an event that is no key.
func (d *EventDecoder) another(code byte) bool {
	_, key := eventKey(code)
	return key && d.told>>code&1 == 0
}

// begin notes a new press.
func (d *EventDecoder) begin(timestamp uint32, code byte) {
	d.started, d.open, d.ended, d.code = true, true, false, code
	d.first, d.segment, d.length = timestamp, timestamp, 0
	d.told |= 1 << code // none for what is above the keys
}

// more takes another packet of the newest press.
func (d *EventDecoder) more(now int64, code byte, length uint32, end bool) {
	if !d.open || code != d.code {
		return
	}
	d.heard = now
	d.length = max(d.length, length)
	if end {
		d.ended = true
		d.conclude()
	}
}

// Audio tells the decoder that an audio packet with this timestamp came in the same stream.
func (d *EventDecoder) Audio(timestamp uint32) {
	if d.open && int32(timestamp-(d.segment+d.length)) >= eventSlack {
		d.conclude()
	}
}

// Expire ends a press of which nothing was heard for 3000 timestamp units (375 ms). It is to be called
// now and then while packets may have stopped; every tick is fine.
func (d *EventDecoder) Expire(now int64) {
	if d.open && now-d.heard >= int64(durationOf(eventExpiry)) {
		d.conclude()
	}
}

// Reset forgets the stream, for a new SSRC or a new sender; a press under way counts.
func (d *EventDecoder) Reset() {
	d.conclude()
	*d = EventDecoder{Pressed: d.Pressed}
}

// Pressing reports whether a press is under way: what the party says meanwhile is a tone.
func (d *EventDecoder) Pressing() bool { return d.open }

func (d *EventDecoder) conclude() {
	if !d.open {
		return
	}
	d.open = false
	if key, ok := eventKey(d.code); ok && d.Pressed != nil {
		d.Pressed(key, durationOf(d.segment-d.first+d.length))
	}
}

package media

import (
	"encoding/binary"
	"math"
)

// keyToneLevel is the amplitude of each of a key's two tones, -9 dBm0 (ITU-T Q.23, Q.24).
const keyToneLevel = 8000

// key sends the next packet of the key that is being played. It reports false in the pause between two keys.
// Where nobody would hear them, keys take their time all the same.
func (p *Port) key(l *loop, at int64) bool {
	o := &p.out
	var e EventPacket
	plays := o.keys.Next(o.due(at), &e)
	o.keying = o.keys.Busy()
	if !plays || o.deaf() {
		return plays
	}
	timestamp, first := o.generate(at)
	if o.event == 0 {
		l.frame.SetLinear(o.keyTone(&e, l.samples[:FrameSamples]))
		p.sendFrame(l, &l.frame, timestamp, first)
		return true
	}
	b := l.out[:rtpHeader+len(e.Payload)]
	writeRTP(b, o.event, e.Marker, o.seq+1, e.Timestamp, o.ssrc)
	copy(b[rtpHeader:], e.Payload[:])
	o.sent(l.now, o.seq+1, e.Timestamp, timestamp+FrameSamples-e.Timestamp)
	p.transmit(l, b)
	return true
}

// keyTone fills to with the sound of an event packet, for a party that did not agree to events: the key's
// two tones, and nothing for the repetitions of the end.
func (o *outgoing) keyTone(e *EventPacket, to []int16) []int16 {
	if o.toned && o.tone == e.Timestamp {
		clear(to)
		return to
	}
	if e.Payload[1]&0x80 != 0 {
		o.tone, o.toned = e.Timestamp, true
	}
	key, _ := eventKey(e.Payload[0])
	row, column := keyTones(key)
	from := int(binary.BigEndian.Uint16(e.Payload[2:])) - len(to)
	for i := range to {
		t := 2 * math.Pi * float64(from+i) / SampleRate
		to[i] = int16(keyToneLevel * (math.Sin(row*t) + math.Sin(column*t)))
	}
	return to
}

// keyTones are the frequencies of a key, in Hz.
func keyTones(key byte) (row, column float64) {
	for r := range toneKeys {
		for c := range toneKeys[r] {
			if toneKeys[r][c] == key {
				return toneRows[r], toneColumns[c]
			}
		}
	}
	return 0, 0
}

package softphone

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/zaf/g711"
)

// A Stamp is what a stamped packet carries in its sound: who speaks, a running number, and when it was sent.
// It survives forwarding, a change of payload type, and the passage from one law to the other and back into
// samples, but not mixing with another sound.
type Stamp struct {
	Speaker uint32
	Number  uint32
	Sent    time.Time // by the machine's clock, which the far end must share for the latency to mean anything
}

// The stamp is 20 bytes, each nibble of which is one code of G.711 that both laws tell apart from the others.
const (
	stampMagic = 0x7A5C
	stampBytes = 2 + 4 + 4 + 8 + 2
	stampCodes = stampBytes * 2
)

const noNibble = 0xFF

var (
	nibbleCode = [2][16]byte{}  // by law (µ, A) and nibble
	codeNibble = [2][256]byte{} // by law and code; noNibble for a code that we never write
)

func init() {
	for law := range codeNibble {
		fill(codeNibble[law][:], noNibble)
	}
	for n := range byte(16) {
		mu := 0xB8 + n*3 // quiet positive samples, three steps apart: a step lost on the way does no harm
		nibbleCode[0][n], nibbleCode[1][n] = mu, g711.Ulaw2AlawFrame(mu)
		codeNibble[0][mu-1], codeNibble[0][mu], codeNibble[0][mu+1] = n, n, n
	}
	for a := range 256 {
		codeNibble[1][a] = codeNibble[0][g711.Alaw2UlawFrame(byte(a))]
	}
}

func law(c Codec) int {
	if c == PCMA {
		return 1
	}
	return 0
}

var speakers atomic.Uint32

func init() { speakers.Store(rand.Uint32()) }

// newSpeaker is different for every call of this process, and likely so for other processes.
func newSpeaker() uint32 { return speakers.Add(1) }

// stamped is the voice that says stamps.
type stamped struct {
	speaker uint32
	number  uint32
}

// Stamped is a voice that the far end recognises with Call.Hears, and measures. Each call that says no other
// thing has its own; to the ear it is a faint hum.
func Stamped(speaker uint32) Voice { return &stamped{speaker: speaker} }

func (v *stamped) Next(frame []byte, codec Codec) bool {
	fill(frame, codec.quiet())
	v.number++
	writeStamp(frame, codec, Stamp{Speaker: v.speaker, Number: v.number, Sent: time.Now()})
	return true
}

func writeStamp(frame []byte, codec Codec, s Stamp) {
	var b [stampBytes]byte
	binary.BigEndian.PutUint16(b[0:], stampMagic)
	binary.BigEndian.PutUint32(b[2:], s.Speaker)
	binary.BigEndian.PutUint32(b[6:], s.Number)
	binary.BigEndian.PutUint64(b[10:], uint64(s.Sent.UnixNano()))
	binary.BigEndian.PutUint16(b[18:], checksum(b[:18]))
	codes := &nibbleCode[law(codec)]
	for i, v := range b {
		frame[2*i], frame[2*i+1] = codes[v>>4], codes[v&15]
	}
}

// readStamp finds the stamp at the beginning of a payload; false when there is none.
func readStamp(payload []byte, codec Codec) (Stamp, bool) {
	if len(payload) < stampCodes {
		return Stamp{}, false
	}
	var b [stampBytes]byte
	nibbles := &codeNibble[law(codec)]
	for i := range b {
		high, low := nibbles[payload[2*i]], nibbles[payload[2*i+1]]
		if high|low == noNibble {
			return Stamp{}, false
		}
		b[i] = high<<4 | low
	}
	if binary.BigEndian.Uint16(b[0:]) != stampMagic || binary.BigEndian.Uint16(b[18:]) != checksum(b[:18]) {
		return Stamp{}, false
	}
	return Stamp{
		Speaker: binary.BigEndian.Uint32(b[2:]),
		Number:  binary.BigEndian.Uint32(b[6:]),
		Sent:    time.Unix(0, int64(binary.BigEndian.Uint64(b[10:]))),
	}, true
}

// checksum is Fletcher's of 16 bits: enough to tell a stamp from other sound.
func checksum(b []byte) uint16 {
	var x, y uint16
	for _, v := range b {
		x = (x + uint16(v)) % 255
		y = (y + x) % 255
	}
	return y<<8 | x
}

package softphone

import (
	"time"

	"github.com/zaf/g711"
)

// A Codec is one of the two laws of G.711, by its RTP payload type (RFC 3551 §6).
type Codec uint8

const (
	PCMU Codec = 0 // µ-law
	PCMA Codec = 8 // A-law
)

// The one shape of sound a phone knows: 8 kHz, 20 ms in a packet.
const (
	sampleRate   = 8000
	frameSamples = 160
	frameLength  = 20 * time.Millisecond
)

// String is the codec's name in SDP.
func (c Codec) String() string {
	if c == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// Encode returns samples in the codec's law.
func (c Codec) Encode(samples []int16) []byte {
	b := make([]byte, len(samples))
	c.encode(b, samples)
	return b
}

// Decode returns the samples of G.711 bytes.
func (c Codec) Decode(b []byte) []int16 {
	s := make([]int16, len(b))
	for i, v := range b {
		if c == PCMA {
			s[i] = g711.DecodeAlawFrame(v)
		} else {
			s[i] = g711.DecodeUlawFrame(v)
		}
	}
	return s
}

func (c Codec) encode(to []byte, samples []int16) {
	for i, s := range samples {
		if c == PCMA {
			to[i] = g711.EncodeAlawFrame(s)
		} else {
			to[i] = g711.EncodeUlawFrame(s)
		}
	}
}

// quiet is the code of the sample zero.
func (c Codec) quiet() byte {
	if c == PCMA {
		return 0xD5
	}
	return 0xFF
}

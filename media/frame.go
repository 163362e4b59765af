package media

import "time"

// The one audio shape inside hatif: 8 kHz mono, twenty milliseconds at a time.
const (
	SampleRate    = 8000                  // samples per second
	FrameDuration = 20 * time.Millisecond // what one Frame lasts
	FrameSamples  = 160                   // samples in one Frame
)

// A Law is how one sample is written in one byte (ITU-T G.711).
type Law uint8

const (
	MuLaw Law = iota // G.711 µ-law, RTP payload type 0 (RFC 3551)
	ALaw             // G.711 A-law, RTP payload type 8
)

// String names the law as SDP does: "PCMU" or "PCMA".
func (l Law) String() string {
	if l == ALaw {
		return "PCMA"
	}
	return "PCMU"
}

// A Frame is twenty milliseconds of audio on its way from a Source to whoever pulled it.
//
// The puller sets Want to the law it would send; a source that holds its sound in that law already
// (a prompt, a forwarded packet) hands the bytes over as they are, and only a source that computes
// (a mixer) fills samples. A Frame belongs to the puller and is used again for the next pull:
// a source copies into it and keeps no reference to it.
type Frame struct {
	Want Law // set by the puller: the law that costs it nothing

	kind    frameKind
	law     Law
	coded   [FrameSamples]byte
	samples [FrameSamples]int16
}

type frameKind uint8

const (
	frameSilence frameKind = iota
	frameCoded
	frameLinear
)

// SetSilence makes the frame silent.
func (f *Frame) SetSilence() { f.kind = frameSilence }

// SetCoded fills the frame with G.711 bytes. Fewer than FrameSamples bytes are padded with silence.
func (f *Frame) SetCoded(law Law, b []byte) {
	f.kind, f.law = frameCoded, law
	n := copy(f.coded[:], b)
	for quiet := silenceByte(law); n < FrameSamples; n++ {
		f.coded[n] = quiet
	}
}

// SetLinear fills the frame with 16-bit samples. Fewer than FrameSamples are padded with silence.
func (f *Frame) SetLinear(s []int16) {
	f.kind = frameLinear
	n := copy(f.samples[:], s)
	clear(f.samples[n:])
}

// Silent reports whether the frame was set to silence.
func (f *Frame) Silent() bool { return f.kind == frameSilence }

// Coded returns the frame's FrameSamples bytes in the law asked for, converting only when it must.
// The slice is the frame's own and is good until the frame is filled again.
func (f *Frame) Coded(law Law) []byte {
	switch f.kind {
	case frameSilence:
		f.fillSilence(law)
	case frameLinear:
		EncodeFrame(law, &f.coded, &f.samples)
	case frameCoded:
		if f.law != law {
			Transcode(f.law, law, f.coded[:])
		}
	}
	f.kind, f.law = frameCoded, law
	return f.coded[:]
}

// Linear returns the frame's FrameSamples samples, decoding only when it must.
// The slice is the frame's own and is good until the frame is filled again.
func (f *Frame) Linear() []int16 {
	switch f.kind {
	case frameSilence:
		clear(f.samples[:])
	case frameCoded:
		DecodeFrame(f.law, &f.samples, &f.coded)
	}
	f.kind = frameLinear
	return f.samples[:]
}

func (f *Frame) fillSilence(law Law) {
	quiet := silenceByte(law)
	for i := range f.coded {
		f.coded[i] = quiet
	}
}

// silenceByte is the code of the sample zero.
func silenceByte(law Law) byte {
	if law == ALaw {
		return 0xD5
	}
	return 0xFF
}

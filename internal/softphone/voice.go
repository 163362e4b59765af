package softphone

import "math"

// A Voice is what a phone says, a packet at a time. Next fills frame, 160 bytes of 20 ms, in the codec's
// law, and returns false when nothing is to be sent this time. It is called by one goroutine at a time.
type Voice interface {
	Next(frame []byte, codec Codec) bool
}

// VoiceFunc is a function as a Voice.
type VoiceFunc func(frame []byte, codec Codec) bool

// Next calls f.
func (f VoiceFunc) Next(frame []byte, codec Codec) bool { return f(frame, codec) }

// Nothing sends no packets at all.
func Nothing() Voice { return VoiceFunc(func([]byte, Codec) bool { return false }) }

// Silence sends packets in which nothing is heard.
func Silence() Voice {
	return VoiceFunc(func(frame []byte, codec Codec) bool {
		fill(frame, codec.quiet())
		return true
	})
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// Tone is a pure tone, endless. Level is the peak, up to 1.
func Tone(hz, level float64) Voice { return Chord(level, hz) }

// Chord is several tones at once, each with the peak level, endless.
func Chord(level float64, hz ...float64) Voice {
	n := 0
	samples := make([]int16, frameSamples)
	return VoiceFunc(func(frame []byte, codec Codec) bool {
		for i := range samples {
			v := 0.0
			for _, f := range hz {
				v += math.Sin(2 * math.Pi * f * float64(n) / sampleRate)
			}
			samples[i] = clip(v * level * math.MaxInt16)
			n++
		}
		codec.encode(frame, samples)
		return true
	})
}

func clip(v float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v))))
}

// Samples says 16-bit samples at 8 kHz once and is silent afterwards.
func Samples(s []int16) Voice {
	return VoiceFunc(func(frame []byte, codec Codec) bool {
		n := min(len(s), len(frame))
		codec.encode(frame[:n], s[:n])
		fill(frame[n:], codec.quiet())
		s = s[n:]
		return true
	})
}

// For says v for as many packets, and sends nothing afterwards.
func For(packets int, v Voice) Voice {
	return VoiceFunc(func(frame []byte, codec Codec) bool {
		if packets == 0 {
			return false
		}
		packets--
		return v.Next(frame, codec)
	})
}

// keyTones are the two tones of each key (ITU-T Q.23).
var keyTones = map[byte][2]float64{
	'1': {697, 1209}, '2': {697, 1336}, '3': {697, 1477}, 'A': {697, 1633},
	'4': {770, 1209}, '5': {770, 1336}, '6': {770, 1477}, 'B': {770, 1633},
	'7': {852, 1209}, '8': {852, 1336}, '9': {852, 1477}, 'C': {852, 1633},
	'*': {941, 1209}, '0': {941, 1336}, '#': {941, 1477}, 'D': {941, 1633},
}

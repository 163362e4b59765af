package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"hatif/media"
)

// Levels are RMS in dB below full scale, over the frames in which somebody speaks.
const (
	targetLevel = -20.0
	highestPeak = -2.0
	floorBelow  = 38.0 // dB under the loudest frame: what is quieter is no speech
)

// forTelephone makes a recording for a telephone line: only the band that it carries, the hissing sounds
// moved into it, the quiet consonants lifted, the ends trimmed, and all as loud as each other.
func forTelephone(samples []int16, rate int, tail time.Duration) []int16 {
	x := make([]float64, len(samples))
	for i, s := range samples {
		x[i] = float64(s) / 32768
	}
	y := convolve(x, bandPass(rate, 260, 3450))
	for i, v := range lowered(x, rate) {
		y[i] += v
	}
	y = resample(y, rate, media.SampleRate)
	y = emphasised(y)
	y = compressed(y)
	y = trimmed(y, tail)
	return levelled(y)
}

// lowered brings the hiss of s, which lies above what a telephone carries, down to its upper edge, so that
// "six" keeps both ends. A real voice spreads some of its hiss there by itself; espeak-ng's does not.
func lowered(x []float64, rate int) []float64 {
	const from, to, down, gain = 4900, 5700, 2300.0, 0.9
	hiss := convolve(x, bandPass(rate, from, to))
	for i := range hiss {
		hiss[i] *= 2 * gain * math.Cos(2*math.Pi*down*float64(i)/float64(rate))
	}
	return convolve(hiss, bandPass(rate, from-down-100, to-down+50))
}

// bandPass is a Kaiser-windowed filter between two frequencies.
func bandPass(rate int, low, high float64) []float64 {
	const half, beta = 220, 7.0
	f1, f2 := low/float64(rate), high/float64(rate)
	taps := make([]float64, 2*half+1)
	for i := range taps {
		n := float64(i - half)
		taps[i] = (2*f2*sinc(2*f2*n) - 2*f1*sinc(2*f1*n)) * kaiser(n/half, beta)
	}
	return taps
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window of shape beta at x, -1 to 1.
func kaiser(x, beta float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return bessel0(beta*math.Sqrt(1-x*x)) / bessel0(beta)
}

// bessel0 is the modified Bessel function of the first kind, order zero, by its series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// convolve filters x without delaying it; the result is as long as x.
func convolve(x, taps []float64) []float64 {
	y := make([]float64, len(x))
	half := len(taps) / 2
	for i := range y {
		for k, t := range taps {
			if j := i + half - k; j >= 0 && j < len(x) {
				y[i] += t * x[j]
			}
		}
	}
	return y
}

// resample takes x, which has nothing above half of the new rate, at the new instants.
func resample(x []float64, from, to int) []float64 {
	const half = 24
	var window [4096]float64
	for i := range window {
		window[i] = kaiser(float64(i)/float64(len(window)-1), 6)
	}
	y := make([]float64, len(x)*to/from)
	for i := range y {
		at := float64(i) * float64(from) / float64(to)
		first := int(at) - half
		for j := max(first+1, 0); j <= first+2*half && j < len(x); j++ {
			d := at - float64(j)
			y[i] += x[j] * sinc(d) * window[int(math.Abs(d)/half*float64(len(window)-1))]
		}
	}
	return y
}

// emphasised lifts what is above about 1.5 kHz, where the consonants differ, by up to 5 dB.
func emphasised(x []float64) []float64 {
	const pole, lift = 0.30, 0.78 // a one-pole low-pass, and how much of what it leaves over is added
	y := make([]float64, len(x))
	low := 0.0
	for i, v := range x {
		low += (1 - pole) * (v - low)
		y[i] = v + lift*(v-low)
	}
	return y
}

// compressed lifts quiet sounds towards the loud ones, so that consonants are heard on a noisy line. What
// is 30 dB under the loudest or less is left as it is.
func compressed(x []float64) []float64 {
	const frame, power, least = 40, 0.35, 0.03
	gains := make([]float64, len(x)/frame+2)
	loudest := 1e-9
	for i := range gains {
		gains[i] = rms(x[min(max((i-1)*frame, 0), len(x)):min((i+2)*frame, len(x))])
		loudest = max(loudest, gains[i])
	}
	for i, v := range gains {
		gains[i] = math.Pow(min(max(v/loudest, least), 1), -power)
		if v/loudest < least/2 {
			gains[i] = 1
		}
	}
	y := make([]float64, len(x))
	for i, v := range x {
		k, part := i/frame, float64(i%frame)/frame
		y[i] = v * (gains[k]*(1-part) + gains[k+1]*part)
	}
	return y
}

func rms(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

func decibel(v float64) float64 { return 20 * math.Log10(max(v, 1e-9)) }

// trimmed cuts the silence at both ends, leaves a breath before and tail after, and fades both.
func trimmed(x []float64, tail time.Duration) []float64 {
	const frame = media.SampleRate / 200 // 5 ms
	const lead = media.SampleRate / 50   // 20 ms
	loudest := 0.0
	for i := 0; i+frame <= len(x); i += frame {
		loudest = max(loudest, rms(x[i:i+frame]))
	}
	floor := loudest * math.Pow(10, -floorBelow/20)
	first, last := len(x), 0
	for i := 0; i+frame <= len(x); i += frame {
		if rms(x[i:i+frame]) > floor {
			first, last = min(first, i), max(last, i+frame)
		}
	}
	if first >= last {
		return nil
	}
	after := int(tail * media.SampleRate / time.Second)
	y := make([]float64, lead+last-first+after)
	copy(y[max(lead-first, 0):], x[max(first-lead, 0):min(last+after, len(x))])
	fade := min(frame*2, len(y))
	for i := range fade {
		g := float64(i) / float64(fade)
		y[i] *= g
		y[len(y)-1-i] *= g
	}
	return y
}

// levelled brings speech to the target level; peaks over the highest are rounded off, not cut.
func levelled(x []float64) []int16 {
	gain := math.Pow(10, (targetLevel-decibel(speechLevel(x)))/20)
	ceiling := math.Pow(10, highestPeak/20)
	knee := ceiling * 0.7
	out := make([]int16, len(x))
	for i, v := range x {
		v *= gain
		if a := math.Abs(v); a > knee {
			v = math.Copysign(knee+(ceiling-knee)*math.Tanh((a-knee)/(ceiling-knee)), v)
		}
		out[i] = int16(math.Round(v * 32767))
	}
	return out
}

// speechLevel is the RMS over the frames of 20 ms that are not silent.
func speechLevel(x []float64) float64 {
	const frame = media.FrameSamples
	var levels []float64
	loudest := 0.0
	for i := 0; i < len(x); i += frame {
		v := rms(x[i:min(i+frame, len(x))])
		levels = append(levels, v)
		loudest = max(loudest, v)
	}
	floor := loudest * math.Pow(10, -30.0/20)
	sum, n := 0.0, 0
	for _, v := range levels {
		if v >= floor {
			sum += v * v
			n++
		}
	}
	return math.Sqrt(sum / float64(max(n, 1)))
}

// muLawWAV is a WAV file of 8 kHz mono µ-law: format 7 with its "fact" chunk.
func muLawWAV(samples []int16) []byte {
	coded := make([]byte, len(samples))
	media.Encode(media.MuLaw, coded, samples)
	n := uint32(len(coded))
	pad := n % 2
	var b bytes.Buffer
	put := func(parts ...any) {
		for _, p := range parts {
			switch v := p.(type) {
			case string:
				b.WriteString(v)
			case uint16:
				b.Write(binary.LittleEndian.AppendUint16(nil, v))
			case uint32:
				b.Write(binary.LittleEndian.AppendUint32(nil, v))
			}
		}
	}
	put("RIFF", 4+8+18+8+4+8+n+pad, "WAVE")
	put("fmt ", uint32(18), uint16(7), uint16(1), uint32(media.SampleRate), uint32(media.SampleRate), uint16(1), uint16(8), uint16(0))
	put("fact", uint32(4), n)
	put("data", n)
	b.Write(coded)
	if pad == 1 {
		b.WriteByte(0)
	}
	return b.Bytes()
}

package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hatif/media"
)

const (
	rate    = media.SampleRate
	highest = 3400.0 // no harmonic above this: the line does not carry it
)

// An instrument is how one note of a frequency sounds, t seconds after it began, when it is held for held
// seconds; zero for good after rings seconds more.
type instrument struct {
	sound func(frequency, t, held float64) float64
	rings float64
}

var instruments = map[string]instrument{
	"piano":  {piano, 2.5},
	"flute":  {flute, 0.5},
	"guitar": {guitar, 2.5},
	"pad":    {pad, 1.6},
	"bass":   {bass, 0.8},
}

// A band plays into one circle of sound, so that what rings on at the end rings into the beginning.
type band struct {
	circle []float64
}

// play renders the piece: one turn of the loop.
func play(sections []section) []float64 {
	beats := 0
	for _, s := range sections {
		beats += 4 * len(s.chords)
	}
	samples := int(float64(beats) * 60 / beatsPerMinute * rate)
	b := band{make([]float64, samples-samples%(2*media.FrameSamples))}
	at := 0.0
	for _, s := range sections {
		for bar := range s.chords {
			b.bar(s, bar, at)
			at += 4
		}
	}
	return filtered(b.inRoom())
}

// bar plays one bar, which begins at a beat of the piece.
func (b *band) bar(s section, bar int, at float64) {
	loud := s.loud * s.swell[bar]
	chords := strings.Fields(s.chords[bar])
	each := 4 / float64(len(chords))
	for i, name := range chords {
		notes, begin := chordNotes[name], at+float64(i)*each
		b.note("bass", notes[0], begin, each*0.9, 0.30*loud)
		for _, n := range notes[1:] {
			b.note("pad", n, begin, each, 0.055*loud*s.pad)
		}
	}
	for i, which := range s.pattern {
		if which < 0 {
			continue
		}
		notes := chordNotes[chords[i*len(chords)/len(s.pattern)]]
		// A player's hand: the first of four is heavier, and no two are quite alike or quite on time.
		touch := 0.13 + 0.03*float64((i+1)%4/3) + 0.02*math.Sin(float64(13*i+7*bar))
		if i%4 == 0 {
			touch += 0.03
		}
		late := 0.012 * (1 + math.Sin(float64(5*i+11*bar)))
		b.note("guitar", notes[which], at+float64(i)/2+late, 1.5, touch*loud)
	}
	begin := at
	for _, n := range strings.Fields(s.melody[bar]) {
		name, length, _ := strings.Cut(n, ":")
		beats, err := strconv.ParseFloat(length, 64)
		if err != nil {
			panic(fmt.Sprintf("bar %q: %v", s.melody[bar], err))
		}
		if name != "-" {
			b.note(s.lead, name, begin, beats*0.96, 0.30*loud)
		}
		begin += beats
	}
}

// note adds one note; beginning and length are in beats.
func (b *band) note(who, name string, begin, beats, loud float64) {
	const beat = 60.0 / beatsPerMinute
	in, f, held := instruments[who], frequency(name), beats*beat
	first := int(begin * beat * rate)
	for i := range int((held + in.rings) * rate) {
		b.circle[(first+i)%len(b.circle)] += loud * in.sound(f, float64(i)/rate, held)
	}
}

// frequency of "F#4", with A4 at 440 Hz.
func frequency(name string) float64 {
	octave := int(name[len(name)-1] - '0')
	step, ok := map[string]int{"C": 0, "C#": 1, "D": 2, "D#": 3, "E": 4, "F": 5, "F#": 6, "G": 7, "G#": 8, "A": 9, "A#": 10, "B": 11}[name[:len(name)-1]]
	if !ok {
		panic(fmt.Sprintf("no note is called %q", name))
	}
	return 440 * math.Pow(2, float64(12*(octave-4)+step-9)/12)
}

// harmonics adds up what of a note the line can carry.
func harmonics(f, t float64, strength func(k float64) float64) float64 {
	sum := 0.0
	for k := 1.0; k*f < highest && k <= 9; k++ {
		sum += strength(k) * math.Sin(2*math.Pi*k*f*t)
	}
	return sum
}

// piano is a soft electric piano: a struck bar that loses its edge first.
func piano(f, t, held float64) float64 {
	v := harmonics(f, t, func(k float64) float64 {
		return math.Pow(k, -1.9) * math.Exp(-t*(0.7+0.75*k))
	})
	return v * rise(t, 0.006) * fall(t-held, 0.35)
}

// flute is breathy without the breath: few harmonics, a slow beginning, a vibrato that comes late.
func flute(f, t, held float64) float64 {
	sway := 0.0035 * math.Min(t/0.8, 1) * math.Sin(2*math.Pi*4.7*t) / (2 * math.Pi * 4.7)
	v := harmonics(f, t+sway, func(k float64) float64 {
		return []float64{0, 0.62, 0.2, 0.09, 0.03, 0.01, 0, 0, 0, 0}[int(k)]
	})
	return v * rise(t, 0.07) * fall(t-held, 0.12) * (1 - 0.25*math.Min(t/2, 1))
}

// guitar is a nylon string.
func guitar(f, t, held float64) float64 {
	v := harmonics(f, t, func(k float64) float64 {
		return math.Pow(k, -1.35) * math.Abs(math.Sin(k*math.Pi*0.21)) * math.Exp(-t*(1.1+0.9*k))
	})
	return 1.3 * v * rise(t, 0.004) * fall(t-held, 0.5)
}

// pad is three voices that are not quite in tune with each other.
func pad(f, t, held float64) float64 {
	v := 0.0
	for _, detune := range []float64{0.9975, 1, 1.0027} {
		v += harmonics(f*detune, t, func(k float64) float64 { return math.Pow(k, -2.2) })
	}
	return v * rise(t, 0.7) * fall(t-held, 0.45)
}

// bass is heard on a telephone by its harmonics alone.
func bass(f, t, held float64) float64 {
	v := harmonics(f, t, func(k float64) float64 {
		return math.Pow(k, -1.1) * math.Exp(-t*(0.5+0.45*k))
	})
	return v * rise(t, 0.012) * fall(t-held, 0.15)
}

// rise goes from 0 to 1 smoothly.
func rise(t, over float64) float64 {
	if t >= over {
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*t/over)
}

// fall goes from 1 towards 0 once t is past 0.
func fall(t, over float64) float64 {
	if t <= 0 {
		return 1
	}
	return math.Exp(-3 * t / over)
}

// inRoom adds a few echoes, each duller than the sound: enough of a room not to be dry.
func (b *band) inRoom() []float64 {
	n := len(b.circle)
	dull := make([]float64, n)
	low := 0.0
	for turn := range 2 { // the second turn begins where the first ended
		for i, v := range b.circle {
			low += 0.45 * (v - low)
			if turn == 1 {
				dull[i] = low
			}
		}
	}
	out := make([]float64, n)
	copy(out, b.circle)
	for _, echo := range []struct{ ms, loud float64 }{
		{23, 0.12}, {41, 0.11}, {67, 0.10}, {97, 0.09}, {139, 0.08}, {191, 0.07}, {251, 0.055}, {331, 0.04}, {421, 0.03},
	} {
		late := int(echo.ms * rate / 1000)
		for i := range out {
			out[i] += echo.loud * dull[(i-late+n)%n]
		}
	}
	return out
}

// filtered takes away what is below the telephone's band, around the circle.
func filtered(x []float64) []float64 {
	const half, cut = 120, 240.0
	var taps [2*half + 1]float64
	for i := range taps {
		d := float64(i - half)
		window := 0.5 + 0.5*math.Cos(math.Pi*d/half)
		if d == 0 {
			taps[i] = 1 - 2*cut/rate
		} else {
			taps[i] = -math.Sin(2*math.Pi*cut/rate*d) / (math.Pi * d) * window
		}
	}
	y := make([]float64, len(x))
	for i := range y {
		for k, t := range taps {
			y[i] += t * x[(i+half-k+len(x))%len(x)]
		}
	}
	return y
}

package media

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// toneLog is a detector that notes what it hears.
type toneLog struct {
	ToneDetector
	keys strings.Builder
	held []time.Duration
}

func newToneLog() *toneLog {
	l := new(toneLog)
	l.Pressed = func(key byte, held time.Duration) {
		l.keys.WriteByte(key)
		l.held = append(l.held, held)
	}
	return l
}

// hear feeds the audio through G.711, as it comes from the wire, in frames.
func (l *toneLog) hear(audio []float64) string {
	var coded [FrameSamples]byte
	var frame [FrameSamples]int16
	for len(audio) > 0 {
		n := min(len(audio), FrameSamples)
		for i, v := range audio[:n] {
			frame[i] = int16(min(max(v, -32768), 32767))
		}
		Encode(MuLaw, coded[:], frame[:n])
		Decode(MuLaw, frame[:], coded[:n])
		l.Feed(frame[:n])
		audio = audio[n:]
	}
	l.Feed(make([]int16, 400))
	return l.keys.String()
}

// amplitudeOf is the peak of a sine at a level; full scale is +3.14 dBm0.
func amplitudeOf(dBm0 float64) float64 { return 32124 * math.Pow(10, (dBm0-3.14)/20) }

// keyTone is how a key sounds. The zero value with a key is a perfect -10 dBm0 each.
type keyTone struct {
	key          byte
	lasts        time.Duration
	level        float64 // dBm0 of the row; 0: -10
	twist        float64 // dB by which the column is louder
	off          float64 // both frequencies, relative
	phase, noise float64 // noise: dB below the row; 0: none
}

func (k keyTone) samples(rng *rand.Rand) []float64 {
	row, column := 0.0, 0.0
	for r := range toneKeys {
		for c, key := range toneKeys[r] {
			if key == k.key {
				row, column = toneRows[r]*(1+k.off), toneColumns[c]*(1+k.off)
			}
		}
	}
	if k.level == 0 {
		k.level = -10
	}
	a, b := amplitudeOf(k.level), amplitudeOf(k.level+k.twist)
	out := make([]float64, samplesOf(k.lasts))
	for i := range out {
		t := float64(i) / SampleRate
		out[i] = a*math.Sin(2*math.Pi*row*t+k.phase) + b*math.Sin(2*math.Pi*column*t+1.3*k.phase)
		if k.noise != 0 {
			out[i] += rng.NormFloat64() * a / math.Sqrt2 * math.Pow(10, -k.noise/20)
		}
	}
	return out
}

func pauseOf(d time.Duration) []float64 { return make([]float64, samplesOf(d)) }

// TestTonesThatQ24AsksForAreTaken plays every key many times, at phases and places in the blocks that differ, as ITU-T Q.24
// says that a receiver must take it.
func TestTonesThatQ24AsksForAreTaken(t *testing.T) {
	for name, tone := range map[string]keyTone{
		"as it should be":         {lasts: 80 * ms},
		"as short as may be":      {lasts: 40 * ms},
		"as loud as may be":       {lasts: 50 * ms, level: -4},
		"as soft as may be":       {lasts: 50 * ms, level: -25},
		"column 4 dB louder":      {lasts: 50 * ms, level: -14, twist: 4},
		"row 8 dB louder":         {lasts: 50 * ms, twist: -8},
		"1.5 % high":              {lasts: 50 * ms, off: 0.015},
		"1.5 % low":               {lasts: 50 * ms, off: -0.015},
		"in noise 15 dB below it": {lasts: 50 * ms, noise: 15},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		l := newToneLog()
		var audio []float64
		want := strings.Repeat(eventKeys, 20)
		for _, key := range []byte(want) {
			tone.key, tone.phase = key, rng.Float64()*6.28
			audio = append(audio, pauseOf(40*ms+time.Duration(rng.IntN(13))*ms)...)
			audio = append(audio, tone.samples(rng)...)
		}
		if got := l.hear(audio); got != want {
			t.Errorf("%s: of %d keys %d were heard", name, len(want), len(got))
		}
	}
}

func TestTonesThatAreNoKeysAreNotTaken(t *testing.T) {
	for name, tone := range map[string]keyTone{
		"too short":            {lasts: 20 * ms},
		"too soft":             {lasts: 100 * ms, level: -45},
		"column 12 dB louder":  {lasts: 100 * ms, level: -20, twist: 12},
		"row 15 dB louder":     {lasts: 100 * ms, level: -6, twist: -15},
		"row alone":            {lasts: 100 * ms, twist: -200},
		"3.5 % high":           {lasts: 100 * ms, off: 0.035},
		"3.5 % low":            {lasts: 100 * ms, off: -0.035},
		"drowned in the noise": {lasts: 100 * ms, noise: -6},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		l := newToneLog()
		var audio []float64
		for _, key := range []byte(strings.Repeat(eventKeys, 5)) {
			tone.key, tone.phase = key, rng.Float64()*6.28
			audio = append(append(audio, pauseOf(61*ms)...), tone.samples(rng)...)
		}
		if got := l.hear(audio); got != "" {
			t.Errorf("%s: heard %q", name, got)
		}
	}
}

func TestAShortInterruptionDoesNotDoubleAKey(t *testing.T) {
	l := newToneLog()
	whole := keyTone{key: '6', lasts: 200 * ms}.samples(nil)
	clear(whole[600:680]) // 10 ms
	if got := l.hear(whole); got != "6" {
		t.Errorf("heard %q, want 6", got)
	}
	if held := l.held[0]; held < 150*ms || held > 210*ms {
		t.Errorf("held for %v, want about 200ms", held)
	}
}

func TestAPauseOf40MillisecondsMakesTwoKeys(t *testing.T) {
	for shift := range 26 {
		l := newToneLog()
		audio := pauseOf(time.Duration(shift) * ms)
		for range 2 {
			audio = append(append(audio, keyTone{key: '8', lasts: 60 * ms}.samples(nil)...), pauseOf(40*ms)...)
		}
		if got := l.hear(audio); got != "88" {
			t.Errorf("shifted by %d ms: heard %q, want 88", shift, got)
		}
	}
}

func TestAKeyCountsAtItsEndOrWhenTheAudioIsOver(t *testing.T) {
	l := newToneLog()
	var frame [800]int16
	for i, v := range (keyTone{key: '2', lasts: 100 * ms}).samples(nil) {
		frame[i] = int16(v)
	}
	l.Feed(frame[:])
	if l.keys.String() != "" {
		t.Fatal("the key counted while it was heard")
	}
	l.Flush()
	l.Flush()
	if l.keys.String() != "2" {
		t.Errorf("heard %q, want 2", l.keys.String())
	}
}

// voiceLike is speech as far as a detector is concerned: pulses at a gliding pitch through two gliding
// formants, with hisses and pauses, loud.
func voiceLike(rng *rand.Rand, seconds int) []float64 {
	out := make([]float64, 0, seconds*SampleRate)
	phase := 0.0
	for len(out) < seconds*SampleRate {
		n := 400 + rng.IntN(2400)
		pitch, glide := 80+rng.Float64()*220, rng.Float64()*2-1
		kind := rng.IntN(5)
		formants := [3]float64{300 + rng.Float64()*700, 900 + rng.Float64()*1400, 2300 + rng.Float64()*700}
		level := amplitudeOf(-25 + rng.Float64()*20)
		for i := range n {
			t := float64(i) / SampleRate
			phase += (pitch + glide*100*t) / SampleRate
			v := 0.0
			switch kind {
			case 0: // pause
			case 1: // hiss
				v = rng.NormFloat64() * 0.3
			default: // vowel: harmonics weighed by the formants
				for h := 1.0; h < 16; h++ {
					w := 0.02
					for _, f := range formants {
						w += math.Exp(-math.Pow((h*pitch-f)/150, 2))
					}
					v += w * math.Sin(2*math.Pi*h*phase)
				}
				v *= 0.4
			}
			out = append(out, level*v)
		}
	}
	return out
}

// musicLike is chords of notes with overtones, whose frequencies come near the keys' again and again. (A
// flute that plays 932 and 1480 Hz at once without overtones is a key, by any standard.)
func musicLike(rng *rand.Rand, seconds int) []float64 {
	out := make([]float64, 0, seconds*SampleRate)
	for len(out) < seconds*SampleRate {
		n := 1000 + rng.IntN(3000)
		var notes []float64
		for range 1 + rng.IntN(4) {
			notes = append(notes, 110*math.Pow(2, float64(rng.IntN(48))/12))
		}
		overtones := 2 + rng.IntN(4)
		for i := range n {
			v := 0.0
			for _, f := range notes {
				for h := 1; h <= overtones && f*float64(h) < 3800; h++ {
					v += math.Sin(2*math.Pi*f*float64(h)*float64(i)/SampleRate) / float64(h)
				}
			}
			out = append(out, amplitudeOf(-12)*v*math.Exp(-float64(i)/4000))
		}
	}
	return out
}

func TestVoicesMusicAndNoiseAreNotTakenForKeys(t *testing.T) {
	const seconds = 240
	for name, make := range map[string]func(*rand.Rand, int) []float64{
		"voice": voiceLike, "music": musicLike,
		"noise": func(rng *rand.Rand, seconds int) []float64 {
			out := make([]float64, seconds*SampleRate)
			for i := range out {
				out[i] = rng.NormFloat64() * amplitudeOf(-15)
			}
			return out
		},
	} {
		l := newToneLog()
		if got := l.hear(make(rand.New(rand.NewPCG(7, 7)), seconds)); got != "" {
			t.Errorf("%d s of %s: heard %q", seconds, name, got)
		}
	}
}

func TestAKeyIsHeardOverAVoice(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	l := newToneLog()
	voice := voiceLike(rng, 20)
	want := ""
	for i, key := range []byte("159*0#") {
		at := (2 + 3*i) * SampleRate
		for j, v := range (keyTone{key: key, lasts: 100 * ms, level: -6}).samples(rng) {
			voice[at+j] = v + voice[at+j]/8 // the talker is 18 dB down, as behind a handset's keypad
		}
		want += string(key)
	}
	if got := l.hear(voice); got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestListeningForTonesCostsNoMemory(t *testing.T) {
	d := ToneDetector{Pressed: func(byte, time.Duration) {}}
	var frame [FrameSamples]int16
	for i, v := range (keyTone{key: '1', lasts: 20 * ms}).samples(nil) {
		frame[i] = int16(v)
	}
	if n := testing.AllocsPerRun(200, func() { d.Feed(frame[:]); d.Flush() }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkToneDetector(b *testing.B) {
	var d ToneDetector
	var frame [FrameSamples]int16
	for i := range frame {
		frame[i] = int16(i * 50)
	}
	for b.Loop() {
		d.Feed(frame[:])
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)*50/1000, "CPU-ms/call-second")
}

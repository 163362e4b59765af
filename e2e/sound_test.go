//go:build e2e

package e2e

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hatif/media"
)

const rate = 8000 // samples a second of everything here

// alike is how like itself a sound is that a phone has heard, at the least: phones stretch and mend what they hear, the
// more the less time the machine has for them. Others are less than 0.7 like it.
const alike = 0.8

// A sound is 8 kHz mono.
type sound []int16

func (s sound) duration() time.Duration { return time.Duration(len(s)) * time.Second / rate }

func readWAV(t *testing.T, file string) sound {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	samples, hz, channels, err := media.ReadWAV(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if hz != rate || channels != 1 {
		t.Fatalf("%s has %d Hz and %d channels", file, hz, channels)
	}
	return samples
}

// prompt is a prompt as it is shipped: "ar/welcome", "music/default".
func prompt(t *testing.T, name string) sound {
	t.Helper()
	return readWAV(t, filepath.Join("..", "prompts", "sounds", filepath.FromSlash(name)+".wav"))
}

// toneFile writes a minute of a tone.
func toneFile(t *testing.T, dir, hz string) string {
	t.Helper()
	file := filepath.Join(dir, "tone-"+hz+".wav")
	out, err := exec.Command("sox", "-n", "-r", "8000", "-c1", "-b16", file, "synth", "60", "sine", hz, "gain", "-9").CombinedOutput()
	if err != nil {
		t.Fatalf("sox: %v\n%s", err, out)
	}
	return file
}

const slice = rate / 10 // tones are looked for in tenths of a second

// with lists the tenths of a second in which every one of the tones is clearly there.
func (s sound) with(tones ...float64) (tenths []int) {
	for i := 0; (i+1)*slice <= len(s); i++ {
		all := true
		for _, hz := range tones {
			all = all && goertzel(s[i*slice:(i+1)*slice], hz) > 300
		}
		if all {
			tenths = append(tenths, i)
		}
	}
	return tenths
}

// goertzel is the amplitude of a tone in samples.
func goertzel(samples sound, hz float64) float64 {
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	var a, b float64
	for _, x := range samples {
		a, b = float64(x)+k*a-b, a
	}
	return 2 * math.Sqrt(max(0, a*a+b*b-k*a*b)) / float64(len(samples))
}

// expectTones fails unless the tones are heard together for at least the time given.
func (s sound) expectTones(t *testing.T, what string, least time.Duration, tones ...float64) {
	t.Helper()
	if got := time.Duration(len(s.with(tones...))) * time.Second / 10; got < least {
		t.Errorf("%s has %v Hz for %v of %v, want at least %v", what, tones, got, s.duration(), least)
	}
}

// between is a part of the sound.
func (s sound) between(from, to time.Duration) sound {
	place := func(d time.Duration) int { return min(len(s), max(0, int(d.Seconds()*rate))) }
	return s[place(from):max(place(from), place(to))]
}

// stretch is the longest time with a tone; what is lost in three tenths of a second does not break it.
func (s sound) stretch(hz float64) (from, to time.Duration) {
	began, last := -9, -9
	for _, tenth := range s.with(hz) {
		if tenth-last > 3 {
			began = tenth
		}
		if last = tenth; time.Duration(last+1-began)*time.Second/10 > to-from {
			from, to = time.Duration(began)*time.Second/10, time.Duration(last+1)*time.Second/10
		}
	}
	return from, to
}

// pause is the longest time without a tone between two places that have it.
func (s sound) pause(hz float64) (from, to time.Duration) {
	last := -1
	for _, tenth := range s.with(hz) {
		if length := tenth - last - 1; last >= 0 && time.Duration(length)*time.Second/10 > to-from {
			from, to = time.Duration(last+1)*time.Second/10, time.Duration(tenth)*time.Second/10
		}
		last = tenth
	}
	return from, to
}

// expectHold fails unless a voice is heard for as long as least, then music for as long as hold, and then the voice.
func (s sound) expectHold(t *testing.T, what string, hz float64, least, hold time.Duration) {
	t.Helper()
	from, to := s.pause(hz)
	if d := to - from; d < hold*2/3 || d > hold*3/2 { // a phone may have lost some of it
		t.Errorf("%s lacks %v Hz for %v, want %v", what, hz, d, hold)
	}
	s.between(0, from).expectTones(t, what+" before the hold", least, hz)
	s.between(from, to).expectPrompt(t, "music/default", 0, alike)
	s.between(to, s.duration()).expectTones(t, what+" after the hold", least, hz)
}

// clip is what identifies a sound: a loud fifth of a second at or after the given place, and where it is.
func (s sound) clip(from time.Duration) (clip sound, at time.Duration) {
	const length = rate / 5
	best, loudest := 0, -1.0
	first := int(from.Seconds() * rate)
	for i := first; i+length <= min(len(s), first+rate); i += 80 {
		if e := energy(s[i : i+length]); e > loudest {
			best, loudest = i, e
		}
	}
	return s[best : best+length], time.Duration(best) * time.Second / rate
}

// find looks for the clip, at any level, and returns the best place and how alike it is there: 1 is the same.
func (s sound) find(clip sound) (at time.Duration, likeness float64) {
	norm := math.Sqrt(energy(clip))
	place := 0
	window := 0.0
	for i, x := range s {
		window += float64(x) * float64(x)
		first := i - len(clip) + 1
		if first < 0 {
			continue
		}
		if window > norm*norm/100 { // no more than 20 dB below it
			var dot float64
			for j, y := range clip {
				dot += float64(y) * float64(s[first+j])
			}
			if l := dot / (norm * math.Sqrt(window)); l > likeness {
				place, likeness = first, l
			}
		}
		window -= float64(s[first]) * float64(s[first])
	}
	return time.Duration(place) * time.Second / rate, likeness
}

func energy(s sound) (sum float64) {
	for _, x := range s {
		sum += float64(x) * float64(x)
	}
	return sum
}

// expectPrompt fails unless the prompt is heard from its place from on, and returns when the prompt began.
func (s sound) expectPrompt(t *testing.T, name string, from time.Duration, least float64) (began time.Duration) {
	t.Helper()
	clip, at := prompt(t, name).clip(from)
	found, likeness := s.find(clip)
	if likeness < least {
		t.Errorf("%s (from %v) is not heard: the likest place is %.2f like it, want %.2f", name, from, likeness, least)
	}
	return found - at
}

// expectNoPrompt fails when the prompt is heard from its place from on.
func (s sound) expectNoPrompt(t *testing.T, name string, from time.Duration, most float64) {
	t.Helper()
	clip, _ := prompt(t, name).clip(from)
	if found, likeness := s.find(clip); likeness > most {
		t.Errorf("%s (from %v) is heard at %v (%.2f like it)", name, from, found, likeness)
	}
}

package media

import (
	"math"
	"slices"
	"testing"
)

// powerAt is the mean square of what s contains of hz.
func powerAt(s []int16, hz float64) float64 {
	var re, im float64
	for i, v := range s {
		w := 2 * math.Pi * hz * float64(i) / SampleRate
		re, im = re+float64(v)*math.Cos(w), im+float64(v)*math.Sin(w)
	}
	n := float64(len(s))
	return 2 * (re*re + im*im) / (n * n)
}

func TestTonesSoundAsInTheirCountry(t *testing.T) {
	for _, c := range []struct {
		kind    ToneKind
		country string
		hz      []float64
		on, off int // ms
	}{
		{ToneRingback, "us", []float64{440, 480}, 2000, 4000},
		{ToneRingback, "FR", []float64{440}, 1500, 3500},
		{ToneRingback, "de", []float64{425}, 1000, 4000},
		{ToneRingback, "sa", []float64{425}, 1200, 4600},
		{ToneRingback, "gb", []float64{400, 450}, 400, 200},
		{ToneRingback, "nowhere", []float64{425}, 1000, 4000},
		{ToneBusy, "us", []float64{480, 620}, 500, 500},
		{ToneBusy, "eg", []float64{450}, 1000, 4000},
		{ToneCongestion, "de", []float64{425}, 240, 240},
		{ToneCongestion, "", []float64{425}, 250, 250},
	} {
		heard := playAll(Tone(c.kind, c.country), MuLaw, 400)
		on, off := heard[:c.on*8], heard[c.on*8:(c.on+c.off)*8]
		total := energy(on)
		sum := 0.0
		for _, hz := range c.hz {
			p := powerAt(on, hz)
			if p < total/float64(2*len(c.hz)) {
				t.Errorf("%s %s: %v Hz is missing", c.kind, c.country, hz)
			}
			sum += p
		}
		if sum < 0.93*total {
			t.Errorf("%s %s: only %.2f of the sound is at %v Hz", c.kind, c.country, sum/total, c.hz)
		}
		if e := energy(off); e != 0 {
			t.Errorf("%s %s: the pause is not silent", c.kind, c.country)
		}
		if next := heard[(c.on+c.off)*8:]; len(next) > 2000 && energy(next[:2000]) < total/2 {
			t.Errorf("%s %s: it does not come again after %d ms", c.kind, c.country, c.on+c.off)
		}
		if level := 10*math.Log10(total/(32124*32124/2)) + 3.14; level < -15 || level > -5 {
			t.Errorf("%s %s: %.1f dBm0, E.180 asks for -10 ± 5", c.kind, c.country, level)
		}
	}
}

func TestEveryCountryHasEveryTone(t *testing.T) {
	if !slices.IsSorted(ToneCountries()) || slices.Contains(ToneCountries(), "") || len(ToneCountries()) < 10 {
		t.Errorf("countries: %q", ToneCountries())
	}
	for _, country := range ToneCountries() {
		for _, kind := range []ToneKind{ToneRingback, ToneBusy, ToneCongestion} {
			s := Tone(kind, country)
			if want := "tone " + string(kind) + " " + country; s.String() != want {
				t.Errorf("%q is called %q", want, s)
			}
			if heard := playAll(s, ALaw, 600); len(heard) != 600*FrameSamples || energy(heard) == 0 {
				t.Errorf("%s: silent, or it ends", s)
			}
		}
	}
}

func TestBeepsEnd(t *testing.T) {
	for _, kind := range []ToneKind{ToneBeep, ToneError} {
		s := Tone(kind, "fr")
		if n := len(playAll(s, MuLaw, 1000)); n == 0 || n > SampleRate || s.String() != "tone "+string(kind) {
			t.Errorf("%s lasts %d samples", s, n)
		}
	}
	if e := energy(playAll(Tone("whistle", ""), MuLaw, 10)); e != 0 {
		t.Error("a tone that does not exist is heard")
	}
}

func TestATonesEdgesDoNotClick(t *testing.T) {
	for _, country := range ToneCountries() {
		heard := playAll(Tone(ToneBusy, country), MuLaw, 100)
		if first := max(slices.Max(heard[:8]), -slices.Min(heard[:8])); first > toneAmplitude/3 {
			t.Errorf("%s: it begins at once, with %d in the first millisecond", country, first)
		}
		for i := 1; i < len(heard); i++ {
			if d := int(heard[i]) - int(heard[i-1]); d > 5000 || d < -5000 {
				t.Fatalf("%s: a step of %d at %d", country, d, i)
			}
		}
	}
}

package media

import (
	"math"
	"testing"
)

// sineAt is n samples of a sine at a rate.
func sineAt(hz float64, rate, n int, amplitude float64) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return s
}

var commonRates = []int{6000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}

func TestWhatATelephoneCarriesIsResampledFaithfully(t *testing.T) {
	for _, rate := range commonRates {
		for _, hz := range []float64{100, 440, 1000, 2500, 3100} {
			if hz > float64(rate)*0.4 {
				continue
			}
			out := Resample(sineAt(hz, rate, rate, 10000), rate, SampleRate)
			if len(out) != SampleRate {
				t.Fatalf("a second at %d is %d samples", rate, len(out))
			}
			middle := out[500:7500]
			got := math.Sqrt(2 * powerAt(middle, hz))
			if math.Abs(got-10000) > 150 {
				t.Errorf("%v Hz from %d: amplitude %.0f, was 10000", hz, rate, got)
			}
			if d := distortion(middle, hz); d > 0.003 {
				t.Errorf("%v Hz from %d: %.2f %% is something else", hz, rate, 100*d)
			}
		}
	}
}

func TestWhatATelephoneCannotCarryDoesNotAlias(t *testing.T) {
	for _, rate := range commonRates {
		for _, hz := range []float64{4500, 5000, 7000, 9000, 15000, 20000} {
			if hz > float64(rate)/2 {
				continue
			}
			out := Resample(sineAt(hz, rate, rate, 20000), rate, SampleRate)
			if left := math.Sqrt(energy(out[500:7500])) / (20000 / math.Sqrt2); left > 0.001 {
				t.Errorf("%v Hz from %d: %.1f dB are left", hz, rate, 20*math.Log10(left))
			}
		}
	}
}

func TestResamplingKeepsLengthPlaceAndSilence(t *testing.T) {
	click := make([]int16, 44100)
	click[22050] = 30000
	out := Resample(click, 44100, SampleRate)
	at := 0
	for i, v := range out {
		if v > out[at] {
			at = i
		}
	}
	if at != 4000 {
		t.Errorf("a click at half a second is at sample %d", at)
	}
	same := []int16{1, 2, 3}
	if got := Resample(same, 8000, 8000); &got[0] != &same[0] {
		t.Error("what has the right rate already was copied")
	}
	if len(Resample(nil, 44100, 8000)) != 0 || len(Resample(same, 0, 8000)) != 0 || len(Resample(same, 8000, -1)) != 0 {
		t.Error("nothing made something")
	}
	if e := energy(Resample(make([]int16, 5000), 44100, 8000)); e != 0 {
		t.Error("silence is heard")
	}
	loud := make([]int16, 4410)
	for i := range loud {
		loud[i] = 32767
	}
	for i, v := range Resample(loud, 44100, 8000)[50:700] {
		if v < 32700 {
			t.Fatalf("full scale is %d at %d: it ran over, or hums", v, i)
		}
	}
}

func BenchmarkResample(b *testing.B) {
	minute := make([]int16, 60*44100)
	for b.Loop() {
		Resample(minute, 44100, SampleRate)
	}
}

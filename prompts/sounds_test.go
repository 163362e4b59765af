package prompts

import (
	"bytes"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"hatif/media"
)

// What the recordings were made to; see scripts/prompts/telephone.go.
const (
	targetLevel = -20.0 // dB below full scale, while somebody speaks
	musicLevel  = -22.0
	highestPeak = -1.0
	longestHush = 150 * time.Millisecond
)

func TestEveryTextIsRecordedAndEveryRecordingHasItsText(t *testing.T) {
	texts, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{"sounds/music/default.wav": true}
	for _, x := range texts {
		for lang := range x.In {
			wanted["sounds/"+lang+"/"+x.Name+".wav"] = true
		}
	}
	found := 0
	err = fs.WalkDir(files, "sounds", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		if !wanted[file] {
			t.Errorf("%s has no text: run go run ./scripts/prompts", file)
		}
		delete(wanted, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for file := range wanted {
		t.Errorf("%s is not recorded: run go run ./scripts/prompts", file)
	}
	if found < 900 {
		t.Errorf("only %d recordings", found)
	}
}

func TestEveryRecordingIsFitForATelephone(t *testing.T) {
	texts, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range texts {
		for lang, text := range x.In {
			samples := embeddedSamples(t, "sounds/"+lang+"/"+x.Name+".wav")
			name := lang + "/" + x.Name
			if level := spokenLevel(samples); math.Abs(level-targetLevel) > 2 {
				t.Errorf("%s is spoken at %.1f dB, want %.0f", name, level, targetLevel)
			}
			if p := peak(samples); p > highestPeak {
				t.Errorf("%s reaches %.1f dB", name, p)
			}
			before, after := hush(samples)
			if before > longestHush || after > longestHush {
				t.Errorf("%s is silent for %v before and %v after", name, before, after)
			}
			d := time.Duration(len(samples)) * time.Second / media.SampleRate
			if least, most := plausible(text); d < least || d > most {
				t.Errorf("%s lasts %v, but %q should take %v to %v", name, d, text, least, most)
			}
		}
	}
}

func TestTheMusicIsLongEnoughAndQuieterThanSpeech(t *testing.T) {
	samples := embeddedSamples(t, "sounds/music/default.wav")
	d := time.Duration(len(samples)) * time.Second / media.SampleRate
	if d < 90*time.Second {
		t.Errorf("it lasts %v: it would be tiresome", d)
	}
	if len(samples)%media.FrameSamples != 0 {
		t.Error("the loop ends inside a frame")
	}
	if level := loudness(samples); math.Abs(level-musicLevel) > 1 {
		t.Errorf("it plays at %.1f dB", level)
	}
	if p := peak(samples); p > highestPeak-2 {
		t.Errorf("it reaches %.1f dB", p)
	}
	for i := 0; i+2*media.SampleRate <= len(samples); i += media.SampleRate {
		if level := loudness(samples[i : i+2*media.SampleRate]); level < musicLevel-14 || level > musicLevel+6 {
			t.Errorf("at %d s it plays at %.1f dB", i/media.SampleRate, level)
		}
	}
	// Its end and its beginning are neighbours: the step between them is like any other.
	step, seam := 0.0, math.Abs(float64(samples[0])-float64(samples[len(samples)-1]))
	for i := 1; i < len(samples); i++ {
		step = max(step, math.Abs(float64(samples[i])-float64(samples[i-1])))
	}
	if seam > step/2 {
		t.Errorf("the loop clicks: a step of %.0f, and the largest elsewhere is %.0f", seam, step)
	}
}

func TestTheTableIsWrittenAsItIsRead(t *testing.T) {
	texts, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range texts {
		for lang, text := range x.In {
			if strings.ContainsAny(text, "0123456789٠١٢٣٤٥٦٧٨٩") {
				t.Errorf("%s/%s: numbers are written as words: %q", lang, x.Name, text)
			}
		}
		group, _, grouped := strings.Cut(x.Name, "/")
		if (!grouped || group == "voicemail" || group == "queue" || group == "digits") && len(x.In) != 3 {
			t.Errorf("%s is not in all three languages", x.Name)
		}
	}
}

func embeddedSamples(t *testing.T, file string) []int16 {
	t.Helper()
	b, err := files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	samples, rate, channels, err := media.ReadWAV(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if rate != media.SampleRate || channels != 1 || len(samples) == 0 {
		t.Fatalf("%s: %d Hz, %d channels, %d samples", file, rate, channels, len(samples))
	}
	return samples
}

// plausible is how long a text may take, about half to twice what a steady reader needs for its letters
// (and, in Arabic, its vowel marks).
func plausible(text string) (least, most time.Duration) {
	letters := len([]rune(strings.ReplaceAll(text, " ", "")))
	steady := time.Duration(letters) * time.Second / 18
	return steady / 2, steady*2 + 600*time.Millisecond
}

func loudness(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		v := float64(s) / 32768
		sum += v * v
	}
	return 10 * math.Log10(sum/float64(max(len(samples), 1))+1e-12)
}

// spokenLevel is the loudness of the frames that are not silent: within 30 dB of the loudest.
func spokenLevel(samples []int16) float64 {
	var levels []float64
	loudest := -200.0
	for i := 0; i < len(samples); i += media.FrameSamples {
		v := loudness(samples[i:min(i+media.FrameSamples, len(samples))])
		levels, loudest = append(levels, v), max(loudest, v)
	}
	sum, n := 0.0, 0.0
	for _, v := range levels {
		if v > loudest-30 {
			sum += math.Pow(10, v/10)
			n++
		}
	}
	return 10 * math.Log10(sum/n+1e-12)
}

func peak(samples []int16) float64 {
	most := 0.0
	for _, s := range samples {
		most = max(most, math.Abs(float64(s)))
	}
	return 20 * math.Log10(most/32768+1e-9)
}

// hush is how long a recording is silent (50 dB below full scale) at its ends.
func hush(samples []int16) (before, after time.Duration) {
	const step, quiet = media.SampleRate / 100, -50.0
	first, last := len(samples), 0
	for i := 0; i < len(samples); i += step {
		if loudness(samples[i:min(i+step, len(samples))]) > quiet {
			first, last = min(first, i), max(last, i+step)
		}
	}
	return time.Duration(first) * time.Second / media.SampleRate,
		time.Duration(max(len(samples)-last, 0)) * time.Second / media.SampleRate
}

package media

import (
	"slices"
	"testing"
	"time"
)

// rampOf is n samples that G.711 keeps apart, different at each place.
func rampOf(n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = muLinear[byte(i*7)]
	}
	return s
}

// playAll pulls a source to its end, at most limit frames.
func playAll(s Source, law Law, limit int) []int16 {
	var heard []int16
	for range limit {
		f := Frame{Want: law}
		if !s.Next(&f) {
			break
		}
		heard = append(heard, f.Linear()...)
	}
	return heard
}

func TestASoundIsHeardWholeAndFilledUpWithSilence(t *testing.T) {
	samples := rampOf(400)
	s := NewSound("prompt ar/welcome", samples)
	if s.Duration() != 50*time.Millisecond || s.Name() != "prompt ar/welcome" || s.Play().String() != s.Name() || s.Loop().String() != s.Name() {
		t.Errorf("%q lasts %v", s.Name(), s.Duration())
	}
	heard := playAll(s.Play(), MuLaw, 100)
	if len(heard) != 480 || !slices.Equal(heard[:400], samples) || energy(heard[400:]) != 0 {
		t.Errorf("heard %d samples, not the sound and then silence", len(heard))
	}
	// In the other law it is as near as G.711 allows.
	for i, v := range playAll(s.Play(), ALaw, 100)[:400] {
		if d := int(v) - int(samples[i]); d > 1024 || d < -1024 {
			t.Fatalf("sample %d in A-law is %d, was %d", i, v, samples[i])
		}
	}
}

func TestALoopBeginsAgainWithoutAGap(t *testing.T) {
	samples := rampOf(230)
	heard := playAll(NewSound("music", samples).Loop(), MuLaw, 10)
	for i, v := range heard {
		if v != samples[i%230] {
			t.Fatalf("sample %d is %d, want %d", i, v, samples[i%230])
		}
	}
	short := playAll(NewSound("short", samples[:7]).Loop(), ALaw, 2)
	if len(short) != 320 || short[0] != short[7] || short[159] != short[5] {
		t.Error("a sound shorter than a frame does not go round")
	}
	if len(playAll(NewSound("nothing", nil).Loop(), MuLaw, 10)) != 0 {
		t.Error("a loop of nothing does not end")
	}
}

func TestOneSoundIsHeardByManyAtTheirOwnPlaces(t *testing.T) {
	s := NewSound("s", rampOf(1600))
	a, b := s.Play(), s.Play()
	playAll(a, MuLaw, 3)
	if heard := playAll(b, MuLaw, 1); !slices.Equal(heard, rampOf(160)) {
		t.Error("the second listener does not hear the beginning")
	}
}

func TestSoundsCostNoMemory(t *testing.T) {
	s := NewSound("s", rampOf(1000))
	loop, seq := s.Loop(), Sequence("q", Silence(20*ms), s.Loop())
	tone := Tone(ToneRingback, "us")
	f := Frame{Want: ALaw}
	if n := testing.AllocsPerRun(100, func() { loop.Next(&f); seq.Next(&f); tone.Next(&f) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestASoundIsPlayedFromAnyPlace(t *testing.T) {
	samples := rampOf(1600)
	s := NewSound("message", samples)
	for _, c := range []struct {
		from time.Duration
		want []int16
	}{
		{0, samples},
		{100 * time.Millisecond, samples[800:]},
		{200 * time.Millisecond, nil},
		{time.Hour, nil},
		{-time.Second, samples},
	} {
		heard := playAll(s.PlayFrom(c.from), ALaw, 100)
		if len(heard) != len(c.want) || energy(heard) == 0 && len(c.want) > 0 {
			t.Errorf("from %v %d samples are heard, want %d", c.from, len(heard), len(c.want))
		}
	}
	if heard := playAll(s.PlayFrom(100*time.Millisecond), MuLaw, 100); !slices.Equal(heard, samples[800:]) {
		t.Error("what is heard from the middle is not the second half")
	}
}

func TestATelephoneWAVIsPlayedFromItsOwnBytes(t *testing.T) {
	for _, law := range []Law{MuLaw, ALaw} {
		coding := []uint16{wavMuLaw, wavALaw}[law]
		samples := rampOf(400)
		coded := make([]byte, len(samples))
		Encode(law, coded, samples)
		var want [400]int16
		Decode(law, want[:], coded)
		file := wavFile(fmtChunk(coding, 1, SampleRate, 8), wavChunk("data", coded), wavChunk("LIST", []byte("not sound")))
		s, err := SoundFromWAV("music", file)
		if err != nil || s.Duration() != 50*time.Millisecond || s.Name() != "music" {
			t.Fatalf("%v: %v, lasts %v", law, err, s.Duration())
		}
		heard := playAll(s.Play(), law, 100)
		if len(heard) != 480 || !slices.Equal(heard[:400], want[:]) || slices.Max(heard[400:]) > 8 { // A-law's silence
			t.Errorf("%v: heard %d samples, not the sound and then silence", law, len(heard))
		}
		if again := playAll(s.Loop(), law, 5); !slices.Equal(again[400:800], want[:]) {
			t.Errorf("%v: the loop does not go round", law)
		}
		for i, v := range playAll(s.Play(), 1-law, 100)[:400] {
			if d := int(v) - int(want[i]); d > 1024 || d < -1024 {
				t.Fatalf("%v: sample %d in the other law is %d, was %d", law, i, v, want[i])
			}
		}
	}
	pcm := wavFile(fmtChunk(wavPCM, 1, SampleRate, 16), wavChunk("data", make([]byte, 320)))
	for name, file := range map[string][]byte{
		"PCM": pcm, "stereo": wavFile(fmtChunk(wavMuLaw, 2, SampleRate, 8), wavChunk("data", nil)),
		"16 kHz": wavFile(fmtChunk(wavMuLaw, 1, 16000, 8), wavChunk("data", nil)), "no WAV": []byte("ID3"),
	} {
		if s, err := SoundFromWAV(name, file); err == nil {
			t.Errorf("%s was taken: %v", name, s.Duration())
		}
	}
}

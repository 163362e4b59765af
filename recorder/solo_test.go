package recorder

import (
	"math"
	"testing"
	"time"

	"hatif/media"
)

// speaker is a voice whose packets a test pushes.
type speaker struct {
	tap   *media.Tap
	taken bool
}

func (v *speaker) Next(f *media.Frame) bool { f.SetSilence(); return true }
func (v *speaker) String() string           { return "voice 2001" }
func (v *speaker) Untap(t *media.Tap) {
	if v.tap == t {
		v.tap = nil
	}
}

func (v *speaker) Tap(t *media.Tap) bool {
	if v.taken {
		return false
	}
	v.tap = t
	return true
}

func TestASoloIsOnWallClockTimeWithSilenceWhereNothingCame(t *testing.T) {
	v := &speaker{}
	s, err := NewSolo(v, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []int16
	// Speech from 1 s to 2 s, nothing before it and after it.
	for frame := int64(1); frame <= 150; frame++ {
		now := frame * int64(media.FrameDuration)
		if frame > 50 && frame <= 100 {
			p := soloTone(uint32(frame*media.FrameSamples), now)
			v.tap.Push(&p)
		}
		if frame%5 == 0 {
			got = append(got, s.Advance(now)...)
		}
	}
	got = append(got, s.Stop(int64(3*time.Second))...)
	if v.tap != nil {
		t.Error("a stopped solo still listens")
	}
	if again := s.Stop(int64(4 * time.Second)); again != nil {
		t.Error("a second Stop returned sound")
	}
	if len(got) != 3*media.SampleRate {
		t.Fatalf("%d samples, want three seconds", len(got))
	}
	for _, c := range []struct {
		from, to int // ms
		loud     bool
	}{{0, 950, false}, {1100, 1950, true}, {2150, 3000, false}} {
		if l := soloLevel(got[c.from*8 : c.to*8]); (l > 1000) != c.loud || !c.loud && l > 0 {
			t.Errorf("from %d to %d ms the level is %.0f", c.from, c.to, l)
		}
	}
}

func TestASoloKeepsEverySampleWhenItIsAskedSeldomAndAtTheEnd(t *testing.T) {
	v := &speaker{}
	s, err := NewSolo(v, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []int16
	for frame := int64(1); frame <= 52; frame++ {
		now := frame * int64(media.FrameDuration)
		p := soloTone(uint32(frame*media.FrameSamples), now)
		v.tap.Push(&p)
		if frame == 30 {
			got = append(got, s.Advance(now)...)
		}
	}
	got = append(got, s.Stop(52*int64(media.FrameDuration))...)
	if len(got) != 52*media.FrameSamples || soloLevel(got[800:len(got)-400]) < 4000 || s.Lost() != 0 {
		t.Errorf("%d samples of level %.0f, %d lost", len(got), soloLevel(got[800:len(got)-400]), s.Lost())
	}
}

func TestASoloSaysWhenTheVoiceCannotBeHeard(t *testing.T) {
	if _, err := NewSolo(&speaker{taken: true}, 0); err == nil {
		t.Error("a voice without room was tapped")
	}
}

func soloTone(timestamp uint32, at int64) media.TapPacket {
	p := media.TapPacket{At: at, Timestamp: timestamp, SSRC: 7, N: media.FrameSamples}
	var samples [media.FrameSamples]int16
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*400*float64(int(timestamp)+i)/media.SampleRate))
	}
	media.Encode(media.MuLaw, p.Data[:], samples[:])
	return p
}

func soloLevel(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

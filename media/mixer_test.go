package media

import (
	"math"
	"slices"
	"sync"
	"testing"
)

// talker is a Source of one constant sample that counts how often it is pulled.
type talker struct {
	level  int16
	pulled int
	ends   int // after so many frames; 0: never
}

func (k *talker) Next(f *Frame) bool {
	if k.pulled++; k.ends > 0 && k.pulled > k.ends {
		return false
	}
	if k.level == 0 {
		f.SetSilence()
		return true
	}
	var s [FrameSamples]int16
	for i := range s {
		s[i] = k.level
	}
	f.SetLinear(s[:])
	return true
}

func (k *talker) String() string { return "talker" }

// hears pulls a source and returns its first sample.
func hears(t *testing.T, s Source) int16 {
	t.Helper()
	var f Frame
	if !s.Next(&f) {
		t.Fatalf("%s has ended", s)
	}
	return f.Linear()[0]
}

func TestEachSeatHearsAllButItself(t *testing.T) {
	m := NewMixer("conference 8000")
	voices := []*talker{{level: 100}, {level: 20}, {level: 3}}
	var seats []*Seat
	for _, v := range voices {
		seats = append(seats, m.Join(v))
	}
	listener := m.Join(nil)
	for range 5 {
		for i, want := range []int16{23, 103, 120} {
			if got := hears(t, seats[i]); got != want {
				t.Errorf("seat %d hears %d, want %d", i, got, want)
			}
		}
		if got := hears(t, listener); got != 123 {
			t.Errorf("who only listens hears %d, want 123", got)
		}
	}
	for i, v := range voices {
		if v.pulled != 5 {
			t.Errorf("voice %d was pulled %d times in 5 rounds of 4 listeners", i, v.pulled)
		}
	}
	if seats[0].String() != "conference 8000" {
		t.Errorf("a seat is called %q", seats[0])
	}
}

func TestOneAloneHearsSilence(t *testing.T) {
	m := NewMixer("m")
	s := m.Join(&talker{level: 100})
	var f Frame
	if !s.Next(&f) || !f.Silent() {
		t.Error("one alone hears itself")
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	m := NewMixer("m")
	a := m.Join(&talker{level: 1})
	b := m.Join(&talker{level: 10})
	c := m.Join(&talker{level: 100, ends: 2})
	hears(t, a)
	hears(t, b)
	late := m.Join(&talker{level: 1000})
	for _, want := range []int16{1110, 1010, 1010} { // c has nothing to say from the third round on
		if got := hears(t, a); got != want {
			t.Errorf("heard %d, want %d", got, want)
		}
	}
	b.Leave()
	b.Leave()
	if got := hears(t, a); got != 1000 { // a new round begins without b
		t.Errorf("after one has left: heard %d, want 1000", got)
	}
	if got := hears(t, late); got != 1 {
		t.Errorf("after one has left: heard %d, want 1", got)
	}
	if b.Next(new(Frame)) {
		t.Error("the seat that was left is not at its end")
	}
	if got := hears(t, c); got != 1001 {
		t.Errorf("who has nothing to say hears %d, want 1001", got)
	}
}

func TestWhoIsMutedIsNotHeardAndStaysInTime(t *testing.T) {
	m := NewMixer("m")
	a := m.Join(nil)
	voice := &talker{level: 10}
	b := m.Join(voice)
	b.Mute(true)
	if got := hears(t, a); got != 0 || voice.pulled != 1 {
		t.Errorf("muted: heard %d, pulled %d times", got, voice.pulled)
	}
	b.Mute(false)
	if got := hears(t, a); got != 10 {
		t.Errorf("not muted: heard %d, want 10", got)
	}
}

func TestAWhisperIsHeardByOneAlone(t *testing.T) {
	m := NewMixer("m")
	customer, agent, chief := m.Join(&talker{level: 1}), m.Join(&talker{level: 10}), m.Join(&talker{level: 100})
	chief.SpeakTo(agent)
	if c, a, s := hears(t, customer), hears(t, agent), hears(t, chief); c != 10 || a != 101 || s != 11 {
		t.Errorf("customer hears %d, agent %d, chief %d; want 10, 101, 11", c, a, s)
	}
	chief.SpeakTo(nil) // barges in
	if c, a, s := hears(t, customer), hears(t, agent), hears(t, chief); c != 110 || a != 101 || s != 11 {
		t.Errorf("customer hears %d, agent %d, chief %d; want 110, 101, 11", c, a, s)
	}
}

// sinus is a Source of a sine.
type sinus struct {
	hz, amplitude float64
	at            int
}

func (s *sinus) Next(f *Frame) bool {
	var out [FrameSamples]int16
	for i := range out {
		out[i] = int16(s.amplitude * math.Sin(2*math.Pi*s.hz*float64(s.at+i)/SampleRate))
	}
	s.at += FrameSamples
	f.SetLinear(out[:])
	return true
}

func (s *sinus) String() string { return "sine" }

func TestLoudVoicesTogetherAreTurnedDownAndNotClipped(t *testing.T) {
	m := NewMixer("m")
	ear := m.Join(nil)
	for range 3 {
		m.Join(&sinus{hz: 500, amplitude: 20000})
	}
	var heard []int16
	for range 50 {
		var f Frame
		ear.Next(&f)
		heard = append(heard, f.Linear()...)
	}
	heard = heard[FrameSamples:]
	if peak := slices.Max(heard); peak < 30000 || peak > limitPeak+1 {
		t.Errorf("the peak is %d, want nearly full scale", peak)
	}
	// What is not the sine itself is distortion: -40 dB and less is inaudible under a voice.
	if d := distortion(heard, 500); d > 0.01 {
		t.Errorf("%.1f %% of the amplitude is distortion", 100*d)
	}
}

// distortion is the amplitude of all that is not hz, relative to it.
func distortion(s []int16, hz float64) float64 {
	var re, im, all float64
	for i, v := range s {
		w := 2 * math.Pi * hz * float64(i) / SampleRate
		re, im, all = re+float64(v)*math.Cos(w), im+float64(v)*math.Sin(w), all+float64(v)*float64(v)
	}
	tone := 2 * (re*re + im*im) / float64(len(s))
	return math.Sqrt(max(0, all-tone) / tone)
}

func TestTheGainComesBackSlowly(t *testing.T) {
	var l limiter
	var loud, soft [FrameSamples]int32
	for i := range loud {
		loud[i], soft[i] = 64000, 1000
	}
	var out [FrameSamples]int16
	l.shape(&out, &loud)
	if last := out[FrameSamples-1]; last > limitPeak || last < limitPeak-100 {
		t.Errorf("too loud by twice gives %d", last)
	}
	l.shape(&out, &soft)
	if out[0] > 520 || out[FrameSamples-1] > 540 {
		t.Errorf("right after it 1000 is %d to %d: the gain jumps back", out[0], out[FrameSamples-1])
	}
	for range 60 {
		l.shape(&out, &soft)
	}
	if out[0] != 1000 {
		t.Errorf("a second later 1000 is %d", out[0])
	}
}

func TestSeatsChangeWhileTheLoopMixes(t *testing.T) {
	m := NewMixer("m")
	ear := m.Join(nil)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				s := m.Join(&talker{level: 1})
				s.Mute(true)
				s.SpeakTo(ear)
				s.Leave()
			}
		})
	}
	var f Frame
	for range 2000 {
		ear.Next(&f)
	}
	wait.Wait()
	if got := hears(t, ear); got != 0 {
		t.Errorf("heard %d when all had left", got)
	}
}

func TestMixingCostsNoMemory(t *testing.T) {
	m := NewMixer("m")
	var seats []*Seat
	for range 5 {
		seats = append(seats, m.Join(&talker{level: 30000}))
	}
	var f Frame
	if n := testing.AllocsPerRun(100, func() {
		for _, s := range seats {
			s.Next(&f)
		}
	}); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
}

package recorder

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/media"
)

func TestBothVoicesAreInOneFile(t *testing.T) {
	s := newStudio(t, Config{})
	a, b := &party{name: "1001", ssrc: 1, first: 4294960000, jitter: 10}, &party{name: "2001", ssrc: 2, law: media.ALaw}
	rec := s.start("c1", a, b)
	s.speak(a, 0, 4000, tone(400, 8000))
	s.speak(b, 2000, 4000, tone(1000, 4000))
	s.until(6000)
	got := s.finished(rec)
	if len(got) != 1 || seconds(got[0]) != 6*time.Second {
		t.Fatalf("%d channels, %v; want one of 6s", len(got), seconds(got[0]))
	}
	for _, c := range []struct {
		from, to int
		a, b     float64
	}{{500, 1500, 8000, 0}, {2500, 3500, 8000, 4000}, {4500, 5500, 0, 4000}} {
		ga, gb := amplitude(got[0], 400, c.from, c.to), amplitude(got[0], 1000, c.from, c.to)
		if math.Abs(ga-c.a) > 200 || math.Abs(gb-c.b) > 200 {
			t.Errorf("%d to %d ms: %.0f of the one and %.0f of the other, want %.0f and %.0f", c.from, c.to, ga, gb, c.a, c.b)
		}
	}
}

func TestInStereoTheFirstPartyIsLeft(t *testing.T) {
	s := newStudio(t, Config{Stereo: true})
	a, b := &party{name: "1001", ssrc: 1}, &party{name: "2001", ssrc: 2}
	rec := s.start("c1", a, b)
	s.speak(a, 0, 2000, tone(400, 8000))
	s.speak(b, 0, 2000, tone(1000, 4000))
	s.until(2000)
	got := s.finished(rec)
	if len(got) != 2 || amplitude(got[left], 400, 500, 1500) < 7800 || amplitude(got[right], 1000, 500, 1500) < 3800 {
		t.Fatalf("%d channels", len(got))
	}
	if amplitude(got[left], 1000, 500, 1500) > 100 || amplitude(got[right], 400, 500, 1500) > 100 {
		t.Error("the parties are mixed")
	}
}

// apart checks that what both said at one moment lies within so many ms in the file.
func apart(t *testing.T, got [][]int16, want int, most float64) {
	t.Helper()
	l, r := clickTimes(got[left]), clickTimes(got[right])
	if len(l) < want || len(r) < want {
		t.Fatalf("of %d clicks %d and %d are in the file", want, len(l), len(r))
	}
	for _, at := range l {
		near := math.Inf(1)
		for _, other := range r {
			near = min(near, math.Abs(at-other))
		}
		if near > most {
			t.Fatalf("what was said at the same time is %.1f ms apart, at %.0f ms", near, at)
		}
	}
}

func TestVoicesAreInTimeWithEachOtherWhateverTheJitter(t *testing.T) {
	s := newStudio(t, Config{Stereo: true})
	a, b := &party{ssrc: 1, first: 77, delay: 5, jitter: 0}, &party{ssrc: 2, first: 1 << 31, delay: 12, jitter: 120}
	rec := s.start("c1", a, b)
	s.speak(a, 0, 30000, clicks(0.5))
	s.speak(b, 0, 30000, clicks(0.5))
	s.until(30000)
	apart(t, s.finished(rec), 58, 20)
}

func TestVoicesStayInTimeWhenTheirClocksDrift(t *testing.T) {
	for _, drift := range []float64{-300e-6, 300e-6} {
		s := newStudio(t, Config{Stereo: true})
		a, b := &party{ssrc: 1}, &party{ssrc: 2, jitter: 30, drift: drift}
		rec := s.start("c1", a, b)
		s.speak(a, 0, 300_000, clicks(1))
		s.speak(b, 0, 300_000, clicks(1))
		s.until(300_000)
		apart(t, s.finished(rec), 298, 8)
	}
}

func TestWhatIsSaidLiesWhereItWasSaid(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1, delay: 10, jitter: 40}
	s.until(100_000) // the clock does not begin with the recording
	rec := s.start("c1", a, nil)
	s.speak(a, 100_000, 20_000, clicks(1))
	s.until(120_000)
	got := s.finished(rec)[0]
	for i, at := range clickTimes(got) {
		if want := float64(1000 * i); math.Abs(at-want-10) > 10 && at > 100 {
			t.Fatalf("the click of %.0f ms is at %.1f ms", want, at)
		}
	}
}

func TestASilentPartyIsSilenceAndNotAShorterFile(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, &party{ssrc: 2})
	s.speak(a, 3000, 500, tone(400, 8000))
	s.speak(a, 7000, 500, tone(400, 8000))
	s.until(10_123)
	got := s.finished(rec)[0]
	if seconds(got) != 10_123*time.Millisecond {
		t.Errorf("the file lasts %v", seconds(got))
	}
	for _, c := range []struct {
		from, to int
		loud     bool
	}{{0, 2990, false}, {3020, 3480, true}, {3600, 6990, false}, {7020, 7480, true}, {7600, 10_100, false}} {
		if l := level(got, c.from, c.to); (l > 5000) != c.loud || !c.loud && l > 0 {
			t.Errorf("%d to %d ms: level %.0f", c.from, c.to, l)
		}
	}
}

func TestNobodyAtAllIsSilenceToo(t *testing.T) {
	s := newStudio(t, Config{})
	rec := s.start("c1", nil, nil)
	s.until(2000)
	if got := s.finished(rec)[0]; seconds(got) != 2*time.Second || level(got, 0, 2000) != 0 {
		t.Errorf("%v, level %.0f", seconds(got), level(got, 0, 2000))
	}
}

func TestRepeatedAndReorderedPacketsAreHeardOnceInOrder(t *testing.T) {
	s := newStudio(t, Config{})
	plain, messy := &party{ssrc: 1}, &party{ssrc: 2, jitter: 150}
	one, two := s.start("plain", plain, nil), s.start("messy", nil, messy)
	s.speak(plain, 0, 3000, tone(440, 8000))
	s.speak(messy, 0, 3000, tone(440, 8000))
	s.send(messy, 0, 20, tone(440, 8000)) // one punctual packet, to compare places
	for _, again := range slices.Clone(s.onWay) {
		if again.by == messy && s.rng.IntN(2) == 0 {
			again.packet.At += int64(s.rng.IntN(30)) * 1e6
			s.onWay = append(s.onWay, again)
		}
	}
	s.until(4000)
	want, got := s.finished(one)[0], s.finished(two)[0]
	// Shifted by the way's delay, the two are the same sound, but where the recorder learns of a shorter way.
	same := 0
	for from := 500; from < 2500; from += 100 {
		best := math.Inf(1)
		for shift := range 60 * 8 {
			diff := 0.0
			for i := 8 * from; i < 8*(from+100); i++ {
				diff += math.Abs(float64(want[i]) - float64(got[i+shift]))
			}
			best = min(best, diff/800)
		}
		if best < 20 {
			same++
		}
	}
	if same < 16 {
		t.Errorf("of 20 pieces that were repeated and reordered %d are as they were said", same)
	}
}

func TestAShortGapIsConcealedAndALongOneIsSilent(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, nil)
	s.speak(a, 0, 4000, tone(400, 8000))
	s.onWay = slices.DeleteFunc(s.onWay, func(p sent) bool {
		at := int(p.packet.Timestamp / 8)
		return at == 1000 || at == 1020 || at >= 2000 && at < 2400
	})
	s.until(4000)
	got := s.finished(rec)[0]
	if l := level(got, 1000, 1040); l < 2000 || l > 6000 {
		t.Errorf("a gap of 40 ms has level %.0f", l)
	}
	if l := level(got, 2001, 2399); l != 0 {
		t.Errorf("a gap of 400 ms has level %.0f", l)
	}
	if l := level(got, 2400, 2420); l < 5000 {
		t.Errorf("after it the level is %.0f", l)
	}
}

func TestANewStreamOfTheSameVoiceGoesOn(t *testing.T) {
	for name, change := range map[string]func(*party){
		"another SSRC":               func(p *party) { p.ssrc, p.first = 99, 123456 },
		"timestamps that jump":       func(p *party) { p.first += 1 << 30 },
		"timestamps that jump a bit": func(p *party) { p.first += 8 * 5000 },
		"timestamps that go back":    func(p *party) { p.first -= 80000 },
		"timestamps that stand":      func(p *party) { p.first -= 8 * 4000 },
		"a way slower by 400 ms":     func(p *party) { p.delay += 400 },
		"a way quicker by 100 ms":    func(p *party) { p.delay -= 100 },
		"the other law":              func(p *party) { p.law = media.ALaw },
	} {
		s := newStudio(t, Config{})
		a := &party{ssrc: 1, delay: 120, jitter: 5}
		rec := s.start("c1", a, nil)
		s.speak(a, 0, 2000, tone(400, 8000))
		change(a)
		s.speak(a, 2000, 2000, tone(1000, 8000))
		s.until(5000)
		got := s.finished(rec)[0]
		if amp := amplitude(got, 400, 500, 1980); amp < 7800 {
			t.Errorf("%s: before it the level is %.0f", name, amp)
		}
		from := 2150
		if a.delay > 200 {
			from = 2700 // the packets that are later than the writer waits are lost first
		}
		if amp := amplitude(got, 1000, from, 3700); amp < 7800 {
			t.Errorf("%s: after it the level is %.0f", name, amp)
		}
	}
}

func TestAFileGoesOnThroughHoldAndTransfer(t *testing.T) {
	s := newStudio(t, Config{Stereo: true})
	customer := &party{name: "customer", ssrc: 1}
	agent, chief := &party{name: "agent", ssrc: 2}, &party{name: "chief", ssrc: 3}
	s.speak(customer, 0, 9000, tone(400, 8000))
	s.speak(agent, 0, 9000, tone(1000, 8000))
	s.speak(chief, 0, 9000, tone(2000, 8000))
	rec := s.start("c1", customer, agent)
	tap := customer.taps[0]
	s.until(3000)
	rec.Between(customer, nil, nil) // on hold
	s.until(6000)
	rec.Between(customer, chief, nil)
	s.until(9000)
	if customer.tapped() != 1 || agent.tapped() != 0 || chief.tapped() != 1 {
		t.Errorf("taps: customer %d, agent %d, chief %d", customer.tapped(), agent.tapped(), chief.tapped())
	}
	if customer.taps[0] != tap {
		t.Error("the customer, who stayed, was tapped anew")
	}
	got := s.finished(rec)
	if customer.tapped()+agent.tapped()+chief.tapped() != 0 {
		t.Error("taps are left after the end")
	}
	if amp := amplitude(got[left], 400, 100, 8900); amp < 7900 {
		t.Errorf("the customer is not in the whole file: %.0f", amp)
	}
	for i, want := range []float64{1000, 0, 2000} {
		for _, hz := range []float64{1000, 2000} {
			amp := amplitude(got[right], hz, 3000*i+100, 3000*i+2900)
			if (amp > 7800) != (hz == want) || hz != want && amp > 50 {
				t.Errorf("part %d: %.0f of %.0f Hz, want %.0f Hz alone", i, amp, hz, want)
			}
		}
	}
	rec.Between(customer, agent, nil) // after the end: nothing
	if customer.tapped() != 0 {
		t.Error("a voice was tapped for a recording that is over")
	}
}

func TestTheThirdOfAThreeWayCallIsInTheFile(t *testing.T) {
	for _, stereo := range []bool{false, true} {
		s := newStudio(t, Config{Stereo: stereo})
		a, b, c := &party{name: "a", ssrc: 1}, &party{name: "b", ssrc: 2}, &party{name: "c", ssrc: 3}
		s.speak(a, 0, 9000, tone(400, 6000))
		s.speak(b, 0, 9000, tone(1000, 6000))
		s.speak(c, 0, 9000, tone(2000, 6000))
		rec := s.start("c1", a, b)
		s.until(3000)
		rec.Between(a, b, c)
		s.until(6000)
		rec.Between(a, c, nil)
		s.until(9000)
		got := s.finished(rec)
		if a.tapped()+b.tapped()+c.tapped() != 0 {
			t.Error("taps are left after the end")
		}
		for i, want := range []map[float64]bool{{400: true, 1000: true}, {400: true, 1000: true, 2000: true}, {400: true, 2000: true}} {
			for _, hz := range []float64{400, 1000, 2000} {
				channel := got[0]
				if stereo && hz != 400 {
					channel = got[right]
				}
				if amp := amplitude(channel, hz, 3000*i+100, 3000*i+2900); (amp > 5700) != want[hz] {
					t.Errorf("stereo %v, part %d: %.0f of %.0f Hz", stereo, i, amp, hz)
				}
			}
		}
	}
}

func TestAVoiceWithoutRoomForATapIsSaid(t *testing.T) {
	s := newStudio(t, Config{})
	full := &party{name: "full", full: true}
	other := &party{name: "other"}
	if _, err := s.Start("c1", other, full); !errors.Is(err, ErrTaps) || !strings.Contains(fmt.Sprint(err), "voice full") {
		t.Errorf("Start: %v", err)
	}
	if s.Active() != 0 || other.tapped() != 0 || len(s.files()) != 0 {
		t.Errorf("%d recordings, %d taps, files %q are left", s.Active(), other.tapped(), s.files())
	}
	rec := s.start("c2", other, nil)
	rec.Between(other, full, nil)
	s.until(1000)
	if err := s.stop(rec); !errors.Is(err, ErrTaps) {
		t.Errorf("Stop: %v", err)
	}
}

func TestPacketsThatFoundNoRoomAreSaid(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, nil)
	for i := range 100 { // the writer does not come for two seconds
		s.send(a, 20*i, 20*i, tone(400, 8000))
		a.push(s.onWay[len(s.onWay)-1].packet)
	}
	s.now = 2e9
	err := s.stop(rec)
	if err == nil || !strings.Contains(err.Error(), "36 packets were lost") {
		t.Errorf("%v, want 36 packets lost", err)
	}
	if got := s.read(rec.Name())[0]; seconds(got) != 2*time.Second || level(got, 100, 1200) < 5000 {
		t.Errorf("%v, level %.0f in what was kept", seconds(got), level(got, 100, 1200))
	}
}

func TestAWriterThatComesTwiceAtOnceLosesNothing(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, nil)
	for frame := range int64(100) {
		s.now = frame * int64(media.FrameDuration)
		s.serve()
		a.push(tonePacket(1, frame, s.now))
		s.serve()
	}
	s.now = 2e9
	got := s.finished(rec)[0]
	for at := 20; at < 1980; at += 20 {
		if l := level(got, at, at+20); l < 5000 {
			t.Fatalf("at %d ms the level is %.0f", at, l)
		}
	}
}

func TestALongPauseOfTheWriterLosesNoTime(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, nil)
	s.until(1000)
	for at := 1000; at < 9000; at += 200 { // few packets, all of them kept
		s.send(a, at, at, tone(400, 8000))
		a.push(s.onWay[len(s.onWay)-1].packet)
	}
	s.onWay = nil
	s.now = 9e9
	s.serve()
	got := s.finished(rec)[0]
	if seconds(got) != 9*time.Second {
		t.Fatalf("the file lasts %v", seconds(got))
	}
	for at := 1000; at < 9000; at += 200 {
		if l := level(got, at, at+20); l < 5000 {
			t.Errorf("at %d ms the level is %.0f", at, l)
		}
	}
}

func TestOddPacketsHarmNoRecording(t *testing.T) {
	s := newStudio(t, Config{Stereo: true})
	a, b := &party{ssrc: 1}, &party{ssrc: 2}
	rec := s.start("c1", a, b)
	for range 400 {
		for range s.rng.IntN(70) {
			p := media.TapPacket{
				At: s.now + s.rng.Int64N(3e9) - 2e9, SSRC: s.rng.Uint32N(3), Law: media.Law(s.rng.IntN(2)),
				N: uint8(1 + s.rng.IntN(media.FrameSamples)), Timestamp: uint32(s.now / 125000),
			}
			switch s.rng.IntN(4) {
			case 0:
				p.Timestamp = s.rng.Uint32()
			case 1:
				p.Timestamp += s.rng.Uint32N(20000) - 10000
			}
			a.push(p)
			b.push(p)
		}
		s.now += s.rng.Int64N(4e8)
		s.serve()
	}
	if err := s.stop(rec); err != nil && !strings.Contains(err.Error(), "packets were lost") {
		t.Error(err)
	}
	if got := s.read(rec.Name()); len(got) != 2 || seconds(got[left]) != lasts(samplesAt(s.now)) {
		t.Errorf("%d channels of %v, want two of %v", len(got), seconds(got[left]), lasts(samplesAt(s.now)))
	}
}

// explosive is a file that panics from its second write on.
type explosive struct {
	file
	writes int
	closed *bool
}

func (e *explosive) WriteAt(b []byte, at int64) (int, error) {
	if e.writes++; e.writes > 1 {
		panic("boom")
	}
	return e.file.WriteAt(b, at)
}

func (e *explosive) Close() error {
	*e.closed = true
	return e.file.Close()
}

func TestAPanicOfTheWriterEndsOneRecordingAndNoOther(t *testing.T) {
	s := newStudio(t, Config{})
	amal, omar := &party{name: "amal", ssrc: 1}, &party{name: "omar", ssrc: 2}
	var closed bool
	s.make = func(name string) (file, error) {
		f, err := createFile(name)
		return &explosive{file: f, closed: &closed}, err
	}
	bad := s.start("bad", amal, nil)
	s.make = createFile
	good := s.start("good", omar, nil)
	for _, p := range []*party{amal, omar} {
		s.speak(p, 0, 3000, func(float64) float64 { return 1000 })
	}
	s.until(4000)
	if err := s.stop(good); err != nil {
		t.Errorf("the other recording: %v", err)
	}
	err := s.stop(bad)
	if err == nil || !strings.Contains(err.Error(), "boom") || !strings.Contains(s.log.String(), "boom") {
		t.Errorf("the recording that failed ends with %v; log: %s", err, s.log.String())
	}
	if amal.tapped() != 0 || len(s.openNames()) != 0 || !closed {
		t.Errorf("%d taps and %d recordings are left, closed: %v", amal.tapped(), len(s.openNames()), closed)
	}
}

package media

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// event is the payload of a telephone-event packet.
func event(code byte, end bool, duration uint16) []byte {
	b := []byte{code, 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], duration)
	return b
}

func TestAKeyCountsOnceWhateverBecomesOfItsPackets(t *testing.T) {
	type sent struct {
		seq      uint16
		end      bool
		duration uint16
	}
	whole := []sent{{1, false, 160}, {2, false, 320}, {3, false, 480}, {4, false, 640}, {5, true, 800}, {6, true, 800}, {7, true, 800}}
	for name, packets := range map[string][]sent{
		"whole":              whole,
		"doubled":            slices.Concat(whole, whole),
		"first packets lost": whole[3:],
		"one end arrives":    append(slices.Clone(whole[:4]), whole[6]),
		"reordered":          {whole[4], whole[0], whole[6], whole[2], whole[1], whole[5], whole[3]},
		"only ends arrive":   whole[4:],
		"no end arrives":     whole[:4],
		"one packet in all":  whole[1:2],
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{})
			bob := b.ring(PortOptions{}, terms{})
			bob.put(bob.packet(0, 0, 0, false, make([]byte, 160)))
			for _, s := range packets {
				bob.put(bob.packet(s.seq, 160, 101, s.seq == 1, event(5, s.end, s.duration)))
			}
			b.run(600 * time.Millisecond)
			if len(bob.keys) != 1 || bob.keys[0][0] != '5' {
				t.Errorf("keys are %q, want 5 once", bob.keys)
			}
		})
	}
}

func TestAudioAfterAKeyEndsItAtOnceWhenItsEndsWereLost(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.put(bob.packet(1, 0, 101, true, event(5, false, 160)))
	for i := range uint16(6) {
		bob.put(bob.packet(2+i, 160*uint32(i+1), 0, false, make([]byte, 160)))
	}
	if len(bob.keys) != 1 {
		t.Errorf("keys are %q, want 5 before any time has passed", bob.keys)
	}
}

func TestAPortReportsTheSameKeyPressedTwiceTwice(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	for press := range uint32(2) {
		for i := range uint16(3) {
			bob.put(bob.packet(uint16(press)*3+i, press*1600, 101, i == 0, event(1, true, 800)))
		}
	}
	if want := []string{"1 100ms", "1 100ms"}; !slices.Equal(bob.keys, want) {
		t.Errorf("keys are %q, want %q", bob.keys, want)
	}
}

func TestKeysInTheAudioCountOnlyForAPartyWithoutEvents(t *testing.T) {
	for _, c := range []struct {
		codecs string
		inBand bool
		want   int
	}{{"0", true, 1}, {"0", false, 0}, {"0 101", true, 0}} {
		b := newBench(t, Config{})
		bob := b.ring(PortOptions{InBand: c.inBand}, terms{codecs: c.codecs})
		row, column := keyTones('7')
		for frame := range 20 {
			samples := make([]int16, FrameSamples)
			for i := range samples {
				x := 2 * math.Pi * float64(frame*FrameSamples+i) / SampleRate
				if frame < 6 {
					samples[i] = int16(8000 * (math.Sin(row*x) + math.Sin(column*x)))
				}
			}
			coded := make([]byte, FrameSamples)
			Encode(MuLaw, coded, samples)
			bob.put(bob.packet(bob.seq, bob.ts, 0, false, coded))
			bob.seq++
			bob.ts += FrameSamples
		}
		if len(bob.keys) != c.want {
			t.Errorf("%+v: keys are %q", c, bob.keys)
		}
	}
}

func TestAKeyBySIPIsReportedLikeOneByRTP(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.InjectDigit('9')
	b.settle()
	if want := []string{"9 0s"}; !slices.Equal(bob.keys, want) {
		t.Errorf("keys are %q, want %q", bob.keys, want)
	}
}

func TestAKeyThatIsReportedInTwoWaysCountsOnce(t *testing.T) {
	const second = int64(time.Second)
	for _, c := range []struct{ what, reports, want string }{
		{"events alone", "r1 r1 r2 r1", "1121"},
		{"INFO alone", "i1 i1 i1", "111"},
		{"both, one after the other", "r1 i1 r1 i1 i2 r2", "112"},
		{"INFO late, twice", "r1 r1 i1 i1", "11"},
		{"INFO first", "i1 i1 r1 r1 r1", "111"},
		{"another key between", "r1 r2 i2 r1 i1", "121"},
		{"INFO late, mixed", "r1 r2 r1 i1 i2 i1", "121"},
		{"long afterwards", "r1 . i1", "11"},
	} {
		var r keyReports
		now, got := second, ""
		for report := range strings.FieldsSeq(c.reports) {
			if now += second / 5; report == "." {
				now += 3 * second
				continue
			}
			way := map[byte]int{'r': keyByRTP, 'i': keyByINFO}[report[0]]
			if r.isNew(now, report[1], way) {
				got += report[1:]
			}
		}
		if got != c.want {
			t.Errorf("%s (%s): %s, want %s", c.what, c.reports, got, c.want)
		}
	}
}

func TestATapSeesEveryAudioPacketFrameByFrame(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	tap := NewTap(16)
	if !bob.port.Voice().Tap(tap) {
		t.Fatal("no room for a tap")
	}
	long := make([]byte, 400)
	for i := range long {
		long[i] = byte(i)
	}
	bob.put(bob.packet(1, 1000, 8, false, long))
	bob.put(bob.packet(2, 1400, 101, false, event(1, false, 160)))
	bob.put(bob.packet(3, 1560, 0, false, long[:80]))
	bob.put(bob.packet(3, 1560, 0, false, long[:80]))
	var got [8]TapPacket
	n := tap.Pull(got[:])
	type piece struct {
		ts  uint32
		law Law
		n   uint8
	}
	var pieces []piece
	for _, p := range got[:n] {
		pieces = append(pieces, piece{p.Timestamp, p.Law, p.N})
		if p.At != b.now || p.SSRC != bob.ssrc || p.Data[0] != byte((p.Timestamp-1000)%560) {
			t.Errorf("a piece is %+v", p)
		}
	}
	if want := []piece{{1000, ALaw, 160}, {1160, ALaw, 160}, {1320, ALaw, 80}, {1560, MuLaw, 80}}; !slices.Equal(pieces, want) {
		t.Errorf("the tap has seen %v, want %v", pieces, want)
	}
	bob.port.Voice().Untap(tap)
	bob.say(160, 1)
	if tap.Pull(got[:]) != 0 {
		t.Error("a tap that was taken away is fed")
	}
}

func TestAVoiceTakesFourTaps(t *testing.T) {
	b := newBench(t, Config{})
	v := b.ring(PortOptions{}, terms{}).port.Voice()
	var taps []*Tap
	for i := range 4 {
		taps = append(taps, NewTap(4))
		for range 2 { // the second time it is there already
			if !v.Tap(taps[i]) {
				t.Fatalf("tap %d was refused", i)
			}
		}
	}
	if v.Tap(NewTap(4)) {
		t.Error("a fifth tap was taken")
	}
	v.Untap(NewTap(4))
	v.Untap(taps[2])
	if !v.Tap(NewTap(4)) {
		t.Error("there is no room where a tap was taken away")
	}
}

func TestSilenceOfThePartyIsToldOnce(t *testing.T) {
	b := newBench(t, Config{SilenceLimit: 5 * time.Second})
	told := 0
	bob := b.ring(PortOptions{OnSilent: func() { told++ }}, terms{})
	b.run(20 * time.Second)
	if told != 0 {
		t.Fatal("a phone that rings is silent and was reported")
	}
	bob.port.Hear(&frames{name: "welcome"})
	b.run(4900 * time.Millisecond)
	bob.say(160, 1)
	b.run(4900 * time.Millisecond)
	if told != 0 {
		t.Fatal("reported before the limit")
	}
	b.run(10 * time.Second)
	if told != 1 {
		t.Fatalf("reported %d times, want once", told)
	}
	bob.say(160, 1)
	b.run(6 * time.Second)
	if told != 2 {
		t.Errorf("the second silence was not reported: %d", told)
	}
}

func TestAPartyOnHoldMayBeSilent(t *testing.T) {
	b := newBench(t, Config{SilenceLimit: 5 * time.Second})
	told := 0
	bob := b.ring(PortOptions{OnSilent: func() { told++ }}, terms{})
	bob.port.Hear(&frames{name: "music"})
	if _, err := bob.port.Answer(bob.sdp(terms{more: "a=sendonly\r\n"})); err != nil {
		t.Fatal(err)
	}
	b.run(time.Minute)
	if told != 0 {
		t.Fatal("the silence of a party that holds was reported")
	}
	if _, err := bob.port.Answer(bob.sdp(terms{})); err != nil {
		t.Fatal(err)
	}
	b.run(4900 * time.Millisecond)
	if told != 0 {
		t.Fatal("the time on hold counts")
	}
	b.run(time.Second)
	if told != 1 {
		t.Errorf("reported %d times after the hold, want once", told)
	}
	for _, with := range []terms{{more: "a=sendonly\r\n"}, {}} {
		if _, err := bob.port.Answer(bob.sdp(with)); err != nil {
			t.Fatal(err)
		}
		b.run(6 * time.Second)
	}
	if told != 2 {
		t.Errorf("reported %d times after another hold, want twice", told)
	}
}

// I5: a key that is a tone is taken out of the sound before anybody could take it for one, and nothing else is.
func TestAKeyInTheAudioIsNotHeardByTheOtherSide(t *testing.T) {
	for _, law := range []Law{MuLaw, ALaw} {
		for offset := range 12 { // where in a packet the key begins
			b := newBench(t, Config{})
			codecs := map[Law]string{MuLaw: "0", ALaw: "8"}[law]
			bob, alice := b.ring(PortOptions{InBand: true}, terms{codecs: codecs}), b.ring(PortOptions{}, terms{codecs: codecs})
			bridge(alice, bob)
			row, column := keyTones('*')
			begin, end := 10*FrameSamples+offset*13, 16*FrameSamples+offset*13
			for frame := range 30 {
				samples := make([]int16, FrameSamples)
				for i := range samples {
					at := frame*FrameSamples + i
					x := 2 * math.Pi * float64(at) / SampleRate
					if samples[i] = int16(6000 * math.Sin(300*x)); at >= begin && at < end {
						samples[i] = int16(8000 * (math.Sin(row*x) + math.Sin(column*x)))
					}
				}
				coded := make([]byte, FrameSamples)
				Encode(law, coded, samples)
				bob.put(bob.packet(bob.seq, bob.ts, staticPayloadType(law), false, coded))
				bob.seq++
				bob.ts += FrameSamples
				b.run(20 * time.Millisecond)
			}
			var heard []int16
			for _, d := range alice.socket().sent {
				samples := make([]int16, len(d.data)-12)
				Decode(law, samples, d.data[12:])
				heard = append(heard, samples...)
			}
			var keys []byte
			d := ToneDetector{Pressed: func(key byte, _ time.Duration) { keys = append(keys, key) }}
			d.Feed(heard)
			d.Flush()
			if len(keys) != 0 || len(bob.keys) != 1 {
				t.Errorf("offset %d: alice could hear %q; bob pressed %q", offset, keys, bob.keys)
			}
			speech := 0
			for i := range heard {
				if (i < 9*FrameSamples || i >= 20*FrameSamples) && heard[i] != 0 && heard[i] != 8 && heard[i] != -8 {
					speech++
				}
			}
			if want := (9 + 10) * FrameSamples * 9 / 10; len(heard) != 30*FrameSamples || speech < want {
				t.Errorf("offset %d: alice heard %d samples, %d of them speech, want %d", offset, len(heard), speech, want)
			}
		}
	}
}

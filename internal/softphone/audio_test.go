package softphone

import (
	"math"
	"testing"
	"time"
)

func TestAToneIsHeardAtItsFrequency(t *testing.T) {
	t.Parallel()
	for _, codec := range []Codec{PCMU, PCMA} {
		t.Run(codec.String(), func(t *testing.T) {
			a, b := pair(t, Options{Codecs: []Codec{codec}}, Options{})
			out, in := talking(t, a, b)
			if out.Codec() != codec || in.Codec() != codec {
				t.Fatalf("they speak %v and %v", out.Codec(), in.Codec())
			}
			out.Say(Tone(440, 0.5))
			in.Say(Nothing())
			from := in.Now()
			h := must(in.WaitHeard(within(t), from+10, func(h Heard) bool { return h.Duration() > 400*time.Millisecond }))(t)
			if hz, share := h.Tone(); math.Abs(hz-440) > 2 || share < 0.95 {
				t.Errorf("heard %.1f Hz with %.0f%% of the power", hz, share*100)
			}
			if level := h.Level(); math.Abs(level+6) > 0.5 {
				t.Errorf("heard at %.1f dB, want -6", level)
			}
		})
	}
}

func TestKeysAreHeardOnceWhateverHappensOnTheWire(t *testing.T) {
	t.Parallel()
	faults := map[string]Fault{
		"nothing":        nil,
		"one end lost":   LoseEnds(1),
		"all ends lost":  LoseEnds(3),
		"beginning lost": LoseBeginning(2),
		"duplicated":     Duplicate,
		"reordered":      Reorder,
		"all at once":    Faults(Duplicate, Reorder, LoseSome(0.3, 7)),
	}
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			ctx := within(t)
			from := in.Now()
			ok(t, out.PressWith(ctx, "12#", Press{Fault: fault, Pause: 40 * time.Millisecond}))
			must(in.WaitHeard(ctx, from, func(h Heard) bool { return h.Keys() == "12#" && soundAgain(h) }))(t)
		})
	}
}

func TestFaultsShowInTheSequenceNumbers(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	ctx := within(t)
	press := func(f Fault) Order {
		from := in.Now()
		ok(t, out.PressWith(ctx, "5", Press{Fault: f}))
		h := must(in.WaitHeard(ctx, from, func(h Heard) bool {
			return h.Keys() == "5" && soundAgain(h)
		}))(t)
		return h.Order()
	}
	if o := press(LoseEnds(2)); o.Lost != 2 {
		t.Errorf("two ends lost show as %+v", o)
	}
	if o := press(Duplicate); o.Duplicated != 8 {
		t.Errorf("eight doubled packets show as %+v", o)
	}
	if o := press(Reorder); o.Reordered != 4 || o.Lost != 0 {
		t.Errorf("four pairs exchanged show as %+v", o)
	}
}

// soundAgain reports whether sound came after the last key.
func soundAgain(h Heard) bool {
	return len(h.Packets) > 0 && h.Packets[len(h.Packets)-1].PayloadType != h.eventType
}

func TestTonesOfAKeyAreInTheSound(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{NoEvents: true, Voice: Silence}, Options{Voice: Nothing})
	out, in := talking(t, a, b)
	ctx := within(t)
	if err := out.Press(ctx, "1"); err == nil {
		t.Error("an event could be sent that was not agreed")
	}
	from := in.Now()
	ok(t, out.Tones(ctx, "5", Press{Hold: 200 * time.Millisecond}))
	h := in.Heard(from)
	low, high := goertzel(h.Samples(), 770), goertzel(h.Samples(), 1336)
	if other := goertzel(h.Samples(), 1000); low < 100*other || high < 100*other {
		t.Errorf("770 Hz %.2g, 1336 Hz %.2g, 1000 Hz %.2g", low, high, other)
	}
}

func TestAStampSurvivesBothLaws(t *testing.T) {
	t.Parallel()
	s := Stamp{Speaker: 0xDEADBEEF, Number: 0x01234567, Sent: time.Unix(1, 23456789)}
	for _, c := range []Codec{PCMU, PCMA} {
		frame := make([]byte, frameSamples)
		writeStamp(frame, c, s)
		if got, found := readStamp(frame, c); !found || got != s {
			t.Errorf("%v: read %+v", c, got)
		}
		for _, to := range []Codec{PCMU, PCMA} {
			through := to.Encode(c.Decode(frame)) // as a PBX that mixes does
			if got, found := readStamp(through, to); !found || got != s {
				t.Errorf("%v through samples to %v: read %+v, %v", c, to, got, found)
			}
		}
	}
	if _, found := readStamp(make([]byte, frameSamples), PCMU); found {
		t.Error("a stamp was read in nothing")
	}
}

func TestAReceptionCountsWhatTheStampsSay(t *testing.T) {
	t.Parallel()
	var m meter
	now := time.Now()
	for _, n := range []uint32{10, 11, 13, 12, 12, 15, 90} {
		m.stamp(Stamp{Speaker: 1, Number: n}, now)
	}
	got := m.reception()
	if got.Stamped != 7 || got.Duplicated != 1 || got.Reordered != 1 || got.Lost != 75 {
		t.Errorf("counted %+v", got)
	}
	m.stamp(Stamp{Speaker: 2, Number: 5}, now)
	if got = m.reception(); got.Speakers != 2 || got.Speaker != 2 || got.Lost != 75 {
		t.Errorf("counted %+v after another spoke", got)
	}
}

func TestQuantilesAreExactToThreePerCent(t *testing.T) {
	t.Parallel()
	var l Latency
	for us := 1; us <= 100000; us++ {
		l.Add(time.Duration(us) * time.Microsecond)
	}
	for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 1} {
		want := time.Duration(q*100000) * time.Microsecond
		if got := l.Quantile(q); math.Abs(float64(got-want)) > 0.035*float64(want) {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

func TestStrangersAreHeardFromTheirOwnAddress(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	ctx := within(t)
	from := in.Now()
	ok(t, out.Inject(ctx, in.RTPAddr(), 5, Tone(1000, 0.5)))
	h := must(in.WaitHeard(ctx, from, func(h Heard) bool { return h.Order().Streams == 2 }))(t)
	if len(h.Packets) == 0 {
		t.Error("nothing came")
	}
}

func TestSamplesArePlacedByTimestampWithGapsSilent(t *testing.T) {
	t.Parallel()
	loud := PCMU.Encode(Samples160(9000))
	h := Heard{Packets: []Packet{
		{Timestamp: 1000, Seq: 1, Payload: loud}, {Timestamp: 1480, Seq: 4, Payload: loud}, {Timestamp: 1160, Seq: 2, Payload: loud},
	}}
	s := h.Samples()
	if len(s) != 640 || s[170] < 8000 || s[330] != 0 || s[500] < 8000 {
		t.Errorf("%d samples, %d %d %d", len(s), s[170], s[330], s[500])
	}
}

// Samples160 is one frame of a constant.
func Samples160(v int16) []int16 {
	s := make([]int16, frameSamples)
	for i := range s {
		s[i] = v
	}
	return s
}

func FuzzParseRTP(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3})
	f.Add([]byte{0xB1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 0, 0, 0, 1, 9, 9, 9, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parseRTP(b); ok && len(p.Payload) > len(b)-rtpHeader {
			t.Errorf("payload of %d in a packet of %d", len(p.Payload), len(b))
		}
	})
}

func FuzzParseDescription(f *testing.F) {
	f.Add([]byte(Description{Codecs: []Codec{PCMU, PCMA}, Event: 101, Direction: SendRecv}.marshal()))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDescription(b)
		if err == nil && !d.Addr.Addr().IsValid() {
			t.Error("a description without an address was taken")
		}
	})
}

func FuzzMessageSize(f *testing.F) {
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabcd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := messageSize(b); n < 0 || n > len(b) {
			t.Errorf("size %d of %d bytes", n, len(b))
		}
	})
}

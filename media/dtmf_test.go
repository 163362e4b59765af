package media

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pressed is one key that a decoder reported.
type pressed struct {
	key  byte
	held time.Duration
}

// keyLog is a decoder that notes what it reports.
type keyLog struct {
	EventDecoder
	keys []pressed
}

func newKeyLog() *keyLog {
	l := new(keyLog)
	l.Pressed = func(key byte, held time.Duration) { l.keys = append(l.keys, pressed{key, held}) }
	return l
}

func (l *keyLog) String() string {
	var b strings.Builder
	for _, k := range l.keys {
		b.WriteByte(k.key)
	}
	return b.String()
}

// eventPayload is a telephone-event payload.
func eventPayload(key byte, end bool, duration uint16) []byte {
	code, ok := eventCode(key)
	if !ok {
		panic("no key")
	}
	p := []byte{code, pressVolume, byte(duration >> 8), byte(duration)}
	if end {
		p[1] |= 0x80
	}
	return p
}

// wirePacket is a packet of a stream with keys and audio, at its time on the wire.
type wirePacket struct {
	at        int64 // nanoseconds
	timestamp uint32
	payload   []byte // nil: audio
}

// wireOf encodes keys as EventEncoder does, with the audio between them, from a first timestamp on.
func wireOf(keys string, held time.Duration, first uint32) []wirePacket {
	var e EventEncoder
	for _, k := range []byte(keys) {
		if !e.Press(k, held) {
			panic("not queued")
		}
	}
	var wire []wirePacket
	for tick := 0; tick < 20 || e.Busy() || wire[len(wire)-1].payload != nil; tick++ {
		timestamp := first + uint32(tick*FrameSamples)
		at := int64(tick) * int64(FrameDuration)
		var p EventPacket
		if e.Next(timestamp, &p) {
			wire = append(wire, wirePacket{at, p.Timestamp, slices.Clone(p.Payload[:])})
		} else {
			wire = append(wire, wirePacket{at, timestamp, nil})
		}
	}
	return wire
}

func (l *keyLog) feed(wire ...wirePacket) {
	for _, p := range wire {
		if p.payload == nil {
			l.Audio(p.timestamp)
		} else {
			l.Event(p.at, p.timestamp, p.payload)
		}
	}
}

func TestAKeyIsSentAsRFC4733Says(t *testing.T) {
	var e EventEncoder
	e.Press('5', 100*time.Millisecond)
	var got []string
	for tick := range uint32(12) {
		var p EventPacket
		if e.Next(1000+tick*160, &p) {
			got = append(got, fmt.Sprintf("%d ts=%d marker=%v end=%v code=%d duration=%d", tick, p.Timestamp, p.Marker,
				p.Payload[1]&0x80 != 0, p.Payload[0], int(p.Payload[2])<<8|int(p.Payload[3])))
		}
	}
	want := []string{
		"0 ts=1000 marker=true end=false code=5 duration=160",
		"1 ts=1000 marker=false end=false code=5 duration=320",
		"2 ts=1000 marker=false end=false code=5 duration=480",
		"3 ts=1000 marker=false end=false code=5 duration=640",
		"4 ts=1000 marker=false end=true code=5 duration=800",
		"5 ts=1000 marker=false end=true code=5 duration=800",
		"6 ts=1000 marker=false end=true code=5 duration=800",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestKeysAreSentOneAfterAnotherWithAPause(t *testing.T) {
	var starts, ends []int
	for i, p := range wireOf("12", 100*time.Millisecond, 0) {
		if p.payload != nil && p.payload[2] == 0 && p.payload[3] == 160 {
			starts = append(starts, i)
		}
		if p.payload != nil && p.payload[1]&0x80 != 0 {
			ends = append(ends, i)
		}
	}
	if len(starts) != 2 || len(ends) != 6 {
		t.Fatalf("starts at %v, ends at %v", starts, ends)
	}
	// The tone ends with the frame of its first end packet. Q.24 asks for a pause of 40 ms; some phones for more.
	if pause := starts[1] - ends[0] - 1; pause != pressGap {
		t.Errorf("the second key begins %d frames after the first has ended, want %d", pause, pressGap)
	}
}

func TestTwoKeysUnderOneTimestampAreTwoKeys(t *testing.T) {
	l := newKeyLog()
	at := func(key byte, end bool, duration uint16) {
		l.feed(wirePacket{0, 8000, eventPayload(key, end, duration)})
	}
	for _, key := range []byte("1#") {
		at(key, false, 160)
		at(key, false, 320)
		for range 3 {
			at(key, true, 480)
		}
	}
	at('1', true, 480) // late
	if got := l.String(); got != "1#" {
		t.Errorf("the keys are %q, want %q", got, "1#")
	}
	at('2', false, 160) // its end is lost, and so is that of the next
	at('3', false, 160)
	at('2', false, 320)
	l.Expire(1e9)
	if got := l.String(); got != "1#23" {
		t.Errorf("the keys are %q, want %q", got, "1#23")
	}
}

func TestTheEncoderRefusesWhatItCannotSend(t *testing.T) {
	var e EventEncoder
	for _, k := range []byte("xE!\x00 ") {
		if e.Press(k, 0) {
			t.Errorf("%q was taken for a key", k)
		}
	}
	for i := range pressBacklog {
		if !e.Press('1', time.Hour) {
			t.Fatalf("key %d was refused", i)
		}
	}
	if e.Press('1', 0) {
		t.Error("more keys than there is room for were taken")
	}
	if !new(EventEncoder).Press('d', 0) {
		t.Error("a small letter was refused")
	}
}

func TestEveryKeyArrivesOnceWithItsLength(t *testing.T) {
	l := newKeyLog()
	l.feed(wireOf(eventKeys, 140*time.Millisecond, 0xFFFFF000)...)
	if l.String() != eventKeys {
		t.Errorf("heard %q, want %q", l, eventKeys)
	}
	for _, k := range l.keys {
		if k.held != 140*time.Millisecond {
			t.Errorf("%c was held for %v", k.key, k.held)
		}
	}
}

func TestAKeyCountsWhenItIsReleased(t *testing.T) {
	l := newKeyLog()
	l.Event(0, 8000, eventPayload('1', false, 160))
	l.Event(0, 8000, eventPayload('1', false, 320))
	if !l.Pressing() || l.String() != "" {
		t.Fatalf("heard %q while the key is down", l)
	}
	l.Event(0, 8000, eventPayload('1', true, 480))
	if l.Pressing() || l.String() != "1" {
		t.Errorf("heard %q after its end", l)
	}
}

func TestAKeyWhoseEndPacketsAreLostIsConcluded(t *testing.T) {
	down := func(l *keyLog) {
		l.Event(0, 8000, eventPayload('7', false, 160))
		l.Event(20e6, 8000, eventPayload('7', false, 320))
	}
	for _, c := range []struct {
		name     string
		conclude func(*keyLog)
		renewed  bool // what follows is another stream
	}{
		{"by the audio", func(l *keyLog) { l.Audio(8000 + 320 + eventSlack) }, false},
		{"by the next key", func(l *keyLog) { l.Event(80e6, 9000, eventPayload('8', false, 160)) }, false},
		{"by expiry", func(l *keyLog) { l.Expire(20e6 + 375e6) }, false},
		{"by a new stream", func(l *keyLog) { l.Reset() }, true},
	} {
		l := newKeyLog()
		down(l)
		c.conclude(l)
		if l.String() != "7" || l.keys[0].held != 40*time.Millisecond {
			t.Errorf("%s: heard %q %v, want 7 for 40ms", c.name, l, l.keys)
		}
		if c.renewed {
			continue
		}
		for range 3 {
			l.Event(100e6, 8000, eventPayload('7', true, 800))
		}
		if got := strings.Count(l.String(), "7"); got != 1 {
			t.Errorf("%s: packets of the same press that came later counted again: %q", c.name, l)
		}
	}
}

func TestAudioBesideAKeyDoesNotEndIt(t *testing.T) {
	l := newKeyLog()
	for i := range uint32(50) {
		l.Event(int64(i)*20e6, 8000, eventPayload('3', false, uint16(160*(i+1))))
		l.Audio(8000 + 160*(i+2))
		l.Expire(int64(i) * 20e6)
		if l.String() != "" {
			t.Fatalf("the key ended after %d packets", i)
		}
	}
	l.Event(1e9, 8000, eventPayload('3', true, 8000))
	if l.String() != "3" || l.keys[0].held != time.Second {
		t.Errorf("heard %v, want 3 for a second", l.keys)
	}
}

func TestAVeryLongPressIsOneKey(t *testing.T) {
	l := newKeyLog()
	const first = 4000
	for segment := range uint32(3) {
		for d := uint32(160); d < eventSegment; d += 160 {
			l.Event(0, first+segment*eventSegment, eventPayload('9', false, uint16(d)))
		}
	}
	for range 3 {
		l.Event(0, first+3*eventSegment, eventPayload('9', true, 800))
	}
	if want := durationOf(3*eventSegment + 800); l.String() != "9" || l.keys[0].held != want {
		t.Errorf("heard %v, want one 9 for %v", l.keys, want)
	}
}

func TestTheSameKeyTwiceIsTwoKeys(t *testing.T) {
	l := newKeyLog()
	for _, timestamp := range []uint32{8000, 8640} {
		for range 3 {
			l.Event(0, timestamp, eventPayload('0', true, 320))
		}
	}
	if l.String() != "00" {
		t.Errorf("heard %q, want 00", l)
	}
}

func TestWhatIsNoKeyIsNotReported(t *testing.T) {
	l := newKeyLog()
	if l.Event(0, 1, []byte{1, 0x8A, 0}) {
		t.Error("three bytes were taken for an event")
	}
	l.Event(0, 1, []byte{16, 0x8A, 0, 160})    // flash
	l.Event(0, 900, []byte{255, 0x8A, 0, 160}) // nothing
	if len(l.keys) != 0 {
		t.Errorf("heard %v", l.keys)
	}
}

// TestWhatTheNetworkDoesNeverDoublesOrInventsAKey shuffles a stream within a window, loses and repeats
// packets, and lets the decoder say what was pressed.
func TestWhatTheNetworkDoesNeverDoublesOrInventsAKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.StringMatching(`[0-9*#A-D]{1,8}`).Draw(t, "keys")
		held := time.Duration(rapid.IntRange(60, 400).Draw(t, "held")) * time.Millisecond
		wire := wireOf(keys, held, rapid.Uint32().Draw(t, "timestamp"))
		loss := rapid.IntRange(0, 60).Draw(t, "loss percent")
		window := rapid.IntRange(0, 200).Draw(t, "reorder ms")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))

		var arrived []wirePacket
		for _, p := range wire {
			for copies := 1 + rng.IntN(2); copies > 0; copies-- {
				if rng.IntN(100) >= loss {
					late := p
					late.at += int64(rng.IntN(window+1)) * int64(time.Millisecond)
					arrived = append(arrived, late)
				}
			}
		}
		slices.SortStableFunc(arrived, func(a, b wirePacket) int { return int(a.at - b.at) })
		l := newKeyLog()
		for _, p := range arrived {
			l.Expire(p.at)
			l.feed(p)
		}
		l.Expire(1 << 60)
		if !subsequence(l.String(), keys) {
			t.Fatalf("pressed %q, heard %q", keys, l)
		}
		if loss == 0 && window <= 60 && l.String() != keys {
			t.Fatalf("nothing was lost: pressed %q, heard %q", keys, l)
		}
	})
}

// subsequence reports whether part is whole with some of its keys left out.
func subsequence(part, whole string) bool {
	for i := range len(part) {
		at := strings.IndexByte(whole, part[i])
		if at < 0 {
			return false
		}
		whole = whole[at+1:]
	}
	return true
}

func TestEventsCostNoMemory(t *testing.T) {
	var e EventEncoder
	d := EventDecoder{Pressed: func(byte, time.Duration) {}}
	timestamp := uint32(0)
	var p EventPacket
	if n := testing.AllocsPerRun(1000, func() {
		e.Press('1', 0)
		if e.Next(timestamp, &p) {
			d.Event(0, p.Timestamp, p.Payload[:])
		} else {
			d.Audio(timestamp)
		}
		d.Expire(0)
		timestamp += FrameSamples
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func FuzzDTMF(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 0x8A, 0, 160, 1, 0, 0, 9, 2, 10, 1, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		// Eight bytes are one packet: four of timestamp, four of payload.
		count, packets := 0, 0
		d := EventDecoder{Pressed: func(key byte, held time.Duration) {
			count++
			if !strings.ContainsRune(eventKeys, rune(key)) || held < 0 {
				t.Errorf("reported %q for %v", key, held)
			}
		}}
		type press struct {
			timestamp uint32
			code      byte
		}
		presses := make(map[press]bool)
		forward, last, went := true, uint32(0), uint64(0) // no clock that jumps back or goes all the way round
		for now := int64(0); len(stream) >= 8; stream, now = stream[8:], now+20e6 {
			timestamp := binary.BigEndian.Uint32(stream)
			if stream[0] == 0xFF {
				d.Audio(timestamp)
				continue
			}
			d.Expire(now)
			d.Event(now, timestamp, stream[4:8])
			if packets > 0 {
				went += uint64(timestamp - last)
			}
			forward = forward && went < 1<<31
			last, presses[press{timestamp, stream[4]}] = timestamp, true
			packets++
		}
		d.Reset()
		if count > packets || forward && count > len(presses) {
			t.Errorf("%d keys from %d packets of %d presses", count, packets, len(presses))
		}
	})
}

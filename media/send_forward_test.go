package media

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestABridgedPacketIsForwardedOnArrivalWithItsBytesUntouched(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = byte(i)
	}
	alice.put(alice.packet(7, 1000, 0, false, payload))
	got := bob.hears()
	if len(got) != 1 || !bytes.Equal(got[0].Payload, payload) {
		t.Fatalf("bob was sent %d packets, want the one, before any time has passed", len(got))
	}
	if got[0].SSRC == alice.ssrc || !got[0].Marker || got[0].PayloadType != 0 {
		t.Errorf("the header is %+v, want an SSRC of ours, the marker of a beginning and payload type 0", got[0].Header)
	}
	if len(alice.hears()) != 0 {
		t.Error("alice was sent something, although bob has said nothing")
	}
}

func TestForwardedPacketsKeepOrderSpacingAndMarker(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	type sent struct {
		seq    uint16
		ts     uint32
		marker bool
	}
	// In order, a loss, a late packet, a silence that the phone suppressed.
	for _, s := range []sent{{100, 0, true}, {101, 160, false}, {104, 640, false}, {103, 480, false}, {105, 8800, true}} {
		alice.put(alice.packet(s.seq, s.ts, 0, s.marker, make([]byte, 160)))
		b.run(20 * time.Millisecond)
		if s.seq == 103 {
			b.run(time.Second) // the clock goes on while alice is silent
		}
	}
	got := bob.hears()
	if len(got) != 5 {
		t.Fatalf("bob was sent %d packets, want 5", len(got))
	}
	var seqs []uint16
	var stamps []uint32
	for _, p := range got {
		seqs, stamps = append(seqs, p.SequenceNumber-got[0].SequenceNumber), append(stamps, p.Timestamp-got[0].Timestamp)
	}
	if want := []uint16{0, 1, 4, 3, 5}; !slices.Equal(seqs, want) {
		t.Errorf("numbers run %v, want %v", seqs, want)
	}
	if want := []uint32{0, 160, 640, 480, 8800}; !slices.Equal(stamps, want) {
		t.Errorf("timestamps run %v, want %v", stamps, want)
	}
	if got[1].Marker || !got[4].Marker {
		t.Error("the sender's markers were not kept")
	}
}

func TestARepeatedPacketIsNotForwarded(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	for _, seq := range []uint16{5, 6, 6, 5, 7, 7, 6} {
		alice.put(alice.packet(seq, uint32(seq)*160, 0, false, make([]byte, 160)))
	}
	if got := bob.hears(); len(got) != 3 {
		t.Errorf("bob was sent %d packets, want 3", len(got))
	}
}

func TestForwardingGoesOnWhenNumbersGoRound(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	s := bob.socket()
	var last rtp.Header
	for i := range 140_000 {
		if i == 10 { // what was taken out long ago must not be confused with what comes now
			alice.put(alice.packet(alice.seq, alice.ts, 101, true, event(1, true, 160)))
			alice.seq++
		}
		alice.say(160, 1)
		b.now += 20e6
		if len(s.sent) != 1 {
			t.Fatalf("packet %d was not forwarded", i)
		}
		var h rtp.Header
		if _, err := h.Unmarshal(s.sent[0].data); err != nil {
			t.Fatal(err)
		}
		s.sent = s.sent[:0]
		if i > 0 && (h.SequenceNumber != last.SequenceNumber+1 || h.Timestamp != last.Timestamp+160) {
			t.Fatalf("packet %d: %d/%d after %d/%d", i, h.SequenceNumber, h.Timestamp, last.SequenceNumber, last.Timestamp)
		}
		last = h
	}
}

func TestOneLawIsTurnedIntoTheOther(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{codecs: "0 101"}), b.ring(PortOptions{}, terms{codecs: "8 101"})
	bridge(alice, bob)
	mu := make([]byte, 160)
	for i := range mu {
		mu[i] = byte(i)
	}
	alice.put(alice.packet(1, 0, 0, false, mu))
	bob.put(bob.packet(1, 0, 8, false, mu))
	want := slices.Clone(mu)
	Transcode(MuLaw, ALaw, want)
	if got := bob.hears(); len(got) != 1 || got[0].PayloadType != 8 || !bytes.Equal(got[0].Payload, want) {
		t.Errorf("bob does not hear alice's µ-law as A-law: %v", got)
	}
	want = slices.Clone(mu)
	Transcode(ALaw, MuLaw, want)
	if got := alice.hears(); len(got) != 1 || got[0].PayloadType != 0 || !bytes.Equal(got[0].Payload, want) {
		t.Errorf("alice does not hear bob's A-law as µ-law: %v", got)
	}
}

func TestTheStreamRunsOnFromPromptToVoiceToMusic(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	alice.port.Hear(bob.port.Voice())
	bob.port.Hear(&frames{name: "prompt", b: 1})
	b.run(100 * time.Millisecond)
	bob.port.Hear(alice.port.Voice())
	alice.talk(100*time.Millisecond, 2)
	bob.port.Hear(&frames{name: "music", b: 3})
	b.run(100 * time.Millisecond)
	bob.port.Hear(alice.port.Voice())
	alice.talk(100*time.Millisecond, 4)

	got := bob.hears()
	continuous(t, got)
	heard := []byte{}
	for i, p := range got {
		if i == 0 || p.Payload[0] != got[i-1].Payload[0] {
			heard = append(heard, p.Payload[0])
			if !p.Marker {
				t.Errorf("packet %d begins something else without a marker", i)
			}
		} else if p.Marker {
			t.Errorf("packet %d has a marker and begins nothing", i)
		}
	}
	if !slices.Equal(heard, []byte{1, 2, 3, 4}) {
		t.Errorf("bob heard %v, want prompt 1, voice 2, music 3, voice 4", heard)
	}
	first, last := got[0], got[len(got)-1]
	if span := last.Timestamp - first.Timestamp; span < 380*8-200 || span > 400*8+200 {
		t.Errorf("400 ms took %d samples of timestamp", span)
	}
}

func TestPacketsOfAnyLengthAreForwardedAsTheyAre(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60, 100} {
		b := newBench(t, Config{})
		alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{codecs: "8"})
		bridge(alice, bob)
		for range 5 {
			alice.say(8*ms, 9)
			b.run(time.Duration(ms) * time.Millisecond)
		}
		got := bob.hears()
		if len(got) != 5 || len(got[4].Payload) != 8*ms || got[4].Timestamp-got[0].Timestamp != uint32(32*ms) {
			t.Errorf("%d ms: bob was sent %d packets of %d bytes, %d apart", ms, len(got), len(got[4].Payload), got[4].Timestamp-got[0].Timestamp)
		}
	}
}

func TestAnotherStreamOfTheSameVoiceJoinsWithoutAJump(t *testing.T) {
	for name, change := range map[string]func(*phone){
		"a new SSRC":            func(ph *phone) { ph.ssrc, ph.seq, ph.ts = 77, 9, 5 },
		"timestamps set anew":   func(ph *phone) { ph.ts -= 1 << 30 },
		"timestamps far ahead":  func(ph *phone) { ph.ts += 1 << 25 },
		"timestamps at a stand": func(ph *phone) { ph.b.run(5 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{})
			alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
			bridge(alice, bob)
			alice.talk(100*time.Millisecond, 1)
			change(alice)
			alice.talk(100*time.Millisecond, 2)
			got := bob.hears()
			if len(got) != 10 {
				t.Fatalf("bob was sent %d packets, want 10", len(got))
			}
			continuous(t, got)
			if !got[5].Marker {
				t.Error("the new stream begins without a marker")
			}
			if gap := got[5].Timestamp - got[4].Timestamp; gap > 6*SampleRate {
				t.Errorf("the timestamp jumps by %d", gap)
			}
		})
	}
}

func TestNumbersThatJumpAreFollowedFromTheSecondPacketOn(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	alice.talk(100*time.Millisecond, 1)
	alice.seq += 20000
	alice.talk(100*time.Millisecond, 2)
	got := bob.hears()
	if len(got) != 9 { // the first that did not fit might have been a stray (RFC 3550 §A.1)
		t.Fatalf("bob was sent %d packets, want 9", len(got))
	}
	continuous(t, got)
}

func TestTelephoneEventsAndComfortNoiseLeaveNoHoleInTheNumbers(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	seq := uint16(65530) // goes round in the middle
	audio := func(n int) {
		for range n {
			alice.put(alice.packet(seq, uint32(seq)*160, 0, false, make([]byte, 160)))
			seq++
		}
	}
	other := func(n int, pt uint8, payload ...byte) {
		for range n {
			alice.put(alice.packet(seq, 99, pt, false, payload))
			seq++
		}
	}
	audio(3)
	other(8, 101, 5, 0x8A, 3, 0x20)
	audio(2)
	other(1, 13, 60)
	audio(2)
	got := bob.hears()
	if len(got) != 7 {
		t.Fatalf("bob was sent %d packets, want the 7 of audio", len(got))
	}
	for i := range got[1:] {
		if got[i+1].SequenceNumber != got[i].SequenceNumber+1 {
			t.Errorf("number %d follows %d", got[i+1].SequenceNumber, got[i].SequenceNumber)
		}
	}
}

func TestALatePacketFromBeforeAnEventKeepsItsOwnNumber(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	put := func(seq uint16, pt uint8) {
		alice.put(alice.packet(seq, uint32(seq)*160, pt, false, []byte{1, 2, 3, 4}))
	}
	put(10, 0)
	put(12, 101)
	put(13, 101)
	put(11, 0)
	put(14, 0)
	var got []uint16
	for _, p := range bob.hears() {
		got = append(got, p.SequenceNumber)
	}
	if len(got) != 3 || got[1] != got[0]+1 || got[2] != got[0]+2 {
		t.Errorf("numbers are %v, want three that follow each other", got)
	}
}

func TestPacketsFromBeforeASwitchAreNotForwardedAfterIt(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "prompt", b: 1})
	alice.put(alice.packet(10, 1600, 0, false, make([]byte, 160)))
	b.run(60 * time.Millisecond)
	bob.port.Hear(alice.port.Voice())
	alice.put(alice.packet(12, 1920, 0, false, make([]byte, 160)))
	alice.put(alice.packet(11, 1760, 0, false, make([]byte, 160)))
	alice.put(alice.packet(13, 2080, 0, false, make([]byte, 160)))
	continuous(t, bob.hears())
}

func TestManyMayHearOneVoice(t *testing.T) {
	b := newBench(t, Config{})
	alice := b.ring(PortOptions{}, terms{})
	bob, carol, dave := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{codecs: "8"}), b.ring(PortOptions{}, terms{})
	for _, ph := range []*phone{alice, bob, carol, dave} { // alice hears herself: an echo test
		ph.port.Hear(alice.port.Voice())
	}
	alice.say(160, 0x42)
	want := []byte{0x42}
	Transcode(MuLaw, ALaw, want)
	for _, c := range []struct {
		who  *phone
		want byte
	}{{alice, 0x42}, {bob, 0x42}, {carol, want[0]}, {dave, 0x42}} {
		if got := c.who.hears(); len(got) != 1 || got[0].Payload[159] != c.want {
			t.Errorf("%v heard %v, want one packet of %x", c.who.port.Voice(), got, c.want)
		}
	}
}

func TestForwardingAllocatesNothing(t *testing.T) {
	for name, codec := range map[string]string{"untouched": "0 101", "transcoded": "8 101", "tapped": "tap"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{})
			tapped := codec == "tap"
			if tapped {
				codec = "0 101"
			}
			alice, bob := b.ring(PortOptions{}, terms{codecs: "0 101"}), b.ring(PortOptions{}, terms{codecs: codec})
			bridge(alice, bob)
			if tapped {
				alice.port.Voice().Tap(NewTap(8))
			}
			alice.socket().deaf, bob.socket().deaf = true, true
			data := alice.packet(1, 0, 0, false, make([]byte, 160))
			queue := make([]datagram, 1)
			l := b.engine.loops[0]
			seq := uint16(1)
			allocs := testing.AllocsPerRun(1000, func() {
				seq++
				data[2], data[3] = byte(seq>>8), byte(seq)
				queue[0] = datagram{data, alice.at}
				alice.socket().waiting = queue
				b.now += 20e6
				l.step(b.now)
			})
			if allocs != 0 {
				t.Errorf("%v allocations for a packet", allocs)
			}
			if l.count.forwarded < 1000 {
				t.Fatalf("only %d packets were forwarded", l.count.forwarded)
			}
		})
	}
}

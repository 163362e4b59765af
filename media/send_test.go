package media

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestASourceIsPulledEveryTwentyMillisecondsUntilItEnds(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	done := bob.port.Hear(&frames{name: "prompt", b: 7, n: 5})
	b.run(100 * time.Millisecond)
	got := bob.hears()
	if len(got) != 5 || closed(done) {
		t.Fatalf("100 ms: %d packets, ended: %v; want 5, not ended", len(got), closed(done))
	}
	if !got[0].Marker || got[1].Marker || got[4].Timestamp-got[0].Timestamp != 640 {
		t.Errorf("markers or timestamps are wrong: %v", got)
	}
	b.run(20 * time.Millisecond)
	if !closed(done) {
		t.Error("the source has ended and nobody was told")
	}
	if got = bob.hears(); len(got) != 1 || got[0].Payload[0] != silenceByte(MuLaw) {
		t.Errorf("after the end bob hears %v, want silence", got)
	}
}

func TestAPortIsSilentOnTheWireUntilItIsGivenSomethingToHear(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(nil)
	b.run(15 * time.Second)
	if got := bob.hears(); len(got) != 0 {
		t.Fatalf("a phone that rings was sent %d packets", len(got))
	}
	bob.port.Hear(&frames{name: "prompt", n: 1})
	b.run(time.Second)
	bob.hears()
	bob.port.Hear(nil)
	b.run(time.Second)
	got := bob.hears()
	continuous(t, got)
	if len(got) != 50 {
		t.Errorf("a second of silence is %d packets, want 50", len(got))
	}
}

func TestOnePromptAfterAnotherBeginsWithAMarker(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "one", b: 1})
	b.run(60 * time.Millisecond)
	bob.port.Hear(&frames{name: "two", b: 2})
	b.run(60 * time.Millisecond)
	got := bob.hears()
	continuous(t, got)
	for i, p := range got {
		if begins := i == 0 || i == 3; p.Marker != begins {
			t.Errorf("packet %d: marker %v", i, p.Marker)
		}
	}
}

func TestHearTellsWhenASourceIsReplacedOrThePortClosed(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	music := bob.port.Hear(&frames{name: "music"})
	b.settle()
	voice := bob.port.Hear(alice.port.Voice())
	b.settle()
	if !closed(music) || closed(voice) {
		t.Fatalf("music over: %v, voice over: %v; want true, false", closed(music), closed(voice))
	}
	nothing := bob.port.Hear(nil)
	b.settle()
	if !closed(voice) || closed(nothing) {
		t.Fatalf("voice over: %v, silence over: %v; want true, false", closed(voice), closed(nothing))
	}
	again := bob.port.Hear(alice.port.Voice())
	alice.port.Close()
	b.settle()
	if !closed(again) {
		t.Error("the voice's port was closed and its listener was not told")
	}
	dead := bob.port.Hear(alice.port.Voice())
	b.settle()
	if !closed(dead) {
		t.Error("the voice of a closed port goes on")
	}
	last := bob.port.Hear(&frames{name: "music"})
	bob.port.Close()
	b.settle()
	if !closed(last) || !closed(bob.port.Hear(&frames{name: "music"})) {
		t.Error("a closed port has something left to hear")
	}
}

func TestAfterAVoiceHasEndedThePartyHearsSilence(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	alice.talk(100*time.Millisecond, 3)
	alice.port.Close()
	b.run(100 * time.Millisecond)
	got := bob.hears()
	continuous(t, got)
	if len(got) != 10 || got[9].Payload[0] != silenceByte(MuLaw) {
		t.Errorf("bob heard %d packets, want 5 of the voice and 5 of silence", len(got))
	}
}

func TestAPartyOnHoldIsSentNothingAndItsSourceGoesOn(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	music := &frames{name: "music"}
	bob.port.Hear(music)
	b.run(100 * time.Millisecond)
	before := bob.hears()
	for _, hold := range []terms{{more: "a=sendonly\r\n"}, {more: "a=inactive\r\n"}, {addr: "0.0.0.0"}} {
		if _, err := bob.port.Answer(bob.sdp(hold)); err != nil {
			t.Fatal(err)
		}
		if !bob.port.Held() {
			t.Fatalf("%+v is not seen as hold", hold)
		}
		pulled := music.got
		b.run(100 * time.Millisecond)
		if got := bob.hears(); len(got) != 0 {
			t.Errorf("%+v: %d packets were sent", hold, len(got))
		}
		if music.got != pulled+5 {
			t.Errorf("%+v: the source was pulled %d times in 100 ms, want 5", hold, music.got-pulled)
		}
	}
	if _, err := bob.port.Answer(bob.sdp(terms{})); err != nil {
		t.Fatal(err)
	}
	b.run(100 * time.Millisecond)
	after := bob.hears()
	if bob.port.Held() || len(after) != 5 || !after[0].Marker {
		t.Fatalf("resumed: held %v, %d packets", bob.port.Held(), len(after))
	}
	if gap := after[0].Timestamp - before[len(before)-1].Timestamp; gap != 160*16 {
		t.Errorf("the timestamp moved by %d in the 320 ms from before the hold to after it", gap)
	}
	continuous(t, append(before, after...))
}

func TestAPartyThatTakesShortPacketsIsSentShortPackets(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{more: "a=maxptime:10\r\n"})
	bob.port.Hear(&frames{name: "prompt", b: 5})
	b.run(100 * time.Millisecond)
	got := bob.hears()
	continuous(t, got)
	if len(got) != 10 || len(got[0].Payload) != 80 || got[1].Marker {
		t.Errorf("100 ms are %d packets of %d bytes, want 10 of 80", len(got), len(got[0].Payload))
	}
}

func TestALoopThatWasHeldUpCatchesUpAndSkipsWhatIsTooOld(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	b.run(100 * time.Millisecond)
	b.now += int64(60 * time.Millisecond)
	b.settle()
	got := bob.hears()
	continuous(t, got)
	if len(got) != 8 {
		t.Errorf("after 60 ms without the processor bob has had %d packets in 160 ms, want 8", len(got))
	}
	b.now += int64(10 * time.Second)
	b.settle()
	late := bob.hears()
	if len(late) > 7 {
		t.Errorf("after ten seconds without the processor %d packets were sent at once", len(late))
	}
	continuous(t, append(got, late...))
	if b.engine.loops[0].count.late == 0 {
		t.Error("nothing says that the machine did not keep up")
	}
	if moved := late[len(late)-1].Timestamp - got[len(got)-1].Timestamp; moved < 79000 || moved > 81000 {
		t.Errorf("the timestamp moved by %d in ten seconds", moved)
	}
}

func TestPortsArePulledInTurnAndNotAllAtOnce(t *testing.T) {
	b := newBench(t, Config{})
	var phones []*phone
	for range 200 {
		ph := b.ring(PortOptions{}, terms{})
		ph.port.Hear(&frames{name: "music"})
		phones = append(phones, ph)
	}
	b.run(40 * time.Millisecond)
	for _, ph := range phones {
		ph.hears()
	}
	most, sum := 0, 0
	for range 20 {
		b.run(time.Millisecond)
		n := 0
		for _, ph := range phones {
			n += len(ph.hears())
		}
		most, sum = max(most, n), sum+n
	}
	if sum != 200 || most > 12 {
		t.Errorf("in 20 ms %d packets were sent, at most %d in a millisecond; want 200, at most 12", sum, most)
	}
}

func TestAVoiceWithoutPacketsStillKeepsTheNATOpen(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	alice.talk(100*time.Millisecond, 1)
	b.run(35 * time.Second)
	alice.ts += 35 * SampleRate
	alice.talk(100*time.Millisecond, 1)
	got := bob.hears()
	continuous(t, got)
	if len(got) != 13 {
		t.Errorf("bob was sent %d packets, want 10 of alice and 3 in the 35 s of her silence", len(got))
	}
}

type explosive struct{}

func (explosive) Next(*Frame) bool { panic("boom") }
func (explosive) String() string   { return "explosive" }

func TestASourceThatPanicsHarmsOnlyItself(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	done := alice.port.Hear(explosive{})
	bob.port.Hear(&frames{name: "music"})
	b.run(100 * time.Millisecond)
	if !closed(done) || !strings.Contains(b.log.String(), "boom") {
		t.Errorf("ended: %v, log: %s", closed(done), b.log.String())
	}
	if got := bob.hears(); len(got) != 5 {
		t.Errorf("bob was sent %d packets, want 5", len(got))
	}
}

func TestAPulledVoiceIsEvenedOutAndMixed(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob, carol := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	m := NewMixer("conference")
	for _, ph := range []*phone{alice, bob, carol} {
		ph.port.Hear(m.Join(ph.port.Voice()))
	}
	loud := byte(0x80 | 0x20)
	for range 25 {
		alice.say(160, loud)
		bob.say(160, loud)
		b.run(20 * time.Millisecond)
	}
	want := int(decodeTable(MuLaw)[loud])
	level := func(p rtp.Packet) int { return int(decodeTable(MuLaw)[p.Payload[80]]) }
	for _, c := range []struct {
		who  *phone
		want int
	}{{alice, want}, {bob, want}, {carol, 2 * want}} {
		got := c.who.hears()
		if len(got) != 25 {
			t.Fatalf("%v was sent %d packets, want 25", c.who.port.Voice(), len(got))
		}
		if l := level(got[20]); l < c.want*9/10 || l > c.want*11/10 {
			t.Errorf("%v hears a level of %d, want %d", c.who.port.Voice(), l, c.want)
		}
	}
}

func TestPullingAllocatesNothing(t *testing.T) {
	sound := NewSound("prompt", make([]int16, 80000))
	for name, source := range map[string]Source{"a sound": sound.Loop(), "silence": nil} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{})
			bob := b.ring(PortOptions{}, terms{})
			bob.port.Hear(sound.Play())
			b.settle()
			bob.port.Hear(source)
			b.settle()
			bob.socket().deaf = true
			bob.port.rtcp.(*memorySocket).deaf = true
			l := b.engine.loops[0]
			before := bob.port.out.packets
			if allocs := testing.AllocsPerRun(1000, func() {
				b.now += 20e6
				l.step(b.now)
			}); allocs != 0 {
				t.Errorf("%v allocations for a frame", allocs)
			}
			if sent := bob.port.out.packets - before; sent < 1000 {
				t.Fatalf("only %d frames were sent", sent)
			}
		})
	}
}

func TestKeysGoOutAsEventsInPlaceOfTheAudio(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	alice.talk(60*time.Millisecond, 1)
	bob.port.SendDigit('5', 100*time.Millisecond)
	bob.port.SendDigit('#', 60*time.Millisecond)
	alice.talk(600*time.Millisecond, 1)
	got := bob.hears()
	var keys EventDecoder
	var pressed []byte
	keys.Pressed = func(key byte, _ time.Duration) { pressed = append(pressed, key) }
	var kinds []uint8
	events := 0
	for i, p := range got {
		if i > 0 && p.SequenceNumber != got[i-1].SequenceNumber+1 {
			t.Errorf("number %d follows %d", p.SequenceNumber, got[i-1].SequenceNumber)
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != p.PayloadType {
			kinds = append(kinds, p.PayloadType)
		}
		if p.PayloadType == 101 {
			events++
			keys.Event(int64(i)*20e6, p.Timestamp, p.Payload)
		}
	}
	if string(pressed) != "5#" {
		t.Errorf("the phone decodes %q, want 5#", pressed)
	}
	if !slices.Equal(kinds, []uint8{0, 101, 0}) {
		t.Errorf("payload types run %v, want audio, events, audio", kinds)
	}
	if events != 5+2+3+2 {
		t.Errorf("%d event packets, want 12: 100 ms, 60 ms, and two more ends each", events)
	}
	if last := got[len(got)-1]; last.Timestamp-got[0].Timestamp > 660*8+160 {
		t.Errorf("the keys have moved the timestamps: %d in 660 ms", last.Timestamp-got[0].Timestamp)
	}
}

func TestAPromptWaitsWhileAKeyIsSent(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	prompt := &frames{name: "prompt", n: 10}
	done := bob.port.Hear(prompt)
	b.run(100 * time.Millisecond)
	bob.port.SendDigit('1', 100*time.Millisecond)
	b.run(140 * time.Millisecond)
	if prompt.got != 5 || closed(done) {
		t.Errorf("%d frames were pulled, want the 5 from before the key", prompt.got)
	}
	b.run(120 * time.Millisecond)
	if prompt.got != 10 || !closed(done) {
		t.Errorf("%d frames were pulled, want all 10", prompt.got)
	}
}

func TestKeysAreTonesForAPartyWithoutEvents(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{codecs: "8"})
	for _, key := range []byte("159D*0#") {
		bob.port.SendDigit(key, 80*time.Millisecond)
	}
	b.run(2 * time.Second)
	var heard []byte
	ear := ToneDetector{Pressed: func(key byte, _ time.Duration) { heard = append(heard, key) }}
	at, sounding := uint32(0), 0
	for i, p := range bob.hears() {
		if i > 0 {
			for ; at != p.Timestamp; at++ {
				ear.Feed([]int16{0})
			}
		}
		samples := make([]int16, len(p.Payload))
		Decode(ALaw, samples, p.Payload)
		ear.Feed(samples)
		if samples[10] != samples[20] || samples[20] != samples[30] {
			sounding++
		}
		at = p.Timestamp + uint32(len(p.Payload))
	}
	ear.Feed(make([]int16, 800))
	if string(heard) != "159D*0#" || sounding != 7*4 {
		t.Errorf("the tones are heard as %q in %d frames, want 4 for each key", heard, sounding)
	}
}

func TestACommandThatPanicsHarmsOnlyItsPort(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	alice.port.mu.Lock()
	alice.port.order(func(*loop) { panic("boom") })
	alice.port.mu.Unlock()
	alice.port.Hear(&frames{name: "welcome"})
	b.run(100 * time.Millisecond)
	if !strings.Contains(b.log.String(), "boom") {
		t.Errorf("log: %s", b.log.String())
	}
	for name, p := range map[string]*phone{"alice": alice, "bob": bob} {
		if got := p.hears(); len(got) != 5 {
			t.Errorf("%s was sent %d packets, want 5", name, len(got))
		}
	}
}

package media

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestThePayloadOfEveryLegalPacketIsFound(t *testing.T) {
	for name, h := range map[string]rtp.Header{
		"plain":        {Version: 2, PayloadType: 8, SequenceNumber: 7, Timestamp: 9, SSRC: 11},
		"marker":       {Version: 2, Marker: true},
		"contributors": {Version: 2, CSRC: []uint32{1, 2, 3}},
		"extension":    {Version: 2, Extension: true, ExtensionProfile: 0xBEDE, Extensions: []rtp.Extension{}},
	} {
		if h.Extension {
			if err := h.SetExtension(1, []byte{1, 2, 3}); err != nil {
				t.Fatal(err)
			}
		}
		for _, pad := range []byte{0, 4} {
			sent := rtp.Packet{Header: h, Payload: []byte("payload"), PaddingSize: pad}
			sent.Padding = pad > 0
			sent.Header.PaddingSize = pad
			data, err := sent.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			var k packet
			if !parseRTP(data, &k) || string(k.payload()) != "payload" || k.seq != h.SequenceNumber ||
				k.timestamp != h.Timestamp || k.ssrc != h.SSRC || k.marker != h.Marker {
				t.Errorf("%s, %d bytes of padding: read as %+v, payload %q", name, pad, k, k.payload())
			}
		}
	}
}

func TestMalformedPacketsAreRejectedAndCounted(t *testing.T) {
	good := rtpPacket(t, rtp.Header{Version: 2, SSRC: 5}, make([]byte, 160))
	with := func(change func(b []byte) []byte) []byte { return change(append([]byte(nil), good...)) }
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bad := [][]byte{
		{}, {0x80}, good[:11], good[:12],
		with(func(b []byte) []byte { b[0] = 0x40; return b }),                                      // version 1
		with(func(b []byte) []byte { b[0] |= 0x0F; return b[:40] }),                                // contributors missing
		with(func(b []byte) []byte { b[0] |= 0x10; b[14], b[15] = 0xFF, 0xFF; return b }),          // extension too long
		with(func(b []byte) []byte { b[0] |= 0x10; return b[:14] }),                                // extension cut off
		with(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 0; return b }),                    // padding of nothing
		with(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 161; return b }),                  // padding beyond the packet
		with(func(b []byte) []byte { b[1] = 96; return b }),                                        // a codec that was not agreed
		with(func(b []byte) []byte { return append(b, make([]byte, payloadTop)...) }),              // too long
		with(func(b []byte) []byte { b[1] = 200; binary.BigEndian.PutUint16(b[2:], 9); return b }), // RTCP and not RTCP
	}
	for i, data := range bad {
		bob.put(data)
		if got := bob.port.in.rejected; got != uint64(i+1) {
			t.Fatalf("packet %d, %x, was not rejected", i, data[:min(len(data), 20)])
		}
	}
	bob.put(good)
	if q := bob.port.measure(); q.PacketsReceived != 1 || q.PacketsRejected != uint64(len(bad)) {
		t.Errorf("%d taken, %d rejected", q.PacketsReceived, q.PacketsRejected)
	}
	b.run(25 * time.Millisecond)
	if s := b.engine.Stats(); s.PacketsRejected != uint64(len(bad)) || s.PacketsReceived != uint64(len(bad)+1) {
		t.Errorf("the engine counts %+v", s)
	}
}

func TestProbesThatOpenANATAreNoAttack(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	binding := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 12)...) // RFC 8489 §5
	bob.put(binding)
	if n := bob.port.in.rejected; n != 0 {
		t.Errorf("a STUN request was counted as rejected %d times", n)
	}
	binding[4] = 0
	bob.put(binding)
	if n := bob.port.in.rejected; n != 1 {
		t.Errorf("garbage that begins like STUN was rejected %d times, want once", n)
	}
}

func TestAPacketThatGoesRoundBetweenTwoPortsIsStopped(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	alice.port.Hear(alice.port.Voice())
	bob.port.Hear(bob.port.Voice())
	data := alice.packet(1, 0, 0, false, make([]byte, 160))
	turns := 0
	for ; turns < 10000; turns++ {
		who := alice
		if turns%2 == 1 {
			who = bob
		}
		who.put(data)
		sent := who.socket().sent
		who.socket().sent = nil
		if len(sent) == 0 {
			break
		}
		data = sent[0].data // each was told that its phone is where the other port is
	}
	if turns > 500 {
		t.Errorf("the packet went round %d times without time passing", turns)
	}
	b.run(200 * time.Millisecond)
	alice.hears()
	alice.seq += 1000
	alice.talk(60*time.Millisecond, 1)
	if len(alice.hears()) == 0 {
		t.Error("the port takes nothing any more")
	}
}

func TestLossIsCountedThroughReorderingRepetitionAndNumbersThatGoRound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var n numbering
	seq := uint16(65000)
	lost, taken := uint64(0), uint64(0)
	n.take(1, seq)
	taken++
	for range 200_000 {
		seq++
		switch random.IntN(10) {
		case 0: // lost
			lost++
			continue
		case 1: // overtaken by the next
			if n.take(1, seq+1) != inOrder || n.take(1, seq) != isLate {
				t.Fatal("a late packet was not seen as one")
			}
			seq++
			taken += 2
			continue
		case 2: // repeated
			if n.take(1, seq) != inOrder || n.take(1, seq) != isOld {
				t.Fatal("a repeated packet was not seen as one")
			}
		default:
			n.take(1, seq)
		}
		taken++
	}
	n.take(1, seq+1) // so that a loss at the end is seen
	taken++
	if n.received != taken || n.lost() != lost {
		t.Errorf("%d received, %d lost; want %d, %d", n.received, n.lost(), taken, lost)
	}
	if n.epoch != 1 {
		t.Errorf("the stream was begun %d times", n.epoch)
	}
}

func TestLossesOfTwoStreamsAddUp(t *testing.T) {
	var n numbering
	for _, s := range []struct {
		ssrc uint32
		seq  uint16
	}{{1, 10}, {1, 12}, {2, 900}, {2, 903}} {
		n.take(s.ssrc, s.seq)
	}
	if n.lost() != 3 || n.received != 4 {
		t.Errorf("%d lost of %d received, want 3 of 4", n.lost(), n.received)
	}
	if n.extended() != 903 {
		t.Errorf("the highest number is reported as %d", n.extended())
	}
}

func TestJitterIsThatOfRFC3550(t *testing.T) {
	var n numbering
	for i := range 1000 {
		at := int64(i) * 20e6
		if i%2 == 1 {
			at += 5e6 // every other packet is 5 ms late: the mean difference is 5 ms
		}
		n.time(at, uint32(i)*160)
	}
	if got := durationOf(n.jitter16) >> 4; got < 4900*time.Microsecond || got > 5100*time.Microsecond {
		t.Errorf("jitter is %v, want 5ms", got)
	}
	worst := n.worst16
	for i := range 1000 {
		n.time(int64(1000+i)*20e6, uint32(1000+i)*160)
	}
	if got := durationOf(n.jitter16) >> 4; got > 100*time.Microsecond || n.worst16 != worst {
		t.Errorf("after quiet jitter is %v and its maximum has changed: %v", got, n.worst16 != worst)
	}
}

// FuzzPacket gives the packet path of a bridged port, RTP and RTCP, whatever may come from the wire.
func FuzzPacket(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xFF}, []byte{0x80, 201, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0xB1, 0x80 | 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0x8A, 1, 2, 1}, []byte{0x81, 200, 0, 12})
	f.Add([]byte{0x90, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0xFF, 0xFF}, []byte{})
	f.Fuzz(func(t *testing.T, rtpData, rtcpData []byte) {
		b := newBench(t, Config{})
		alice, bob := b.ring(PortOptions{InBand: true}, terms{codecs: "0"}), b.ring(PortOptions{}, terms{codecs: "8 101"})
		bridge(alice, bob)
		tap := NewTap(4)
		alice.port.Voice().Tap(tap)
		m := NewMixer("mix")
		m.Join(alice.port.Voice())
		carol := b.ring(PortOptions{}, terms{})
		carol.port.Hear(m.Join(nil))
		b.run(20 * time.Millisecond)
		for _, ph := range []*phone{alice, bob} {
			ph.put(rtpData)
			s := ph.port.rtcp.(*memorySocket)
			s.waiting = append(s.waiting, datagram{rtcpData, ph.at}, datagram{rtpData, ph.at})
			ph.put(rtcpData)
			b.run(40 * time.Millisecond)
		}
		if b.log.Len() > 0 {
			t.Fatalf("contained: %s", b.log.String())
		}
		if sent := len(alice.socket().sent) + len(bob.socket().sent); sent > 8 {
			t.Fatalf("%d packets were sent for a few", sent)
		}
	})
}

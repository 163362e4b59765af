package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// reports takes the RTCP that a phone was sent.
func (ph *phone) reports() [][]rtcp.Packet {
	ph.b.t.Helper()
	s, apart := ph.port.rtcp.(*memorySocket)
	if !apart {
		return nil
	}
	var all [][]rtcp.Packet
	for _, d := range s.sent {
		packets, err := rtcp.Unmarshal(d.data)
		if err != nil {
			ph.b.t.Fatal(err)
		}
		all = append(all, packets)
	}
	s.sent = nil
	return all
}

// tell sends RTCP to the port.
func (ph *phone) tell(packets ...rtcp.Packet) {
	ph.b.t.Helper()
	data, err := rtcp.Marshal(packets)
	if err != nil {
		ph.b.t.Fatal(err)
	}
	s := ph.port.rtcp.(*memorySocket)
	s.waiting = append(s.waiting, datagram{data, ph.at})
	ph.b.settle()
}

func TestReportsAreSentEveryFiveSecondsOrSo(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	b.run(2400 * time.Millisecond)
	if got := bob.reports(); len(got) != 0 {
		t.Fatalf("%d reports in the first 2.4 s", len(got))
	}
	b.run(57600 * time.Millisecond)
	if got := bob.reports(); len(got) < 9 || len(got) > 17 {
		t.Errorf("%d reports in a minute, want about 12", len(got))
	}
}

func TestASenderReportSaysWhatWasSentAndReceived(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	for i := range 150 {
		if i%10 == 9 {
			bob.seq++ // lost
			bob.ts += 160
			b.run(20 * time.Millisecond)
			continue
		}
		bob.say(160, 1)
		b.run(20 * time.Millisecond)
	}
	got := bob.reports()
	if len(got) != 1 || len(got[0]) != 2 {
		t.Fatalf("reports are %v, want one of two packets", got)
	}
	sr, ok := got[0][0].(*rtcp.SenderReport)
	if !ok || len(sr.Reports) != 1 {
		t.Fatalf("the report is %v", got[0][0])
	}
	audio := bob.hears()
	sent := 0
	for _, p := range audio {
		if int32(p.Timestamp-sr.RTPTime) <= 0 {
			sent++
		}
	}
	if sr.SSRC != audio[0].SSRC || int(sr.PacketCount) > len(audio) || sr.PacketCount < uint32(len(audio))-30 || sr.OctetCount != 160*sr.PacketCount {
		t.Errorf("%d packets were sent; the report says %+v", len(audio), sr)
	}
	if sent < int(sr.PacketCount) || sent > int(sr.PacketCount)+2 {
		t.Errorf("the report's timestamp stands at packet %d, its count at %d", sent, sr.PacketCount)
	}
	r := sr.Reports[0]
	if r.SSRC != bob.ssrc || r.TotalLost < 11 || r.TotalLost > 15 || r.FractionLost < 20 || r.FractionLost > 30 || r.Delay != 0 {
		t.Errorf("one in ten was lost; the report says %+v", r)
	}
	if name, ok := got[0][1].(*rtcp.SourceDescription); !ok || name.Chunks[0].Source != sr.SSRC || len(name.Chunks[0].Items[0].Text) != 16 {
		t.Errorf("the name is %v", got[0][1])
	}
}

func TestAPortThatSendsNothingReportsAsAReceiver(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.talk(3*time.Second, 1)
	got := bob.reports()
	if len(got) != 1 {
		t.Fatalf("%d reports, want 1", len(got))
	}
	if rr, ok := got[0][0].(*rtcp.ReceiverReport); !ok || len(rr.Reports) != 1 || rr.Reports[0].FractionLost != 0 {
		t.Errorf("the report is %v", got[0][0])
	}
}

func TestTheRoundTripIsMeasuredFromTheEchoOfOurTime(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	b.run(3 * time.Second)
	got := bob.reports()
	sr := got[0][0].(*rtcp.SenderReport)
	b.run(500 * time.Millisecond)
	since := uint32((ntp(b.now) - sr.NTPTime) >> 16) // in 1/65536 s
	bob.tell(&rtcp.ReceiverReport{SSRC: bob.ssrc, Reports: []rtcp.ReceptionReport{
		{SSRC: 1, LastSenderReport: 99, Delay: 1}, // somebody else's
		{SSRC: sr.SSRC, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: since - 65536/10},
	}})
	if trip := bob.port.measure().RoundTrip; trip < 99*time.Millisecond || trip > 101*time.Millisecond {
		t.Errorf("the round trip is %v, want 100ms", trip)
	}
	if mos := bob.port.measure().MOS; mos != 0 {
		t.Errorf("a party that said nothing has a MOS of %v", mos)
	}
}

func TestAReportThatCannotBeTrueIsNotMeasured(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	for _, r := range []rtcp.ReceptionReport{
		{LastSenderReport: 0, Delay: 0},
		{LastSenderReport: uint32(ntp(b.now)>>16) + 65536, Delay: 0},      // from the future
		{LastSenderReport: uint32(ntp(b.now)>>16) - 65536*3600, Delay: 0}, // an hour
	} {
		r.SSRC = bob.port.out.ssrc
		bob.tell(&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{r}})
		if trip := bob.port.measure().RoundTrip; trip != 0 {
			t.Errorf("%+v gives a round trip of %v", r, trip)
		}
	}
}

func TestOurReportRepeatsTheirTimeAndHowLongWeKeptIt(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.talk(time.Second, 1)
	bob.tell(&rtcp.SenderReport{SSRC: bob.ssrc, NTPTime: 0x1111_2222_3333_4444})
	at := b.now
	bob.talk(2*time.Second, 1)
	got := bob.reports()
	r := got[0][0].(*rtcp.ReceiverReport).Reports[0]
	if r.LastSenderReport != 0x2222_3333 {
		t.Errorf("their time is repeated as %x", r.LastSenderReport)
	}
	kept := time.Duration(r.Delay) * time.Second >> 16
	if kept < 500*time.Millisecond || kept > time.Duration(b.now-at) {
		t.Errorf("kept %v", kept)
	}
}

func TestReportsOfStrangersAndBrokenReportsAreRejected(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	s := bob.port.rtcp.(*memorySocket)
	good, err := (&rtcp.ReceiverReport{SSRC: 1}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	put := func(data []byte, from string) uint64 {
		before := bob.port.in.rejected
		s.waiting = append(s.waiting, datagram{data, netip.MustParseAddrPort(from)})
		b.settle()
		return bob.port.in.rejected - before
	}
	if put(good, "203.0.113.66:4001") != 1 {
		t.Error("a stranger's report was taken")
	}
	for _, bad := range [][]byte{{}, good[:4], good[:7], append(good, 1, 2, 3), {0x40, 201, 0, 0}, {0x80, 96, 0, 0}} {
		if put(bad, "198.51.100.1:4001") != 1 {
			t.Errorf("%x was taken", bad)
		}
	}
	if put(good, "198.51.100.1:4001") != 0 {
		t.Error("the party's report was rejected")
	}
}

func TestReportsShareTheRTPPortWhenThatWasOffered(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	if _, err := bob.port.Answer(bob.sdp(terms{more: "a=rtcp-mux\r\n"})); err != nil {
		t.Fatal(err)
	}
	bob.talk(3*time.Second, 1)
	s := bob.socket()
	if len(bob.reports()) != 0 || len(s.sent) != 1 || !isRTCP(s.sent[0].data) || s.sent[0].peer != bob.at {
		t.Fatalf("the RTP socket has sent %v, want one report to the phone's RTP port", s.sent)
	}
	data, err := (&rtcp.SenderReport{SSRC: bob.ssrc, NTPTime: 1 << 32}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	bob.put(data)
	if bob.port.ctl.senderTime != 1<<16 || bob.port.in.rejected != 0 {
		t.Error("a report on the RTP port was not read")
	}
	if bob.port.rtcp != nil {
		t.Error("the RTCP socket is kept, although nobody sends there")
	}

	s.sent = nil
	if _, err := bob.port.Answer(bob.sdp(terms{})); err != nil { // apart again: RFC 5761 lets a re-INVITE do that
		t.Fatal(err)
	}
	bob.talk(12*time.Second, 1)
	apart, is := bob.port.rtcp.(*memorySocket)
	if !is || apart.at.Port() != bob.port.LocalAddr().Port()+1 {
		t.Fatal("there is no RTCP socket on the odd port")
	}
	var reports, sound int
	for _, d := range apart.sent {
		if !isRTCP(d.data) || d.peer != netip.AddrPortFrom(bob.at.Addr(), bob.at.Port()+1) {
			t.Fatalf("%x went to %v from the RTCP socket", d.data[:2], d.peer)
		}
		reports++
	}
	bob.port.Hear(Silence(time.Second))
	bob.talk(time.Second, 1)
	for _, d := range s.sent {
		if isRTCP(d.data) || d.peer != bob.at {
			t.Fatalf("%x went to %v from the RTP socket", d.data[:2], d.peer)
		}
		sound++
	}
	if reports < 2 || sound < 40 {
		t.Errorf("%d reports went to the phone's RTCP port and %d packets of sound to its RTP port", reports, sound)
	}
}

func TestAGoodbyeIsSentToWhoeverHadReports(t *testing.T) {
	b := newBench(t, Config{})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bob.talk(3*time.Second, 1)
	bob.reports()
	alice.port.Close()
	bob.port.Close()
	b.settle()
	if got := alice.reports(); len(got) != 0 {
		t.Errorf("alice had no reports and was sent %v", got)
	}
	got := bob.reports()
	if len(got) != 1 || len(got[0]) != 3 {
		t.Fatalf("bob was sent %v, want report, name, goodbye", got)
	}
	if bye, ok := got[0][2].(*rtcp.Goodbye); !ok || bye.Sources[0] != bob.port.out.ssrc {
		t.Errorf("the goodbye is %v", got[0][2])
	}
}

func TestReportingAllocatesNothing(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music"})
	bob.talk(100*time.Millisecond, 1)
	bob.socket().deaf = true
	bob.port.rtcp.(*memorySocket).deaf = true
	l := b.engine.loops[0]
	if allocs := testing.AllocsPerRun(100, func() { bob.port.sendReport(l, true) }); allocs != 0 {
		t.Errorf("%v allocations for a report", allocs)
	}
}

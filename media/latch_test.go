package media

import (
	"net/netip"
	"testing"
	"time"
)

// stream sends n packets of a phone's stream from another address; they count on.
func (ph *phone) stream(n int, from string) {
	at := ph.at
	ph.at = netip.MustParseAddrPort(from)
	for range n {
		ph.say(160, 1)
		ph.b.run(20 * time.Millisecond)
	}
	ph.at = at
}

// target is where the phone is sent to now.
func (ph *phone) target() string {
	ph.b.t.Helper()
	ph.hears()
	ph.b.run(40 * time.Millisecond)
	to := ph.sentTo()
	if !to.IsValid() {
		return "nowhere"
	}
	return to.String()
}

func latched(t *testing.T, opts PortOptions, with terms) *phone {
	b := newBench(t, Config{})
	ph := b.ring(opts, with)
	ph.port.Hear(&frames{name: "music"})
	b.settle()
	return ph
}

func (ph *phone) want(n uint64, rejected uint64, target string) {
	ph.b.t.Helper()
	if got := ph.target(); got != target {
		ph.b.t.Errorf("the phone is sent to at %s, want %s", got, target)
	}
	q := ph.port.measure()
	if q.PacketsReceived != n || q.PacketsRejected != rejected {
		ph.b.t.Errorf("%d packets taken, %d rejected; want %d, %d", q.PacketsReceived, q.PacketsRejected, n, rejected)
	}
}

func TestUntilThePartyIsHeardItIsSentToWhereSDPSays(t *testing.T) {
	latched(t, PortOptions{}, terms{}).want(0, 0, "198.51.100.1:4000")
}

func TestThePartyBehindANATIsAnsweredWhereItsPacketsComeFrom(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	ph.stream(3, "203.0.113.9:61000")
	ph.want(0, 3, "192.168.1.5:4000") // on probation
	ph.stream(3, "203.0.113.9:61000")
	ph.want(3, 3, "203.0.113.9:61000")
}

func TestAPacketFromTheSignallingHostNeedsNoProbation(t *testing.T) {
	ph := latched(t, PortOptions{Remote: netip.MustParseAddr("203.0.113.9")}, terms{addr: "192.168.1.5"})
	ph.stream(1, "203.0.113.9:61000")
	ph.want(1, 0, "203.0.113.9:61000")
}

func TestAStrangerIsNeitherHeardNorSentTo(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{})
	stranger := &phone{b: ph.b, port: ph.port, ssrc: 666, seq: 1, ts: 1}
	for range 50 {
		ph.stream(1, "198.51.100.1:4000")
		stranger.stream(1, "203.0.113.66:6666")
	}
	ph.want(50, 50, "198.51.100.1:4000")
}

func TestAStrangerIsTakenForThePartyOnlyAfterItsSilence(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	ph.stream(10, "203.0.113.9:61000")
	ph.b.run(300 * time.Millisecond)
	ph.stream(4, "203.0.113.9:62000") // too soon at first: the old address was heard less than 500 ms ago
	ph.want(7, 3+4, "203.0.113.9:61000")
	ph.b.run(200 * time.Millisecond)
	ph.stream(10, "203.0.113.9:62000")
	ph.want(7+7, 3+4+3, "203.0.113.9:62000")
}

func TestProbationIsFourPacketsThatFollowEachOther(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	for range 20 { // a scanner that guesses
		ph.stream(3, "203.0.113.9:61000")
		ph.seq += 5
	}
	ph.want(0, 60, "192.168.1.5:4000")
}

func TestProbationMustBePassedInOneGo(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	for range 6 { // in a row by number, but not in time
		ph.stream(1, "203.0.113.9:61000")
		ph.b.run(600 * time.Millisecond)
	}
	ph.want(0, 6, "192.168.1.5:4000")
}

func TestTheAddressOfTheSDPWinsBackItsPlaceFromAStranger(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{})
	ph.stream(8, "203.0.113.66:6666") // before the phone has said anything
	ph.want(5, 3, "203.0.113.66:6666")
	stranger := &phone{b: ph.b, port: ph.port, ssrc: 666, seq: 1, ts: 1}
	for range 6 {
		ph.stream(1, "198.51.100.1:4000")
		stranger.stream(1, "203.0.113.66:6666")
	}
	if got := ph.target(); got != "198.51.100.1:4000" {
		t.Errorf("the phone is sent to at %s", got)
	}
}

func TestThePartyIsHeardAtOnceWhoeverHasSprayedItsPortBefore(t *testing.T) {
	for _, first := range []string{"198.51.100.1:6666", "203.0.113.66:6666"} { // from the phone's own host, and from anywhere
		ph := latched(t, PortOptions{}, terms{})
		ph.stream(10, first)
		before := ph.port.measure().PacketsReceived
		ph.stream(1, "198.51.100.1:4000")
		if got := ph.port.measure().PacketsReceived; got != before+1 {
			t.Errorf("after packets from %s the party's first one is not taken", first)
		}
		if got := ph.target(); got != "198.51.100.1:4000" {
			t.Errorf("after packets from %s the phone is sent to at %s", first, got)
		}
	}
}

func TestAReInviteWithAnotherAddressIsFollowedAtOnce(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{})
	ph.stream(5, "198.51.100.1:4000")
	if _, err := ph.port.Answer(ph.sdp(terms{addr: "198.51.100.77"})); err != nil {
		t.Fatal(err)
	}
	ph.b.settle()
	ph.stream(3, "198.51.100.1:4000") // still on their way: heard, and no reason to send back there
	ph.want(8, 0, "198.51.100.77:4000")
	ph.stream(3, "198.51.100.77:4000")
	ph.want(11, 0, "198.51.100.77:4000")
	ph.stream(5, "198.51.100.1:4000")
	ph.want(11, 5, "198.51.100.77:4000")
}

func TestAPhoneWhoseNewAddressIsFalseIsFoundAgainWhereItWas(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	ph.stream(10, "203.0.113.9:61000")
	if _, err := ph.port.Answer(ph.sdp(terms{addr: "10.8.0.3"})); err != nil {
		t.Fatal(err)
	}
	ph.stream(60, "203.0.113.9:61000")
	ph.want(67, 3, "203.0.113.9:61000")
}

func TestHoldDoesNotForgetWhereThePartyIs(t *testing.T) {
	ph := latched(t, PortOptions{}, terms{addr: "192.168.1.5"})
	ph.stream(10, "203.0.113.9:61000")
	for _, with := range []terms{{addr: "0.0.0.0"}, {addr: "192.168.1.5", more: "a=sendonly\r\n"}, {addr: "192.168.1.5"}} {
		if _, err := ph.port.Answer(ph.sdp(with)); err != nil {
			t.Fatal(err)
		}
	}
	ph.want(7, 3, "203.0.113.9:61000")
}

func TestReportsGoWhereTheReportsComeFrom(t *testing.T) {
	var c control
	rtp := netip.MustParseAddrPort("203.0.113.9:61000")
	if c.target(netip.AddrPort{}).IsValid() {
		t.Error("a report has somewhere to go before anything is known")
	}
	c.signal(netip.MustParseAddrPort("192.168.1.5:4001"), false)
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "203.0.113.9:61001"},
		{func() { c.signal(netip.MustParseAddrPort("203.0.113.9:7777"), false) }, "203.0.113.9:7777"},
		{func() { c.source = netip.MustParseAddrPort("203.0.113.9:61007") }, "203.0.113.9:61007"},
		{func() { c.signal(netip.MustParseAddrPort("203.0.113.9:61000"), true) }, "203.0.113.9:61000"},
	} {
		step.change()
		if got := c.target(rtp).String(); got != step.want {
			t.Errorf("reports go to %s, want %s", got, step.want)
		}
	}
}

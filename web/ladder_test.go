package web

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/store"
)

var (
	oursAt  = netip.MustParseAddrPort("192.0.2.1:5060")
	callsAt = netip.MustParseAddrPort("192.0.2.7:5070")
	agentAt = netip.MustParseAddrPort("[2001:db8::8]:5062")
)

// signalled are the messages of a call that an agent was busy for.
func signalled(at time.Time) []store.Signal {
	say := func(after time.Duration, received bool, remote netip.AddrPort, first string) store.Signal {
		return store.Signal{At: at.Add(after), Received: received, Network: "UDP", Local: oursAt, Remote: remote, Text: []byte(first +
			"\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:1001@h>;tag=a\r\nTo: <sip:0777@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nX-Evil: <script>\r\nContent-Length: 0\r\n\r\n")}
	}
	return []store.Signal{
		say(0, true, callsAt, "INVITE sip:0777@h SIP/2.0"),
		say(time.Millisecond, false, callsAt, "SIP/2.0 100 Trying"),
		say(2*time.Second, false, agentAt, "INVITE sip:2001@h SIP/2.0"),
		say(3*time.Second, true, agentAt, "SIP/2.0 486 Busy Here"),
	}
}

func TestThePageOfACallDrawsItsSIPMessages(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.account("ears", Quality, "")
	d.call("c1", "1001", "2001")
	d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	page := d.as("boss").get("/calls/c1").wants(t, http.StatusOK,
		"192.0.2.7:5070", "[2001:db8::8]:5062", "INVITE", "486 Busy Here", "0.001 s", "3.000 s", `href="/calls/c1/sip.pcap"`, "&lt;script&gt;", `class="refused"`)
	if strings.Contains(page.text, "style=") || strings.Contains(page.text, "<script>\r") {
		t.Error("the ladder brings what the policy forbids")
	}
	if page := d.as("ears").get("/calls/c1").wants(t, http.StatusOK); strings.Contains(page.text, "486 Busy") {
		t.Error("quality sees SIP messages")
	}
	d.as("ears").get("/calls/c1/sip.pcap").wants(t, http.StatusForbidden)
	d.call("c2", "1001", "2001")
	if page := d.as("boss").get("/calls/c2").wants(t, http.StatusOK); strings.Contains(page.text, "sip.pcap") {
		t.Error("a call without messages has a download of them")
	}
	d.as("boss").get("/calls/c2/sip.pcap").wants(t, http.StatusNotFound)
	d.as("boss").get("/calls/c3/sip.pcap").wants(t, http.StatusNotFound)
}

func TestACaptureIsOneThatProgramsRead(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.call("c1", "1001", "2001")
	d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	page := d.as("boss").get("/calls/c1/sip.pcap").wants(t, http.StatusOK)
	if got := page.header.Get("Content-Disposition"); got != `attachment; filename="c1.pcap"` {
		t.Errorf("it is handed over as %s", got)
	}
	if deeds := d.deeds(); !slices.Contains(deeds, "download signalling of call c1 by boss") {
		t.Errorf("the audit log says %q", deeds)
	}
	b := []byte(page.text)
	if magic := binary.BigEndian.Uint32(b); magic != pcapMagic {
		t.Fatalf("it begins with %x", magic)
	}
	n := 0
	for b = b[24:]; len(b) > 0; n++ {
		length := binary.BigEndian.Uint32(b[8:])
		packet := b[16 : 16+length]
		if packet[0]>>4 == 4 && checksum(packet[:ipv4Length]) != 0 {
			t.Errorf("packet %d: the checksum of its header is wrong", n)
		}
		b = b[16+length:]
	}
	if n != 4 {
		t.Errorf("%d packets, want 4", n)
	}
}

func TestALadderHasRoomForManyPhones(t *testing.T) {
	var all []store.Signal
	for i := range 40 {
		m := signalled(time.Now())[2]
		m.Remote = netip.MustParseAddrPort(fmt.Sprintf("192.0.2.9:%d", 6000+i))
		all = append(all, m)
	}
	l := ladderOf(all, "c1")
	if len(l.Parts) != mostLines+1 || len(l.Rungs) != 40 || l.Rungs[39].X2 > l.Width || l.Rungs[39].To != "192.0.2.9:6039" {
		t.Errorf("%d lines, %d arrows, the last to %s at %d of %d", len(l.Parts), len(l.Rungs), l.Rungs[39].To, l.Rungs[39].X2, l.Width)
	}
	long := signalled(time.Now())[:1]
	long[0].Text = make([]byte, 70000)
	if b := capture(long); len(b) != 24+16+pcapLength {
		t.Errorf("a message that is too long makes a file of %d bytes", len(b))
	}
}

func TestACallInProgressIsShownAsFarAsItHasCome(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.account("checker", Quality, "")
	d.live = []call.Record{{ID: "c9", Began: d.now.Add(-95 * time.Second), Caller: call.Identity{Number: "0100"}, Called: "0777", Path: []call.Note{{At: d.now, Text: "menu welcome"}}}}
	d.signals = map[string][]store.Signal{"c9": signalled(d.now)}
	b := d.as("boss")
	b.get("/board").wants(t, http.StatusOK, `href="/calls/c9"`)
	b.get("/calls/c9").wants(t, http.StatusOK, "in progress", "1:35", "menu welcome", "INVITE")
	b.get("/calls/c9/sip.pcap").wants(t, http.StatusOK)
	if p := d.as("checker").get("/calls/c9").wants(t, http.StatusOK, "in progress"); strings.Contains(p.text, "INVITE") {
		t.Error("somebody sees the SIP messages without the right to")
	}
	d.live = nil
	b.get("/calls/c9").wants(t, http.StatusNotFound)
}

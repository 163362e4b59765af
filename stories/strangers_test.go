package stories_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// rtpOf is where the PBX takes the call's RTP.
func rtpOf(t testing.TB, c *hatiftest.Call) netip.AddrPort {
	t.Helper()
	d, ok := c.Theirs()
	if !ok {
		t.Fatalf("%s: no description of the other side", c.Phone())
	}
	return d.Addr
}

func TestAStrangersSoundIsNotHeardAndDoesNotDisturb(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	from := b.Reception()
	mark := b.Now()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := a.Inject(ctx, rtpOf(t, a), 100, softphone.Tone(1900, 0.8)); err != nil {
		t.Fatal(err)
	}
	loud := 0
	for _, p := range b.Heard(mark).Audio() {
		if (softphone.Heard{Packets: []softphone.Packet{p}}).Level() > -10 {
			loud++
		}
	}
	if loud > 0 {
		t.Errorf("%d packets of the stranger are heard", loud)
	}
	hearEachOther(t, a, b)
	if to := b.Reception(); to.Lost-from.Lost > 10 || to.Speakers != from.Speakers {
		t.Errorf("with a stranger about %d packets were lost and the speaker changed %d times", to.Lost-from.Lost, to.Speakers-from.Speakers)
	}
	a.Hangup()
	row := a.ExpectRow()
	if row.Legs[0].Quality.PacketsRejected < 50 {
		t.Errorf("the record counts %d rejected packets, want the stranger's 100", row.Legs[0].Quality.PacketsRejected)
	}
}

// A stranger who is faster than the caller must not take the caller's place for good.
func TestTheCallersSoundWinsOverAStrangerWhoWasFirst(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	callee := pbx.Phone("2002")
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Voice: func() softphone.Voice { return softphone.Nothing() }})
	a := ph.Dial("2002")
	b := callee.ExpectRing()
	b.Answer()
	a.ExpectAnswered()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := a.Inject(ctx, rtpOf(t, a), 5, softphone.Tone(1900, 0.8)); err != nil {
		t.Fatal(err)
	}
	a.Speak()
	hearEachOther(t, a, b)
}

func garbage(dice *rand.Rand) []byte {
	b := make([]byte, dice.IntN(1400))
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

func TestGarbageOnEveryPortDisturbsNobody(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	from := b.Reception()
	dice := rand.New(rand.NewPCG(1, 2))
	w := newWire(t, pbx)
	rtp, err := net.Dial("udp", rtpOf(t, a).String())
	if err != nil {
		t.Fatal(err)
	}
	defer rtp.Close()
	rtcp, err := net.Dial("udp", netip.AddrPortFrom(rtpOf(t, a).Addr(), rtpOf(t, a).Port()+1).String())
	if err != nil {
		t.Fatal(err)
	}
	defer rtcp.Close()
	invite := w.request("INVITE", "2002", "2001", "Content-Type: application/sdp")
	for i := range 400 {
		junk := garbage(dice)
		w.send(string(junk))
		broken := []byte(invite)
		for range 1 + i%8 {
			broken[dice.IntN(len(broken))] = byte(dice.Uint32())
		}
		w.send(string(broken))
		for _, conn := range []net.Conn{rtp, rtcp} {
			if len(junk) > 0 {
				junk[0] = 0x80 // looks like RTP
			}
			if _, err := conn.Write(junk); err != nil && !strings.Contains(err.Error(), "refused") {
				t.Fatal(err)
			}
		}
		if i%50 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	for _, text := range []string{
		"", "\r\n\r\n", "\x00", "INVITE", "INVITE sip: SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 200 OK\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n",
		strings.Replace(invite, "Content-Length: 0", "Content-Length: 99999999999999999999", 1),
		strings.Replace(invite, "Content-Length: 0", "Content-Length: -5", 1),
		strings.Replace(invite, "CSeq: 1", "CSeq: 4294967296", 1),
		strings.Replace(invite, "Max-Forwards: 70", strings.Repeat("Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n", 500)+"Max-Forwards: 70", 1),
		strings.Replace(invite, "Max-Forwards: 70", "Authorization: Digest "+strings.Repeat(`username="`, 3000), 1),
	} {
		w.send(text)
	}
	hearEachOther(t, a, b)
	if to := b.Reception(); to.Lost-from.Lost > 25 || to.Speakers != from.Speakers { // the phones' sockets are flooded too
		t.Errorf("the garbage cost %d packets", to.Lost-from.Lost)
	}
	a.Hangup()
	b.ExpectEnd()
	pbx.ExpectIdle()
	c, d := talk(t, pbx.Phone("2003"), pbx.Phone("2002"))
	c.Hangup()
	d.ExpectEnd()
}

// Connections that say nothing, nonsense, or half of something.
func TestStrangersOnTCPDisturbNobody(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	whole := "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK1\r\nContent-Length: 100000\r\n"
	for _, text := range []string{
		"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", whole, whole + "\r\nhalf a body", strings.Repeat("x", 1<<20), strings.Repeat("\r\n", 1000),
		strings.Repeat("Via: x\r\n", 100000),
	} {
		conn, err := net.Dial("tcp", pbx.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(text)) // the PBX may have had enough
	}
	hello, err := net.Dial("tcp", pbx.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer hello.Close()
	shy := tls.Client(hello, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is a stranger's
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := shy.HandshakeContext(ctx); err == nil {
		t.Error("the PBX speaks TLS on its plain port")
	}
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Transport: "tcp"})
	ph.Register()
	a, b := talk(t, pbx.Phone("2002"), ph)
	a.Hangup()
	b.ExpectEnd()
}

// A flood of calls and log-ons without credentials costs nothing that stays.
func TestAFloodOfStrangersLeavesNothing(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	w := newWire(t, pbx)
	for i := range 2000 {
		w.send(w.request([]string{"INVITE", "REGISTER", "SUBSCRIBE", "OPTIONS", "BYE", "CANCEL", "ACK", "UPDATE", "FOO"}[i%9], "2001", fmt.Sprint(i)))
	}
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	a.Hangup()
	b.ExpectEnd()
	pbx.ExpectIdle()
}

func TestWithinADialogStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	w := newWire(t, pbx)
	for _, method := range []string{"BYE", "INFO", "UPDATE", "INVITE", "REFER"} {
		req := w.request(method, "2002", "2001")
		req = strings.Replace(req, "To: <sip:2002@example.com>", "To: <sip:2002@example.com>;tag=guess", 1)
		for i, line := range strings.Split(req, "\r\n") {
			if strings.HasPrefix(line, "Call-ID:") {
				req = strings.Replace(req, strings.Split(req, "\r\n")[i], "Call-ID: "+a.CallID(), 1)
			}
		}
		if code := w.code(req); code != "481" {
			t.Errorf("a stranger's %s with the call's Call-ID and a guessed tag is answered with %s, want 481", method, code)
		}
	}
	hearEachOther(t, a, b)
}

package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ring makes a call to the party and returns its INVITE.
func (w *world) ring(p *party) (*Dialog, message) {
	p.t.Helper()
	d, err := w.ua.Invite(w.t.Context(), Outgoing{
		URI: "sip:" + p.user + "@" + p.addr, From: Party{"0777", "Hotline"}, SDP: []byte(sdpB),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	invite := p.want("INVITE")
	p.take(invite)
	return d, invite
}

func TestACallToAPhoneRingsIsAnsweredAcknowledgedAndEnded(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, err := w.ua.Invite(t.Context(), Outgoing{
			Binding: Binding{User: "2001", URI: "sip:2001@10.0.0.9:5066;x=y", Transport: "UDP", Target: p.addr},
			From:    Party{"100 1", "أمل \"A\" \\ Haddad\r\nEvil: yes"}, SDP: []byte(sdpB),
			Headers: map[string][]string{"Alert-Info": {"<http://127.0.0.1/ring>"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		invite := p.want("INVITE sip:2001@10.0.0.9:5066;x=y SIP/2.0")
		if got := invite.get("From"); !strings.HasPrefix(got, `"أمل \"A\" \\ Haddad  Evil: yes" <sip:100%201@192.0.2.1>;tag=`) {
			t.Errorf("From is %s", got)
		}
		for name, want := range map[string]string{
			"Max-Forwards": "70", "CSeq": "1 INVITE", "To": "<sip:2001@10.0.0.9:5066>", "Contact": "<sip:100%201@192.0.2.1:5060>",
			"Supported": "timer, replaces", "Session-Expires": "1800", "Min-SE": "90", "Alert-Info": "<http://127.0.0.1/ring>",
			"Content-Type": "application/sdp", "User-Agent": "hatif", "Evil": "",
		} {
			if got := invite.get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if via := invite.get("Via"); !strings.HasPrefix(via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK") || !strings.HasSuffix(via, ";rport") {
			t.Errorf("Via is %s", via)
		}
		if invite.body != sdpB {
			t.Errorf("the offer is %q", invite.body)
		}
		p.reply(invite, "100 Trying")
		p.reply(invite, "180 Ringing")
		p.reply(invite, "183 Session Progress", withBody(sdpA)...)
		if r := <-d.Provisionals(); r.Code != 180 || r.SDP != nil {
			t.Errorf("first provisional is %+v", r)
		}
		if r := <-d.Provisionals(); r.Code != 183 || string(r.SDP) != sdpA {
			t.Errorf("second provisional is %+v", r)
		}
		// The phone is behind NAT: its Contact cannot be reached, so requests go where its packets come from.
		ok := withBody(sdpA, "Contact: <sip:2001@10.0.0.9:5066>", "Server: Desk 9", "Allow: INVITE, ACK, BYE")
		p.reply(invite, "200 OK", ok...)
		sdp, err := d.WaitAnswer(t.Context())
		if err != nil || string(sdp) != sdpA {
			t.Fatalf("WaitAnswer: %q, %v", sdp, err)
		}
		ack := p.want("ACK sip:2001@10.0.0.9:5066 SIP/2.0")
		if ack.get("CSeq") != "1 ACK" || ack.param("Via", "branch") == invite.param("Via", "branch") || ack.param("To", "tag") != "party" {
			t.Errorf("ACK is:\n%s", ack)
		}
		if d.UserAgent() != "Desk 9" || d.User() != "2001" || d.Called() != "2001" || d.Inbound() {
			t.Errorf("agent %q, user %q, called %q", d.UserAgent(), d.User(), d.Called())
		}
		p.reply(invite, "200 OK", ok...) // our ACK was lost
		if again := p.want("ACK"); again.String() != ack.String() {
			t.Errorf("the ACK changed:\n%s", again)
		}
		d.Bye(End{Q850: 16, Reason: "normal"})
		bye := p.want("BYE sip:2001@10.0.0.9:5066 SIP/2.0")
		if bye.get("CSeq") != "2 BYE" || bye.get("Reason") != `Q.850;cause=16;text="normal"` {
			t.Errorf("BYE is:\n%s", bye)
		}
		p.reply(bye, "200 OK")
		p.silence(time.Minute)
	})
}

func TestAnInviteThatNobodyAnswersIsRepeatedAndGivenUp(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, first := w.ring(p)
		_, err := d.WaitAnswer(t.Context())
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != 408 || refused.Q850 != 18 {
			t.Errorf("WaitAnswer: %v", err)
		}
		if got := time.Since(first.at); got != 32*time.Second {
			t.Errorf("given up after %v, want timer B", got)
		}
		if end := ends(t, d); end.By != ByNetwork {
			t.Errorf("ended by %s", end.By)
		}
		n := 0
		for ; ; n++ { // timer A: 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
			b, ok := p.wire.recv(time.Second)
			if !ok {
				break
			}
			if m := parseText(b); m.String() != first.String() {
				t.Errorf("not the INVITE again:\n%s", m)
			}
		}
		if n != 6 {
			t.Errorf("the INVITE was repeated %d times, want 6", n)
		}
	})
}

func TestARefusalIsAcknowledgedAndSaysWhy(t *testing.T) {
	for _, c := range []struct {
		status string
		lines  []string
		want   Refused
	}{
		{"486 Busy Here", nil, Refused{486, 17, "Busy Here", nil}},
		{"603 Decline", nil, Refused{603, 21, "Decline", nil}},
		{"480 Away", []string{`Reason: Q.850 ;cause=19 ;text="no \"answer\""`}, Refused{480, 19, `no "answer"`, nil}},
		{"500 Oops", []string{`Reason: SIP;cause=486, Q.850;cause=34`}, Refused{500, 34, "Oops", nil}},
		{"487 Gone", []string{`Reason: foo;cause=x;;="`}, Refused{487, 16, "Gone", nil}},
		{"302 Moved", []string{"Contact: <sip:1@192.0.2.9>;q=1, <sip:2@192.0.2.9>"}, Refused{302, 23, "Moved", []string{"sip:1@192.0.2.9", "sip:2@192.0.2.9"}}},
		{"699 Strange", nil, Refused{699, 31, "Strange", nil}},
		{"401 Unauthorized", []string{`WWW-Authenticate: Digest realm="x", nonce="y"`}, Refused{401, 21, "Unauthorized", nil}},
	} {
		t.Run(c.status, func(t *testing.T) {
			inWorld(t, Config{}, func(t *testing.T, w *world) {
				p := w.party("192.0.2.7:5070")
				d, invite := w.ring(p)
				p.reply(invite, c.status, c.lines...)
				ack := p.want("ACK sip:1001@192.0.2.7:5070 SIP/2.0")
				if ack.get("Via") != invite.get("Via") || ack.param("To", "tag") != "party" || ack.get("CSeq") != "1 ACK" {
					t.Errorf("ACK is:\n%s", ack)
				}
				p.reply(invite, c.status, c.lines...) // the ACK was lost
				if again := p.want("ACK"); again.String() != ack.String() || time.Since(ack.at) != 0 {
					t.Errorf("after %v:\n%s", time.Since(ack.at), again)
				}
				_, err := d.WaitAnswer(t.Context())
				var got *Refused
				if !errors.As(err, &got) || fmt.Sprint(*got) != fmt.Sprint(c.want) {
					t.Errorf("WaitAnswer: %#v, want %#v", got, c.want)
				}
				if end := ends(t, d); end.By != ByParty || end.Code != c.want.Code || end.Q850 != c.want.Q850 {
					t.Errorf("ended with %+v", *end)
				}
				d.Bye(End{})
				d.Cancel(End{})
				p.silence(time.Minute)
			})
		})
	}
}

func TestACancelWaitsForASignOfLife(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(&AnsweredElsewhere)
		if _, err := d.WaitAnswer(ctx); !errors.Is(err, &AnsweredElsewhere) {
			t.Errorf("WaitAnswer: %v", err)
		}
		ends(t, d)
		if again := p.want("INVITE"); again.get("CSeq") != "1 INVITE" { // RFC 3261 §9.1: nothing was heard yet
			t.Errorf("got:\n%s", again)
		}
		p.reply(invite, "180 Ringing")
		m := p.want("CANCEL sip:1001@192.0.2.7:5070 SIP/2.0")
		if m.get("Via") != invite.get("Via") || m.get("CSeq") != "1 CANCEL" || m.param("To", "tag") != "" ||
			m.get("From") != invite.get("From") || m.get("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Errorf("CANCEL is:\n%s", m)
		}
		p.want("CANCEL") // until it is answered
		p.reply(m, "200 OK")
		p.reply(invite, "487 Request Terminated")
		p.want("ACK")
		p.silence(time.Minute)
	})
}

func TestACancelAfterRingingGoesOutAtOnceAndIsNotWaitedFor(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		p.reply(invite, "180 Ringing")
		<-d.Provisionals()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := d.WaitAnswer(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("WaitAnswer: %v", err)
		}
		if got := time.Since(invite.at); got != 10*time.Second {
			t.Errorf("WaitAnswer returned after %v", got)
		}
		m := p.want("CANCEL")
		if m.get("Reason") != "Q.850;cause=16" {
			t.Errorf("Reason is %q", m.get("Reason"))
		}
		if end := ends(t, d); *end != (End{487, 16, "", ByUs}) {
			t.Errorf("ended with %+v", *end)
		}
		p.reply(m, "200 OK")
		// A phone that never says 487 is forgotten 64*T1 later (RFC 3261 §9.1).
		time.Sleep(33 * time.Second)
		if n := w.ua.Stats().Transactions; n != 0 {
			t.Errorf("%d transactions left", n)
		}
	})
}

func TestAnAnswerThatCrossesTheCancelIsAcknowledgedAndEnded(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		p.reply(invite, "180 Ringing")
		<-d.Provisionals()
		d.Cancel(AnsweredElsewhere)
		cancel := p.want("CANCEL")
		ok := withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")
		p.reply(invite, "200 OK", ok...)
		p.reply(cancel, "200 OK")
		ack := p.want("ACK")
		bye := p.want("BYE")
		if bye.param("To", "tag") != "party" || bye.get("CSeq") != "2 BYE" || !strings.Contains(bye.get("Reason"), "elsewhere") {
			t.Errorf("BYE is:\n%s", bye)
		}
		p.reply(invite, "200 OK", ok...)
		if again := p.want("ACK"); again.get("CSeq") != ack.get("CSeq") {
			t.Errorf("got:\n%s", again)
		}
		p.reply(bye, "200 OK")
		p.silence(time.Minute)
		if end := ends(t, d); end.Q850 != 26 {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestASecondPhoneThatAnswersIsToldThatItWasTooLate(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		p.raw(p.response(invite, "180 Ringing", "one"))
		p.raw(p.response(invite, "180 Ringing", "two"))
		p.raw(p.response(invite, "200 OK", "one", withBody(sdpA, "Contact: <sip:one@192.0.2.7:5070>")...))
		if _, err := d.WaitAnswer(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.want("ACK sip:one@")
		p.raw(p.response(invite, "200 OK", "two", withBody(sdpA, "Contact: <sip:two@192.0.2.7:5070>")...))
		if m := p.want("ACK sip:two@"); m.param("To", "tag") != "two" {
			t.Errorf("ACK is:\n%s", m)
		}
		bye := p.want("BYE sip:two@")
		if bye.param("To", "tag") != "two" {
			t.Errorf("BYE is:\n%s", bye)
		}
		p.reply(bye, "200 OK")
		if d.End() != nil || d.ID().RemoteTag != "one" {
			t.Errorf("the call ended: %v", d.End())
		}
	})
}

func TestAnswerAndOurCancelAtOnceHaveOneOutcome(t *testing.T) {
	for i := range 60 {
		inWorld(t, Config{}, func(t *testing.T, w *world) {
			p := w.party("192.0.2.7:5070")
			d, invite := w.ring(p)
			p.reply(invite, "180 Ringing")
			<-d.Provisionals()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := d.WaitAnswer(ctx)
				done <- err
			}()
			if i%2 == 0 {
				synctest.Wait()
			}
			go cancel()
			p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")...)
			err := <-done
			synctest.Wait()
			var acks, byes int
			for {
				b, ok := p.wire.recv(time.Millisecond)
				if !ok {
					break
				}
				switch m := parseText(b); {
				case strings.HasPrefix(m.first, "ACK"):
					acks++
				case strings.HasPrefix(m.first, "BYE"):
					byes++
					p.reply(m, "200 OK")
				case strings.HasPrefix(m.first, "CANCEL"):
					p.reply(m, "200 OK")
				}
			}
			if acks != 1 || (err == nil) != (byes == 0) || (err == nil) != (d.End() == nil) {
				t.Fatalf("%d ACKs, %d BYEs, WaitAnswer: %v, End: %v", acks, byes, err, d.End())
			}
		})
	}
}

func TestTooShortASessionIsAskedForOnceMore(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		p.reply(invite, "422 Session Interval Too Small", "Min-SE: 3600")
		p.want("ACK")
		invite = p.want("INVITE")
		if invite.get("CSeq") != "2 INVITE" || invite.get("Session-Expires") != "3600" || invite.get("Min-SE") != "3600" || invite.body != sdpB {
			t.Errorf("second INVITE is:\n%s", invite)
		}
		p.reply(invite, "422 Session Interval Too Small", "Min-SE: 3600")
		p.want("ACK")
		var refused *Refused
		if _, err := d.WaitAnswer(t.Context()); !errors.As(err, &refused) || refused.Code != 422 {
			t.Errorf("WaitAnswer: %v", err)
		}
	})
}

func TestRequestsOfACallThroughProxiesFollowTheRouteSet(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p, proxy := w.party("192.0.2.7:5070"), w.party("192.0.2.8:5080")
		d, invite := w.ring(p)
		p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:desk@10.1.1.1>",
			"Record-Route: <sip:192.0.2.99;lr>, <sip:192.0.2.8:5080;lr;x>")...)
		if _, err := d.WaitAnswer(t.Context()); err != nil {
			t.Fatal(err)
		}
		// RFC 3261 §12.1.2: the caller's route set is the Record-Route in reverse order.
		ack := proxy.want("ACK sip:desk@10.1.1.1 SIP/2.0")
		if got := ack.get("Route"); got != "<sip:192.0.2.8:5080;lr;x>, <sip:192.0.2.99;lr>" {
			t.Errorf("Route is %s", got)
		}
		// Proxies may deliver the party's requests from anywhere.
		proxy.callID, proxy.remoteTag, proxy.tag = p.callID, p.remoteTag, p.tag
		proxy.send("BYE")
		proxy.want("SIP/2.0 200")
		ends(t, d)

		// §12.1.1: the callee's is in order; a strict router takes the Request-URI (§12.2.1.1).
		q := w.party("192.0.2.7:5071")
		d = w.answered(q, calls, "Record-Route: <sip:192.0.2.8:5080>", "Record-Route: <sip:192.0.2.99;lr>")
		d.Bye(End{})
		bye := proxy.want("BYE sip:192.0.2.8:5080 SIP/2.0")
		if got := bye.get("Route"); got != "<sip:192.0.2.99;lr>, <sip:1001@192.0.2.7:5071>" {
			t.Errorf("Route is %s", got)
		}
		proxy.reply(bye, "200 OK")
	})
}

func TestAHeaderThatWouldSmuggleLinesIsNotSent(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		for _, o := range []Outgoing{
			{URI: "sip:1@192.0.2.7", SDP: []byte(sdpA), Headers: map[string][]string{"Alert-Info": {"a\r\nEvil: b"}}},
			{URI: "sip:1@192.0.2.7", SDP: []byte(sdpA), Headers: map[string][]string{"A: b\r\nC": {"d"}}},
			{URI: "sip:1@192.0.2.7"}, {URI: "nonsense", SDP: []byte(sdpA)}, {URI: "tel:123", SDP: []byte(sdpA)},
			{URI: "sip:1@192.0.2.7;transport=sctp", SDP: []byte(sdpA)}, {URI: "sips:1@192.0.2.7", SDP: []byte(sdpA)},
			{Binding: Binding{URI: "sip:1@192.0.2.7", Target: "192.0.2.7"}, SDP: []byte(sdpA)},
		} {
			if _, err := w.ua.Invite(t.Context(), o); err == nil {
				t.Errorf("%+v was sent", o)
			}
		}
	})
}

func TestALostPacketIsSentAgain(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, calls)
		lost := 0
		w.net.lose = func(from, _ netip.AddrPort, b []byte) bool {
			if bytes.HasPrefix(b, []byte("BYE")) && lost < 3 {
				lost++
				return true
			}
			return false
		}
		begin := time.Now()
		d.Bye(End{})
		p.reply(p.want("BYE"), "200 OK")
		if got := time.Since(begin); got != 3500*time.Millisecond { // timer E: 0.5, 1.5, 3.5 s
			t.Errorf("the fourth BYE came after %v", got)
		}
		p.silence(time.Minute)
	})
}

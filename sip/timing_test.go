package sip

import (
	"strings"
	"testing"
	"time"
)

func TestARefusalIsRepeatedUntilItIsAcknowledgedOrGivenUp(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		w.ua.OnInvite(func(d *Dialog) { d.Reject(End{Code: 603}) })
		p := w.party("192.0.2.7:5070")
		p.send("INVITE")
		p.want("SIP/2.0 100")
		first := p.want("SIP/2.0 603")
		var at []string
		for {
			b, ok := p.wire.recv(time.Minute)
			if !ok {
				break
			}
			if m := parseText(b); m.String() == first.String() {
				at = append(at, m.at.Sub(first.at).String())
			}
		}
		// RFC 3261 §17.2.1: timer G doubles from T1 to T2; timer H ends it.
		if got := strings.Join(at, " "); got != "500ms 1.5s 3.5s 7.5s 11.5s 15.5s 19.5s 23.5s 27.5s 31.5s" {
			t.Errorf("repeated after %s", got)
		}
		if n := w.ua.Stats().Transactions; n != 0 {
			t.Errorf("%d transactions left", n)
		}
	})
}

func TestARequestOfOursIsRepeatedWithGrowingPauses(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		d.Bye(End{})
		first := p.want("BYE")
		var at []string
		for {
			b, ok := p.wire.recv(time.Minute)
			if !ok {
				break
			}
			at = append(at, parseText(b).at.Sub(first.at).String())
		}
		// RFC 3261 §17.1.2.2: timer E doubles from T1 to T2; timer F ends it.
		if got := strings.Join(at, " "); got != "500ms 1.5s 3.5s 7.5s 11.5s 15.5s 19.5s 23.5s 27.5s 31.5s" {
			t.Errorf("repeated after %s", got)
		}
	})
}

func TestAClientWithoutRportIsAnsweredWhereItsViaOrItsNATSays(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		sender, via, natted := w.party("192.0.2.7:40000"), w.party("192.0.2.7:5070"), w.party("203.0.113.9:40000")
		sender.addr = "192.0.2.7:5070"
		sender.raw(strings.Replace(sender.request("OPTIONS", "z9hG4bK1", 1), ";rport", "", 1))
		if m := via.want("SIP/2.0 200"); strings.Contains(m.get("Via"), "rport") { // RFC 3261 §18.2.2
			t.Errorf("Via is %s", m.get("Via"))
		}
		natted.addr = "10.0.0.9:5070"
		natted.raw(strings.Replace(natted.request("OPTIONS", "z9hG4bK2", 1), ";rport", "", 1))
		if m := natted.want("SIP/2.0 200"); m.param("Via", "received") != "203.0.113.9" { // §18.2.1
			t.Errorf("Via is %s", m.get("Via"))
		}
	})
}

func TestTheSessionIntervalStaysWithinBothSidesLimits(t *testing.T) {
	for _, c := range []struct{ asked, minSE, want string }{
		{"", "", "1800;refresher=uas"}, {"3600", "", "1800;refresher=uas"}, {"3600", "2400", "2400;refresher=uas"},
		{"600", "", "600;refresher=uas"}, {"90", "", "90;refresher=uas"}, {"200;refresher=uas", "", "200;refresher=uas"},
	} {
		t.Run(c.asked+" "+c.minSE, func(t *testing.T) {
			inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
				calls := w.calls()
				p := w.party("192.0.2.7:5070")
				lines := []string{"Supported: timer"}
				if c.asked != "" {
					lines = append(lines, "Session-Expires: "+c.asked)
				}
				if c.minSE != "" {
					lines = append(lines, "Min-SE: "+c.minSE)
				}
				p.send("INVITE", withBody(sdpA, lines...)...)
				p.want("SIP/2.0 100")
				d := <-calls
				go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
				if m := p.want("SIP/2.0 200"); m.get("Session-Expires") != c.want {
					t.Errorf("Session-Expires is %q, want %q", m.get("Session-Expires"), c.want)
				}
				p.ack(p.cseq)
			})
		})
	}
}

func TestACallThatIsJustBeingAnsweredGetsItsByeWhenTheAgentStops(t *testing.T) {
	var got bool
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		go func() {
			time.Sleep(50 * time.Millisecond) // we are stopping already
			p.ack(p.cseq)
			b, _ := p.wire.recv(time.Second)
			got = strings.HasPrefix(string(b), "BYE")
		}()
	})
	if !got {
		t.Error("no BYE")
	}
}

func TestRetransmissionsOfAnAnsweredInviteAreAbsorbed(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		done := make(chan error, 1)
		go func() {
			_, err := d.Answer(t.Context(), []byte(sdpB))
			done <- err
		}()
		p.want("SIP/2.0 200")
		tag := p.remoteTag
		p.remoteTag = ""
		p.raw(p.request("INVITE", branch, p.cseq, withBody(sdpA)...))
		p.silence(400 * time.Millisecond) // RFC 6026 §7.1; the dialog repeats its 200 after 500 ms
		p.remoteTag = tag
		p.ack(p.cseq + 1) // of no INVITE
		p.want("SIP/2.0 200")
		p.ack(p.cseq)
		if err := <-done; err != nil {
			t.Error(err)
		}
		p.silence(time.Minute)
	})
}

func TestAClientThatAsksWithRportLearnsWhereItReallyIs(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("198.51.100.7:4321")
		p.addr = "10.0.0.5:5060" // what it believes
		p.send("OPTIONS")
		m := p.want("SIP/2.0 200") // it came to where the request came from (RFC 3581 §4)
		if via := m.get("Via"); m.param("Via", "received") != "198.51.100.7" || m.param("Via", "rport") != "4321" {
			t.Errorf("Via: %s", via)
		}
	})
}

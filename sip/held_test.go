package sip

import (
	"testing"
	"time"
)

func TestAnAnswerIsNotAcknowledgedBeforeItMayBe(t *testing.T) {
	for name, c := range map[string]struct {
		then func(d *Dialog)
		want []string
	}{
		"acknowledged":     {(*Dialog).Acknowledge, []string{"ACK"}},
		"twice":            {func(d *Dialog) { d.Acknowledge(); d.Acknowledge() }, []string{"ACK"}},
		"hung up instead":  {func(d *Dialog) { d.Bye(End{}) }, []string{"ACK", "BYE"}},
		"hung up after it": {func(d *Dialog) { d.Acknowledge(); d.Bye(End{}) }, []string{"ACK", "BYE"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{}, func(t *testing.T, w *world) {
				p := w.party("192.0.2.7:5070")
				d, err := w.ua.Invite(t.Context(), Outgoing{URI: "sip:1001@192.0.2.7:5070", From: Party{"0777", ""}, SDP: []byte(sdpB), HoldACK: true})
				if err != nil {
					t.Fatal(err)
				}
				invite := p.want("INVITE")
				ok := withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")
				p.reply(invite, "200 OK", ok...)
				if sdp, err := d.WaitAnswer(t.Context()); err != nil || string(sdp) != sdpA {
					t.Fatalf("WaitAnswer: %q, %v", sdp, err)
				}
				p.reply(invite, "200 OK", ok...) // the party repeats its answer, in vain
				if b, came := p.wire.recv(5 * time.Second); came {
					t.Fatalf("the party got\n%s", b)
				}
				c.then(d)
				for _, want := range c.want {
					if m := p.want(want); want == "BYE" {
						p.reply(m, "200 OK")
					}
				}
				if d.End() == nil { // a repetition that was on its way is acknowledged as any other
					p.reply(invite, "200 OK", ok...)
					p.want("ACK")
				}
			})
		})
	}
}

func TestAPartyThatHangsUpBeforeItsAnswerIsAcknowledged(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, err := w.ua.Invite(t.Context(), Outgoing{URI: "sip:1001@192.0.2.7:5070", From: Party{"0777", ""}, SDP: []byte(sdpB), HoldACK: true})
		if err != nil {
			t.Fatal(err)
		}
		invite := p.want("INVITE")
		p.take(invite)
		p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")...)
		if _, err := d.WaitAnswer(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.send("BYE")
		p.want("SIP/2.0 200")
		d.Acknowledge()
		if b, came := p.wire.recv(time.Second); came || d.End() == nil {
			t.Errorf("the party got\n%s\nand the end is %v", b, d.End())
		}
	})
}

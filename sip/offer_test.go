package sip

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// offers lets a dialog answer every offer with sdpB and tells what came.
func offers(d *Dialog) chan string {
	c := make(chan string, 16)
	d.OnOffer(func(offer []byte) ([]byte, error) {
		c <- string(offer)
		return []byte(sdpB), nil
	})
	return c
}

func TestThePartyHoldsByReInviteAndResumesByUpdate(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		got := offers(d)
		p.send("INVITE", withBody(sdpC)...)
		p.want("SIP/2.0 100")
		ok := p.want("SIP/2.0 200")
		if ok.body != sdpB || ok.get("Contact") == "" || <-got != sdpC {
			t.Errorf("answer to the re-INVITE:\n%s", ok)
		}
		if again := p.want("SIP/2.0 200"); again.at.Sub(ok.at) != 500*time.Millisecond {
			t.Errorf("repeated after %v", again.at.Sub(ok.at))
		}
		p.ack(p.cseq)
		p.silence(time.Minute)
		p.send("UPDATE", withBody(sdpA)...)
		if ok := p.want("SIP/2.0 200"); ok.body != sdpB || <-got != sdpA {
			t.Errorf("answer to the UPDATE:\n%s", ok)
		}
		p.silence(time.Minute) // a 200 to UPDATE is not repeated
		p.send("UPDATE")       // no offer: only a refresh
		if ok := p.want("SIP/2.0 200"); ok.body != "" || len(got) != 0 {
			t.Errorf("answer to the bare UPDATE:\n%s", ok)
		}
	})
}

func TestAnOfferThatCannotBeTakenLeavesTheCallAsItIs(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		p.send("UPDATE", withBody(sdpC)...)
		p.want("SIP/2.0 488") // nobody listens
		d.OnOffer(func([]byte) ([]byte, error) { return nil, errors.New(`no "common" codec`) })
		branch := p.send("INVITE", withBody(sdpC)...)
		p.want("SIP/2.0 100")
		m := p.want("SIP/2.0 488")
		if got := m.get("Warning"); got != `399 hatif "no \"common\" codec"` {
			t.Errorf("Warning is %s", got)
		}
		p.raw(p.request("ACK", branch, p.cseq))
		p.send("INVITE", "Content-Type: text/plain", "", "hello")
		p.want("SIP/2.0 100")
		if m := p.want("SIP/2.0 415"); m.get("Accept") != acceptedBodies {
			t.Errorf("415 is:\n%s", m)
		}
		if d.End() != nil {
			t.Errorf("the call ended: %v", d.End())
		}
	})
}

func TestAReInviteWithoutOfferGetsOursAndTheAckTheAnswer(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		got := offers(d)
		answers := make(chan string, 1)
		d.OnAnswer(func(sdp []byte) { answers <- string(sdp) })
		p.send("INVITE")
		p.want("SIP/2.0 100")
		if ok := p.want("SIP/2.0 200"); ok.body != sdpB || <-got != "" {
			t.Errorf("our offer is:\n%s", ok)
		}
		p.ack(p.cseq, withBody(sdpC)...)
		if a := <-answers; a != sdpC {
			t.Errorf("OnAnswer got %q", a)
		}
	})
}

func TestAReInviteThatIsNeverAcknowledgedEndsTheCall(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		offers(d)
		p.send("INVITE", withBody(sdpC)...)
		p.want("SIP/2.0 100")
		for {
			b, ok := p.wire.recv(time.Minute)
			if !ok {
				t.Fatal("no BYE")
			}
			if m := parseText(b); strings.HasPrefix(m.first, "BYE") {
				p.reply(m, "200 OK")
				break
			}
		}
		if end := ends(t, d); end.Q850 != 102 || end.By != ByNetwork {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestOffersOfBothSidesAtOnceAreSettled(t *testing.T) {
	for _, outbound := range []bool{false, true} {
		t.Run(fmt.Sprintf("outbound %v", outbound), func(t *testing.T) {
			inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
				p := w.party("192.0.2.7:5070")
				calls := w.calls()
				var d *Dialog
				if outbound {
					d = w.called(p)
				} else {
					d = w.answered(p, calls)
				}
				offers(d)
				type result struct {
					sdp string
					err error
				}
				done := make(chan result, 1)
				go func() {
					sdp, err := d.Reinvite(t.Context(), []byte(sdpB))
					done <- result{string(sdp), err}
				}()
				ours := p.want("INVITE")
				branch := p.send("INVITE", withBody(sdpC)...)
				p.want("SIP/2.0 491") // RFC 3261 §14.2
				p.raw(p.request("ACK", branch, p.cseq))
				p.reply(ours, "491 Request Pending")
				ack := p.want("ACK")
				again := p.want("INVITE")
				wait := again.at.Sub(ack.at)
				if outbound && (wait < 2100*time.Millisecond || wait > 4*time.Second) || !outbound && wait > 2*time.Second {
					t.Errorf("tried again after %v", wait)
				}
				p.reply(again, "200 OK", withBody(sdpC, "Contact: <sip:1001@192.0.2.7:5070>")...)
				p.want("ACK")
				if r := <-done; r.err != nil || r.sdp != sdpC {
					t.Errorf("Reinvite: %+v", r)
				}
			})
		})
	}
}

func TestOffersThatOverlapAreToldToComeAgain(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		hold := make(chan struct{})
		d.OnOffer(func([]byte) ([]byte, error) {
			<-hold
			return []byte(sdpB), nil
		})
		p.send("UPDATE", withBody(sdpC)...)
		p.send("INVITE", withBody(sdpC)...)
		m := p.want("SIP/2.0 500")
		if m.get("Retry-After") == "" {
			t.Errorf("500 without Retry-After:\n%s", m)
		}
		p.send("OPTIONS") // is not held up
		p.want("SIP/2.0 200")
		close(hold)
		p.want("SIP/2.0 200")
	})
}

func TestARequestThatComesTooLateIsRefused(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		got := offers(d)
		p.raw(p.request("UPDATE", p.branch(), p.cseq-1, withBody(sdpC)...))
		p.want("SIP/2.0 500") // RFC 3261 §12.2.2
		p.raw(p.request("UPDATE", p.branch(), p.cseq+100, withBody(sdpC)...))
		p.want("SIP/2.0 200")
		if len(got) != 1 {
			t.Errorf("%d offers were served", len(got))
		}
	})
}

func TestANewContactIsWhereRequestsGoFromThenOn(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p, moved := w.party("192.0.2.7:5070"), w.party("192.0.2.7:5099")
		d := w.answered(p, w.calls())
		offers(d)
		p.addr = "192.0.2.7:5099" // its Contact, the Via is answered where it came from
		p.send("UPDATE")
		p.want("SIP/2.0 200")
		d.Bye(End{})
		moved.reply(moved.want("BYE sip:1001@192.0.2.7:5099"), "200 OK")
	})
}

func TestAReInviteOfOursIsAnsweredRefusedOrTheEnd(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		done := make(chan string, 1)
		reinvite := func() {
			sdp, err := d.Reinvite(t.Context(), []byte(sdpB))
			done <- fmt.Sprint(string(sdp), err)
		}
		go reinvite()
		m := p.want("INVITE sip:1001@192.0.2.7:5070")
		if m.body != sdpB || m.get("CSeq") != "1 INVITE" || m.get("Session-Expires") != "1800" {
			t.Errorf("re-INVITE is:\n%s", m)
		}
		p.reply(m, "100 Trying")
		p.reply(m, "200 OK", withBody(sdpC, "Contact: <sip:1001@192.0.2.7:5070>")...)
		ack := p.want("ACK")
		if got := <-done; got != sdpC+"<nil>" {
			t.Errorf("Reinvite: %s", got)
		}
		p.reply(m, "200 OK", withBody(sdpC, "Contact: <sip:1001@192.0.2.7:5070>")...)
		if again := p.want("ACK"); again.String() != ack.String() {
			t.Errorf("the ACK changed:\n%s", again)
		}
		go reinvite()
		m = p.want("INVITE")
		p.reply(m, "488 Not Acceptable Here")
		p.want("ACK")
		if got := <-done; got != "488 Not Acceptable Here (Q.850 88)" || d.End() != nil {
			t.Errorf("Reinvite: %s, End: %v", got, d.End())
		}
		go reinvite()
		m = p.want("INVITE")
		p.reply(m, "481 Who Are You")
		p.want("ACK")
		p.reply(p.want("BYE"), "481 Who Are You")
		<-done
		if end := ends(t, d); end.Code != 481 || end.By != ByNetwork {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestAReInviteThatNobodyAnswersEndsTheCall(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		begin := time.Now()
		if _, err := d.Reinvite(t.Context(), []byte(sdpB)); err == nil {
			t.Error("a re-INVITE was answered by nobody")
		}
		if got := time.Since(begin); got != 32*time.Second {
			t.Errorf("given up after %v", got)
		}
		if end := ends(t, d); end.Code != 408 || end.By != ByNetwork {
			t.Errorf("ended with %+v", *end)
		}
		synctest.Wait()
		time.Sleep(time.Minute)
	})
}

package sip

import (
	"strings"
	"testing"
	"time"
)

func TestWeRefreshTheSessionOfACallerThatLeavesItToUs(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls(), "Supported: timer", "Session-Expires: 600", "Allow: INVITE, ACK, BYE, UPDATE")
		begin := time.Now()
		p.patience = time.Hour
		m := p.want("UPDATE") // RFC 4028 §10: at half of the interval
		if got := m.at.Sub(begin); got != 300*time.Second {
			t.Errorf("refreshed after %v", got)
		}
		if m.get("Session-Expires") != "600;refresher=uac" || m.get("Min-SE") != "90" || m.body != "" {
			t.Errorf("refresh is:\n%s", m)
		}
		p.reply(m, "200 OK", "Session-Expires: 200;refresher=uac", "Contact: <sip:1001@192.0.2.7:5070>")
		m = p.want("UPDATE")
		if got := m.get("Session-Expires"); got != "200;refresher=uac" { // RFC 4028 §7.4: what is agreed now
			t.Errorf("the second refresh asks for %s", got)
		}
		p.reply(m, "405 Method Not Allowed") // it said otherwise
		m = p.want("INVITE")
		if m.body != sdpB {
			t.Errorf("refresh by re-INVITE has the body %q", m.body)
		}
		answers := make(chan string, 1)
		d.OnAnswer(func(sdp []byte) { answers <- string(sdp) })
		p.reply(m, "200 OK", withBody(sdpA, "Session-Expires: 200;refresher=uac", "Contact: <sip:1001@192.0.2.7:5070>")...)
		p.want("ACK")
		if got := <-answers; got != sdpA {
			t.Errorf("OnAnswer got %q", got)
		}
		p.want("INVITE") // and so on: nobody answers it
		for {
			b, ok := p.wire.recv(time.Hour)
			if !ok {
				t.Fatal("the call goes on without the party")
			}
			if bye := parseText(b); strings.HasPrefix(bye.first, "BYE") {
				p.reply(bye, "200 OK")
				break
			}
		}
		if end := ends(t, d); end.By != ByNetwork || end.Code != 408 {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestACallerThatRefreshesByItselfIsTrustedUntilItDoesNot(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		calls := w.calls()
		p.send("INVITE", withBody(sdpA, "k: timer, replaces", "x: 300;refresher=uac")...)
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		ok := p.want("SIP/2.0 200")
		if ok.get("Session-Expires") != "300;refresher=uac" || ok.get("Require") != "timer" {
			t.Errorf("200 is:\n%s", ok)
		}
		p.ack(p.cseq)
		offers(d)
		time.Sleep(250 * time.Second)
		p.send("UPDATE", "Supported: timer", "Session-Expires: 300;refresher=uac")
		p.want("SIP/2.0 200")
		begin := time.Now()
		p.patience = time.Hour
		bye := p.want("BYE")
		if got := time.Since(begin); got != 268*time.Second { // RFC 4028 §10: 32 s before the end
			t.Errorf("BYE after %v", got)
		}
		p.reply(bye, "200 OK")
		if end := ends(t, d); end.Reason != "session timer expired" || end.By != ByNetwork || end.Q850 != 102 {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestASessionThatIsTooShortIsRefused(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA, "Supported: timer", "Session-Expires: 60")...)
		if m := p.want("SIP/2.0 422"); m.get("Min-SE") != "90" {
			t.Errorf("422 is:\n%s", m)
		}
		q := w.party("192.0.2.8:5070") // no support: a proxy put that in
		d := w.answered(q, calls, "Session-Expires: 60")
		q.silence(time.Hour)
		if d.End() != nil {
			t.Errorf("a party without timer was ended: %v", d.End())
		}
	})
}

func TestACallerThatRequiresTheTimerGetsIt(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA, "Require: timer", "Session-Expires: 60")...)
		p.want("SIP/2.0 422")
		p.raw(p.request("ACK", "z9hG4bKcall-192.0.2.7:5070-1", p.cseq))
		calls := w.calls()
		p.send("INVITE", withBody(sdpA, "Require: timer", "Session-Expires: 300;refresher=uac")...)
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		if ok := p.want("SIP/2.0 200"); ok.get("Session-Expires") != "300;refresher=uac" || ok.get("Require") != "timer" {
			t.Errorf("200 is:\n%s", ok)
		}
		p.ack(p.cseq)
		p.send("BYE")
		p.want("SIP/2.0 200")
		ends(t, d)
	})
}

func TestACallWithAPartyWithoutTimerHasNone(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.called(p)
		p.silence(2 * time.Hour)
		if d.End() != nil {
			t.Errorf("ended: %v", d.End())
		}
	})
}

func TestThePartyThatWeCalledMayBeTheRefresher(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.called(p, "Session-Expires: 90;refresher=uas", "Require: timer")
		p.patience = time.Hour
		begin := time.Now()
		p.reply(p.want("BYE"), "200 OK")
		if got := time.Since(begin); got != time.Minute { // a third of 90 s before the end
			t.Errorf("BYE after %v", got)
		}
		ends(t, d)
		q := w.party("192.0.2.8:5070")
		q.patience = time.Hour
		w.called(q, "Session-Expires: 90;refresher=uac", "Require: timer", "Allow: UPDATE")
		m := q.want("UPDATE")
		q.reply(m, "200 OK") // without Session-Expires: the timer is off from now on
		q.silence(2 * time.Hour)
	})
}

func TestARefusedRefreshIsTriedOnceMore(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		p.patience = time.Hour
		d := w.called(p, "Session-Expires: 100;refresher=uac", "Require: timer", "Allow: UPDATE")
		p.reply(p.want("UPDATE"), "500 Later", "Retry-After: 1")
		p.reply(p.want("UPDATE"), "200 OK", "Session-Expires: 100;refresher=uac")
		p.reply(p.want("UPDATE"), "500 Later")
		p.reply(p.want("UPDATE"), "500 Later")
		p.reply(p.want("BYE"), "200 OK")
		if end := ends(t, d); end.Reason != "session timer expired" {
			t.Errorf("ended with %+v", *end)
		}
	})
}

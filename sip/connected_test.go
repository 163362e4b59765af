package sip

import (
	"testing"
	"time"
)

func TestAPhoneIsToldWithWhomItTalksNow(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls(), "Allow: INVITE, ACK, BYE, UPDATE")
		d.Connected(Party{Number: "2003", Name: `Luc "Lu" Bernard`})
		m := p.want("UPDATE")
		if got := m.get("P-Asserted-Identity"); got != `"Luc \"Lu\" Bernard" <sip:2003@hatif.test>` {
			t.Errorf("P-Asserted-Identity: %s", got)
		}
		if got := m.get("Remote-Party-ID"); got != `"Luc \"Lu\" Bernard" <sip:2003@hatif.test>;party=called;privacy=off;screen=yes` {
			t.Errorf("Remote-Party-ID: %s", got)
		}
		if m.body != "" || m.get("Session-Expires") != "" || m.get("Contact") == "" {
			t.Errorf("the UPDATE is:\n%s", m)
		}
		p.reply(m, "200 OK", "Contact: <sip:1001@192.0.2.7:5070>")
		d.Connected(Party{Number: "2004"})
		p.reply(p.want("UPDATE"), "491 Request Pending")
		d.Connected(Party{Number: "2005"}) // a refusal is no reason to end a call, nor to say nothing any more
		p.reply(p.want("UPDATE"), "481 Call/Transaction Does Not Exist")
		d.Connected(Party{Number: "2006"})
		p.reply(p.want("UPDATE"), "405 Method Not Allowed") // it said otherwise
		time.Sleep(time.Second)
		d.Connected(Party{Number: "2007"})
		p.silence(time.Second)
		if d.End() != nil {
			t.Errorf("the call has ended: %+v", d.End())
		}
		d.Bye(End{})
		p.reply(p.want("BYE"), "200 OK")
		d.Connected(Party{Number: "2008"})
		p.silence(time.Second)
	})
}

func TestAPhoneThatDoesNotAnswerToItStaysInTheCall(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls(), "Allow: INVITE, ACK, BYE, UPDATE")
		d.Connected(Party{Number: "2003"})
		p.want("UPDATE")
		time.Sleep(time.Minute)
		if d.End() != nil {
			t.Errorf("the call has ended: %+v", d.End())
		}
	})
}

func TestAPhoneWithoutUPDATEIsLeftAlone(t *testing.T) {
	for _, allow := range []string{"Allow: INVITE, ACK, BYE", "X-Nothing: at all"} {
		inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
			p := w.party("192.0.2.7:5070")
			d := w.answered(p, w.calls(), allow)
			d.Connected(Party{Number: "2003"})
			p.silence(time.Second)
		})
	}
}

// RFC 4028 §7.4: an UPDATE without Session-Expires would end the timer.
func TestTheSessionTimerGoesOnWhenAPhoneIsToldWithWhomItTalks(t *testing.T) {
	for _, refresher := range []string{"uas", "uac"} {
		inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
			p := w.party("192.0.2.7:5070")
			d := w.answered(p, w.calls(), "Supported: timer", "Session-Expires: 600;refresher="+refresher, "Allow: INVITE, ACK, BYE, UPDATE")
			d.Connected(Party{Number: "2003"})
			m := p.want("UPDATE")
			want := map[string]string{"uas": "uac", "uac": "uas"}[refresher] // as seen from our request
			if got := m.get("Session-Expires"); got != "600;refresher="+want {
				t.Errorf("Session-Expires: %s, want refresher %s", got, want)
			}
			p.reply(m, "200 OK", "Session-Expires: 600;refresher="+want, "Contact: <sip:1001@192.0.2.7:5070>")
			time.Sleep(time.Second)
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.session.interval != 600*time.Second || d.session.ours != (want == "uac") {
				t.Errorf("the timer is %v, ours: %v", d.session.interval, d.session.ours)
			}
		})
	}
}

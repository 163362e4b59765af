package sip

import (
	"fmt"
	"testing"
)

func TestATransferToSomebodyElsewhereIsNotOneToTheSameNumberHere(t *testing.T) {
	inWorld(t, Config{Advertise: "pbx.example.com"}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		p := w.party("192.0.2.7:5070")
		calls := w.calls()
		p.send("INVITE", withBody(sdpA)...)
		challenge := p.want("SIP/2.0 401")
		p.remoteTag = ""
		p.uri = "sip:0777@voice.example.net"
		d := w.answered(p, calls, p.credentials(challenge, "INVITE", "s-1001"))
		refers := make(chan *Refer, 1)
		d.OnRefer(func(r *Refer) { refers <- r })
		for _, c := range []struct{ to, want string }{
			{"<sip:600@other.example>", "404"},
			{"<sip:600@198.51.100.4>", "404"},
			{"<sip:600@Voice.Example.NET>", "202"}, // as the phone calls us
			{"<sip:600@hatif.test:5060>", "202"},
			{"<sip:600@pbx.example.com>", "202"},
			{"<sip:600@192.0.2.1>", "202"},
			{"<tel:600>", "202"},
			{"<sip:600@192.168.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>", "202"},
		} {
			p.send("REFER", "Refer-To: "+c.to, "Refer-Sub: false")
			if m := p.want("SIP/2.0 "); m.first[8:11] != c.want {
				t.Errorf("%s: want %s, got:\n%s", c.to, c.want, m)
			}
			if c.want == "202" {
				<-refers
			}
		}
	})
}

func TestOfThePhoneThatHasSaidNothingSinceTheStartNoNameIsForeign(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.called(p)
		d.OnRefer(func(*Refer) {})
		p.send("REFER", "Refer-To: <sip:600@pbx.example.com>", "Refer-Sub: false")
		p.want("SIP/2.0 202")
	})
}

func TestAPhoneTeachesUsFewNames(t *testing.T) {
	var n names
	for i := range 100 {
		req := newPhone(t, "2001", "127.0.0.1:5070").request()
		req.Recipient.Host = fmt.Sprintf("h%d.example", i)
		n.learn("2001", req)
	}
	if known := n.of("2001"); len(known) != maxNames {
		t.Errorf("%d names are kept: %q", len(known), known)
	}
}

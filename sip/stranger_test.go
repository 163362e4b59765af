package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/icholy/digest"
)

// credentials answers a challenge.
func (p *party) credentials(challenge message, method, secret string) string {
	p.t.Helper()
	c, err := digest.ParseChallenge(challenge.all("WWW-Authenticate")[0])
	if err != nil {
		p.t.Fatal(err)
	}
	cred, err := digest.Digest(c, digest.Options{Method: method, URI: p.uri, Username: p.user, Password: secret, Count: 1})
	if err != nil {
		p.t.Fatal(err)
	}
	return "Authorization: " + cred.String()
}

func TestARequestThatCannotBeServedIsToldWhy(t *testing.T) {
	full := "INVITE sip:0777@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bKx%d;rport\r\nMax-Forwards: 70\r\n" +
		"From: <sip:1001@h>;tag=a\r\nTo: <sip:0777@h>\r\nCall-ID: c%d\r\nCSeq: 1 INVITE\r\nContact: <sip:1001@192.0.2.7:5070>\r\n" +
		"Content-Length: 0\r\n\r\n"
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(full) }
	for name, c := range map[string]struct{ text, want, header string }{
		"Require: 100rel":            {change("Content-Length", "Require: timer, 100rel\r\nRequire: foo\r\nContent-Length"), "420", "Unsupported: 100rel, foo"},
		"another version":            {change("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), "505", ""},
		"another scheme":             {change("INVITE sip:0777@192.0.2.1", "INVITE mailto:a@b"), "416", ""},
		"a promise of TLS":           {change("INVITE sip:0777@192.0.2.1", "INVITE sips:0777@192.0.2.1"), "416", ""},
		"a body of another type":     {change("Content-Length: 0\r\n\r\n", "Content-Type: text/html\r\nContent-Length: 1\r\n\r\nx"), "415", "Accept: application/sdp"},
		"a packed body":              {change("Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"), "415", "Accept-Encoding: identity"},
		"no Contact":                 {change("Contact: <sip:1001@192.0.2.7:5070>\r\n", ""), "400", ""},
		"a Contact that is none":     {change("Contact: <sip:1001@192.0.2.7:5070>", "Contact: *"), "400", ""},
		"no From tag":                {change(";tag=a", ""), "400", ""},
		"a broken Contact":           {change("Contact: <sip:1001@192.0.2.7:5070>", "Contact: \"x"), "400", ""},
		"a broken Max-Forwards":      {change("Max-Forwards: 70", "Max-Forwards: many"), "400", ""},
		"a body cut off":             {change("Content-Length: 0", "Content-Length: 10"), "400", ""},
		"CSeq of another method":     {change("1 INVITE", "1 BYE"), "400", ""},
		"two From":                   {change("To: <", "From: <sip:1002@h>;tag=b\r\nTo: <"), "400", ""},
		"two To":                     {change("To: <", "To: <sip:0888@h>\r\nTo: <"), "400", ""},
		"two Call-ID":                {change("Call-ID: c%d", "Call-ID: d%d\r\nCall-ID: c%d"), "400", ""},
		"two CSeq":                   {change("CSeq: 1", "CSeq: 2 INVITE\r\nCSeq: 1"), "400", ""},
		"an unknown method":          {change("INVITE", "FROB"), "501", "Allow: INVITE, ACK"},
		"a dialog that is not there": {change("<sip:0777@h>", "<sip:0777@h>;tag=x"), "481", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
				p := w.party("192.0.2.7:5070")
				p.raw(strings.ReplaceAll(c.text, "%d", "1"))
				m := p.want("SIP/2.0 " + c.want)
				if c.header != "" && !strings.Contains(m.String(), c.header) {
					t.Errorf("no %q in:\n%s", c.header, m)
				}
				if m.get("Call-ID") != "c1" || m.param("To", "tag") == "" || m.param("Via", "received") != "192.0.2.7" || m.param("Via", "rport") != "5070" {
					t.Errorf("response is:\n%s", m)
				}
			})
		})
	}
}

func TestARequestThatCannotEvenBeReadIsRefusedInItsOwnWords(t *testing.T) {
	const whole = "INVITE sip:0777@192.0.2.1 SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK2\r\n" +
		"f: <sip:1001@h>;tag=a\r\nTo: <sip:0777@h>\r\ni: c1\r\nCSeq: 4294967297 INVITE\r\nContent-Length: 0\r\n\r\n"
	for name, text := range map[string]string{
		"a CSeq beyond 32 bits":     whole,
		"a quote that does not end": strings.NewReplacer("4294967297", "1", "To: <", "To: \"Mr <").Replace(whole),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
				p := w.party("192.0.2.7:5070")
				p.raw(text)
				m := p.want("SIP/2.0 400")
				if m.get("Call-ID") != "c1" && m.get("i") != "c1" || !strings.Contains(m.String(), ";tag=") || strings.Count(m.String(), "branch=") != 2 {
					t.Errorf("response is:\n%s", m)
				}
			})
		})
	}
	for to, ours := range map[string]string{"<sip:0777@h>": ";tag=t", "<sip:0777;tag=1@h>": ";tag=t", "<sip:0777@h> ; Tag=x": ""} {
		got := string(plainRefusal([]byte(strings.Replace(whole, "<sip:0777@h>", to, 1)), "t"))
		if !strings.Contains(got, "To: "+to+ours+"\r\n") {
			t.Errorf("To: %s is repeated as\n%s", to, got)
		}
	}
	for name, text := range map[string]string{
		"an ACK":     strings.ReplaceAll(whole, "INVITE", "ACK"),
		"no Call-ID": strings.Replace(whole, "i: c1\r\n", "", 1),
		"a response": strings.Replace(whole, "INVITE sip:0777@192.0.2.1 SIP/2.0", "SIP/2.0 200 OK", 1),
		"no end":     strings.TrimSuffix(whole, "\r\n"),
	} {
		if got := plainRefusal([]byte(text), "t"); got != nil {
			t.Errorf("%s is answered:\n%s", name, got)
		}
	}
}

func TestTheLastHopOfARequestMayBeOurs(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		last := func(text string) string { return strings.Replace(text, "Max-Forwards: 70", "Max-Forwards: 0", 1) }
		calls := w.calls()
		p.raw(last(p.request("INVITE", p.branch(), 1, withBody(sdpA)...)))
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		p.raw(last(p.request("ACK", p.branch(), 1)))
		synctest.Wait()
		p.raw(last(p.request("BYE", p.branch(), 2)))
		p.want("SIP/2.0 200")
		ends(t, d)
	})
}

func TestWhatIsNoSIPIsDroppedAndCounted(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		packets := []string{
			"hello", "GET / HTTP/1.1\r\n\r\n", "INVITE sip:a SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", strings.Repeat("\xff", 60000),
			"SIP/2.0 999 X\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nCSeq: 1 INVITE\r\n\r\n",
			"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bKy\nEvil: x\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
			"ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bKy\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: x ACK\r\n\r\n",
		}
		for _, text := range packets {
			p.raw(text)
		}
		for _, keepAlive := range []string{"\r\n\r\n", "\r\n", "\x00\x00\x00\x00"} {
			p.raw(keepAlive)
		}
		p.silence(time.Second)
		if n := w.ua.Stats().Malformed; n != uint64(len(packets)) {
			t.Errorf("%d counted, %d sent", n, len(packets))
		}
	})
}

func TestRequestsOutsideACall(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		p := w.party("192.0.2.7:5070")
		p.send("OPTIONS")
		m := p.want("SIP/2.0 200")
		for _, name := range []string{"Allow", "Accept", "Supported", "Accept-Encoding", "Accept-Language"} {
			if m.get(name) == "" {
				t.Errorf("OPTIONS: no %s in\n%s", name, m)
			}
		}
		for _, c := range []struct{ method, want string }{
			{"BYE", "481"}, {"INFO", "481"}, {"UPDATE", "481"}, {"NOTIFY", "481"}, {"PRACK", "481"}, {"CANCEL", "481"}, {"PUBLISH", "405"},
		} {
			p.remoteTag = ""
			p.send(c.method)
			p.want("SIP/2.0 " + c.want)
		}
		for _, c := range []struct{ method, want, header string }{ // row U4: nobody is served unasked
			{"SUBSCRIBE", "489", "Allow-Events"}, {"MESSAGE", "405", "Allow"}, {"REFER", "403", "Server"},
		} {
			p.remoteTag = ""
			p.send(c.method, "Refer-To: <sip:1@h>", "Event: presence")
			challenge := p.want("SIP/2.0 401")
			p.send(c.method, p.credentials(challenge, c.method, "wrong"))
			p.want("SIP/2.0 403")
			p.send(c.method, p.credentials(challenge, c.method, "s-1001"))
			if m := p.want("SIP/2.0 " + c.want); m.get(c.header) == "" {
				t.Errorf("%s: no %s in\n%s", c.method, c.header, m)
			}
		}
	})
}

func TestACallerHasToLogOn(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		challenge := p.want("SIP/2.0 401")
		if len(challenge.all("WWW-Authenticate")) != 2 {
			t.Errorf("challenge is:\n%s", challenge)
		}
		// Nothing is kept of a stranger: a retransmission is challenged anew, with the same To tag (RFC 3261 §8.2.7).
		if n := w.ua.Stats().Transactions; n != 0 {
			t.Errorf("%d transactions", n)
		}
		p.raw(p.request("INVITE", branch, p.cseq, withBody(sdpA)...))
		if again := p.want("SIP/2.0 401"); again.param("To", "tag") != challenge.param("To", "tag") {
			t.Errorf("To tag changed:\n%s", again)
		}
		p.raw(p.request("ACK", branch, p.cseq))
		p.remoteTag = ""
		d := w.answered(p, calls, p.credentials(challenge, "INVITE", "s-1001"))
		if d.User() != "1001" {
			t.Errorf("User is %q", d.User())
		}
		w.ua.SetAccounts(nil) // a reload that takes the account away leaves the call alone
		synctest.Wait()
		if d.End() != nil {
			t.Errorf("ended: %v", d.End())
		}
	})
}

func TestWrongCredentialsCostNoMemoryAndAreRefusedOnce(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		p := w.party("192.0.2.7:5070")
		for _, method := range []string{"INVITE", "REGISTER", "MESSAGE"} {
			p.remoteTag = ""
			p.send(method)
			challenge := p.want("SIP/2.0 401")
			p.remoteTag = ""
			branch := p.send(method, p.credentials(challenge, method, "wrong"))
			refusal := p.want("SIP/2.0 403")
			if n := w.ua.Stats().Transactions; n != 0 {
				t.Errorf("%s: %d transactions are kept", method, n)
			}
			p.silence(time.Minute) // the address may be forged: its owner is told once
			p.raw(p.request(method, branch, p.cseq, p.credentials(challenge, method, "wrong")))
			if again := p.want("SIP/2.0 403"); again.param("To", "tag") != refusal.param("To", "tag") {
				t.Errorf("%s: To tag changed:\n%s", method, again)
			}
		}
	})
}

func TestAPhoneThatHasMovedProvesThatItIsTheSame(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}, Account{User: "2001"}))
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		challenge := p.want("SIP/2.0 401")
		p.remoteTag = ""
		d := w.answered(p, w.calls(), p.credentials(challenge, "INVITE", "s-1001"))
		offers(d)
		q := w.party("192.0.2.66:5070")
		q.callID, q.tag, q.remoteTag, q.cseq = p.callID, p.tag, p.remoteTag, p.cseq
		q.send("UPDATE", withBody(sdpC)...)
		challenge = q.want("SIP/2.0 401")
		q.user = "2001" // somebody, but not the caller
		q.send("UPDATE", withBody(sdpC, q.credentials(challenge, "UPDATE", "s-2001"))...)
		q.want("SIP/2.0 403")
		q.user = "1001"
		q.send("UPDATE", withBody(sdpC, q.credentials(challenge, "UPDATE", "s-1001"))...)
		q.want("SIP/2.0 401") // the nonce count was used
		q.send("UPDATE", withBody(sdpC)...)
		challenge = q.want("SIP/2.0 401")
		q.send("UPDATE", withBody(sdpC, q.credentials(challenge, "UPDATE", "s-1001"))...)
		q.want("SIP/2.0 200")
		d.Bye(End{})
		q.reply(q.want("BYE"), "200 OK")
	})
}

func TestWhileDrainingNewCallsAreSentAwayAndOldOnesServed(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p, q := w.party("192.0.2.7:5070"), w.party("192.0.2.8:5070")
		calls := w.calls()
		d := w.answered(p, calls)
		w.ua.SetDraining(true)
		for _, method := range []string{"INVITE", "OPTIONS"} {
			q.remoteTag = ""
			q.send(method)
			if m := q.want("SIP/2.0 503"); m.get("Retry-After") != "30" {
				t.Errorf("%s: %s", method, m)
			}
		}
		p.send("OPTIONS")
		p.want("SIP/2.0 200")
		w.ua.SetDraining(false)
		q.want("SIP/2.0 503") // the refusal was not acknowledged
		q.remoteTag = ""
		q.send("OPTIONS")
		q.want("SIP/2.0 200")
		if d.End() != nil {
			t.Errorf("ended: %v", d.End())
		}
	})
}

func TestWhenTheAgentStopsEveryCallIsEnded(t *testing.T) {
	var ds []*Dialog
	var byed, refused, cancelled bool
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p, q, r := w.party("192.0.2.7:5070"), w.party("192.0.2.8:5070"), w.party("192.0.2.9:5070")
		calls := w.calls()
		ds = append(ds, w.answered(p, calls))
		q.send("INVITE", withBody(sdpA)...)
		q.want("SIP/2.0 100")
		ds = append(ds, <-calls)
		d, invite := w.ring(r)
		ds = append(ds, d)
		r.reply(invite, "180 Ringing")
		<-d.Provisionals()
		go func() {
			p.reply(p.want("BYE"), "200 OK")
			byed = true
		}()
		go func() {
			q.want("SIP/2.0 503")
			refused = true
		}()
		go func() {
			r.reply(r.want("CANCEL"), "200 OK")
			r.reply(invite, "487 Request Terminated")
			r.want("ACK")
			cancelled = true
		}()
		synctest.Wait()
	})
	if !byed || !refused || !cancelled {
		t.Errorf("BYE %v, 503 %v, CANCEL %v", byed, refused, cancelled)
	}
	for _, d := range ds {
		if end := d.End(); end == nil || end.Reason != "shutting down" || end.By != ByUs {
			t.Errorf("ended with %+v", end)
		}
	}
}

func TestTheFiguresCountWhatHappened(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		s := w.ua.Stats()
		if s.Dialogs != 1 || s.Transactions != 1 || fmt.Sprint(s.Requests) != "map[ACK:1 INVITE:1]" || fmt.Sprint(s.Responses) != "map[100:1 200:1]" {
			t.Errorf("during the call: %+v", s)
		}
		d.Bye(End{})
		p.reply(p.want("BYE"), "200 OK")
		p.silence(time.Minute)
		p.send("FROB")
		p.want("SIP/2.0 501")
		if s := w.ua.Stats(); s.Dialogs != 0 || s.Transactions != 0 || s.Requests["other"] != 1 || s.Responses[501] != 1 {
			t.Errorf("after it: %+v", s)
		}
	})
}

func TestARequestWithOneNameOfACallWrongBelongsToNone(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		for name, wrong := range map[string]func(){
			"Call-ID":      func() { p.callID += "x" },
			"From tag":     func() { p.tag += "x" },
			"no From tag":  func() { p.tag = "" },
			"our own tags": func() { p.remoteTag += "x" },
		} {
			callID, tag, remoteTag := p.callID, p.tag, p.remoteTag
			wrong()
			for _, method := range []string{"BYE", "UPDATE", "INFO", "INVITE"} {
				branch := p.send(method)
				if m := p.want("SIP/2.0 4"); m.first != "SIP/2.0 481 Call/Transaction Does Not Exist" { // RFC 3261 §12.2.2
					t.Errorf("%s with a wrong %s is answered with\n%s", method, name, m)
				}
				if method == "INVITE" {
					p.raw(p.request("ACK", branch, p.cseq))
				}
			}
			p.callID, p.tag, p.remoteTag = callID, tag, remoteTag
		}
		if d.End() != nil {
			t.Errorf("a stranger ended the call: %v", d.End())
		}
		p.send("BYE")
		p.want("SIP/2.0 200")
		ends(t, d)
	})
}

func TestOneMessageMayBeWrittenInMoreThanOneWay(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		for name, written := range map[string]func(string) string{
			"the version in small letters": func(text string) string { return strings.Replace(text, " SIP/2.0\r\n", " sip/2.0\r\n", 1) }, // RFC 3261 §7.1
			"line ends before it":          func(text string) string { return "\r\n\r\n" + text },                                        // §7.5
		} {
			t.Log(name)
			p.remoteTag = ""
			p.raw(written(p.request("OPTIONS", p.branch(), 1)))
			p.want("SIP/2.0 200")
		}
	})
}

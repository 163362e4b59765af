package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func FuzzRegister(f *testing.F) {
	f.Add("<sip:2001@127.0.0.1>;expires=60", "60", "a")
	f.Add("*", "0", "b")
	f.Add(`"x" <sip:2001@[::1]:5060;transport=tcp?a=b>;+sip.instance="<urn:uuid:1>"`, "-1", "")
	f.Fuzz(func(t *testing.T, contact, expires, callID string) {
		accounts := NewAccounts(testRealm)
		accounts.Set(testAccounts(amal))
		r := NewRegistrar(RegistrarConfig{}, accounts, NewAuthenticator(accounts, AuthConfig{}), nil, nil)
		text := "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:2001@x>;tag=1\r\n" +
			"To: <sip:2001@x>\r\nCSeq: 1 REGISTER\r\nCall-ID: " + callID + "\r\nContact: " + contact + "\r\nExpires: " + expires + "\r\n\r\n"
		msg, err := sip.NewParser().ParseSIP([]byte(text))
		req, ok := msg.(*sip.Request)
		if err != nil || !ok {
			return
		}
		req.SetTransport("UDP")
		req.SetSource("127.0.0.1:5060")
		asked, err := parseRegistration(req)
		if err != nil {
			return
		}
		now := time.Now()
		bindings, _, err := r.apply(amal, asked, now)
		if err != nil {
			return
		}
		if len(bindings) > 5 {
			t.Fatalf("%d bindings", len(bindings))
		}
		for _, b := range bindings {
			if _, err := parseContactURI(b.URI); err != nil {
				t.Errorf("%q was bound and cannot be read again: %v", b.URI, err)
			}
			if b.Expires.Sub(now) > time.Hour || b.Expires.Before(now.Add(time.Minute)) {
				t.Errorf("expires in %v", b.Expires.Sub(now))
			}
		}
		if text := accept(req, bindings, now).String(); strings.Contains(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n\r\n") {
			t.Errorf("the answer is torn: %q", text)
		}
	})
}

// BenchmarkRegister is a phone's log-on: REGISTER, 401, REGISTER with credentials, 200; messages are parsed
// and written, but no socket is used. The phone's own work is not timed.
func BenchmarkRegister(b *testing.B) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(b, "2001", "127.0.0.1:5070")
	parser := sip.NewParser()
	serve := func(text []byte) *sip.Response {
		msg, err := parser.ParseSIP(text)
		if err != nil {
			b.Fatal(err)
		}
		req := msg.(*sip.Request)
		req.SetTransport("UDP")
		req.SetSource("127.0.0.1:5070")
		res := r.Register(req)
		if res.String() == "" {
			b.Fatal("no answer")
		}
		return res
	}
	contact := "Contact: " + p.contactHeader("")
	b.ReportAllocs()
	for range b.N {
		b.StopTimer()
		p.challenge = nil
		first := []byte(p.request(contact, "Expires: 300").String())
		b.StartTimer()
		res := serve(first)
		b.StopTimer()
		p.take(res)
		second := []byte(p.request(contact, "Expires: 300").String())
		b.StartTimer()
		if res := serve(second); res.StatusCode != 200 {
			b.Fatal(res.StartLine())
		}
	}
}

package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// onWire sends a request of the phone as text and reads the answer.
func (p *regPhone) onWire(wire partyWire, headers ...string) *sip.Response {
	p.t.Helper()
	if err := wire.send([]byte(p.request(headers...).String())); err != nil {
		p.t.Fatal(err)
	}
	b, ok := wire.recv(5 * time.Second)
	if !ok {
		p.t.Fatal("no answer")
	}
	msg, err := sip.NewParser().ParseSIP(b)
	if err != nil {
		p.t.Fatalf("%v in\n%s", err, b)
	}
	return msg.(*sip.Response)
}

// logOn registers over a socket, answering one challenge.
func (p *regPhone) logOn(wire partyWire, seconds int) *sip.Response {
	p.t.Helper()
	headers := []string{"Contact: " + p.contactHeader(""), fmt.Sprintf("Expires: %d", seconds)}
	res := p.onWire(wire, headers...)
	if res.StatusCode == 401 {
		p.take(res)
		res = p.onWire(wire, headers...)
	}
	if res.StatusCode != 200 {
		p.t.Fatalf("REGISTER was answered %s", res.StartLine())
	}
	return res
}

// eventually waits, for a bounded time, for what happens on other goroutines over real sockets.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Error("in vain waited for: " + what)
}

func TestAPhoneRegistersOverUDPAndTCP(t *testing.T) {
	ua := runUA(t, Config{})
	ua.SetAccounts(testAccounts(amal))
	for transport, party := range map[string]*party{"udp": udpParty(t, ua, "2001"), "tcp": tcpParty(t, ua, "2001")} {
		t.Run(transport, func(t *testing.T) {
			p := newPhone(t, "2001", "10.0.0.1:5060") // behind NAT
			p.transport, p.rport = strings.ToUpper(transport), true
			res := p.logOn(party.wire, 300)
			if got := contactsOf(res); got != "<sip:2001@10.0.0.1:5060>;expires=300" {
				t.Errorf("the answer lists %s", got)
			}
			if got, want := targets(ua.Registrar(), "2001"), transport+" "+party.addr; got != want {
				t.Errorf("the phone is called at %q, want %q", got, want)
			}
			p.logOn(party.wire, 0)
			if got := targets(ua.Registrar(), "2001"); got != "" {
				t.Errorf("after unregistering the phone is called at %q", got)
			}
			if n := p.nonceCount; n != 2 {
				t.Errorf("the second log-on used count %d of the nonce, want 2: it should not be challenged again", n)
			}
		})
	}
}

func TestAPhoneThatHangsUpItsConnectionIsNotThere(t *testing.T) {
	ua := runUA(t, Config{})
	ua.SetAccounts(testAccounts(amal))
	heard := make(chan bool, 8)
	ua.Registrar().Watch(func(_ string, registered bool) { heard <- registered })
	party := tcpParty(t, ua, "2001")
	p := newPhone(t, "2001", "10.0.0.1:5060")
	p.transport = "TCP"
	p.logOn(party.wire, 300)
	if !<-heard {
		t.Fatal("watchers did not hear of the phone")
	}
	if err := party.wire.(tcpWire).conn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case registered := <-heard:
		if registered || targets(ua.Registrar(), "2001") != "" {
			t.Error("the phone is still there")
		}
	case <-time.After(5 * time.Second):
		t.Error("nobody noticed")
	}
}

func TestRegistrationsSurviveARestartOfTheUserAgent(t *testing.T) {
	store := new(memoryStore)
	serve := func(t *testing.T) (*UA, func()) {
		ua, err := New(Config{Listen: []string{"udp://127.0.0.1:0"}, Realm: testRealm}, store, testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		ua.SetAccounts(testAccounts(amal))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- ua.Run(ctx) }()
		return ua, func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	first, stop := serve(t)
	phone := udpParty(t, first, "2001")
	p := newPhone(t, "2001", "10.0.0.1:5060")
	p.logOn(phone.wire, 300)
	eventually(t, "the binding in the store, while the first user agent runs", func() bool {
		rows, _ := store.state()
		return len(rows) == 1
	})
	stop()

	second, stop := serve(t)
	defer stop()
	eventually(t, "the phone", func() bool { return targets(second.Registrar(), "2001") == "udp "+phone.addr })
	// The phone does not know that we were away: it uses its old nonce, and is told to take a new one.
	again := udpParty(t, second, "2001")
	res := p.onWire(again.wire, "Contact: "+p.contactHeader(""), "Expires: 300")
	if res.StatusCode != 401 || !isStale(t, res) {
		t.Errorf("the old nonce got %s", res.StartLine())
	}
	p.take(res)
	p.logOn(again.wire, 300)
	if got := targets(second.Registrar(), "2001"); got != "udp "+again.addr {
		t.Errorf("the phone is called at %q, want only its new address %q", got, again.addr)
	}
}

package softphone

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAPhoneLogsOnWithEitherDigestOverEitherTransport(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		for _, algorithm := range []string{"MD5", "SHA-256"} {
			t.Run(network+" "+algorithm, func(t *testing.T) {
				r := startRegistrar(t, network, algorithm)
				p := phone(t, Options{Server: r.addr, Transport: network, User: "2001", Secret: r.secret, Algorithm: algorithm})
				ctx := within(t)
				granted := must(p.Register(ctx, 0))(t)
				if granted != time.Minute {
					t.Errorf("granted %v, want the registrar's minute", granted)
				}
				if n := count(p, "REGISTER"); n != 2 {
					t.Errorf("%d REGISTERs, want one unasked and one with credentials", n)
				}
				must(p.Register(ctx, 0))(t)
				if n := count(p, "REGISTER"); n != 3 {
					t.Errorf("%d REGISTERs, want the refresh to count on with the nonce", n)
				}
			})
		}
	}
}

func count(p *Phone, method string) (n int) {
	for _, m := range p.Trace() {
		if m.Out && m.IsRequest(method) {
			n++
		}
	}
	return n
}

func TestAWrongSecretIsRefusedAfterTwoTries(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "MD5")
	p := phone(t, Options{Server: r.addr, User: "2001", Secret: "wrong"})
	_, err := p.Register(within(t), 0)
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != 401 {
		t.Fatalf("error %v, want a 401", err)
	}
	if n := count(p, "REGISTER"); n != 2 {
		t.Errorf("%d REGISTERs, want 2", n)
	}
}

func TestDevicesOfOneUserAreListedAndLoggedOff(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "SHA-256")
	o := Options{Server: r.addr, User: "2001", Secret: r.secret}
	desk, mobile := phone(t, o), phone(t, o)
	ctx := within(t)
	must(desk.Register(ctx, 0))(t)
	must(mobile.Register(ctx, 0))(t)
	all := must(desk.Bindings(ctx))(t)
	if len(all) != 2 || all[0].Ours == all[1].Ours {
		t.Fatalf("bindings %+v, want two, one of them ours", all)
	}
	ok(t, mobile.Unregister(ctx))
	if all = must(desk.Bindings(ctx))(t); len(all) != 1 || !all[0].Ours {
		t.Fatalf("bindings %+v after the other left, want only ours", all)
	}
	ok(t, desk.UnregisterAll(ctx))
	if all = must(desk.Bindings(ctx))(t); len(all) != 0 {
		t.Fatalf("bindings %+v after Contact: *", all)
	}
}

func TestARegistrationIsRefreshedAtHalfItsTimeUntilItEnds(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "MD5")
	r.mu.Lock()
	r.granted = 1
	r.mu.Unlock()
	p := phone(t, Options{Server: r.addr, User: "2001", Secret: r.secret})
	ctx := within(t)
	ok(t, p.StayRegistered(ctx, time.Second))
	seen := 0
	must(p.WaitMessage(ctx, func(m Message) bool {
		if m.IsResponse("REGISTER", 200) && !m.Out {
			seen++
		}
		return seen >= 3
	}))(t)
	ok(t, p.Unregister(ctx))
	if all := must(p.Bindings(ctx))(t); len(all) != 0 {
		t.Errorf("contacts %v are left", all)
	}
}

func TestAPhoneReconnectsWhenItsTCPConnectionWasLost(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "tcp", "MD5")
	p := phone(t, Options{Server: r.addr, Transport: "tcp", User: "2001", Secret: r.secret})
	ctx := within(t)
	must(p.Register(ctx, 0))(t)
	ok(t, p.Drop())
	must(p.Register(ctx, 0))(t)
}

func TestContactsAreSplitAtCommasOutsideBrackets(t *testing.T) {
	t.Parallel()
	got := splitContacts(`"a, b" <sip:1@h;x=1,2>;expires=3, <sip:2@h>`)
	if len(got) != 2 || !strings.Contains(got[1], "sip:2@h") {
		t.Errorf("split into %q", got)
	}
}

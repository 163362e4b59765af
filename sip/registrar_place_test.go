package sip

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPhoneThatMovedReplacesItself(t *testing.T) {
	type step struct{ contact, callID, instance, header string }
	for name, c := range map[string]struct {
		before, after step
		want          string
	}{
		"by its Call-ID":            {step{"127.0.0.1:5070", "a", "", ""}, step{"127.0.0.1:5999", "a", "", ""}, "udp 127.0.0.1:5999"},
		"by its instance":           {step{"127.0.0.1:5070", "a", "urn:uuid:1", ""}, step{"127.0.0.1:5999", "b", "urn:uuid:1", ""}, "udp 127.0.0.1:5999"},
		"another phone by instance": {step{"127.0.0.1:5070", "a", "urn:uuid:1", ""}, step{"127.0.0.1:5999", "a", "urn:uuid:2", ""}, "udp 127.0.0.1:5999, udp 127.0.0.1:5070"},
		"another phone by Call-ID":  {step{"127.0.0.1:5070", "a", "", ""}, step{"127.0.0.1:5999", "b", "", ""}, "udp 127.0.0.1:5999, udp 127.0.0.1:5070"},
		"the URI written otherwise": {step{"127.0.0.1:5060", "a", "", ""}, step{"127.0.0.1", "b", "", ""}, "udp 127.0.0.1:5060"},
		"old removed, new added, at once": {step{"127.0.0.1:5070", "a", "urn:uuid:1", ""},
			step{"127.0.0.1:5999", "a", "urn:uuid:1", `<sip:2001@127.0.0.1:5070>;expires=0;+sip.instance="<urn:uuid:1>"`}, "udp 127.0.0.1:5999"},
		"new added, old removed, at once": {step{"127.0.0.1:5070", "a", "", ""},
			step{"127.0.0.1:5999", "a", "", "<sip:2001@127.0.0.1:5070>;expires=0"}, "udp 127.0.0.1:5999"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
			p := newPhone(t, "2001", c.before.contact)
			p.callID, p.instance = c.before.callID, c.before.instance
			p.register(r, 300)
			p.contact, p.callID, p.instance = c.after.contact, c.after.callID, c.after.instance
			contact := "Contact: " + p.contactHeader("")
			if c.after.header != "" {
				contact += ", " + c.after.header
			}
			p.mustSend(r, contact, "Expires: 300")
			if got := targets(r, "2001"); got != c.want {
				t.Errorf("phones are %q, want %q", got, c.want)
			}
		})
	}
}

func TestRemovingTheOldAddressAfterMovingLeavesTheNewOne(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.register(r, 300)
	p.contact = "127.0.0.1:5999"
	p.register(r, 300)
	p.contact = "127.0.0.1:5070"
	p.register(r, 0)
	if got := targets(r, "2001"); got != "udp 127.0.0.1:5999" {
		t.Errorf("phones are %q", got)
	}
}

func TestAPhoneBehindNATIsCalledAtItsSource(t *testing.T) {
	for name, c := range map[string]struct {
		phone regPhone
		want  string
	}{
		"on our network":          {regPhone{contact: "127.0.0.1:5070", source: "127.0.0.1:5070", rport: true}, "udp 127.0.0.1:5070"},
		"private address":         {regPhone{contact: "192.168.1.10:5060", source: "127.0.0.9:31000", rport: true}, "udp 127.0.0.9:31000"},
		"private, without rport":  {regPhone{contact: "192.168.1.10:5060", source: "127.0.0.9:31000"}, "udp 127.0.0.9:31000"},
		"translated port":         {regPhone{contact: "127.0.0.9:5060", source: "127.0.0.9:31000", rport: true}, "udp 127.0.0.9:31000"},
		"sends from another port": {regPhone{contact: "127.0.0.9:5060", source: "127.0.0.9:31000"}, "udp 127.0.0.9:5060"},
		"a name":                  {regPhone{contact: "phone.local:5060", source: "127.0.0.9:5060"}, "udp 127.0.0.9:5060"},
		"TCP":                     {regPhone{contact: "127.0.0.1:5070", source: "127.0.0.1:49152", transport: "TCP"}, "tcp 127.0.0.1:49152"},
		"IPv6":                    {regPhone{contact: "[::1]:5070", source: "[::1]:5070"}, "udp [::1]:5070"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
			p := c.phone
			p.t, p.user, p.secret, p.callID = t, "2001", "s-2001", "x"
			p.register(r, 300)
			if got := targets(r, "2001"); got != c.want {
				t.Errorf("called at %q, want %q", got, c.want)
			}
			b := r.Contacts("2001")[0]
			if b.URI != "sip:2001@"+c.phone.contact || b.Source != c.phone.source {
				t.Errorf("binding is %+v", b)
			}
			p.register(r, 0)
			if got := targets(r, "2001"); got != "" {
				t.Errorf("after unregistering it is called at %q", got)
			}
		})
	}
}

func TestAContactThatNamesAnotherTransportIsCalledByIt(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.mustSend(r, "Contact: <sip:2001@127.0.0.1:5071;transport=tcp>", "Expires: 300")
	if got := targets(r, "2001"); got != "tcp 127.0.0.1:5071" {
		t.Errorf("called at %q", got)
	}
}

func TestTwoOfficesWithOnePrivateAddressAreTwoPhones(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	for i, source := range []string{"127.0.0.8:31000", "127.0.0.9:31000"} {
		p := newPhone(t, "2001", "192.168.1.10:5060")
		p.source, p.callID = source, fmt.Sprint(i)
		p.register(r, 300)
		p.register(r, 300)
	}
	if got := targets(r, "2001"); got != "udp 127.0.0.9:31000, udp 127.0.0.8:31000" {
		t.Errorf("phones are %q", got)
	}
}

func TestAPhoneWhoseConnectionEndedIsNotThere(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal, Account{User: "2002"}, Account{User: "2003"})
	heard := make(map[string]bool)
	r.Watch(func(user string, registered bool) { heard[user] = registered })
	for user, contact := range map[string]string{"2001": "192.168.1.10:5060", "2002": "127.0.0.1:5080", "2003": "192.168.1.11:5060"} {
		p := newPhone(t, user, contact)
		p.transport, p.source = "TCP", "127.0.0.1:49152"
		p.register(r, 300)
		if user == "2003" { // it has opened another connection meanwhile
			p.source = "127.0.0.1:49153"
			p.register(r, 300)
		}
	}
	desk := newPhone(t, "2001", "127.0.0.1:49152") // UDP: no connection, whatever its port
	desk.register(r, 300)
	r.ConnectionLost("127.0.0.1:49152")
	for user, want := range map[string]string{
		"2001": "udp 127.0.0.1:49152", "2002": "tcp 127.0.0.1:5080", "2003": "tcp 127.0.0.1:49153",
	} {
		if got := targets(r, user); got != want {
			t.Errorf("%s is called at %q, want %q", user, got, want)
		}
	}
	r.ConnectionLost("127.0.0.1:49153")
	if diff := cmp.Diff(map[string]bool{"2001": true, "2002": true, "2003": false}, heard); diff != "" {
		t.Errorf("watchers heard (-want +got):\n%s", diff)
	}
}

func TestTwoContactsOfOnePhoneInOneRequestAreOneBinding(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	both := `Contact: <sip:2001@127.0.0.1:5070>;+sip.instance="<urn:uuid:1>", <sip:2001@127.0.0.1:5080>;+sip.instance="<urn:uuid:1>"`
	p.mustSend(r, both, "Expires: 300")
	if got := targets(r, "2001"); got != "udp 127.0.0.1:5080" {
		t.Errorf("phones are %q, want the last contact", got)
	}
}

func TestRemovingAnAddressThatWasNeverBoundRemovesNothingElse(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.instance = "urn:uuid:1"
	p.register(r, 300)
	first := r.Contacts("2001")[0]
	p.contact = "127.0.0.1:5999"
	p.mustSend(r, "Contact: "+p.contactHeader(""), `Contact: <sip:2001@127.0.0.1:5080>;expires=0;+sip.instance="<urn:uuid:1>"`)
	if all := r.Contacts("2001"); len(all) != 1 || all[0].ID != first.ID || all[0].Target != "127.0.0.1:5999" {
		t.Errorf("from %+v it became %+v, want the same binding at its new address", first, all)
	}
}

package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARegisteredPhoneIsFoundUntilItsExpiryAndGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		res := p.register(r, 300)
		if got := contactsOf(res); got != "<sip:2001@127.0.0.1:5070>;expires=300" {
			t.Errorf("the answer lists %s", got)
		}
		if res.GetHeader("Date") == nil {
			t.Error("the answer has no Date (RFC 3261 §10.3, step 8)")
		}
		if got := targets(r, "2001"); got != "udp 127.0.0.1:5070" {
			t.Fatalf("the phone is called at %q", got)
		}
		time.Sleep(300*time.Second + Grace - 1)
		if got := targets(r, "2001"); got == "" {
			t.Error("the phone was gone before its grace had passed")
		}
		time.Sleep(time.Nanosecond)
		if got := targets(r, "2001"); got != "" {
			t.Errorf("after expiry and grace the phone is called at %q", got)
		}
	})
}

func TestExpiryIsClampedAndTheContactsOwnWins(t *testing.T) {
	c := RegistrarConfig{MinExpiry: time.Minute, MaxExpiry: time.Hour, DefaultExpiry: 2 * time.Minute}
	for name, asked := range map[string]struct {
		params, header string
		want           int
	}{
		"as asked":         {"", "Expires: 600", 600},
		"too short":        {"", "Expires: 5", 60},
		"too long":         {"", "Expires: 86400", 3600},
		"absurdly long":    {"", "Expires: 99999999999999999999999", 3600},
		"the contact's":    {";expires=90", "Expires: 600", 90},
		"in capitals":      {";EXPIRES=90", "Expires: 600", 90},
		"nothing said":     {"", "X: y", 120},
		"malformed":        {";expires=soon", "Expires: 600", 120},
		"header malformed": {"", "Expires: -1", 120},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(c, nil, amal)
			p := newPhone(t, "2001", "127.0.0.1:5070")
			res := p.mustSend(r, "Contact: "+p.contactHeader(asked.params), asked.header)
			want := fmt.Sprintf("<sip:2001@127.0.0.1:5070>;expires=%d", asked.want)
			if got := contactsOf(res); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestARefreshKeepsOnePhoneAndItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.register(r, 300)
		first := r.Contacts("2001")[0]
		time.Sleep(200 * time.Second)
		p.register(r, 300)
		all := r.Contacts("2001")
		if len(all) != 1 {
			t.Fatalf("there are %d phones", len(all))
		}
		if all[0].ID != first.ID || !all[0].Since.Equal(first.Since) || all[0].Expires.Sub(first.Expires) != 200*time.Second {
			t.Errorf("refreshed from %+v to %+v", first, all[0])
		}
	})
}

func TestAPhoneUnregistersItselfOnly(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	desk, mobile := newPhone(t, "2001", "127.0.0.1:5070"), newPhone(t, "2001", "127.0.0.1:5080")
	desk.register(r, 300)
	mobile.register(r, 300)
	if got := targets(r, "2001"); got != "udp 127.0.0.1:5080, udp 127.0.0.1:5070" {
		t.Fatalf("phones are %q, want the last one first", got)
	}
	if res := desk.register(r, 0); contactsOf(res) != "<sip:2001@127.0.0.1:5080>;expires=300" {
		t.Errorf("the answer lists %s", contactsOf(res))
	}
	if got := targets(r, "2001"); got != "udp 127.0.0.1:5080" {
		t.Errorf("phones are %q", got)
	}
}

func TestAStarRemovesEverythingAndOnlyWithExpiresZero(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	desk, mobile := newPhone(t, "2001", "127.0.0.1:5070"), newPhone(t, "2001", "127.0.0.1:5080")
	desk.register(r, 300)
	mobile.register(r, 300)
	for name, headers := range map[string][]string{
		"no Expires":      {"Contact: *"},
		"Expires 60":      {"Contact: *", "Expires: 60"},
		"another Contact": {"Contact: *", "Contact: <sip:2001@127.0.0.1:5070>", "Expires: 0"},
	} {
		if res := desk.send(r, headers...); res.StatusCode != 400 {
			t.Errorf("a star with %s got %d, want 400", name, res.StatusCode)
		}
	}
	if got := len(r.Contacts("2001")); got != 2 {
		t.Fatalf("refused requests left %d phones of 2", got)
	}
	if res := desk.mustSend(r, "Contact: *", "Expires: 0"); contactsOf(res) != "" {
		t.Errorf("the answer lists %s", contactsOf(res))
	}
	if got := targets(r, "2001"); got != "" {
		t.Errorf("phones are %q", got)
	}
}

func TestAQueryListsBindingsAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.register(r, 300)
		time.Sleep(100 * time.Second)
		if got := contactsOf(p.mustSend(r)); got != "<sip:2001@127.0.0.1:5070>;expires=200" {
			t.Errorf("the query lists %s", got)
		}
		time.Sleep(203 * time.Second)
		if got := contactsOf(p.mustSend(r)); got != "" {
			t.Errorf("in its grace a binding is listed: %s", got)
		}
		if targets(r, "2001") == "" {
			t.Error("the query removed the phone")
		}
	})
}

func TestAnOlderRequestChangesNothingAtAll(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.register(r, 300)
	p.cseq = 0 // its next requests are older than what was done
	for name, headers := range map[string][]string{
		"refresh":      {"Contact: <sip:2001@127.0.0.1:5090>", "Contact: <sip:2001@127.0.0.1:5070>", "Expires: 3000"},
		"unregister":   {"Contact: <sip:2001@127.0.0.1:5070>", "Expires: 0"},
		"star":         {"Contact: *", "Expires: 0"},
		"another port": {"Contact: <sip:2001@127.0.0.1:5090>"},
	} {
		p.cseq = 0
		p.challenge = nil
		if res := p.send(r, headers...); res.StatusCode != 500 {
			t.Errorf("%s got %d, want 500 (RFC 3261 §10.3)", name, res.StatusCode)
		}
	}
	if got := contactsOf(newPhone(t, "2001", "127.0.0.1:1").mustSend(r)); got != "<sip:2001@127.0.0.1:5070>;expires=300" {
		t.Errorf("bindings are now %s", got)
	}
	restarted := newPhone(t, "2001", "127.0.0.1:5070")
	restarted.callID = "after-reboot"
	restarted.register(r, 600)
}

func TestOnePhoneTooManyReplacesTheOneRefreshedLongestAgo(t *testing.T) {
	for name, c := range map[string]struct {
		config  RegistrarConfig
		account Account
		limit   int
	}{
		"default":       {RegistrarConfig{}, amal, 5},
		"the config's":  {RegistrarConfig{MaxContacts: 2}, amal, 2},
		"the account's": {RegistrarConfig{MaxContacts: 9}, Account{User: "2001", MaxContacts: 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(c.config, nil, c.account)
			var phones []*regPhone
			for i := range c.limit {
				phones = append(phones, newPhone(t, "2001", fmt.Sprintf("127.0.0.1:%d", 5001+i)))
				phones[i].register(r, 300)
			}
			phones[0].register(r, 300) // not the oldest any more, unless alone
			newPhone(t, "2001", "127.0.0.1:6000").register(r, 300)
			gone := phones[min(1, c.limit-1)].contact
			got := targets(r, "2001")
			if len(r.Contacts("2001")) != c.limit || strings.Contains(got, gone) || !strings.Contains(got, ":6000") {
				t.Errorf("phones are %q; %s should have gone", got, gone)
			}
		})
	}
}

func TestMorePhonesInOneRequestThanAllowedAreRefused(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{MaxContacts: 2}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	contacts := "Contact: <sip:2001@127.0.0.1:1>, <sip:2001@127.0.0.1:2>, <sip:2001@127.0.0.1:3>"
	if res := p.send(r, contacts); res.StatusCode != 403 {
		t.Errorf("got %d, want 403", res.StatusCode)
	}
	if got := targets(r, "2001"); got != "" {
		t.Errorf("phones are %q", got)
	}
	p.mustSend(r, "Contact: <sip:2001@127.0.0.1:1>, <sip:2001@127.0.0.1:2>", "Expires: 300")
	if got := targets(r, "2001"); got != "udp 127.0.0.1:2, udp 127.0.0.1:1" {
		t.Errorf("phones are %q", got)
	}
}

func TestOnlyOnesOwnAddressOfRecordIsRegistered(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal, Account{User: "2002"})
	p := newPhone(t, "2001", "127.0.0.1:5070")
	req := p.request()
	p.take(r.Register(req))
	req = p.request("Contact: " + p.contactHeader(""))
	req.To().Address.User = "2002"
	if res := r.Register(req); res.StatusCode != 403 {
		t.Errorf("got %d, want 403", res.StatusCode)
	}
	if len(r.All()) != 0 {
		t.Error("a binding was made")
	}
	req = p.request("Contact: " + p.contactHeader(""))
	req.To().Address.User = "%32001"
	if res := r.Register(req); res.StatusCode != 200 {
		t.Errorf("an escaped user part got %d, want 200 (RFC 3261 §19.1.4)", res.StatusCode)
	}
}

func TestTypesAndFixedHostsDecideWhoRegistersAndWhoIsCalled(t *testing.T) {
	for name, c := range map[string]struct {
		account Account
		status  int
		want    string
	}{
		"friend":              {Account{User: "2001", Host: HostDynamic}, 200, "udp 127.0.0.1:5070"},
		"peer":                {Account{User: "2001", Type: Peer}, 200, "udp 127.0.0.1:5070"},
		"user":                {Account{User: "2001", Type: User}, 403, ""},
		"fixed friend":        {Account{User: "2001", Host: "127.0.0.7"}, 403, "udp 127.0.0.7:5060"},
		"fixed with port":     {Account{User: "2001", Host: "127.0.0.7:5090"}, 403, "udp 127.0.0.7:5090"},
		"fixed peer, IPv6":    {Account{User: "2001", Host: "[::1]", Type: Peer}, 403, "udp [::1]:5060"},
		"a user with a place": {Account{User: "2001", Host: "127.0.0.7", Type: User}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(RegistrarConfig{}, nil, c.account)
			p := newPhone(t, "2001", "127.0.0.1:5070")
			if res := p.send(r, "Contact: "+p.contactHeader("")); res.StatusCode != c.status {
				t.Errorf("REGISTER got %d, want %d", res.StatusCode, c.status)
			}
			if got := targets(r, "2001"); got != c.want {
				t.Errorf("called at %q, want %q", got, c.want)
			}
		})
	}
}

func TestRequestsThatMakeNoSenseAreRefusedAndBindNothing(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"not a SIP URI":     {[]string{"Contact: <tel:+33123456789>"}, 400},
		"a promise of TLS":  {[]string{"Contact: <sips:2001@127.0.0.1:5070>"}, 400},
		"over TLS":          {[]string{"Contact: <sip:2001@127.0.0.1:5070;transport=tls>"}, 400},
		"over WebSocket":    {[]string{"Contact: <sip:2001@127.0.0.1:5070;Transport=WS>"}, 400},
		"no host":           {[]string{"Contact: <sip:>"}, 400},
		"a URI with spaces": {[]string{"Contact: <sip:a b@127.0.0.1>"}, 400},
		"an endless URI":    {[]string{"Contact: <sip:" + strings.Repeat("a", 2000) + "@127.0.0.1>"}, 400},
		"a port too high":   {[]string{"Contact: <sip:2001@127.0.0.1:70000>"}, 400},
		"half of it broken": {[]string{"Contact: <sip:2001@127.0.0.1>", "Contact: <mailto:a@b>"}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
			res := newPhone(t, "2001", "127.0.0.1:5070").send(r, c.headers...)
			if res.StatusCode != c.want {
				t.Errorf("got %d, want %d", res.StatusCode, c.want)
			}
			if len(r.All()) != 0 {
				t.Error("a binding was made")
			}
		})
	}
}

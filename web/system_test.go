package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/internal/tail"
)

// system is a hatif with a phone that has registered, one by the file, and a ban.
func (d *desk) system() System {
	d.ring = new(tail.Ring)
	return System{
		State: func(context.Context) State {
			return State{
				Started: d.now.Add(-time.Hour), Versions: []string{"hatif 1.2.3", "SQLite 3.50"}, Parts: d.parts, Reload: d.reload,
				Load: Load{Cores: .25, Heap: 1536 << 10, Ports: 2, MostPorts: 5000, Packets: 200, Lag: 300 * time.Microsecond},
			}
		},
		Registrations: func() []Registration {
			return []Registration{
				{User: "2001", Name: "Amal <b>", URI: "sip:2001@10.0.0.7:5062;ob", Address: "192.0.2.7:5062", Transport: "UDP", Device: "Linphone/5", Since: d.now, Expires: d.now.Add(time.Hour)},
				{User: "900", URI: "sip:900@gate", Address: "gate:5060", Transport: "TCP", Fixed: true},
			}
		},
		Remove: func(user, uri string) bool {
			d.ended = append(d.ended, user+" "+uri)
			return user == "2001" && uri == "sip:2001@10.0.0.7:5062;ob"
		},
		Bans: func() []Ban {
			return []Ban{{Source: "2001:db8::/64", Account: "2002", Failures: 20, Since: d.now, Until: d.now.Add(10 * time.Minute)}}
		},
		Lift: func(source, account string) bool {
			d.ended = append(d.ended, source+" "+account)
			return source == "2001:db8::/64" && account == "2002"
		},
		Log: d.ring,
	}
}

func TestTheSystemPageShowsHowHatifFares(t *testing.T) {
	d := open(t)
	d.account("admin", Administrator, "")
	d.parts = []Part{{Name: "sip"}, {Name: "database", Err: "disk I/O error"}}
	d.reload = Reload{At: d.now, Err: "hatif.yaml:3:1: unknown key <x>", Restart: []string{"sip", "rtp"}}
	log := slog.New(d.ring.Handler(slog.DiscardHandler))
	log.Warn("nobody hears it")
	log = slog.New(d.ring.Handler(slog.NewTextHandler(t.Output(), nil)))
	log.Info("call begins", "call", "c1", "secret", "s3cret")
	log.Warn("wrong credentials", "account", "2002")
	b := d.as("admin")
	page := b.get("/system").wants(t, http.StatusOK,
		"hatif 1.2.3", "SQLite 3.50", "disk I/O error", "hatif.yaml:3:1: unknown key &lt;x&gt;", "<code>rtp</code>", "0.25", "1.5 MiB", "2 / 5000", "0.3 ms",
		"192.0.2.7:5062", "Linphone/5", "Amal &lt;b&gt;", "by the file", "2001:db8::/64", "20 wrong secrets", "call begins", "call=c1", "wrong credentials")
	if strings.Contains(page.text, "s3cret") {
		t.Error("the page shows a secret of the log")
	}
	if n := strings.Count(page.text, `action="/system/registrations/remove"`); n != 1 {
		t.Errorf("%d phones can be removed, want the one that registered", n)
	}
	b.get("/system/now").wants(t, http.StatusOK, "disk I/O error")
	if page := b.get("/system/log?level=warn&text=CREDENTIALS").wants(t, http.StatusOK, "account=2002"); strings.Contains(page.text, "call begins") {
		t.Error("information is among the warnings")
	}
	b.get("/system?level=warn&text=nothing").wants(t, http.StatusOK, "Nothing of that kind.", `value="nothing"`, `<option value="warn" selected>`)
	b.get("/system/log?level=loud").wants(t, http.StatusBadRequest)
}

func TestAnAdministratorRemovesPhonesAndLiftsBans(t *testing.T) {
	d := open(t)
	d.account("admin", Administrator, "")
	d.account("boss", Manager, "")
	d.account("amal", Agent, "2001")
	b := d.as("admin")
	b.post("/system/registrations/remove", "user", "2001", "uri", "sip:2001@10.0.0.7:5062;ob").wants(t, http.StatusSeeOther)
	b.post("/system/registrations/remove", "user", "2001", "uri", "sip:gone").wants(t, http.StatusNotFound)
	b.post("/system/registrations/remove", "user", "2001").wants(t, http.StatusNotFound) // would be all of them
	b.post("/system/bans/lift", "source", "2001:db8::/64", "account", "2002").wants(t, http.StatusSeeOther)
	b.post("/system/bans/lift", "source", "2001:db8::/64", "account", "2003").wants(t, http.StatusNotFound)
	want := []string{"2001 sip:2001@10.0.0.7:5062;ob", "2001 sip:gone", "2001:db8::/64 2002", "2001:db8::/64 2003"}
	if !slices.Equal(d.ended, want) {
		t.Errorf("done: %q, want %q", d.ended, want)
	}
	deeds := d.deeds()
	for _, deed := range []string{"remove registration user 2001 by admin", "lift ban 2001:db8::/64 by admin"} {
		if n := len(slices.DeleteFunc(slices.Clone(deeds), func(x string) bool { return x != deed })); n != 1 {
			t.Errorf("the audit log has %q %d times: %q", deed, n, deeds)
		}
	}

	boss := d.as("boss")
	if page := boss.get("/system").wants(t, http.StatusOK, "192.0.2.7:5062"); strings.Contains(page.text, "/system/bans/lift") {
		t.Error("a manager is offered what only administrators may do")
	}
	boss.post("/system/registrations/remove", "user", "2001", "uri", "sip:2001@10.0.0.7:5062;ob").wants(t, http.StatusForbidden)
	boss.post("/system/bans/lift", "source", "2001:db8::/64", "account", "2002").wants(t, http.StatusForbidden)
	for _, path := range []string{"/system", "/system/now", "/system/log"} {
		d.as("amal").get(path).wants(t, http.StatusForbidden)
	}
}

func TestWhoHasFailedToLogOnTooOftenCanBeLetInAgain(t *testing.T) {
	d := open(t)
	d.account("admin", Administrator, "")
	b := d.as("admin")
	for range freeFailures {
		d.browser().post("/logon", "name", "boss", "password", "wrong")
	}
	b.get("/system").wants(t, http.StatusOK, "5 failures to log on to the console", "127.0.0.1")
	b.post("/system/bans/lift", "console", "true", "source", "127.0.0.1", "account", "boss").wants(t, http.StatusSeeOther)
	if page := b.get("/system").wants(t, http.StatusOK); strings.Contains(page.text, "failures to log on") {
		t.Error("the failures are still there")
	}
	b.post("/system/bans/lift", "console", "true", "source", "127.0.0.1", "account", "boss").wants(t, http.StatusNotFound)
}

package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheFirstPasswordIsGoodForOneLogOn(t *testing.T) {
	d := open(t)
	name, password, err := FirstPassword(t.Context(), d.db)
	if err != nil || name != "admin" || len(password) != 19 {
		t.Fatalf("%q %q %v", name, password, err)
	}
	if again, other, err := FirstPassword(t.Context(), d.db); again != "" || other != "" || err != nil {
		t.Errorf("a second first account: %q %q %v", again, other, err)
	}
	b := d.browser()
	b.post("/logon", "name", "admin", "password", password).wants(t, http.StatusSeeOther)
	for _, path := range []string{"/", "/board", "/calls", "/accounts", "/audit", "/board/live"} {
		if p := b.get(path).wants(t, http.StatusSeeOther); p.header.Get("Location") != "/password" {
			t.Errorf("%s leads to %q before a password is chosen", path, p.header.Get("Location"))
		}
	}
	b.post("/password", "new", "short", "again", "short").wants(t, http.StatusUnprocessableEntity, "at least 10")
	b.post("/password", "new", somePassword, "again", somePassword+"!").wants(t, http.StatusUnprocessableEntity, "not the same")
	b.post("/password", "new", somePassword, "again", somePassword).wants(t, http.StatusSeeOther)
	b.get("/board").wants(t, http.StatusOK, "Amal Haddad")
	d.browser().post("/logon", "name", "admin", "password", password).wants(t, http.StatusUnauthorized)
	d.as("admin").get("/accounts").wants(t, http.StatusOK)

	// Forgotten: a new one, and the browsers that were logged on are not any more.
	password, err = NewPassword(t.Context(), d.db, "admin")
	if err != nil {
		t.Fatal(err)
	}
	b.get("/board").wants(t, http.StatusSeeOther)
	d.browser().post("/logon", "name", "admin", "password", password).wants(t, http.StatusSeeOther)
}

func TestPagesAreForWhoHasLoggedOn(t *testing.T) {
	d := open(t)
	b := d.browser()
	for _, path := range []string{"/", "/board", "/board/live", "/calls", "/calls.csv", "/calls/c1", "/recordings/2026-11-23/c1.wav", "/accounts", "/audit", "/nothing"} {
		if p := b.get(path).wants(t, http.StatusSeeOther); p.header.Get("Location") != "/logon" {
			t.Errorf("%s leads to %q", path, p.header.Get("Location"))
		}
	}
	b.header.Set("HX-Request", "true")
	if p := b.post("/agents/2001/pause").wants(t, http.StatusUnauthorized); p.header.Get("HX-Redirect") != "/logon" {
		t.Error("a script is not sent to log on")
	}
}

func TestWhatIsWrongAtALogOnIsNotToldApart(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	wrong := d.browser().post("/logon", "name", "boss", "password", "not this one").wants(t, http.StatusUnauthorized, "is wrong")
	unknown := d.browser().post("/logon", "name", "ghost", "password", somePassword).wants(t, http.StatusUnauthorized, "is wrong")
	if strings.ReplaceAll(unknown.text, "ghost", "boss") != wrong.text {
		t.Error("an unknown name and a wrong password differ")
	}
	d.browser().post("/logon", "name", "boss", "password", strings.Repeat("x", 2000)).wants(t, http.StatusUnauthorized)
}

func TestWhoFailsTooOftenWaits(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	try := func(password string) page { return d.browser().post("/logon", "name", "boss", "password", password) }
	for range freeFailures {
		try("wrong one").wants(t, http.StatusUnauthorized)
	}
	p := try(somePassword).wants(t, http.StatusTooManyRequests, "Try again in 2 seconds")
	if p.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
	}
	d.now = d.now.Add(2 * time.Second)
	try("wrong one").wants(t, http.StatusUnauthorized)
	try(somePassword).wants(t, http.StatusTooManyRequests, "4 seconds")
	d.now = d.now.Add(4 * time.Second)
	try(somePassword).wants(t, http.StatusSeeOther)
	try("wrong one").wants(t, http.StatusUnauthorized) // forgiven
}

func TestASessionEnds(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	for range 20 { // in use
		d.now = d.now.Add(sessionIdle - time.Minute)
		if b.get("/board").status != http.StatusOK {
			break
		}
	}
	if began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC); d.now.Sub(began) < sessionLife || d.now.Sub(began) > sessionLife+sessionIdle {
		t.Errorf("a session that is used lasted %v", d.now.Sub(began))
	}
	b = d.as("boss")
	d.now = d.now.Add(sessionIdle + time.Minute)
	b.get("/board").wants(t, http.StatusSeeOther)

	b = d.as("boss")
	b.post("/logoff").wants(t, http.StatusSeeOther)
	b.get("/board").wants(t, http.StatusSeeOther)
}

func TestCookiesAreKeptFromScriptsAndStrangers(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	p := d.browser().post("/logon", "name", "boss", "password", somePassword)
	if c := p.header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.HasPrefix(c, "hatif=") {
		t.Errorf("cookie %q", c)
	}
	d.s.secure = true
	p = d.browser().post("/logon", "name", "boss", "password", somePassword)
	if c := p.header.Get("Set-Cookie"); !strings.Contains(c, "Secure") || !strings.HasPrefix(c, "__Host-hatif=") {
		t.Errorf("cookie over https %q", c)
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://elsewhere.example"}}} {
		b.header = header
		b.post("/agents/2001/pause").wants(t, http.StatusForbidden)
	}
	if s := d.floor.Snapshot(); s.Agents[0].Reason != "" {
		t.Error("the agent was paused")
	}
}

func TestThePasswordIsChangedWithTheOldOne(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b, other := d.as("boss"), d.as("boss")
	b.post("/password", "old", "no", "new", "another password", "again", "another password").wants(t, http.StatusUnprocessableEntity, "old password is wrong")
	b.post("/password", "old", somePassword, "new", "another password", "again", "another password").wants(t, http.StatusSeeOther)
	b.get("/board").wants(t, http.StatusOK)
	other.get("/board").wants(t, http.StatusSeeOther)
	if !slices.Contains(d.deeds(), "change password boss by boss") {
		t.Errorf("the audit log has %q", d.deeds())
	}
}

func TestHashesAreArgon2id(t *testing.T) {
	h := HashPassword("x")
	if same, err := matches(h, "x"); !same || err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s: %v %v", h, same, err)
	}
	if same, err := matches(h, "y"); same || err != nil {
		t.Errorf("another password: %v %v", same, err)
	}
	if h == HashPassword("x") {
		t.Error("there is no salt")
	}
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=1,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=1,t=1,p=1$!$AAAA", "$argon2id$v=1$m=1,t=1,p=1$AAAA$AAAA"} {
		if _, err := matches(bad, "x"); err == nil {
			t.Errorf("%q was taken for a hash", bad)
		}
	}
}

func TestFailuresAreForgottenAndBounded(t *testing.T) {
	var a attempts
	now := time.Now()
	for range 30 {
		a.fail(now, "x")
	}
	if w := a.wait(now, "x", "y"); w != longestDelay {
		t.Errorf("after thirty failures the wait is %v", w)
	}
	if w := a.wait(now.Add(failureMemory+time.Second), "x"); w != 0 {
		t.Errorf("an old failure still costs %v", w)
	}
	for i := range mostKeys {
		a.fail(now, time.Duration(i).String())
	}
	if w := a.wait(now, "somebody new"); w == 0 {
		t.Error("the memory of failures has no bound")
	}
	if w := a.wait(now.Add(2*failureMemory), "somebody new"); w != 0 {
		t.Errorf("when all is forgotten the wait is %v", w)
	}
}

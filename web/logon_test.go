package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hatif/store"
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

	if _, err := NewPassword(t.Context(), d.db, "amdin", false); !errors.Is(err, store.ErrNoAccount) {
		t.Errorf("a slip of the pen: %v", err)
	}
	// Forgotten: a new one, and the browsers that were logged on are not any more.
	password, err = NewPassword(t.Context(), d.db, "admin", false)
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
	now, x := time.Now(), attemptOf("x", "h")
	for range 30 {
		a.begin(now, x)
		now = now.Add(longestDelay)
	}
	if w := a.begin(now.Add(-longestDelay), x); w != longestDelay {
		t.Errorf("after thirty failures the wait is %v", w)
	}
	if w := a.begin(now, attemptOf("y", "h")); w != 0 {
		t.Errorf("somebody else at the address waits %v", w)
	}
	if w := a.begin(now.Add(failureMemory+time.Second), x); w != 0 {
		t.Errorf("an old failure still costs %v", w)
	}
	for i := range mostKeys {
		a.begin(now, attempt{time.Duration(i).String(): freeFailures})
	}
	if w := a.begin(now, attempt{"somebody new": freeFailures}); w == 0 {
		t.Error("the memory of failures has no bound")
	}
	if w := a.begin(now.Add(2*failureMemory), attempt{"somebody new": freeFailures}); w != 0 {
		t.Errorf("when all is forgotten the wait is %v", w)
	}
}

func TestManyGuessesAtOnceDoNotSlipThrough(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.account("other", Manager, "")
	var tried, held atomic.Int32
	var wg sync.WaitGroup
	for range 40 {
		b := d.browser()
		wg.Go(func() {
			switch b.post("/logon", "name", "boss", "password", "guess").status {
			case http.StatusUnauthorized:
				tried.Add(1)
			case http.StatusTooManyRequests:
				held.Add(1)
			}
		})
	}
	wg.Wait()
	if tried.Load() != freeFailures || held.Load() != 40-freeFailures {
		t.Errorf("%d guesses were looked at and %d held back", tried.Load(), held.Load())
	}
	d.as("other") // who is at the same address
	b := d.as("other")
	for range freeFailures {
		b.post("/password", "old", "guess").wants(t, http.StatusUnprocessableEntity)
	}
	b.post("/password", "old", somePassword).wants(t, http.StatusTooManyRequests, "Try again")
	fails := 0
	for _, deed := range d.deeds() {
		if strings.HasPrefix(deed, "fail by") {
			fails++
		}
	}
	if fails != 2*freeFailures {
		t.Errorf("the audit log has %d failures: %q", fails, d.deeds())
	}
}

func TestWhereABrowserIsIsAProxysWord(t *testing.T) {
	s := &Server{Options: Options{Config: Config{Proxies: []string{"10.0.0.0/8", "127.0.0.1"}}}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "203.0.113.9", "192.0.2.1"}, // anybody may write that
		{"127.0.0.1:5", "", "127.0.0.1"},
		{"127.0.0.1:5", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:5", "198.51.100.7, 203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:5", "nonsense", "10.1.2.3"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.remote(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// guarded is an Authenticator whose log is read. c.Allow says who is never banned.
type guarded struct {
	t    *testing.T
	auth *Authenticator
	log  bytes.Buffer
}

func newGuarded(t *testing.T, c Bans) *guarded {
	g := &guarded{t: t}
	accounts := NewAccounts(testRealm)
	accounts.Set(testAccounts(amal, Account{User: "2002"}))
	g.auth = NewAuthenticator(accounts, AuthConfig{Bans: c, Log: slog.New(slog.NewTextHandler(&g.log, nil))})
	t.Cleanup(g.auth.guard.stop)
	return g
}

// try logs on and returns the answers to the first request and to the one with credentials; the second is 200 when
// they were taken.
func (g *guarded) try(user, secret, source string) (first, second int) {
	g.t.Helper()
	p := newPhone(g.t, user, source)
	p.secret = secret
	_, res := g.auth.Authenticate(p.request())
	if res.StatusCode != 401 {
		return res.StatusCode, 0
	}
	p.take(res)
	if _, again := g.auth.Authenticate(p.request()); again != nil {
		return res.StatusCode, again.StatusCode
	}
	return res.StatusCode, 200
}

func (g *guarded) want(wantFirst, wantSecond int, user, secret, source string) {
	g.t.Helper()
	if first, second := g.try(user, secret, source); first != wantFirst || second != wantSecond {
		g.t.Fatalf("%s from %s is answered %d and %d, want %d and %d", user, source, first, second, wantFirst, wantSecond)
	}
}

func (g *guarded) wantLog(parts ...string) {
	g.t.Helper()
	for line := range strings.Lines(g.log.String()) {
		missing := false
		for _, part := range parts {
			missing = missing || !strings.Contains(line, part)
		}
		if !missing {
			return
		}
	}
	g.t.Errorf("no line of the log has all of %q:\n%s", parts, g.log.String())
}

const guesser = "203.0.113.9:5070"

func TestGuessingTheSecretOfOneAccountBansItsSourceForThatAccountForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 3, Within: time.Minute, For: 10 * time.Minute})
		for range 3 {
			g.want(401, 403, "2001", "guess", guesser)
		}
		g.wantLog("level=WARN", "wrong credentials", "source=203.0.113.9", "account=2001", `reason="wrong secret"`)
		g.wantLog("level=WARN", "source is banned", "203.0.113.9 account 2001", "failures=3", "for=10m")
		g.want(401, 403, "2001", "s-2001", "203.0.113.9:6000") // the right secret, which would tell a guesser
		g.want(401, 200, "2002", "s-2002", guesser)            // somebody else behind the same NAT
		g.want(401, 200, "2001", "s-2001", "203.0.113.10:5070")
		if failed, refused, bans := g.auth.guard.figures(); failed != 3 || refused != 1 || bans != 1 {
			t.Errorf("counted %d failures, %d refused, %d bans; want 3, 1, 1", failed, refused, bans)
		}

		time.Sleep(10 * time.Minute)
		synctest.Wait()
		g.want(401, 200, "2001", "s-2001", guesser)
		g.wantLog("level=INFO", "ban is over", "203.0.113.9 account 2001", "reason=")
		g.want(401, 403, "2001", "guess", guesser) // one more is one, not the fourth
		g.want(401, 200, "2001", "s-2001", guesser)
	})
}

func TestGuessingManyAccountsBansTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 3, FailuresInAll: 5, Within: time.Minute, For: time.Hour})
		for i := range 5 {
			g.want(401, 403, fmt.Sprint(100+i), "100", guesser)
		}
		g.wantLog("wrong credentials", "account=100", `reason="there is no such account"`)
		g.wantLog("source is banned", "203.0.113.9 (all accounts)", "failures=5")
		g.want(403, 0, "2001", "s-2001", guesser)
		g.want(401, 200, "2001", "s-2001", "203.0.113.10:5070")
	})
}

func TestWithIPv6TheWholeSiteIsBanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 2})
		g.want(401, 403, "2001", "a", "[2001:db8::1]:5070")
		g.want(401, 403, "2001", "b", "[2001:db8::2]:5070")
		g.want(401, 403, "2001", "s-2001", "[2001:db8::3]:5070")
		g.want(401, 200, "2001", "s-2001", "[2001:db8:0:1::3]:5070")
	})
}

func TestFailuresThatLieFarApartBanNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 3, Within: time.Minute})
		for range 10 {
			g.want(401, 403, "2001", "guess", guesser)
			time.Sleep(40 * time.Second)
		}
		g.want(401, 200, "2001", "s-2001", guesser)
	})
}

func TestFirstRequestsAndStaleNoncesBanNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 1, FailuresInAll: 1})
		p := newPhone(t, "2001", guesser)
		_, res := g.auth.Authenticate(p.request())
		p.take(res)
		for range 50 {
			g.auth.Authenticate(newPhone(t, "2001", guesser).request())
		}
		time.Sleep(DefaultNonceLife + time.Second)
		for range 50 {
			if _, res := g.auth.Authenticate(p.request()); res == nil || !isStale(t, res) {
				t.Fatalf("got %v, want a stale challenge", res)
			}
		}
		g.want(401, 200, "2001", "s-2001", guesser)
		if g.log.Len() > 0 {
			t.Errorf("the log says:\n%s", g.log.String())
		}
	})
}

func TestWhoIsAllowedIsNeverBanned(t *testing.T) {
	for _, c := range []struct {
		name   string
		allow  []string
		source string
		banned bool
	}{
		{"this machine", nil, "127.0.0.1:5070", false},
		{"this machine over IPv6", nil, "[::1]:5070", false},
		{"this machine, if the file says so", []string{}, "127.0.0.1:5070", true},
		{"the office", []string{"203.0.113.0/24"}, guesser, false},
		{"one proxy", []string{"203.0.113.9"}, guesser, false},
		{"another network", []string{"10.0.0.0/8"}, guesser, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGuarded(t, Bans{Failures: 2, FailuresInAll: 4, Allow: c.allow})
				for range 10 {
					g.try("2001", "guess", c.source)
				}
				_, second := g.try("2001", "s-2001", c.source)
				if banned := second != 200; banned != c.banned {
					t.Errorf("banned: %v, want %v", banned, c.banned)
				}
				g.wantLog("wrong credentials", "account=2001")
			})
		})
	}
}

func TestAFloodOfWrongCredentialsFillsNeitherTheLogNorMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		g := newGuard(Bans{Failures: 1}, slog.New(slog.NewTextHandler(&log, nil)))
		defer g.stop()
		source := netip.MustParseAddr("10.0.0.0")
		for i := range 4 * maxTrails {
			source = source.Next()
			g.failure(source, fmt.Sprintf("%d%0200d", i, 0), "wrong secret", time.Now())
		}
		if len(g.trails) > maxTrails || len(g.bans) > maxBans {
			t.Errorf("%d trails and %d bans are kept", len(g.trails), len(g.bans))
		}
		for s := range g.trails {
			if len(s.account) > maxAccountName {
				t.Fatalf("a name of %d bytes is kept", len(s.account))
			}
		}
		if lines := strings.Count(log.String(), "\n"); lines > tellAtMost {
			t.Errorf("%d lines were written in a minute", lines)
		}
		time.Sleep(time.Minute)
		g.failure(source.Next(), "2001", "wrong secret", time.Now())
		if !strings.Contains(log.String(), "lines_omitted=") {
			t.Errorf("what was not told is not told:\n%s", log.String())
		}
	})
}

func TestABannedSourceIsRefusedCheaplyAndCounted(t *testing.T) {
	inWorld(t, Config{Bans: Bans{Failures: 1, FailuresInAll: 2}}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		p := w.party("192.0.2.7:5070")
		for range 2 {
			p.remoteTag = ""
			p.send("REGISTER")
			challenge := p.want("SIP/2.0 401")
			p.remoteTag = ""
			p.send("REGISTER", strings.Replace(p.credentials(challenge, "REGISTER", "wrong"), `"1001"`, fmt.Sprintf(`"%p"`, &challenge), 1))
			p.want("SIP/2.0 403")
		}
		p.remoteTag = ""
		p.send("INVITE")
		p.want("SIP/2.0 403")
		if s := w.ua.Stats(); s.Failures != 2 || s.Banned != 1 || s.Bans == 0 || s.Transactions != 0 {
			t.Errorf("counted %d failures, %d refused, %d bans, %d transactions", s.Failures, s.Banned, s.Bans, s.Transactions)
		}
	})
}

func TestABanIsListedAndLiftedByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(t, Bans{Failures: 2, For: time.Hour})
		g.try("2001", "wrong", "192.0.2.9:5060")
		g.try("2001", "wrong", "192.0.2.9:5060")
		g.want(401, 403, "2001", "s-2001", "192.0.2.9:5060")
		bans := g.auth.Bans()
		if len(bans) != 1 || bans[0].Account != "2001" || bans[0].Failures != 2 || bans[0].Source.String() != "192.0.2.9/32" || bans[0].Ends.Sub(bans[0].Began) != time.Hour {
			t.Fatalf("bans are %+v", bans)
		}
		if g.auth.Lift(bans[0].Source, "2002") {
			t.Error("a ban was lifted that there is not")
		}
		if !g.auth.Lift(bans[0].Source, "2001") || len(g.auth.Bans()) != 0 {
			t.Errorf("the ban was not lifted: %+v", g.auth.Bans())
		}
		g.want(401, 200, "2001", "s-2001", "192.0.2.9:5060")
		g.wantLog("ban is over", "lifted by hand")
	})
}

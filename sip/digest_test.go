package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
	"github.com/icholy/digest"
)

var amal = Account{User: "2001", DisplayName: "Amal"}

func TestAPhoneLogsOnWithEitherAlgorithm(t *testing.T) {
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		t.Run(algorithm, func(t *testing.T) {
			_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
			p := newPhone(t, "2001", "127.0.0.1:5070")
			p.algorithm = algorithm
			_, res := auth.Authenticate(p.request())
			p.take(res)
			account, res := auth.Authenticate(p.request())
			if res != nil || account.User != "2001" || account.DisplayName != "Amal" {
				t.Fatalf("got account %+v and response %v", account, res)
			}
		})
	}
}

func TestTheChallengeOffersTheBetterAlgorithmFirst(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	_, res := auth.Authenticate(newPhone(t, "2001", "127.0.0.1:5070").request())
	if res.StatusCode != 401 {
		t.Fatalf("got %d, want 401", res.StatusCode)
	}
	var offered []string
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			t.Fatal(err)
		}
		if c.Realm != testRealm || c.Stale || !c.SupportsQOP("auth") {
			t.Errorf("challenge is %+v", c)
		}
		offered = append(offered, c.Algorithm)
	}
	if diff := cmp.Diff([]string{"SHA-256", "MD5"}, offered); diff != "" {
		t.Error(diff)
	}
	if to := res.To(); to == nil || !to.Params.Has("tag") {
		t.Error("the answer's To has no tag (RFC 3261 §8.2.6.2)")
	}
}

func TestAnUnknownUserAndAWrongSecretAreAnsweredAlike(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal, Account{User: "2002", Secret: "x"})
	answer := func(user, secret string) []string {
		p := newPhone(t, user, "127.0.0.1:5070")
		p.secret = secret
		_, first := auth.Authenticate(p.request())
		p.take(first)
		account, second := auth.Authenticate(p.request())
		if second == nil {
			t.Fatalf("%s logged on as %+v", user, account)
		}
		var lines []string
		for _, res := range []*sip.Response{first, second} {
			lines = append(lines, fmt.Sprintln(res.StatusCode, res.Reason, len(res.Headers())))
		}
		return lines
	}
	wrong, unknown := answer("2001", "guess"), answer("nobody", "guess")
	if diff := cmp.Diff(wrong, unknown); diff != "" {
		t.Errorf("an attacker can tell (-wrong secret +unknown user):\n%s", diff)
	}
	if !strings.HasPrefix(wrong[1], "403 ") {
		t.Errorf("wrong credentials are answered %q, want 403", wrong[1])
	}
}

func TestAnAccountWithoutASecretCannotLogOn(t *testing.T) {
	accounts := NewAccounts(testRealm)
	accounts.Set(map[string]Account{"2001": {User: "2001"}})
	auth := NewAuthenticator(accounts, AuthConfig{})
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.secret = ""
	_, res := auth.Authenticate(p.request())
	p.take(res)
	if _, res = auth.Authenticate(p.request()); res == nil || res.StatusCode != 403 {
		t.Fatalf("got %v, want 403", res)
	}
}

func TestAnExpiredNonceIsStaleOnlyForTheRightSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		_, res := auth.Authenticate(p.request())
		p.take(res)
		time.Sleep(DefaultNonceLife - time.Second)
		if _, res = auth.Authenticate(p.request()); res != nil {
			t.Fatalf("a nonce that is not yet old was refused: %s", res.StartLine())
		}
		time.Sleep(time.Second)
		_, res = auth.Authenticate(p.request())
		if res == nil || res.StatusCode != 401 || !isStale(t, res) {
			t.Fatalf("got %v, want 401 with stale=true", res)
		}
		p.take(res)
		if _, res = auth.Authenticate(p.request()); res != nil {
			t.Fatalf("the fresh nonce was refused: %s", res.StartLine())
		}
		time.Sleep(DefaultNonceLife)
		p.secret = "guess"
		if _, res = auth.Authenticate(p.request()); res.StatusCode != 403 {
			t.Fatalf("a wrong secret with an old nonce got %d: it can be tried for ever", res.StatusCode)
		}
	})
}

func TestANonceFromBeforeOurRestartIsStale(t *testing.T) {
	_, before := newTestRegistrar(RegistrarConfig{}, nil, amal)
	_, after := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	_, res := before.Authenticate(p.request())
	p.take(res)
	if _, res = after.Authenticate(p.request()); res == nil || res.StatusCode != 401 || !isStale(t, res) {
		t.Fatalf("got %v, want 401 with stale=true", res)
	}
}

func TestACapturedRequestIsGoodForNothing(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	_, res := auth.Authenticate(p.request())
	p.take(res)
	captured := p.request()
	if _, res = auth.Authenticate(captured); res != nil {
		t.Fatal(res)
	}
	if _, res = auth.Authenticate(captured); res == nil || res.StatusCode != 401 || !isStale(t, res) {
		t.Fatalf("the replay got %v, want 401 with stale=true", res)
	}
	if _, res = auth.Authenticate(p.request()); res != nil {
		t.Fatalf("the phone's next count was refused: %s", res.StartLine())
	}
	if failed, _, _ := auth.guard.figures(); failed != 0 {
		t.Error("a replay was counted as a wrong secret")
	}
}

func TestRequestsThatOvertakeEachOtherAreAccepted(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	_, res := auth.Authenticate(p.request())
	p.take(res)
	var sent []*sip.Request
	for range 10 {
		sent = append(sent, p.request())
	}
	for i := len(sent) - 1; i >= 0; i-- {
		if _, res := auth.Authenticate(sent[i]); res != nil {
			t.Fatalf("nonce-count %d after higher ones: %s", i+1, res.StartLine())
		}
	}
}

func TestCredentialsWithoutQopAreGoodOnce(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.algorithm = "MD5"
	_, res := auth.Authenticate(p.request())
	p.take(res)
	p.challenge.QOP = nil // as a phone of RFC 2069 answers
	if _, res = auth.Authenticate(p.request()); res != nil {
		t.Fatal(res)
	}
	if _, res = auth.Authenticate(p.request()); res == nil || !isStale(t, res) {
		t.Fatalf("the second use got %v, want stale", res)
	}
}

func TestCredentialsForAnotherExtensionAreRefused(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.method = sip.INVITE
	p.uri = "sip:0777@hatif.test"
	_, res := auth.Authenticate(p.request())
	p.take(res)
	stolen := p.request()
	stolen.Recipient.User = "2101"
	if _, res = auth.Authenticate(stolen); res == nil || res.StatusCode != 400 {
		t.Fatalf("got %v, want 400", res)
	}
	other := p.request()
	other.Recipient.Host = "10.0.0.1" // hosts are written in many ways
	if _, res = auth.Authenticate(other); res != nil {
		t.Fatal(res)
	}
}

func TestOtherRealmsAlgorithmsAndQopsAreChallengedAndNoFailure(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	good := `username="2001", realm="hatif.test", nonce="n", uri="sip:hatif.test", response="00"`
	for name, value := range map[string]string{
		"nothing":       "",
		"basic":         "Basic MjAwMTpz",
		"garbage":       `Digest "=,`,
		"another realm": "Digest " + strings.Replace(good, testRealm, "asterisk", 1),
		"auth-int":      "Digest " + good + ", qop=auth-int, nc=00000001, cnonce=x",
		"md5-sess":      "Digest " + good + ", algorithm=MD5-sess",
		"no user":       "Digest " + strings.Replace(good, `"2001"`, `""`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			req := newPhone(t, "2001", "127.0.0.1:5070").request("Authorization: " + value + " ")
			if _, res := auth.Authenticate(req); res == nil || res.StatusCode != 401 || isStale(t, res) {
				t.Fatalf("got %v, want a plain 401", res)
			}
		})
	}
	if failed, _, _ := auth.guard.figures(); failed != 0 {
		t.Errorf("%d were counted as failures", failed)
	}
}

func TestOfSeveralCredentialsOursAreFound(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	_, res := auth.Authenticate(p.request())
	p.take(res)
	foreign := `Authorization: Digest username="a", realm="elsewhere", nonce="n", uri="sip:x", response="00"`
	if _, res = auth.Authenticate(p.request(foreign)); res != nil {
		t.Fatal(res)
	}
}

func TestAPeerIsOnlyCalled(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, Account{User: "9000", Type: Peer})
	p := newPhone(t, "9000", "127.0.0.1:5070")
	p.method, p.uri = sip.INVITE, "sip:0777@hatif.test"
	_, res := auth.Authenticate(p.request())
	p.take(res)
	if _, res = auth.Authenticate(p.request()); res == nil || res.StatusCode != 403 {
		t.Fatalf("its INVITE got %v, want 403", res)
	}
	inside := p.request()
	inside.To().Params.Add("tag", "b")
	if _, res = auth.Authenticate(inside); res != nil {
		t.Fatalf("its re-INVITE got %s", res.StartLine())
	}
	p.method = sip.SUBSCRIBE
	if _, res = auth.Authenticate(p.request()); res != nil {
		t.Fatalf("its SUBSCRIBE got %s", res.StartLine())
	}
}

func TestGuestsComeInOnlyWhenAllowedAndNotAsOneOfUs(t *testing.T) {
	accounts := NewAccounts(testRealm)
	accounts.Set(testAccounts(amal))
	invite := func(auth *Authenticator, user string) *sip.Response {
		p := newPhone(t, user, "127.0.0.1:5070")
		p.method = sip.INVITE
		account, res := auth.Authenticate(p.request())
		if account != (Account{}) {
			t.Errorf("%s came in as %+v", user, account)
		}
		return res
	}
	open := NewAuthenticator(accounts, AuthConfig{Guests: true})
	if res := invite(open, "stranger"); res != nil {
		t.Errorf("a guest got %s", res.StartLine())
	}
	if res := invite(open, "2001"); res == nil || res.StatusCode != 401 {
		t.Errorf("a guest with our user's name got %v, want 401", res)
	}
	if res := invite(NewAuthenticator(accounts, AuthConfig{}), "stranger"); res == nil || res.StatusCode != 401 {
		t.Errorf("a guest where there are none got %v, want 401", res)
	}
}

func TestParseCredentialsReadsWhatPhonesWrite(t *testing.T) {
	want := credentials{username: `a"b`, realm: "r", nonce: "n=", uri: "sip:x;y=z", response: "ab", algorithm: "MD5", qop: "auth", count: "00000001", cnonce: "c,d"}
	for _, text := range []string{
		`Digest username="a\"b",realm="r",nonce="n=",uri="sip:x;y=z",response="ab",algorithm=MD5,qop=auth,nc=00000001,cnonce="c,d"`,
		`digest  Username = "a\"b" , REALM="r" ,, nonce="n=", uri="sip:x;y=z", response="ab", algorithm="MD5", qop="auth", nc=00000001 , cnonce="c,d", opaque="", x=y,`,
	} {
		got, ok := parseCredentials(text)
		if !ok || got != want {
			t.Errorf("%s\nis read as %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "Digest", "Digestusername=x", `Digest username="a`, `Digest username="a"b`, "Digest username", `Digest =x`} {
		if got, ok := parseCredentials(text); ok {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func FuzzAuthorization(f *testing.F) {
	f.Add(`Digest username="2001", realm="hatif.test", nonce="n", uri="sip:hatif.test", response="00", qop=auth, nc=00000001, cnonce="c"`)
	f.Add(`Digest username="\`)
	f.Add(`Digest username="a\"b",,=`)
	f.Add("Digest \t")
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	req := newPhone(f, "2001", "127.0.0.1:5070").request()
	f.Fuzz(func(t *testing.T, value string) {
		asked := req.Clone()
		asked.AppendHeader(sip.NewHeader("Authorization", value))
		if account, res := auth.Authenticate(asked); res == nil {
			t.Fatalf("%q logged on as %+v", value, account)
		}
	})
}

func isStale(t *testing.T, res *sip.Response) bool {
	t.Helper()
	c, err := digest.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
	if err != nil {
		t.Fatal(err)
	}
	return c.Stale
}

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

var (
	both    = []string{"SHA-256", "MD5"}
	md5Only = []string{"MD5"}
)

// offered lists the algorithms of a 401, in order.
func offered(t *testing.T, res *sip.Response) []string {
	t.Helper()
	if res == nil || res.StatusCode != 401 {
		t.Fatalf("got %v, want 401", res)
	}
	var list []string
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c.Algorithm)
	}
	return list
}

// expectOffer sends a request and compares what is offered.
func (p *regPhone) expectOffer(auth *Authenticator, want []string, headers ...string) *sip.Response {
	p.t.Helper()
	t, ok := p.t.(*testing.T)
	if !ok {
		p.t.Fatal("only in tests")
	}
	_, res := auth.Authenticate(p.request(headers...))
	if diff := cmp.Diff(want, offered(t, res)); diff != "" {
		t.Fatalf("offered (-want +got):\n%s", diff)
	}
	return res
}

func TestPhonesThatGiveUpAtSHA256AreKnownByName(t *testing.T) {
	for name, want := range map[string][]string{
		"baresip v0.6.5 (x86_64/linux)":  md5Only,
		"baresip v1.0.0 (x86_64/Linux)":  md5Only,
		"baresip v2.12.1 (arm64/Darwin)": md5Only,
		"baresip v3.11.0 (x86_64/Linux)": md5Only,
		"baresip v3.12.0 (x86_64/Linux)": both,
		"baresip v4.0.0":                 both,
		"baresip v1":                     both, // no version that we know
		"baresip vx.y":                   both,
		"not baresip v1.0.0":             both,
		"":                               both,
	} {
		_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
		req := newPhone(t, "2001", "127.0.0.1:5070").request()
		req.RemoveHeader("User-Agent")
		if name != "" {
			req.AppendHeader(sip.NewHeader("User-Agent", name))
		}
		_, res := auth.Authenticate(req)
		if diff := cmp.Diff(want, offered(t, res)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
}

func TestAPhoneThatDoesNotAnswerAChallengeWithBothIsOfferedMD5Alone(t *testing.T) {
	for name, again := range map[string]func(*regPhone){
		"with a higher CSeq":   func(p *regPhone) {},
		"with another Call-ID": func(p *regPhone) { p.callID, p.cseq = "another", 0 },
	} {
		t.Run(name, func(t *testing.T) {
			for _, user := range []string{"2001", "nobody"} { // an account and none: nothing is learnt from it
				_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
				p := newPhone(t, user, "127.0.0.1:5070")
				p.algorithm = "MD5"
				p.expectOffer(auth, both)
				again(p)
				p.expectOffer(auth, md5Only)
				p.expectOffer(auth, md5Only)

				newPhone(t, user, "127.0.0.2:5070").expectOffer(auth, both)
				newPhone(t, user, "127.0.0.1:5072").expectOffer(auth, both)
				if user == "nobody" {
					continue
				}
				p.take(p.expectOffer(auth, md5Only))
				if _, res := auth.Authenticate(p.request()); res != nil {
					t.Fatalf("its answer got %s", res.StartLine())
				}
				p.challenge = nil
				p.expectOffer(auth, md5Only)
			}
		})
	}
}

func TestARetransmissionIsNoNewRequest(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	for range 3 {
		p.cseq = 0
		p.expectOffer(auth, both)
	}
	p.expectOffer(auth, md5Only)
}

func TestAPhoneThatAnswersGoesOnBeingOfferedBoth(t *testing.T) {
	for _, algorithm := range both {
		for _, secret := range []string{"s-2001", "mistyped"} {
			_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
			p := newPhone(t, "2001", "127.0.0.1:5070")
			p.algorithm, p.secret = algorithm, secret
			for range 3 {
				p.challenge = nil
				p.take(p.expectOffer(auth, both))
				auth.Authenticate(p.request())
			}
		}
	}
}

func TestAPhoneThatProvesToKnowSHA256IsOfferedBothAgain(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	first := p.expectOffer(auth, both) // its REGISTER
	p.expectOffer(auth, md5Only)       // its SUBSCRIBE, sent in the same moment
	p.take(first)
	if _, res := auth.Authenticate(p.request()); res != nil {
		t.Fatalf("its answer got %s", res.StartLine())
	}
	p.challenge = nil
	p.expectOffer(auth, both)
}

func TestAPhoneIsKnownAgainByAnotherConnection(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	p.transport = "TCP"
	p.expectOffer(auth, both)
	p.source = "127.0.0.1:41234"
	p.expectOffer(auth, md5Only)
}

func TestAGuessDoesNotChangeWhatAPhoneIsOffered(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	p := newPhone(t, "2001", "127.0.0.1:5070")
	guess := newPhone(t, "2001", "127.0.0.1:5070")
	guess.callID, guess.secret = "guess", "guess"
	guess.take(p.expectOffer(auth, both))
	p.expectOffer(auth, md5Only)
	auth.Authenticate(guess.request())
	p.expectOffer(auth, md5Only)
}

func TestAStaleNonceIsReplacedByMD5AloneForPhonesThatNeedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.algorithm = "MD5"
		p.expectOffer(auth, both)
		p.take(p.expectOffer(auth, md5Only))
		time.Sleep(DefaultNonceLife)
		p.expectOffer(auth, md5Only)
	})
}

func TestAPhoneThatComesMuchLaterIsOfferedBothAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.expectOffer(auth, both)
		time.Sleep(md5RetryAtLatest + time.Second)
		p.expectOffer(auth, both)
		time.Sleep(md5RetryAtLatest)
		p.expectOffer(auth, md5Only)
		time.Sleep(md5PhoneLife + time.Second) // in use
		p.expectOffer(auth, md5Only)
		for range 3 { // not in use
			time.Sleep(md5PhoneLife)
			newPhone(t, "2002", "127.0.0.1:5070").expectOffer(auth, both)
		}
		p.expectOffer(auth, both)
	})
}

func TestPhonesThatAreOfferedMD5AloneUseBoundedMemory(t *testing.T) {
	_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
	req := newPhone(t, "2001", "127.0.0.1:5070").request()
	for i := range 3 * maxMD5Phones {
		req.From().Address.User = fmt.Sprintf("%d%0200d", i, 0)
		auth.Authenticate(req)
	}
	if n := len(auth.md5.young) + len(auth.md5.old); n > 2*maxMD5Phones {
		t.Errorf("%d phones are kept, want at most %d", n, 2*maxMD5Phones)
	}
	for key := range auth.md5.young {
		if len(key.user) > maxAccountName {
			t.Fatalf("a name of %d bytes was kept", len(key.user))
		}
	}
}

func TestMD5UnderTheNameOfTheFirstChallengeIsUnderstood(t *testing.T) {
	for secret, want := range map[string]bool{"s-2001": true, "guess": false} {
		_, auth := newTestRegistrar(RegistrarConfig{}, nil, amal)
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.algorithm, p.secret = "MD5", secret
		_, res := auth.Authenticate(p.request())
		p.take(res)
		req := p.request()
		answer := req.GetHeader("Authorization").Value()
		req.RemoveHeader("Authorization")
		req.AppendHeader(sip.NewHeader("Authorization", strings.Replace(answer, "algorithm=MD5", "algorithm=SHA-256", 1)))
		if _, res := auth.Authenticate(req); (res == nil) != want {
			t.Errorf("secret %q got %v", secret, res)
		}
	}
}

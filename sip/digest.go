package sip

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// AuthConfig are the options of an Authenticator. The zero value asks everybody.
type AuthConfig struct {
	NonceLife time.Duration // how long a phone may reuse a challenge; 0: DefaultNonceLife

	// Guests lets an INVITE without credentials, whose From is no account of ours, in as the zero Account.
	// Who can call as a guest can then also find out which accounts exist: those are asked for credentials.
	Guests bool

	Bans Bans         // of sources that send wrong credentials
	Log  *slog.Logger // hears of them; nil: nobody does
}

// DefaultNonceLife is how long a nonce is good for.
const DefaultNonceLife = 5 * time.Minute

// An Authenticator asks requests for digest credentials (RFC 3261 §22, RFC 7616, RFC 8760) and says
// whose they are. Its methods may be called from any goroutine.
//
// We are a UAS and a registrar, so every method is challenged with 401 and WWW-Authenticate; 407 is for
// proxies (RFC 3261 §22.2, §22.3), and phones that know Asterisk expect 401 as well. SHA-256 is offered
// first and MD5 second (RFC 8760 §2.4), with qop "auth"; "auth-int" is not offered. Phones that cannot cope with
// two challenges are offered MD5 alone: see md5Phones for how they are known. Wrong credentials are
// answered with 403, not with another 401, which sends some phones round in circles; the answer, and the
// work done for it, are the same for an unknown user and for a wrong secret. Who sends many of them is banned for a
// while, and then gets the same 403 without being looked at.
type Authenticator struct {
	accounts *Accounts
	config   AuthConfig
	nonces   *nonces
	md5      *md5Phones
	guard    *guard
}

// NewAuthenticator makes an Authenticator that knows the accounts of the table.
func NewAuthenticator(accounts *Accounts, c AuthConfig) *Authenticator {
	if c.NonceLife <= 0 {
		c.NonceLife = DefaultNonceLife
	}
	return &Authenticator{accounts: accounts, config: c, nonces: newNonces(c.NonceLife), md5: newMD5Phones(), guard: newGuard(c.Bans, c.Log)}
}

// Authenticate says which account sent req, or returns the response that refuses it: 401 with fresh
// challenges when there are no usable credentials, 403 when they are wrong or the account may not do this,
// 400 when they are for something else. The caller sends the response. The caller's identity is the account's;
// what From claims is not looked at. The zero Account is a guest (AuthConfig.Guests).
//
// A Peer's INVITE, REFER or MESSAGE is refused when it is outside a dialog. ACK and CANCEL cannot be
// challenged (RFC 3261 §22.1) and must not be passed in.
func (a *Authenticator) Authenticate(req *sip.Request) (Account, *sip.Response) {
	now := time.Now()
	source := sourceOf(req)
	if a.guard.banned(source, "") {
		return Account{}, refuse(req, sip.StatusForbidden, "Forbidden")
	}
	c, ok := a.credentials(req)
	if !ok {
		if a.guest(req) {
			return Account{}, nil
		}
		return Account{}, a.challenge(req, a.md5.alone(req, now), false, now)
	}

	// Not even the right secret is let through: a guesser would learn it.
	if a.guard.banned(source, c.username) {
		return Account{}, refuse(req, sip.StatusForbidden, "Forbidden")
	}
	known := a.accounts.known(c.username)
	var account Account
	ha1 := &a.accounts.nobody
	if known != nil {
		account, ha1 = known.Account, &known.secrets
	}
	right := c.rightFor(ha1, string(req.Method))
	right = right && known != nil && account.Secret != ""
	a.md5.answered(req, right && c.sha256(), now)
	if !right {
		reason := "wrong secret"
		switch {
		case known == nil:
			reason = "there is no such account"
		case account.Secret == "":
			reason = "the account has no secret"
		}
		a.guard.failure(source, c.username, reason, now)
		return Account{}, refuse(req, sip.StatusForbidden, "Forbidden")
	}

	// The secret was right but the nonce is old, used up, or from before our restart: the phone is
	// told to try again with a new one, without asking its user (RFC 7616 §3.3, stale).
	serial, state := a.nonces.judge(c.nonce, now)
	if state != nonceGood {
		return Account{}, a.challenge(req, a.md5.marked(req), true, now)
	}
	count, ok := c.nonceCount()
	if !ok || !a.nonces.counts.use(serial, count, now) {
		return Account{}, a.challenge(req, a.md5.marked(req), true, now)
	}

	if !sameResource(c.uri, &req.Recipient) {
		return Account{}, refuse(req, sip.StatusBadRequest, "Credentials are for another URI")
	}
	if account.Type == Peer && places(req) {
		return Account{}, refuse(req, sip.StatusForbidden, "This account is only called")
	}
	return account, nil
}

// credentials finds the credentials for our realm that can be checked at all. A request may carry
// several (RFC 3261 §22.4); those for other realms, other algorithms and other qops are passed over.
func (a *Authenticator) credentials(req *sip.Request) (credentials, bool) {
	for _, h := range req.Headers() {
		if !strings.EqualFold(h.Name(), "Authorization") {
			continue
		}
		c, ok := parseCredentials(h.Value())
		if !ok || c.realm != a.accounts.realm || c.username == "" || c.nonce == "" || c.uri == "" {
			continue
		}
		if (c.qop == "" || strings.EqualFold(c.qop, "auth")) && c.hash() != nil {
			return c, true
		}
	}
	return credentials{}, false
}

// challenge is a 401 that offers both algorithms, the better first, over one nonce; or MD5 alone.
func (a *Authenticator) challenge(req *sip.Request, md5Alone, stale bool, now time.Time) *sip.Response {
	res := refuse(req, sip.StatusUnauthorized, "Unauthorized")
	rest := `Digest realm="` + a.accounts.realm + `", nonce="` + a.nonces.fresh(now) + `", qop="auth"`
	if stale {
		rest += ", stale=true"
	}
	if !md5Alone {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", rest+", algorithm=SHA-256"))
	}
	res.AppendHeader(sip.NewHeader("WWW-Authenticate", rest+", algorithm=MD5"))
	return res
}

// guest reports whether req may come in without credentials.
func (a *Authenticator) guest(req *sip.Request) bool {
	if !a.config.Guests || req.Method != sip.INVITE {
		return false
	}
	from := req.From()
	return from != nil && a.accounts.known(userOf(&from.Address)) == nil
}

// hash is the algorithm's function, in hexadecimal; nil for one that was not offered. No algorithm is
// MD5 (RFC 7616 §3.3).
func (c *credentials) hash() func(dst, text []byte) []byte {
	switch {
	case c.sha256():
		return hexSHA256
	case c.algorithm == "" || strings.EqualFold(c.algorithm, "MD5") || strings.EqualFold(c.algorithm, "SHA-256"):
		return hexMD5
	}
	return nil
}

// sha256 reports whether the response is one of SHA-256. A phone from before RFC 8760 may repeat the name of the
// first challenge's algorithm and still compute MD5: its response has the length of one.
func (c *credentials) sha256() bool {
	return strings.EqualFold(c.algorithm, "SHA-256") && len(c.response) != hex.EncodedLen(md5.Size)
}

func hexMD5(dst, text []byte) []byte {
	sum := md5.Sum(text)
	return hex.AppendEncode(dst, sum[:])
}

func hexSHA256(dst, text []byte) []byte {
	sum := sha256.Sum256(text)
	return hex.AppendEncode(dst, sum[:])
}

// rightFor computes the response that an owner of the secret would have sent (RFC 7616 §3.4.1) and
// compares without telling by the time it takes.
func (c *credentials) rightFor(s *secrets, method string) bool {
	hash, ha1 := c.hash(), s.md5[:]
	if c.sha256() {
		ha1 = s.sha256[:]
	}
	var ha2, want [2 * sha256.Size]byte
	buf := make([]byte, 0, 512)
	buf = append(append(append(buf, method...), ':'), c.uri...)
	h2 := hash(ha2[:0], buf)

	buf = append(append(buf[:0], ha1...), ':')
	buf = append(append(buf, c.nonce...), ':')
	if c.qop != "" {
		buf = append(append(buf, c.count...), ':')
		buf = append(append(buf, c.cnonce...), ':')
		buf = append(append(buf, c.qop...), ':')
	}
	buf = append(buf, h2...)
	got := []byte(strings.ToLower(c.response))
	return subtle.ConstantTimeCompare(hash(want[:0], buf), got) == 1
}

// nonceCount is nc as a number. Without qop there is none (RFC 2069): such a nonce is good once.
func (c *credentials) nonceCount() (uint32, bool) {
	if c.qop == "" {
		return 1, true
	}
	n, err := strconv.ParseUint(c.count, 16, 32)
	return uint32(n), err == nil
}

// sameResource reports whether the digest's URI may stand for the request's. Proxies and phones write
// hosts, ports and parameters differently, so only another user part is another resource (RFC 7616 §3.4.6).
func sameResource(digest string, recipient *sip.Uri) bool {
	var u sip.Uri
	if sip.ParseUri(digest, &u) != nil || u.User == "" || recipient.User == "" {
		return true
	}
	return plainUser(u.User) == plainUser(recipient.User)
}

// plainUser is the user part of a URI without its escapes (RFC 3261 §19.1.4).
func plainUser(user string) string {
	if strings.IndexByte(user, '%') < 0 {
		return user
	}
	plain, err := url.PathUnescape(user)
	if err != nil {
		return user
	}
	return plain
}

// places reports whether req would begin something: a call, a transfer, a message.
func places(req *sip.Request) bool {
	switch req.Method {
	case sip.INVITE, sip.REFER, sip.MESSAGE:
		to := req.To()
		return to == nil || !to.Params.Has("tag")
	}
	return false
}

// sourceOf is the address a request came from, without its port; invalid when there is none.
func sourceOf(req *sip.Request) netip.Addr {
	addr, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().Unmap()
}

// refuse makes a final response without a body.
func refuse(req *sip.Request, code int, reason string) *sip.Response {
	return sip.NewResponseFromRequest(req, code, reason, nil)
}

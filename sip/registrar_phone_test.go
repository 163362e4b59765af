package sip

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

const testRealm = "hatif.test"

// regPhone writes REGISTERs as a phone does, and answers challenges with an implementation of digest that is
// not ours.
type regPhone struct {
	t          testing.TB
	user       string
	secret     string
	contact    string // address in Contact and Via
	source     string // where packets seem to come from; "": contact
	transport  string // "": UDP
	instance   string
	callID     string
	cseq       int
	algorithm  string // the challenge it answers; "": SHA-256
	challenge  *digest.Challenge
	nonceCount int
	method     sip.RequestMethod // "": REGISTER
	uri        string            // "": sip:hatif.test
	rport      bool
}

func newPhone(t testing.TB, user, contact string) *regPhone {
	return &regPhone{t: t, user: user, secret: "s-" + user, contact: contact, callID: user + "-" + contact}
}

// contactHeader is the phone's own Contact with parameters.
func (p *regPhone) contactHeader(params string) string {
	h := fmt.Sprintf("<sip:%s@%s>%s", p.user, p.contact, params)
	if p.instance != "" {
		h += `;+sip.instance="<` + p.instance + `>"`
	}
	return h
}

// request is a REGISTER with the given further headers and the credentials for the last challenge, if any.
func (p *regPhone) request(headers ...string) *sip.Request {
	p.t.Helper()
	p.cseq++
	transport, source, uri, method := p.transport, p.source, p.uri, p.method
	if transport == "" {
		transport = "UDP"
	}
	if source == "" {
		source = p.contact
	}
	if uri == "" {
		uri = "sip:hatif.test"
	}
	if method == "" {
		method = sip.REGISTER
	}
	via := p.contact + ";branch=" + sip.GenerateBranch()
	if p.rport {
		via += ";rport"
	}
	lines := append([]string{
		string(method) + " " + uri + " SIP/2.0",
		"Via: SIP/2.0/" + transport + " " + via,
		fmt.Sprintf("From: <sip:%s@hatif.test>;tag=a", p.user),
		fmt.Sprintf("To: <sip:%s@hatif.test>", p.user),
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", p.cseq, method),
		"Max-Forwards: 70",
		"User-Agent: test phone",
	}, headers...)
	if p.challenge != nil {
		p.nonceCount++
		c, err := digest.Digest(p.challenge, digest.Options{
			Method: string(method), URI: uri, Username: p.user, Password: p.secret, Count: p.nonceCount,
		})
		if err != nil {
			p.t.Fatal(err)
		}
		lines = append(lines, "Authorization: "+c.String())
	}
	return parseRequest(p.t, strings.Join(lines, "\r\n")+"\r\nContent-Length: 0\r\n\r\n", transport, source)
}

// send registers with the given headers, answering one challenge as phones do.
func (p *regPhone) send(r *Registrar, headers ...string) *sip.Response {
	p.t.Helper()
	res := r.Register(p.request(headers...))
	if res.StatusCode == sip.StatusUnauthorized {
		p.take(res)
		res = r.Register(p.request(headers...))
	}
	return res
}

// take remembers the challenge of a 401.
func (p *regPhone) take(res *sip.Response) {
	p.t.Helper()
	want := p.algorithm
	if want == "" {
		want = "SHA-256"
	}
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			p.t.Fatal(err)
		}
		if c.Algorithm == want {
			p.challenge, p.nonceCount = c, 0
			return
		}
	}
	p.t.Fatalf("no challenge for %s in:\n%s", want, res)
}

// mustSend is send for a phone that expects 200.
func (p *regPhone) mustSend(r *Registrar, headers ...string) *sip.Response {
	p.t.Helper()
	res := p.send(r, headers...)
	if res.StatusCode != 200 {
		p.t.Fatalf("REGISTER was answered %d %s, want 200", res.StatusCode, res.Reason)
	}
	return res
}

// register binds the phone's own contact for the given seconds.
func (p *regPhone) register(r *Registrar, seconds int) *sip.Response {
	p.t.Helper()
	return p.mustSend(r, "Contact: "+p.contactHeader(""), fmt.Sprintf("Expires: %d", seconds))
}

func parseRequest(t testing.TB, text, transport, source string) *sip.Request {
	t.Helper()
	msg, err := sip.NewParser().ParseSIP([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		t.Fatalf("no request:\n%s", text)
	}
	req.SetTransport(transport)
	req.SetSource(source)
	return req
}

// contactsOf lists the Contact headers of a response, in order.
func contactsOf(res *sip.Response) string {
	var list []string
	for _, h := range res.GetHeaders("Contact") {
		list = append(list, h.Value())
	}
	return strings.Join(list, ", ")
}

// targets lists where a user is called, the first first.
func targets(r *Registrar, user string) string {
	var list []string
	for _, b := range r.Contacts(user) {
		list = append(list, strings.ToLower(b.Transport)+" "+b.Target)
	}
	return strings.Join(list, ", ")
}

func testAccounts(users ...Account) map[string]Account {
	m := make(map[string]Account)
	for _, u := range users {
		if u.Secret == "" {
			u.Secret = "s-" + u.User
		}
		m[u.User] = u
	}
	return m
}

func newTestRegistrar(c RegistrarConfig, store Store, users ...Account) (*Registrar, *Authenticator) {
	accounts := NewAccounts(testRealm)
	auth := NewAuthenticator(accounts, AuthConfig{})
	r := NewRegistrar(c, accounts, auth, store, slog.New(slog.DiscardHandler))
	r.SetAccounts(testAccounts(users...))
	return r, auth
}

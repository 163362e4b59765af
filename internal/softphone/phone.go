package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Options say who a phone is and how it behaves. Only User is needed, and Server to call or to register.
type Options struct {
	Server    string // host:port of the PBX
	Transport string // "udp" (also when empty) or "tcp"
	Domain    string // the host in the phone's address; "" is Server's host
	BindHost  string // the address to bind and to offer; "" is 127.0.0.1

	User        string
	Secret      string
	DisplayName string
	UserAgent   string // "" is "hatif-softphone"
	Algorithm   string // digest algorithm: "MD5" or "SHA-256"; "" takes the first offered (RFC 8760)
	ForgetNonce bool   // be challenged for each request, instead of counting on with the last nonce

	Codecs         []Codec       // in order of preference; none is PCMU, PCMA
	NoEvents       bool          // telephone-event is not offered
	SessionExpires time.Duration // session timer asked for and supported (RFC 4028); 0: not supported
	Mux            bool          // RTP and RTCP on one port (RFC 5761)
	BehindNAT      bool          // write an unreachable private address into Via, Contact and SDP

	// SDP writes the session description instead of the phone, in offers and answers; nil: the phone does.
	SDP func(local netip.AddrPort) string
	// Policy is what the phone does when it is called; nil rings and waits for Call.Answer or Call.Reject.
	Policy Policy
	// Voice makes what the phone says in each call; nil is Stamped, which Call.Hears recognises.
	Voice func() Voice
	// Keep is how many RTP packets a call keeps of what it heard; 0 is ten minutes, less than 0 keeps none.
	Keep int

	// Reports is the time between RTCP reports; 0 is ReportsEvery, less than 0 sends none.
	Reports time.Duration

	Log *slog.Logger // sipgo's complaints; nil: nowhere
}

const keepByDefault = 10 * 60 * 50 // packets: ten minutes

// A Phone is one registered device of one user. Its methods may be called from any goroutine.
type Phone struct {
	opts    Options
	end     *endpoint
	own     bool   // the endpoint is this phone's alone, and closed with it
	fleet   *Fleet // whose sockets the sound uses; nil: each call its own
	contact sip.Uri
	auth    *credentials

	incoming chan *Call // calls for NextCall; the oldest unread give way

	mu            sync.Mutex
	policy        Policy          // guarded by mu
	calls         map[*Call]bool  // guarded by mu; not yet ended
	registerID    string          // guarded by mu; Call-ID of all our REGISTERs (RFC 3261 §10.2.4)
	registerSeq   uint32          // guarded by mu
	subscriptions map[string]bool // guarded by mu; Call-IDs
	stopRefresh   context.CancelFunc
}

// incomingBacklog is how many calls wait for NextCall.
const incomingBacklog = 64

// New opens a phone's SIP socket on an ephemeral port. Close it.
func New(o Options) (*Phone, error) {
	o = o.withDefaults()
	end, err := openEndpoint(o.Transport, o.BindHost, o.Server, false, o.Log)
	if err != nil {
		return nil, fmt.Errorf("phone %s: %w", o.User, err)
	}
	p := newPhone(o, end, o.User)
	p.own = true
	return p, nil
}

func (o Options) withDefaults() Options {
	if o.Transport == "" {
		o.Transport = "udp"
	}
	if o.BindHost == "" {
		o.BindHost = "127.0.0.1"
	}
	if o.Domain == "" {
		host, _, err := net.SplitHostPort(o.Server)
		if err != nil {
			host = o.BindHost
		}
		o.Domain = inURI(host)
	}
	if o.UserAgent == "" {
		o.UserAgent = "hatif-softphone"
	}
	if len(o.Codecs) == 0 {
		o.Codecs = []Codec{PCMU, PCMA}
	}
	if o.Keep == 0 {
		o.Keep = keepByDefault
	}
	o.Keep = max(o.Keep, 0)
	if o.Reports == 0 {
		o.Reports = ReportsEvery
	}
	if o.Policy == nil {
		o.Policy = RingOnly
	}
	return o
}

// inURI is a host as it stands in a URI: an IPv6 address in brackets (RFC 3261 §25.1).
func inURI(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// privateHost is an address of a network that nobody routes to (RFC 5737).
const privateHost = "192.0.2.33"

func newPhone(o Options, end *endpoint, contactUser string) *Phone {
	p := &Phone{
		opts: o, end: end, policy: o.Policy,
		contact:       sip.Uri{Scheme: "sip", User: contactUser, Host: inURI(end.local.Addr().String()), Port: int(end.local.Port())},
		auth:          &credentials{user: o.User, secret: o.Secret, algorithm: o.Algorithm, forget: o.ForgetNonce},
		incoming:      make(chan *Call, incomingBacklog),
		calls:         make(map[*Call]bool),
		subscriptions: make(map[string]bool),
		registerID:    newToken() + "@" + o.User,
	}
	if o.BehindNAT {
		p.contact.Host = privateHost
	}
	if o.Transport == "tcp" {
		p.contact.UriParams.Add("transport", "tcp")
	}
	end.mu.Lock()
	end.phones[contactUser] = p
	end.mu.Unlock()
	return p
}

// String is "phone 2001".
func (p *Phone) String() string { return "phone " + p.opts.User }

// User is the account's name, which is its number too.
func (p *Phone) User() string { return p.opts.User }

// Addr is where the phone's SIP socket is bound.
func (p *Phone) Addr() netip.AddrPort { return p.end.local }

// SetPolicy changes what the phone does with the calls that come from now on.
func (p *Phone) SetPolicy(policy Policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.policy = policy
}

// NextCall waits for the next incoming call and takes it; it may be ringing, answered or over by then.
func (p *Phone) NextCall(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.incoming:
		return c, nil
	default:
	}
	select {
	case c := <-p.incoming:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s was not called: %w", p, context.Cause(ctx))
	}
}

// Calls are the calls that have not ended.
func (p *Phone) Calls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*Call, 0, len(p.calls))
	for c := range p.calls {
		all = append(all, c)
	}
	return all
}

// HangupAll hangs up every call.
func (p *Phone) HangupAll(ctx context.Context) error {
	var errs []error
	for _, c := range p.Calls() {
		errs = append(errs, c.Hangup(ctx))
	}
	return errors.Join(errs...)
}

// Drop closes the phone's TCP connection to the server as a failing network does. Over UDP there is none.
func (p *Phone) Drop() error {
	if p.end.door == nil {
		return nil
	}
	if c := p.end.door.open(); c != nil {
		return c.Close()
	}
	return nil
}

// Close pulls the plug: no BYE, no un-REGISTER. It returns when the phone's goroutines and sockets are gone.
// Hang up and unregister first where the other side should know.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.stopRefresh != nil {
		p.stopRefresh()
	}
	p.mu.Unlock()
	for _, c := range p.Calls() {
		c.finish(&End{ByUs: true, How: "closed"})
	}
	if !p.own {
		p.end.mu.Lock()
		delete(p.end.phones, p.contact.User)
		p.end.mu.Unlock()
		return nil
	}
	return p.end.close()
}

// address is the phone's address of record (RFC 3261 §10).
func (p *Phone) address() sip.Uri {
	return sip.Uri{Scheme: "sip", User: p.opts.User, Host: p.opts.Domain}
}

// server is the Request-URI for a user at the server; "" is the server itself.
func (p *Phone) server(user string) (sip.Uri, error) {
	host, port, err := sip.ParseAddr(p.opts.Server)
	if err != nil {
		return sip.Uri{}, fmt.Errorf("%s: server %q is not host:port: %w", p, p.opts.Server, err)
	}
	u := sip.Uri{Scheme: "sip", User: user, Host: inURI(host), Port: port}
	if p.opts.Transport == "tcp" {
		u.UriParams.Add("transport", "tcp")
	}
	return u, nil
}

// uri makes a target of "0777", "sip:…" or "user@host".
func (p *Phone) uri(to string) (sip.Uri, error) {
	if !strings.ContainsAny(to, "@:") {
		return p.server(to)
	}
	if !strings.HasPrefix(to, "sip:") {
		to = "sip:" + to
	}
	var u sip.Uri
	if err := sip.ParseUri(to, &u); err != nil {
		return sip.Uri{}, fmt.Errorf("%s: %q: %w", p, to, err)
	}
	return u, nil
}

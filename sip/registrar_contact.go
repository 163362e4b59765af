package sip

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Bounds on what a phone can make us keep.
const (
	maxContactURI = 512
	maxInstance   = 256
	maxUserAgent  = 128
	maxCallID     = 256
)

// registration is what one REGISTER asks for.
type registration struct {
	callID    string
	cseq      uint32
	userAgent string
	source    string
	contacts  []contact
	wildcard  bool // Contact: * with Expires 0
}

// contact is one Contact of a REGISTER.
type contact struct {
	contactURI
	expires   time.Duration // as asked for; 0 removes; negative: nothing was said
	instance  string
	direct    bool // the address in the URI can be called as it stands
	transport string
	target    string
}

// contactURI is a Contact's URI in the forms that are compared and called.
type contactURI struct {
	uri       string // as sent
	key       string // equal for equal URIs (RFC 3261 §19.1.4), as far as phones need it
	host      string
	address   string // host:port
	transport string // from the URI's transport parameter, in capitals; "" none
}

// The mistakes of a REGISTER that are answered with 400 and these words.
var (
	errIncomplete = errors.New("Missing Call-ID, CSeq or To")
	errWildcard   = errors.New("Contact * needs Expires 0 and no other Contact")
	errContact    = errors.New("Contact is not a SIP URI")
	errTransport  = errors.New("Contact asks for a transport that is not ours: only sip over UDP and TCP")
	errTooLong    = errors.New("Contact or Call-ID is too long")
)

// parseRegistration reads the parts of a REGISTER that its effect depends on (RFC 3261 §10.3).
func parseRegistration(req *sip.Request) (registration, error) {
	callID, cseq := req.CallID(), req.CSeq()
	if callID == nil || cseq == nil || req.To() == nil {
		return registration{}, errIncomplete
	}
	r := registration{callID: string(*callID), cseq: cseq.SeqNo, source: req.Source()}
	if len(r.callID) > maxCallID {
		return registration{}, errTooLong
	}
	if h := req.GetHeader("User-Agent"); h != nil {
		r.userAgent = clip(h.Value(), maxUserAgent)
	}
	common := time.Duration(-1)
	if h := req.GetHeader("Expires"); h != nil {
		common = parseExpires(h.Value())
	}
	for _, h := range req.GetHeaders("Contact") {
		header, ok := h.(*sip.ContactHeader)
		if !ok {
			return registration{}, errContact
		}
		if header.Address.Wildcard {
			r.wildcard = true
			continue
		}
		c, err := parseContact(req, header, common)
		if err != nil {
			return registration{}, err
		}
		r.contacts = append(r.contacts, c)
	}
	if r.wildcard && (common != 0 || len(r.contacts) > 0) {
		return registration{}, errWildcard
	}
	return r, nil
}

func parseContact(req *sip.Request, header *sip.ContactHeader, expires time.Duration) (contact, error) {
	address := header.Address
	address.Headers = nil // of no use in a Request-URI (RFC 3261 §19.1.1)
	u, err := readContactURI(&address)
	if err != nil {
		return contact{}, err
	}
	c := contact{contactURI: u, expires: expires}
	for _, p := range header.Params {
		switch {
		case strings.EqualFold(p.K, "expires"):
			c.expires = parseExpires(p.V)
		case strings.EqualFold(p.K, "+sip.instance"):
			c.instance = p.V
		}
	}
	if len(c.instance) > maxInstance {
		return contact{}, errTooLong
	}
	// To call it in the clear would break what it asks for (RFC 3261 §26.2.2). One from before may be removed.
	ours := u.transport == "" || u.transport == "UDP" || u.transport == "TCP"
	if c.expires != 0 && (address.Scheme != "sip" || !ours) {
		return contact{}, errTransport
	}
	c.route(req)
	return c, nil
}

// route decides where the phone is called. Over UDP the address in the Contact is trusted only when the
// request came from it as its Via says; everything else (another address, a translated port, a name) is
// taken for NAT, and the phone is called at the source of its REGISTER, as Asterisk's auto_force_rport
// does. A phone on a stream is called on that stream.
func (c *contact) route(req *sip.Request) {
	received := strings.ToUpper(req.Transport())
	source := req.Source()
	c.direct = received == "UDP" && viaIsTrue(req, source) && sameHost(c.host, hostOf(source))
	switch {
	case !c.direct:
		c.transport, c.target = received, source
	case c.contactURI.transport != "":
		c.transport, c.target = c.contactURI.transport, c.address
	default:
		c.transport, c.target = received, c.address
	}
}

// viaIsTrue reports whether the request's own idea of its address is what we saw: the same host, and the
// same port when the phone asked for the answer to come back there (RFC 3581).
func viaIsTrue(req *sip.Request, source string) bool {
	via := req.Via()
	if via == nil || !sameHost(via.Host, hostOf(source)) {
		return false
	}
	if !via.Params.Has("rport") {
		return true
	}
	port := via.Port
	if port == 0 {
		port = 5060
	}
	return strings.HasSuffix(source, ":"+strconv.Itoa(port))
}

// parseContactURI reads a URI that was saved.
func parseContactURI(text string) (contactURI, error) {
	var u sip.Uri
	if err := sip.ParseUri(text, &u); err != nil {
		return contactURI{}, err
	}
	return readContactURI(&u)
}

func readContactURI(u *sip.Uri) (contactURI, error) {
	text := u.String()
	if len(text) > maxContactURI {
		return contactURI{}, errTooLong
	}
	if u.Scheme != "sip" && u.Scheme != "sips" || u.Host == "" || u.Wildcard || !plainURI(text) ||
		u.Port < 0 || u.Port > 65535 {
		return contactURI{}, errContact
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	c := contactURI{uri: text, host: u.Host}
	for _, p := range u.UriParams {
		if strings.EqualFold(p.K, "transport") {
			c.transport = strings.ToUpper(p.V)
		}
	}
	c.address = net.JoinHostPort(strings.Trim(u.Host, "[]"), strconv.Itoa(port))
	c.key = u.Scheme + ":" + plainUser(u.User) + "@" + strings.ToLower(c.address) + ";" + c.transport
	return c, nil
}

// plainURI reports whether text can be written between < and > again.
func plainURI(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// parseExpires reads delta-seconds; a malformed value is as none (RFC 3261 §20.19 leaves it to us), and a
// huge one is a day, which is beyond every limit.
func parseExpires(text string) time.Duration {
	seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 24 * time.Hour
	case err != nil:
		return -1
	}
	return time.Duration(min(seconds, 24*60*60)) * time.Second
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

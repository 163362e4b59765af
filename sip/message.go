package sip

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// What we can do, as OPTIONS, 405 and 420 tell it.
const (
	allowed   = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, SUBSCRIBE, REGISTER"
	supported = "timer, replaces" // 100rel is not: nothing here depends on a provisional response
	typeSDP   = "application/sdp"
	maxHops   = 70 // RFC 3261 §20.22
)

// response builds a response with our Server header. sipgo copies Via, From, To, Call-ID, CSeq and, where it
// belongs, Record-Route; it gives the To header a tag unless it has one.
func (ua *UA) response(req *sip.Request, code int, extra ...sip.Header) *sip.Response {
	res := sip.NewResponseFromRequest(req, code, statusText(code), nil)
	res.SipVersion = "SIP/2.0"
	for _, h := range extra {
		res.AppendHeader(h)
	}
	res.AppendHeader(sip.NewHeader("Server", ua.config.UserAgent))
	return res
}

// methodOf is what a response answers.
func methodOf(res *sip.Response) sip.RequestMethod {
	if cseq := res.CSeq(); cseq != nil {
		return cseq.MethodName
	}
	return ""
}

// withSDP puts a session description into a message.
func withSDP[M sip.Message](m M, sdp []byte) M {
	if len(sdp) > 0 {
		t := sip.ContentTypeHeader(typeSDP)
		m.AppendHeader(&t)
		m.SetBody(sdp)
	}
	return m
}

// ackOf acknowledges a refusal: a part of the INVITE's transaction (RFC 3261 §17.1.1.3).
func ackOf(invite *sip.Request, res *sip.Response) *sip.Request {
	ack := partOf(invite, sip.ACK)
	if to := res.To(); to != nil {
		ack.AppendHeader(sip.HeaderClone(to))
	} else {
		ack.AppendHeader(sip.HeaderClone(invite.To()))
	}
	ack.SetBody(nil)
	return ack
}

// cancelOf gives up an INVITE (RFC 3261 §9.1).
func cancelOf(invite *sip.Request) *sip.Request {
	cancel := partOf(invite, sip.CANCEL)
	cancel.AppendHeader(sip.HeaderClone(invite.To()))
	cancel.SetBody(nil)
	return cancel
}

// partOf begins a request with the identity of an INVITE's transaction: URI, top Via, Route, From, Call-ID and the
// number of its CSeq.
func partOf(invite *sip.Request, method sip.RequestMethod) *sip.Request {
	req := sip.NewRequest(method, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	sip.CopyHeaders("Route", invite, req)
	hops := sip.MaxForwardsHeader(maxHops)
	req.AppendHeader(&hops)
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(invite.CallID())
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	return req
}

// via is the Via header of a request that leaves on f (RFC 3261 §8.1.1.7, rport by RFC 3581).
func (ua *UA) via(f flow) *sip.ViaHeader {
	host, port := ua.contactAddr(f)
	params := sip.HeaderParams{{K: "branch", V: branchCookie + token()}}
	if f.wire.network() == "UDP" {
		params = append(params, sip.HeaderKV{K: "rport"})
	}
	return &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.wire.network(), Host: host, Port: port, Params: params,
	}
}

// contact is where the party reaches us for the rest of a dialog; user is written as it is.
func (ua *UA) contact(user string, f flow) *sip.ContactHeader {
	host, port := ua.contactAddr(f)
	uri := sip.Uri{Scheme: "sip", User: user, Host: host, Port: port}
	if f.wire.network() == "TCP" {
		uri.UriParams = sip.HeaderParams{{K: "transport", V: "tcp"}}
	}
	return &sip.ContactHeader{Address: uri}
}

// token is a new tag, branch or Call-ID: 130 bits of chance (RFC 3261 §19.3 asks for 32).
func token() string { return rand.Text() }

// values returns the values of a header whose name is given in lower case, long and short form.
func values(m sip.Message, names ...string) []string {
	var vs []string
	all := m.(interface{ Headers() []sip.Header }).Headers() // GetHeaders writes each name anew in lower case
	for _, name := range names {
		for _, h := range all {
			if n := h.Name(); len(n) == len(name) && strings.EqualFold(n, name) {
				vs = append(vs, h.Value())
			}
		}
	}
	return vs
}

// listed reports whether a header that is a list of words has the word.
func listed(m sip.Message, word string, names ...string) bool {
	for _, v := range values(m, names...) {
		for w := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(w), word) {
				return true
			}
		}
	}
	return false
}

// mediaType is the Content-Type without parameters, in lower case; "" when there is none.
func mediaType(m sip.Message) string {
	for _, v := range values(m, "content-type", "c") {
		v, _, _ = strings.Cut(v, ";")
		return strings.ToLower(strings.TrimSpace(v))
	}
	return ""
}

// unreserved are the characters of a user part that need no escape (RFC 3261 §25.1: unreserved, user-unreserved).
const unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/"

// escapeUser writes a user part as a URI wants it.
func escapeUser(user string) string {
	if strings.Trim(user, unreserved) == "" {
		return user
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(user) {
		if c := user[i]; strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// unescapeUser reads a user part; what is no escape stays as it is. Parameters of the user part
// (";phone-context=…") are cut off.
func unescapeUser(user string) string {
	user, _, _ = strings.Cut(user, ";")
	if !strings.Contains(user, "%") {
		return user
	}
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		if user[i] == '%' && i+2 < len(user) {
			if hi, lo := unhex(user[i+1]), unhex(user[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(user[i])
	}
	return b.String()
}

// userOf is who a URI names: the user part, or the number of a tel URI without the marks that only help to read it
// (RFC 3966 §3).
func userOf(uri *sip.Uri) string {
	if uri.Scheme != "tel" {
		return unescapeUser(uri.User)
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.()", r) {
			return -1
		}
		return r
	}, unescapeUser(uri.Raw()))
}

func unhex(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}

// quoteName writes a display name for sipgo, which adds the quotes and no more. Line ends cannot be escaped.
func quoteName(name string) string { return nameQuoter.Replace(name) }

var nameQuoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", " ", "\n", " ", "\x00", " ")

// unquoteName reads a display name as sipgo leaves it: without the quotes, with the escapes.
func unquoteName(name string) string {
	if !strings.Contains(name, `\`) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+1 < len(name) {
			i++
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

func trim(s string) string { return strings.TrimSpace(s) }

func join(words []string) string { return strings.Join(words, ", ") }

// isSupported reports whether an option tag is one of ours.
func isSupported(option string) bool {
	return slices.ContainsFunc(strings.Split(supported, ", "), func(own string) bool { return strings.EqualFold(option, own) })
}

package softphone

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// A Refused is a final answer other than success.
type Refused struct {
	Method string
	Code   int    // SIP status
	Phrase string // its reason phrase
	Reason string // the Reason header (RFC 3326); "" when there is none
}

func (r *Refused) Error() string {
	s := fmt.Sprintf("%s was refused: %d %s", r.Method, r.Code, r.Phrase)
	if r.Reason != "" {
		s += " (" + r.Reason + ")"
	}
	return s
}

func refusal(method sip.RequestMethod, res *sip.Response) *Refused {
	return &Refused{Method: string(method), Code: res.StatusCode, Phrase: res.Reason, Reason: headerValue(res, "Reason")}
}

// header is the part of a message that headers are asked from.
type header interface{ GetHeader(string) sip.Header }

func headerValue(m header, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// newToken makes what must be unique: tags, branches, Call-IDs.
func newToken() string { return strings.ToLower(rand.Text()[:16]) }

// An envelope is what the head of every request of one dialog, or of one purpose, is made of.
type envelope struct {
	target   sip.Uri // Request-URI
	from, to sip.Uri
	fromName string
	fromTag  string
	toTag    string
	callID   string
	routes   []sip.Uri
}

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, NOTIFY, REFER, UPDATE"

// request makes a request that only lacks its body and what its method needs.
func (p *Phone) request(method sip.RequestMethod, e envelope, cseq uint32) *sip.Request {
	req := sip.NewRequest(method, e.target)
	req.AppendHeader(p.via())
	from := &sip.FromHeader{DisplayName: e.fromName, Address: e.from}
	from.Params.Add("tag", e.fromTag)
	to := &sip.ToHeader{Address: e.to}
	if e.toTag != "" {
		to.Params.Add("tag", e.toTag)
	}
	callID := sip.CallIDHeader(e.callID)
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	req.AppendHeader(&hops)
	for _, r := range e.routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	if method != sip.CANCEL && method != sip.ACK && method != sip.BYE {
		req.AppendHeader(&sip.ContactHeader{Address: *p.contact.Clone()})
	}
	req.AppendHeader(sip.NewHeader("User-Agent", p.opts.UserAgent))
	req.SetTransport(strings.ToUpper(p.opts.Transport))
	if p.end.socket != nil {
		req.Laddr = sip.Addr{IP: p.end.local.Addr().AsSlice(), Port: int(p.end.local.Port())}
	}
	req.SetBody(nil)
	return req
}

func (p *Phone) via() *sip.ViaHeader {
	v := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(p.opts.Transport),
		Host: p.contact.Host, Port: p.contact.Port,
	}
	v.Params.Add("rport", "") // RFC 3581
	v.Params.Add("branch", sip.RFC3261BranchMagicCookie+newToken())
	return v
}

// asBuilt keeps sipgo from adding headers of its own.
func asBuilt(*sipgo.Client, *sip.Request) error { return nil }

// body attaches one.
func body(req *sip.Request, contentType string, b []byte) {
	if len(b) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", contentType))
		req.SetBody(b)
	}
}

// A sequence gives out CSeq numbers.
type sequence struct{ last atomic.Uint32 }

func (s *sequence) next() uint32 { return s.last.Add(1) }

// do sends what build makes and returns the success, answering challenges on the way. Anything else is an
// error: a *Refused, a transport's, or ctx's. It is for every method but INVITE.
func (p *Phone) do(ctx context.Context, build func() *sip.Request) (*sip.Response, error) {
	for challenges := 0; ; challenges++ {
		req := build()
		res, err := p.exchange(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", p, req.Method, err)
		}
		if res.IsSuccess() {
			return res, nil
		}
		again, err := p.again(res, challenges)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", p, req.Method, err)
		}
		if !again {
			return nil, refusal(req.Method, res)
		}
	}
}

// again takes a challenge and reports whether to send the request anew. The first 401 is normal, the second
// when the first was for a nonce that had grown old, and a third says that the secret is wrong.
func (p *Phone) again(res *sip.Response, challenges int) (bool, error) {
	if res.StatusCode != sip.StatusUnauthorized && res.StatusCode != sip.StatusProxyAuthRequired {
		return false, nil
	}
	stale := strings.Contains(strings.ToLower(headerValue(res, "WWW-Authenticate")+headerValue(res, "Proxy-Authenticate")), "stale=true")
	if challenges > 2 || challenges > 0 && !stale {
		return false, nil
	}
	return true, p.auth.challenged(res)
}

// exchange sends one request and waits for its final response.
func (p *Phone) exchange(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	if err := p.auth.authorize(req); err != nil {
		return nil, err
	}
	if err := p.end.reach(ctx); err != nil {
		return nil, err
	}
	p.end.requests.Add(1)
	tx, err := p.end.client.TransactionRequest(ctx, req, asBuilt)
	if err != nil {
		return nil, err
	}
	if req.IsInvite() {
		tx.OnRetransmission(p.end.strayResponse)
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, tx.Err()
		case <-ctx.Done():
			tx.Terminate()
			return nil, context.Cause(ctx)
		case <-p.end.ctx.Done():
			tx.Terminate()
			return nil, fmt.Errorf("the phone was closed")
		}
	}
}

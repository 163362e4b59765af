package softphone

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// A Transfer is a REFER that was taken on, and what came of it (RFC 3515).
type Transfer struct {
	call  *Call
	after int // messages of the trace that are older than the REFER
}

// Refer asks the other side to call an extension instead (blind transfer). The error is a *Refused when it
// will not.
func (c *Call) Refer(ctx context.Context, to string) (*Transfer, error) {
	target := sip.Uri{Scheme: "sip", User: to, Host: c.phone.opts.Domain}
	return c.refer(ctx, "<"+target.String()+">")
}

// ReferTo asks the other side to connect with the other party of another call of ours (attended transfer,
// REFER with Replaces, RFC 3891).
func (c *Call) ReferTo(ctx context.Context, other *Call) (*Transfer, error) {
	env := other.envelope()
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", env.callID, env.toTag, env.fromTag)
	target := sip.Uri{Scheme: "sip", User: env.to.User, Host: env.to.Host, Port: env.to.Port}
	return c.refer(ctx, "<"+target.String()+"?Replaces="+url.QueryEscape(replaces)+">")
}

func (c *Call) refer(ctx context.Context, to string) (*Transfer, error) {
	t := &Transfer{call: c, after: len(c.Messages())}
	_, err := c.do(ctx, sip.REFER, func(req *sip.Request) {
		by := c.phone.address()
		req.AppendHeader(sip.NewHeader("Refer-To", to))
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+by.String()+">")) // RFC 3892
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Codes are the SIP statuses that the other side has reported so far.
func (t *Transfer) Codes() []int {
	all := t.call.Messages()
	var codes []int
	for _, m := range all[min(t.after, len(all)):] {
		if code, ok := sipfrag(m); ok {
			codes = append(codes, code)
		}
	}
	return codes
}

// Wait waits for the final status of the transfer: 200 when the other side reached the new party.
func (t *Transfer) Wait(ctx context.Context) (int, error) {
	m, err := t.call.phone.WaitMessage(ctx, func(m Message) bool {
		code, ok := sipfrag(m)
		return ok && code >= 200 && m.Header("Call-ID") == t.call.callID
	})
	if err != nil {
		return 0, fmt.Errorf("transfer: %w", err)
	}
	code, _ := sipfrag(m)
	return code, nil
}

// sipfrag reads the status in a NOTIFY of a REFER.
func sipfrag(m Message) (int, bool) {
	if m.Out || !m.IsRequest("NOTIFY") || !strings.HasPrefix(m.Header("Event"), "refer") {
		return 0, false
	}
	code := Message{Raw: m.Body()}.Code()
	return code, code != 0
}

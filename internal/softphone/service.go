package softphone

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Options asks the server whether it is there (RFC 3261 §11).
func (p *Phone) Options(ctx context.Context) error { return p.ask(ctx, sip.OPTIONS, "", "", "") }

// Message sends a text to a user (RFC 3428). Texts that come in are in the Trace.
func (p *Phone) Message(ctx context.Context, to, text string) error {
	return p.ask(ctx, sip.MESSAGE, to, "text/plain", text)
}

// ask sends one request outside any dialog.
func (p *Phone) ask(ctx context.Context, method sip.RequestMethod, to, contentType, content string) error {
	target, err := p.uri(to)
	if err != nil {
		return err
	}
	callee := sip.Uri{Scheme: "sip", User: target.User, Host: p.opts.Domain}
	env := envelope{target: target, from: p.address(), to: callee, fromName: p.opts.DisplayName, fromTag: newToken(), callID: newToken() + newToken()}
	var seq sequence
	_, err = p.do(ctx, func() *sip.Request {
		req := p.request(method, env, seq.next())
		body(req, contentType, []byte(content))
		return req
	})
	return err
}

// A Subscription is a standing wish to be told of something (RFC 6665).
type Subscription struct {
	phone *Phone
	event string
	env   envelope
	seq   sequence
}

// Messages is the event of the message lamp (RFC 3842).
const Messages = "message-summary"

// Subscribe asks to be told of an event of the phone's own user: Messages. What the server tells is in Notices, unasked-for notices too.
func (p *Phone) Subscribe(ctx context.Context, event string, ttl time.Duration) (*Subscription, error) {
	target, err := p.server(p.opts.User)
	if err != nil {
		return nil, err
	}
	s := &Subscription{phone: p, event: event, env: envelope{
		target: target, from: p.address(), to: p.address(), fromName: p.opts.DisplayName, fromTag: newToken(), callID: newToken() + newToken(),
	}}
	p.mu.Lock()
	p.subscriptions[s.env.callID] = true
	p.mu.Unlock()
	return s, s.send(ctx, ttl)
}

// Refresh prolongs the subscription; 0 ends it.
func (s *Subscription) Refresh(ctx context.Context, ttl time.Duration) error { return s.send(ctx, ttl) }

func (s *Subscription) send(ctx context.Context, ttl time.Duration) error {
	res, err := s.phone.do(ctx, func() *sip.Request {
		req := s.phone.request(sip.SUBSCRIBE, s.env, s.seq.next())
		req.AppendHeader(sip.NewHeader("Event", s.event))
		req.AppendHeader(sip.NewHeader("Accept", "application/simple-message-summary"))
		req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(ttl/time.Second))))
		return req
	})
	if err != nil {
		return err
	}
	s.env.toTag = res.To().Params.GetOr("tag", "")
	if contact := res.Contact(); contact != nil {
		s.env.target = *contact.Address.Clone()
	}
	return nil
}

func (p *Phone) subscribed(callID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.subscriptions[callID]
}

// Notices are the bodies of the NOTIFYs for an event, oldest first.
func (p *Phone) Notices(event string) []string {
	var all []string
	for _, m := range p.Trace() {
		if isNotice(m, event) {
			all = append(all, m.Body())
		}
	}
	return all
}

// WaitNotice waits for a NOTIFY for an event whose body ok accepts.
func (p *Phone) WaitNotice(ctx context.Context, event string, ok func(body string) bool) (string, error) {
	m, err := p.WaitMessage(ctx, func(m Message) bool { return isNotice(m, event) && ok(m.Body()) })
	if err != nil {
		return "", fmt.Errorf("%s: notice of %s: %w", p, event, err)
	}
	return m.Body(), nil
}

func isNotice(m Message, event string) bool {
	return !m.Out && m.IsRequest("NOTIFY") && m.Header("Event") == event
}

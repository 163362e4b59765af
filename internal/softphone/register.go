package softphone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// RegisterFor is the expiry that a phone asks for when it is not told one.
const RegisterFor = time.Hour

// A Binding is one device that the registrar knows for the phone's user.
type Binding struct {
	Contact string // its URI
	Expires time.Duration
	Ours    bool // this phone's
}

// Register logs the phone on once, for the time given (0: RegisterFor), and returns how long it was granted.
// The error is a *Refused when the registrar said no.
func (p *Phone) Register(ctx context.Context, ttl time.Duration) (time.Duration, error) {
	if ttl <= 0 {
		ttl = RegisterFor
	}
	contact := &sip.ContactHeader{Address: *p.contact.Clone()}
	all, err := p.register(ctx, contact, ttl)
	if err != nil {
		return 0, err
	}
	for _, b := range all {
		if b.Ours {
			return b.Expires, nil
		}
	}
	return 0, fmt.Errorf("%s: REGISTER: the answer does not list our contact %s", p, p.contact.String())
}

// StayRegistered logs the phone on and refreshes at half the time granted, until Unregister or Close.
func (p *Phone) StayRegistered(ctx context.Context, ttl time.Duration) error {
	granted, err := p.Register(ctx, ttl)
	if err != nil {
		return err
	}
	alive, stop := context.WithCancel(p.end.ctx)
	p.mu.Lock()
	if p.stopRefresh != nil {
		p.stopRefresh()
	}
	p.stopRefresh = stop
	p.mu.Unlock()
	if !p.end.spawn(func() { p.refresh(alive, ttl, granted) }) {
		stop()
		return errors.New("the phone is closed")
	}
	return nil
}

func (p *Phone) refresh(ctx context.Context, ttl, granted time.Duration) {
	for {
		select {
		case <-time.After(granted / 2):
		case <-ctx.Done():
			return
		}
		again, err := p.Register(ctx, ttl)
		if err != nil {
			if ctx.Err() == nil {
				p.end.log.Warn("registration was not refreshed", "user", p.opts.User, "error", err)
			}
			granted = max(granted/2, time.Second)
			continue
		}
		granted = again
	}
}

// Unregister logs this phone off and stops the refreshing.
func (p *Phone) Unregister(ctx context.Context) error {
	p.quiesce()
	_, err := p.register(ctx, &sip.ContactHeader{Address: *p.contact.Clone()}, 0)
	return err
}

// UnregisterAll logs every device of the user off: "Contact: *" (RFC 3261 §10.2.2).
func (p *Phone) UnregisterAll(ctx context.Context) error {
	p.quiesce()
	_, err := p.register(ctx, &sip.ContactHeader{Address: sip.Uri{Wildcard: true}}, 0)
	return err
}

// Bindings asks which devices of the user are logged on (RFC 3261 §10.2.3).
func (p *Phone) Bindings(ctx context.Context) ([]Binding, error) { return p.register(ctx, nil, -1) }

func (p *Phone) quiesce() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopRefresh != nil {
		p.stopRefresh()
		p.stopRefresh = nil
	}
}

func (p *Phone) register(ctx context.Context, contact *sip.ContactHeader, expires time.Duration) ([]Binding, error) {
	target, err := p.server("")
	if err != nil {
		return nil, err
	}
	env := envelope{target: target, from: p.address(), to: p.address(), fromName: p.opts.DisplayName, fromTag: newToken(), callID: p.registerID}
	res, err := p.do(ctx, func() *sip.Request {
		p.mu.Lock()
		p.registerSeq++
		seq := p.registerSeq
		p.mu.Unlock()
		req := p.request(sip.REGISTER, env, seq)
		req.RemoveHeader("Contact")
		if contact != nil {
			req.AppendHeader(contact)
			req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
		}
		return req
	})
	if err != nil {
		return nil, err
	}
	return p.bindings(res)
}

// bindings reads the contacts that a registrar lists, one or several to a header.
func (p *Phone) bindings(res *sip.Response) ([]Binding, error) {
	byDefault := seconds(headerValue(res, "Expires"))
	var all []Binding
	for _, h := range res.GetHeaders("Contact") {
		for _, one := range splitContacts(h.Value()) {
			_, rest, open := strings.Cut(one, "<")
			uri, params, closed := strings.Cut(rest, ">")
			if !open || !closed {
				return nil, fmt.Errorf("%s: REGISTER: contact %q in the answer is malformed", p, one)
			}
			b := Binding{Contact: uri, Expires: byDefault, Ours: p.isOurs(uri)}
			for param := range strings.SplitSeq(params, ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(param), "expires="); ok {
					b.Expires = seconds(v)
				}
			}
			all = append(all, b)
		}
	}
	return all, nil
}

func (p *Phone) isOurs(contact string) bool {
	var u sip.Uri
	return sip.ParseUri(contact, &u) == nil && u.User == p.contact.User && u.Host == p.contact.Host && u.Port == p.contact.Port
}

func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// splitContacts splits at the commas that are not within <> or quotes.
func splitContacts(s string) []string {
	var parts []string
	begin, quoted, angled := 0, false, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' && !angled:
			quoted = !quoted
		case c == '<' && !quoted:
			angled = true
		case c == '>' && !quoted:
			angled = false
		case c == ',' && !quoted && !angled:
			parts = append(parts, s[begin:i])
			begin = i + 1
		}
	}
	return append(parts, s[begin:])
}

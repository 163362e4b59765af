package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// A subscription is a phone's standing wish to be told what waits in its user's mailbox (RFC 6665, RFC 3842). It
// costs no goroutine; its timers run as callbacks.
type subscription struct {
	path  // its mu guards what follows
	user  string
	event string // "message-summary", with the id that the phone gave it

	expires time.Time // guarded by mu
	expiry  alarm     // guarded by mu
	pace    alarm     // guarded by mu
	sent    time.Time // guarded by mu: the last NOTIFY
	shown   waiting   // guarded by mu: what the phone knows when it answers
	asking  bool      // guarded by mu: a NOTIFY has no answer yet
	again   bool      // guarded by mu: and the phone must hear something else by now, or asked to
	over    bool      // guarded by mu
}

// RFC 3842 §3.10: not more than one NOTIFY a second.
const notifyPause = time.Second

// show tells the phone what waits for it; at once when it has asked, and when not, only news and not too often. One
// NOTIFY is on its way at a time.
func (s *subscription) show(asked bool) {
	now, news := time.Now(), s.ua.lamps.waiting(s.user)
	s.mu.Lock()
	pause := s.sent.Add(notifyPause).Sub(now)
	switch {
	case s.over:
		s.mu.Unlock()
		return
	case s.asking:
		s.again = true
		s.mu.Unlock()
		return
	case !asked && news == s.shown:
		s.mu.Unlock()
		return
	case !asked && pause > 0:
		s.pace.set(s.ua, pause, s.paced)
		s.mu.Unlock()
		return
	}
	s.pace.stop()
	s.asking, s.again, s.sent, s.shown = true, false, now, news
	state := "active;expires=" + seconds(max(s.expires.Sub(now), 0))
	s.mu.Unlock()
	s.notify(state, news, s.answered)
}

// paced ends the pause after a NOTIFY.
func (s *subscription) paced() {
	s.mu.Lock()
	due := s.pace.due()
	s.mu.Unlock()
	if due {
		s.show(false)
	}
}

// answered takes the answer to a NOTIFY, or its absence. A phone that refuses, or says nothing, does not listen any
// more (RFC 6665 §4.2.2), unless it names a time at which it will; it can subscribe anew.
func (s *subscription) answered(res *sip.Response, err error) {
	switch {
	case err == nil && res.StatusCode < 200:
		return
	case err != nil, res.StatusCode >= 300 && (res.StatusCode == sip.StatusCallTransactionDoesNotExists || len(values(res, "retry-after")) == 0):
		s.ua.log.Debug("subscription is over", "user", s.user, "call_id", s.callID, "error", err)
		s.end("")
		return
	}
	s.mu.Lock()
	again := s.again
	s.asking, s.again = false, false
	if res.StatusCode >= 300 {
		s.shown = waiting{-1, -1} // nobody knows
	}
	s.mu.Unlock()
	if again {
		s.show(false)
	}
}

// end ends the subscription, once, and tells the phone the reason, in RFC 6665 §4.1.3's words; "" tells it nothing.
func (s *subscription) end(reason string) {
	news := s.ua.lamps.waiting(s.user)
	s.mu.Lock()
	first := !s.over
	s.over = true
	s.expiry.stop()
	s.pace.stop()
	s.mu.Unlock()
	if !first {
		return
	}
	s.ua.lamps.drop(s)
	if reason != "" {
		s.notify("terminated;reason="+reason, news, func(*sip.Response, error) {}) // the last word, whatever the phone says
	}
}

// prolong sets the time at which the subscription ends by itself, and reports false when it has ended.
func (s *subscription) prolong(life time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.expires = time.Now().Add(life)
	s.expiry.set(s.ua, life, s.expired)
	return true
}

// expired ends a subscription that was not refreshed.
func (s *subscription) expired() {
	s.mu.Lock()
	due := s.expiry.due()
	s.mu.Unlock()
	if due {
		s.end("timeout")
	}
}

func (s *subscription) notify(state string, news waiting, handle func(*sip.Response, error)) {
	s.send(sip.NOTIFY, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Event", s.event))
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		news.summary(req)
	}, handle)
}

// at reports whether the subscription is that of a registered phone: it came from the same address, or names the same
// one.
func (s *subscription) at(b *Binding) bool {
	s.mu.Lock()
	source, target := s.peer.remote.String(), s.target
	s.mu.Unlock()
	if source == b.Source {
		return true
	}
	is, err := readContactURI(&target)
	has, errHas := parseContactURI(b.URI)
	return err == nil && errHas == nil && is.address == has.address && sameHost(hostOf(source), hostOf(b.Source))
}

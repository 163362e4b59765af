package softphone

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A sessionTimer keeps a dialog alive by refreshes, or ends it when they stop (RFC 4028).
type sessionTimer struct {
	want, least time.Duration // asked for; 0: not supported
	granted     time.Duration // 0: not in use
	weRefresh   bool
	timer       *time.Timer
}

func (s *sessionTimer) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
}

// startSession takes what an answer to an INVITE or UPDATE granted; weAsked says whose request it was.
func (c *Call) startSession(m header, weAsked bool) {
	expires, who := refresher(headerValue(m, "Session-Expires"))
	c.mu.Lock()
	defer c.mu.Unlock()
	if expires == 0 || c.session.want == 0 || c.end != nil {
		return
	}
	c.session.stop()
	c.session.granted = expires
	c.session.weRefresh = (who == "uac") == weAsked
	if c.session.weRefresh {
		c.session.timer = time.AfterFunc(expires/2, func() { c.phone.end.join(c.refreshSession) })
		return
	}
	// RFC 4028 §10: the smaller of 32 seconds and a third before the end.
	c.session.timer = time.AfterFunc(expires-min(32*time.Second, expires/3), func() { c.phone.end.join(c.expireSession) })
}

// SessionExpires is the session timer in use, and whether the phone refreshes it; 0: none.
func (c *Call) SessionExpires() (expires time.Duration, weRefresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.granted, c.session.weRefresh
}

func (c *Call) refreshSession() {
	c.mu.Lock()
	granted := c.session.granted
	c.mu.Unlock()
	ctx, stop := context.WithTimeout(c.phone.end.ctx, granted/2)
	defer stop()
	if err := c.Reoffer(ctx, Offer{Method: string(sip.UPDATE), Unchanged: true}); err != nil && c.Ended() == nil {
		c.logger().Warn("session was not refreshed", "error", err)
		c.expireSession()
	}
}

func (c *Call) expireSession() {
	ctx, stop := context.WithTimeout(c.phone.end.ctx, 4*time.Second)
	defer stop()
	if _, err := c.do(ctx, sip.BYE, nil); err != nil {
		c.logger().Warn("BYE of an expired session failed", "error", err)
	}
	c.finish(&End{ByUs: true, How: "session expired"})
}

package sip

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A session is RFC 4028's timer of one dialog: whoever is the refresher sends UPDATE or re-INVITE at half of the
// interval, and a session that is not refreshed is over. It runs only when the party supports it.
type session struct {
	interval time.Duration // 0: no timer
	min      time.Duration // the shortest interval we ask for: Min-SE, ours or what a 422 raised it to
	wish     time.Duration // what we ask for
	late     int           // refreshes that were refused since the last that was not
	ours     bool          // we refresh
	update   bool          // the party allows UPDATE
	alarm    alarm
}

const (
	refreshUs    = "uas" // as seen from the request's answer: the server of the request refreshes
	refreshThem  = "uac"
	expiryMargin = 32 * time.Second // RFC 4028 §10: BYE goes out before the party thinks that the session is over
)

// sessionExpires reads a Session-Expires header: the interval and who refreshes, "" when it does not say.
func sessionExpires(m sip.Message) (interval time.Duration, refresher string, ok bool) {
	vs := values(m, "session-expires", "x")
	if len(vs) == 0 {
		return 0, "", false
	}
	number, params, _ := strings.Cut(vs[0], ";")
	n, err := strconv.ParseUint(trim(number), 10, 31)
	if err != nil {
		return 0, "", false
	}
	for p := range strings.SplitSeq(params, ";") {
		if key, value, _ := strings.Cut(p, "="); strings.EqualFold(trim(key), "refresher") {
			refresher = strings.ToLower(trim(value))
		}
	}
	return time.Duration(n) * time.Second, refresher, true
}

func minSE(m sip.Message) time.Duration {
	for _, v := range values(m, "min-se") {
		number, _, _ := strings.Cut(v, ";")
		if n, err := strconv.ParseUint(trim(number), 10, 31); err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}

// hasTimer reports whether who sent a request supports the timer. Whoever requires it does, too.
func hasTimer(req *sip.Request) bool { return listed(req, "timer", "supported", "k", "require") }

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// tooBrief is the 422 for a request whose session would be shorter than we allow (RFC 4028 §9); nil: none. A party
// without support for the timer did not ask for it: a proxy did, and is overruled.
func (ua *UA) tooBrief(req *sip.Request) *sip.Response {
	interval, _, ok := sessionExpires(req)
	if !ok || interval >= ua.config.MinSE || !hasTimer(req) {
		return nil
	}
	return ua.response(req, 422, sip.NewHeader("Min-SE", seconds(ua.config.MinSE)))
}

// acceptSession agrees on the timer as the server of a request and returns the headers that the 2xx says so with
// (RFC 4028 §9). mu is held.
func (d *Dialog) acceptSession(req *sip.Request) []sip.Header {
	s := &d.session
	s.interval, s.ours = 0, false
	s.alarm.stop()
	if !hasTimer(req) {
		return nil
	}
	wish, refresher, asked := sessionExpires(req)
	s.interval = d.ua.config.SessionExpires
	if asked {
		s.interval = min(s.interval, wish)
	}
	s.interval = max(s.interval, d.ua.config.MinSE, minSE(req))
	// Where the party leaves it open, we refresh: then it is surely done, and finds out that a party is gone.
	if s.ours = refresher != refreshThem; s.ours {
		refresher = refreshUs
	}
	d.armSession()
	headers := []sip.Header{sip.NewHeader("Session-Expires", seconds(s.interval)+";refresher="+refresher)}
	if !s.ours {
		headers = append(headers, sip.NewHeader("Require", "timer"))
	}
	return headers
}

// request are the headers that ask for the timer as the client of a request (RFC 4028 §7.1). Once a session has its
// interval, that is what is asked for again (§7.4). mu is held.
func (s *session) request(refresher string) []sip.Header {
	wish := s.wish
	if s.interval > 0 {
		wish = max(s.interval, s.min)
	}
	value := seconds(wish)
	if refresher != "" {
		value += ";refresher=" + refresher
	}
	return []sip.Header{sip.NewHeader("Session-Expires", value), sip.NewHeader("Min-SE", seconds(s.min))}
}

// startSession agrees on the timer as the client of a request, from its 2xx (RFC 4028 §7.2). mu is held.
func (d *Dialog) startSession(res *sip.Response) {
	s := &d.session
	s.alarm.stop()
	interval, refresher, ok := sessionExpires(res)
	if s.interval, s.ours = interval, refresher != refreshUs; !ok || interval <= 0 {
		s.interval = 0 // the party has no timer: none runs
		return
	}
	d.armSession()
}

// raise takes the Min-SE of a 422 and reports whether it asks for more than was offered (RFC 4028 §7.3). mu is held.
func (s *session) raise(res *sip.Response, wish time.Duration) bool {
	least := minSE(res)
	if least <= s.min {
		return false
	}
	s.min, s.wish = least, max(wish, least)
	return true
}

// armSession sets the alarm for our refresh, or for the party's that does not come. mu is held.
func (d *Dialog) armSession() {
	s := &d.session
	if s.late = 0; s.interval == 0 || d.state == ended {
		return
	}
	wait := s.interval / 2
	if !s.ours {
		wait = s.interval - min(expiryMargin, s.interval/3)
	}
	s.alarm.set(d.ua, wait, d.sessionDue)
}

func (d *Dialog) sessionDue() {
	d.mu.Lock()
	due := d.state != ended && d.session.alarm.due()
	ours, update, sdp := d.session.ours, d.session.update, d.localSDP
	d.mu.Unlock()
	switch {
	case !due:
	case !ours:
		d.sessionOver()
	case update:
		d.refreshByUpdate(sdp)
	default:
		d.refreshByInvite(sdp)
	}
}

// sessionOver ends a session that nobody refreshed (RFC 4028 §10).
func (d *Dialog) sessionOver() {
	d.hangUp(End{Code: sip.StatusRequestTimeout, Q850: 102, Reason: ReasonSession, By: ByNetwork})
}

// refreshByUpdate refreshes the session without an offer (RFC 4028 §7.4). It runs on the timer's goroutine.
func (d *Dialog) refreshByUpdate(sdp []byte) {
	res, err := d.ask(d.ctx, sip.UPDATE, func(req *sip.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, h := range d.session.request(refreshThem) { // "uac" is us here
			req.AppendHeader(h)
		}
		req.AppendHeader(sip.NewHeader("Supported", supported))
	})
	switch {
	case err == nil:
		d.mu.Lock()
		if d.state != ended {
			d.heard(res, d.peer)
			d.startSession(res)
		}
		d.mu.Unlock()
	case d.ctx.Err() != nil:
	case res != nil && (res.StatusCode == sip.StatusMethodNotAllowed || res.StatusCode == sip.StatusNotImplemented):
		d.mu.Lock()
		d.session.update = false // whatever its Allow header said
		d.mu.Unlock()
		d.refreshByInvite(sdp)
	default:
		d.refreshLater(res)
	}
}

func (d *Dialog) refreshByInvite(sdp []byte) {
	answer, err := d.Reinvite(d.ctx, sdp)
	if err != nil {
		if d.ctx.Err() == nil {
			d.refreshLater(nil)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.onAnswer; f != nil && answer != nil && d.state != ended {
		d.enqueue(func() { f(answer) })
	}
}

// refreshLater tries again while the session lasts: a refusal leaves it as it is (RFC 4028 §10).
func (d *Dialog) refreshLater(res *sip.Response) {
	d.mu.Lock()
	s := &d.session
	if d.state == ended {
		d.mu.Unlock()
		return
	}
	if res != nil && res.StatusCode == 422 {
		s.raise(res, d.ua.config.SessionExpires)
	}
	// The first refresh was at a half; then at three quarters; then it is over.
	if s.late++; s.late < 2 {
		s.alarm.set(d.ua, s.interval/4, d.sessionDue)
		d.mu.Unlock()
		return
	}
	d.mu.Unlock()
	d.sessionOver()
}

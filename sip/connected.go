package sip

import "github.com/emiago/sipgo/sip"

// Connected tells the party with whom it talks now, in an UPDATE without an offer: P-Asserted-Identity (RFC 3325), and
// Remote-Party-ID for phones that know only that. The From header stays: to change it (RFC 4916) surprises more phones
// than it helps. Who does not allow UPDATE is left alone, since a re-INVITE would disturb the session, and so is who
// is not talking. It does not wait, and whatever comes of it the call goes on.
func (d *Dialog) Connected(with Party) {
	d.mu.Lock()
	ready, timed := d.state == confirmed && d.session.update, d.session.interval > 0
	var timer []sip.Header
	if timed { // RFC 4028 §7.4: every UPDATE agrees on the timer anew
		refresher := refreshUs
		if d.session.ours {
			refresher = refreshThem // "uac" is us here
		}
		timer = d.session.request(refresher)
	}
	uri := *d.local.Address.Clone()
	d.mu.Unlock()
	if !ready {
		return
	}
	uri.User = escapeUser(with.Number)
	address := `"` + quoteName(with.Name) + `" <` + uri.String() + `>`
	side := "called"
	if !d.inbound {
		side = "calling"
	}
	d.send(sip.UPDATE, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("P-Asserted-Identity", address))
		req.AppendHeader(sip.NewHeader("Remote-Party-ID", address+";party="+side+";privacy=off;screen=yes"))
		req.AppendHeader(sip.NewHeader("Allow", allowed))
		req.AppendHeader(sip.NewHeader("Supported", supported))
		for _, h := range timer {
			req.AppendHeader(h)
		}
	}, func(res *sip.Response, err error) { d.shown(res, err, timed) })
}

// shown takes the answer to Connected. That the party does not take it, or does not answer, is no reason to end a call.
func (d *Dialog) shown(res *sip.Response, err error, timed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil:
		d.ua.log.Debug("a party is not told whom it talks with", "call_id", d.callID, "error", err)
	case d.state == ended || res.StatusCode < 200:
	case res.IsSuccess():
		d.heard(res, d.peer)
		if timed {
			d.startSession(res)
		}
	case res.StatusCode == sip.StatusMethodNotAllowed || res.StatusCode == sip.StatusNotImplemented:
		d.session.update = false // whatever its Allow header said
	}
}

package sip

import (
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Stats are the UA's figures since New.
type Stats struct {
	Requests        map[string]uint64 // received, by method; unknown methods together as "other"; retransmissions included
	Responses       map[int]uint64    // sent, by status; retransmissions not included
	Malformed       uint64            // packets that are no SIP message, or one that cannot be read: dropped, or answered 400
	Retransmissions uint64            // requests that had been received before
	Panics          uint64            // handlers that panicked: each is a bug, logged with its stack
	Overload        uint64            // requests refused because too many were being handled
	Failures        uint64            // requests with wrong credentials
	Banned          uint64            // requests refused because their source, or it for their account, is banned
	Bans            int               // in force
	Dialogs         int               // in progress
	Subscriptions   int               // in force
	Transactions    int               // in progress or still waiting for retransmissions
	Connections     int               // open TCP connections
}

// methods are those that are counted by name.
var methods = [...]sip.RequestMethod{
	sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.REGISTER, sip.OPTIONS, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER,
	sip.INFO, sip.MESSAGE, sip.PRACK, sip.UPDATE, sip.PUBLISH,
}

// known reports whether a method is one of SIP's, whether we serve it or not.
func known(method sip.RequestMethod) bool { return indexOf(method) < len(methods) }

func indexOf(method sip.RequestMethod) int {
	for i, m := range methods {
		if m == method {
			return i
		}
	}
	return len(methods)
}

type counters struct {
	requests        [len(methods) + 1]atomic.Uint64
	responses       [700]atomic.Uint64
	malformed       atomic.Uint64
	retransmissions atomic.Uint64
	panics          atomic.Uint64
	overload        atomic.Uint64
}

func (c *counters) request(method sip.RequestMethod) { c.requests[indexOf(method)].Add(1) }

func (c *counters) response(code int) {
	if code >= 0 && code < len(c.responses) {
		c.responses[code].Add(1)
	}
}

// Stats returns the figures as they are now.
func (ua *UA) Stats() Stats {
	s := Stats{
		Requests: make(map[string]uint64), Responses: make(map[int]uint64),
		Malformed: ua.stats.malformed.Load(), Retransmissions: ua.stats.retransmissions.Load(),
		Panics: ua.stats.panics.Load(), Overload: ua.stats.overload.Load(),
		Dialogs: ua.dialogs.count(), Subscriptions: ua.lamps.count(), Transactions: ua.txs.count(), Connections: ua.conns.count(),
	}
	s.Failures, s.Banned, s.Bans = ua.auth.guard.figures()
	for i := range ua.stats.requests {
		if n := ua.stats.requests[i].Load(); n > 0 {
			name := "other"
			if i < len(methods) {
				name = string(methods[i])
			}
			s.Requests[name] = n
		}
	}
	for code := range ua.stats.responses {
		if n := ua.stats.responses[code].Load(); n > 0 {
			s.Responses[code] = n
		}
	}
	return s
}

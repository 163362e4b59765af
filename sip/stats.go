package sip

import (
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Stats are the UA's figures since New.
type Stats struct {
	Requests        map[string]uint64 // received, by method; unknown methods together as "other"; retransmissions included
	Responses       map[int]uint64    // sent, by status; retransmissions not included
	Sent            map[string]uint64 // requests sent, by method; retransmissions, and ACKs, not included
	Answers         map[Answer]uint64 // responses sent and received, by what they answer; retransmissions not included when sent
	Served          map[string]Times  // how long requests waited for their final response, by method; of those with a transaction
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

// An Answer is a kind of response.
type Answer struct {
	Method   string
	Class    int  // the first digit of the status
	Received bool // by us; else sent
}

type counters struct {
	requests        [len(methods) + 1]atomic.Uint64
	responses       [700]atomic.Uint64
	sent            [len(methods) + 1]atomic.Uint64
	answers         [2][len(methods) + 1][7]atomic.Uint64 // sent, received; by method; by class
	served          [len(methods) + 1]times
	malformed       atomic.Uint64
	retransmissions atomic.Uint64
	panics          atomic.Uint64
	overload        atomic.Uint64
}

func (c *counters) request(method sip.RequestMethod) { c.requests[indexOf(method)].Add(1) }

func (c *counters) response(method sip.RequestMethod, code int) {
	if code >= 0 && code < len(c.responses) {
		c.responses[code].Add(1)
		c.answers[0][indexOf(method)][code/100].Add(1)
	}
}

// answered counts a response to a request of ours; code is from 100 to 699.
func (c *counters) answered(method sip.RequestMethod, code int) {
	c.answers[1][indexOf(method)][code/100].Add(1)
}

// nameOf is how a method is counted.
func nameOf(index int) string {
	if index < len(methods) {
		return string(methods[index])
	}
	return "other"
}

// read fills in what is counted by method.
func (c *counters) read(s *Stats) {
	for i := range c.requests {
		name := nameOf(i)
		if n := c.requests[i].Load(); n > 0 {
			s.Requests[name] = n
		}
		if n := c.sent[i].Load(); n > 0 {
			s.Sent[name] = n
		}
		if t := c.served[i].read(); t.Count > 0 {
			s.Served[name] = t
		}
		for received := range c.answers {
			for class := range c.answers[received][i] {
				if n := c.answers[received][i][class].Load(); n > 0 {
					s.Answers[Answer{name, class, received == 1}] = n
				}
			}
		}
	}
}

// Stats returns the figures as they are now.
func (ua *UA) Stats() Stats {
	s := Stats{
		Requests: make(map[string]uint64), Responses: make(map[int]uint64),
		Sent: make(map[string]uint64), Answers: make(map[Answer]uint64), Served: make(map[string]Times),
		Malformed: ua.stats.malformed.Load(), Retransmissions: ua.stats.retransmissions.Load(),
		Panics: ua.stats.panics.Load(), Overload: ua.stats.overload.Load(),
		Dialogs: ua.dialogs.count(), Subscriptions: ua.lamps.count(), Transactions: ua.txs.count(), Connections: ua.conns.count(),
	}
	s.Failures, s.Banned, s.Bans = ua.auth.guard.figures()
	ua.stats.read(&s)
	for code := range ua.stats.responses {
		if n := ua.stats.responses[code].Load(); n > 0 {
			s.Responses[code] = n
		}
	}
	return s
}

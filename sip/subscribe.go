package sip

import (
	"cmp"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// defaultSubscription is how long a phone is told of messages that does not say how long it wants to be: RFC 3842
	// §3.4 proposes an hour.
	defaultSubscription = time.Hour

	// subscriptionsPerPhone leaves a phone that started again room for a second subscription until the first runs out.
	subscriptionsPerPhone = 2
)

// subscribe serves an account's SUBSCRIBE (RFC 6665 §4.2.1). It is about the account's own mailbox, whatever number it
// names: phones name their own, or that under which messages are heard. Only that of somebody else is refused.
func (ua *UA) subscribe(req *sip.Request, from flow, tx *serverTx, account Account) {
	event, ok := messageEvent(req)
	switch {
	case !ok:
		ua.reply(tx, ua.response(req, 489, sip.NewHeader("Allow-Events", allowedEvents)))
		return
	case !acceptsSummaries(req):
		ua.reply(tx, ua.response(req, sip.StatusNotAcceptable, sip.NewHeader("Accept", typeMessages)))
		return
	}
	if tag, _ := req.To().Params.Get("tag"); tag != "" {
		ua.resubscribe(req, from, tx, account, event)
		return
	}
	tag, _ := req.From().Params.Get("tag")
	switch {
	case tag == "" || req.Contact() == nil:
		ua.reply(tx, ua.response(req, sip.StatusBadRequest))
		return
	case ua.somebodyElse(req, account):
		ua.reply(tx, ua.response(req, sip.StatusForbidden))
		return
	case account.Mailbox == "":
		ua.reply(tx, ua.response(req, sip.StatusNotFound))
		return
	}
	s := &subscription{path: path{ua: ua, localTag: token()}, user: account.User, event: event}
	s.begin(req, from)
	ua.grant(s, req, from, tx, account)
}

// somebodyElse reports whether a request is about another account.
func (ua *UA) somebodyElse(req *sip.Request, account Account) bool {
	user := userOf(&req.Recipient)
	return user != account.User && ua.auth.accounts.known(user) != nil
}

// resubscribe serves a SUBSCRIBE within a subscription: it prolongs or ends it (RFC 6665 §4.2.1.1).
func (ua *UA) resubscribe(req *sip.Request, from flow, tx *serverTx, account Account, event string) {
	s := ua.lamps.find(req)
	switch {
	case s == nil || s.event != event:
		ua.reply(tx, ua.response(req, sip.StatusCallTransactionDoesNotExists))
		return
	case s.user != account.User:
		ua.reply(tx, ua.response(req, sip.StatusForbidden))
		return
	}
	s.mu.Lock()
	late, over := req.CSeq().SeqNo <= s.remoteSeq, s.over
	if !late {
		s.remoteSeq = req.CSeq().SeqNo
		s.heard(req, from)
	}
	s.mu.Unlock()
	switch {
	case over:
		ua.reply(tx, ua.response(req, sip.StatusCallTransactionDoesNotExists))
	case late: // RFC 3261 §12.2.2
		ua.reply(tx, ua.response(req, sip.StatusInternalServerError))
	default:
		ua.grant(s, req, from, tx, account)
	}
}

// grant answers a SUBSCRIBE with 200 and, always, a NOTIFY (RFC 6665 §4.2.1.2). The time may be shorter than was asked
// for, never longer (§4.2.1.1); none ends the subscription, or is a question.
func (ua *UA) grant(s *subscription, req *sip.Request, from flow, tx *serverTx, account Account) {
	limits := ua.registrar.config
	life := time.Duration(-1)
	for _, v := range values(req, "expires") {
		life = parseExpires(v)
	}
	if life < 0 {
		life = defaultSubscription
	}
	life = min(life, limits.MaxExpiry)
	res := ua.response(req, sip.StatusOK, ua.contact(s.local.Address.User, from), sip.NewHeader("Expires", seconds(life)))
	if life == 0 {
		ua.reply(tx, res)
		s.end("timeout")
		return
	}
	tooMany := ua.lamps.refreshed(s, subscriptionsPerPhone*cmp.Or(account.MaxContacts, limits.MaxContacts))
	if !s.prolong(life) { // it ended a moment ago
		ua.lamps.drop(s)
		ua.reply(tx, ua.response(req, sip.StatusCallTransactionDoesNotExists))
		return
	}
	ua.reply(tx, res)
	s.show(true)
	for _, old := range tooMany { // most are of phones that started again, and are refused there
		old.end("rejected")
	}
}

// messageEvent is the Event header of a SUBSCRIBE for messages, with the id that tells apart a phone's subscriptions
// (RFC 6665 §8.2.1); false for other events.
func messageEvent(req *sip.Request) (string, bool) {
	vs := values(req, "event", "o")
	if len(vs) != 1 {
		return "", false
	}
	name, params, _ := strings.Cut(vs[0], ";")
	if !strings.EqualFold(trim(name), eventMessages) {
		return "", false
	}
	event := eventMessages
	for p := range strings.SplitSeq(params, ";") {
		if key, id, _ := strings.Cut(p, "="); strings.EqualFold(trim(key), "id") {
			event += ";id=" + trim(id)
		}
	}
	return event, true
}

// acceptsSummaries reports whether the phone reads what NOTIFY will carry. One that does not say does (RFC 3842 §3.5).
func acceptsSummaries(req *sip.Request) bool {
	vs := values(req, "accept")
	for _, v := range vs {
		for t := range strings.SplitSeq(v, ",") {
			t, _, _ = strings.Cut(t, ";")
			switch strings.ToLower(trim(t)) {
			case typeMessages, "application/*", "*/*":
				return true
			}
		}
	}
	return len(vs) == 0
}

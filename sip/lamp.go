package sip

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// What phones are told of messages with (RFC 3842 §3). The lamp on a phone shows what it was told last.
const (
	eventMessages = "message-summary"
	typeMessages  = "application/simple-message-summary"
	allowedEvents = eventMessages + ", refer"
)

// waiting is what a mailbox holds.
type waiting struct{ fresh, old int }

// summary puts what waits into a NOTIFY. The ratio of urgent messages may be left out (RFC 3842 §5.2).
func (w waiting) summary(req *sip.Request) {
	lit := "no"
	if w.fresh > 0 {
		lit = "yes"
	}
	t := sip.ContentTypeHeader(typeMessages)
	req.AppendHeader(&t)
	req.SetBody([]byte("Messages-Waiting: " + lit + "\r\nVoice-Message: " + strconv.Itoa(w.fresh) + "/" + strconv.Itoa(w.old) + "\r\n"))
}

// lamps tell phones what waits in their users' mailboxes: those that subscribed, within their subscription, and the
// others unasked, as Asterisk does, since many phones never subscribe and all of them understand.
type lamps struct {
	ua *UA

	mu     sync.Mutex
	boxes  map[string]waiting         // guarded by mu; boxes with nothing in them are left out
	byTag  map[string]*subscription   // guarded by mu: by the tag that we gave
	byUser map[string][]*subscription // guarded by mu: last refreshed first; no empty slices
	onWay  map[string]bool            // guarded by mu: unasked NOTIFYs without an answer, by phone; true: once more after it
	unsure map[string]struct{}        // guarded by mu: phones that did not answer theirs, at most maxUnsure
}

// maxUnsure bounds what is remembered of phones that did not answer. Beyond it they are told at the next change.
const maxUnsure = 4096

func newLamps(ua *UA) *lamps {
	return &lamps{
		ua: ua, boxes: make(map[string]waiting), byTag: make(map[string]*subscription),
		byUser: make(map[string][]*subscription), onWay: make(map[string]bool), unsure: make(map[string]struct{}),
	}
}

// SetMessages says how many messages of a mailbox nobody has heard yet, and how many were heard and kept. When that is
// news, the phones of every account whose Mailbox names it are told. It does not wait; before Run it only notes.
func (ua *UA) SetMessages(mailbox string, fresh, old int) {
	l, now := ua.lamps, waiting{fresh, old}
	l.mu.Lock()
	news := l.boxes[mailbox] != now
	if l.boxes[mailbox] = now; now == (waiting{}) {
		delete(l.boxes, mailbox)
	}
	l.mu.Unlock()
	if !news || ua.running() == nil {
		return
	}
	ua.spawn(func() {
		for user, account := range ua.registrar.accounts.all() {
			if slices.Contains(account.boxes(), mailbox) {
				l.tell(user)
			}
		}
	})
}

// reassigned tells the phones of accounts whose mailbox is another one now. Subscriptions of accounts that have none
// any more, or are gone, end.
func (l *lamps) reassigned(before map[string]*knownAccount) {
	if l.ua.running() == nil {
		return
	}
	for user, was := range before {
		switch is, known := l.ua.registrar.accounts.Find(user); {
		case known && is.Mailbox == was.Mailbox:
			continue
		case !known || is.Mailbox == "":
			for _, s := range l.of(user) {
				s.end("noresource")
			}
		}
		l.tell(user)
	}
	for user, is := range l.ua.registrar.accounts.all() {
		if before[user] == nil && is.Mailbox != "" {
			l.tell(user)
		}
	}
}

// tell shows all phones of a user what waits for him.
func (l *lamps) tell(user string) {
	for _, s := range l.of(user) {
		s.show(false)
	}
	l.greet(l.ua.registrar.Contacts(user))
}

// greet tells those of a user's phones that have not subscribed.
func (l *lamps) greet(phones []Binding) {
	for i := range phones {
		at := func(s *subscription) bool { return s.at(&phones[i]) }
		if !slices.ContainsFunc(l.of(phones[i].User), at) {
			l.unasked(phones[i])
		}
	}
}

// registered tells the phones of a REGISTER: those that are new here, or started again, or did not answer last time.
func (l *lamps) registered(account Account, phones []placed) {
	if account.Mailbox == "" {
		return
	}
	var news []Binding
	l.mu.Lock()
	for i := range phones {
		_, unsure := l.unsure[phones[i].binding.ID]
		if unsure || phones[i].started {
			news = append(news, phones[i].binding)
		}
	}
	l.mu.Unlock()
	l.greet(news)
}

// unasked tells one phone outside any dialog. While it has not answered, it is not told again; then it is told what
// is true by then.
func (l *lamps) unasked(b Binding) {
	phone := b.ID
	if b.Fixed() {
		phone = "host of " + b.User
	}
	l.mu.Lock()
	if _, busy := l.onWay[phone]; busy {
		l.onWay[phone] = true
		l.mu.Unlock()
		return
	}
	l.onWay[phone] = false
	l.mu.Unlock()
	l.notify(b, func(res *sip.Response, err error) {
		if err == nil && res.StatusCode < 200 {
			return
		}
		l.mu.Lock()
		again := l.onWay[phone]
		delete(l.onWay, phone)
		delete(l.unsure, phone)
		if errors.Is(err, errTimeout) && !b.Fixed() && len(l.unsure) < maxUnsure {
			l.unsure[phone] = struct{}{}
		}
		l.mu.Unlock()
		if again && err == nil {
			l.unasked(b)
		}
	})
}

// notify sends a NOTIFY outside any dialog. RFC 6665 has none, but wants a Subscription-State in every NOTIFY.
func (l *lamps) notify(b Binding, handle func(*sip.Response, error)) {
	uri, p, err := whereIs(b, b.URI)
	if err != nil {
		handle(nil, err)
		return
	}
	l.ua.onFlow(p, func(f flow, err error) {
		if err != nil {
			handle(nil, err)
			return
		}
		d := &path{ua: l.ua, callID: token(), localTag: token(), target: uri, peer: f}
		d.name(Party{Number: b.User}, Party{Number: b.User})
		req := d.newRequest(sip.NOTIFY) // nobody else knows the path
		req.AppendHeader(sip.NewHeader("Event", eventMessages))
		req.AppendHeader(sip.NewHeader("Subscription-State", "active"))
		l.waiting(b.User).summary(req)
		d.address(req, f)
		if _, err := l.ua.request(req, f, handle); err != nil {
			handle(nil, err)
		}
	})
}

// waiting is what waits for a user now, in all mailboxes of the account together; nothing when it has none.
func (l *lamps) waiting(user string) (all waiting) {
	account, _ := l.ua.registrar.accounts.Find(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, box := range account.boxes() {
		all.fresh += l.boxes[box].fresh
		all.old += l.boxes[box].old
	}
	return all
}

// of are the subscriptions of a user.
func (l *lamps) of(user string) []*subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.byUser[user])
}

// find returns the subscription of a request within one (RFC 6665 §4.1.2.2); nil: there is none.
func (l *lamps) find(req *sip.Request) *subscription {
	ours, _ := req.To().Params.Get("tag")
	theirs, _ := req.From().Params.Get("tag")
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.byTag[ours]
	if s == nil || s.callID != req.CallID().Value() || s.remoteTag != theirs {
		return nil
	}
	return s
}

// refreshed puts a subscription before the user's others, and returns those that are too many.
func (l *lamps) refreshed(s *subscription, limit int) (tooMany []*subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byTag[s.localTag] = s
	others := slices.DeleteFunc(l.byUser[s.user], func(o *subscription) bool { return o == s })
	all := slices.Insert(others, 0, s)
	l.byUser[s.user] = all
	if len(all) > limit {
		tooMany = slices.Clone(all[limit:])
	}
	return tooMany
}

// drop forgets a subscription.
func (l *lamps) drop(s *subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byTag[s.localTag] != s {
		return
	}
	delete(l.byTag, s.localTag)
	if l.byUser[s.user] = slices.DeleteFunc(l.byUser[s.user], func(o *subscription) bool { return o == s }); len(l.byUser[s.user]) == 0 {
		delete(l.byUser, s.user)
	}
}

// endAll ends every subscription; reason "" tells the phones nothing.
func (l *lamps) endAll(reason string) {
	for _, s := range l.all() {
		s.end(reason)
	}
}

// use reports whether a subscriber is reached over w.
func (l *lamps) use(w wire) bool {
	return slices.ContainsFunc(l.all(), func(s *subscription) bool { return s.uses(w) })
}

func (l *lamps) all() []*subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.byTag))
}

func (l *lamps) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byTag)
}

package sip

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// errOutOfOrder is a REGISTER older than what it would change (RFC 3261 §10.3, step 7).
var errOutOfOrder = errors.New("CSeq is not newer than that of the binding")

// errTooMany is a REGISTER that names more phones than the account may have at all.
var errTooMany = errors.New("More contacts than the account may have")

// errNoAccount is a REGISTER of an account that was taken away at the same moment.
var errNoAccount = errors.New("Forbidden")

// Register answers a REGISTER request (RFC 3261 §10.3). The caller sends the response. All its contacts
// are bound or removed, or none is.
func (r *Registrar) Register(req *sip.Request) *sip.Response {
	account, refusal := r.auth.Authenticate(req)
	if refusal != nil {
		return refusal
	}
	res, _ := r.serve(account, req)
	return res
}

// serve is Register for a request whose credentials are known to be the account's. It returns the phones that the
// request has placed, too.
func (r *Registrar) serve(account Account, req *sip.Request) (*sip.Response, []placed) {
	asked, err := parseRegistration(req)
	switch {
	case err != nil:
		return refuse(req, sip.StatusBadRequest, err.Error()), nil
	case plainUser(req.To().Address.User) != account.User:
		return refuse(req, sip.StatusForbidden, "Credentials of another user"), nil
	case account.Type == User:
		return refuse(req, sip.StatusForbidden, "This account only calls"), nil
	case !account.Dynamic():
		return refuse(req, sip.StatusForbidden, "This account has a fixed host"), nil
	}
	now := time.Now()
	bindings, phones, err := r.apply(account, asked, now)
	r.notices.deliver()
	switch {
	case errors.Is(err, errOutOfOrder):
		return refuse(req, sip.StatusInternalServerError, errOutOfOrder.Error()), nil
	case err != nil:
		return refuse(req, sip.StatusForbidden, err.Error()), nil
	}
	return accept(req, bindings, now), phones
}

// apply does what is asked and returns the user's bindings as they are then, and those that were placed.
func (r *Registrar) apply(account Account, asked registration, now time.Time) ([]Binding, []placed, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The accounts may have changed since the credentials were checked; SetAccounts drops bindings after that.
	account, ok := r.accounts.Find(account.User)
	if !ok || !account.registers() {
		return nil, nil, errNoAccount
	}
	limit := cmp.Or(account.MaxContacts, r.config.MaxContacts)
	if !asked.wildcard && len(asked.contacts) == 0 { // a query
		return current(r.users[account.User], now), nil, nil
	}
	// What is over was not swept yet; the store must hear of it all the same.
	r.drop(account.User, now, func(b *Binding) bool { return b.over(now) })
	e := edit{bindings: current(r.users[account.User], now), asked: &asked, user: account.User, now: now}
	if err := e.run(r.config, limit); err != nil {
		return nil, nil, err
	}
	for _, b := range e.gone {
		r.noteChange(b, true, true, now)
	}
	for _, p := range e.put {
		r.noteChange(p.binding, false, p.urgent, now)
		r.planSweep(p.binding.Expires.Add(Grace))
	}
	r.keep(account.User, e.bindings)
	return slices.Clone(e.bindings), e.put, nil
}

// accept lists the bindings, each with what is left of its expiry. The phones find their own by its URI.
func accept(req *sip.Request, bindings []Binding, now time.Time) *sip.Response {
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format(http.TimeFormat)))
	for i := range bindings {
		left := bindings[i].Expires.Sub(now)
		if left <= 0 {
			continue // in its grace
		}
		seconds := int64((left + time.Second - 1) / time.Second)
		res.AppendHeader(sip.NewHeader("Contact", "<"+bindings[i].URI+">;expires="+strconv.FormatInt(seconds, 10)))
	}
	return res
}

// edit works out what a REGISTER does to a user's bindings, without touching the registrar.
type edit struct {
	bindings []Binding // last refreshed first; changed in place
	asked    *registration
	user     string
	now      time.Time

	gone []Binding
	put  []placed
}

// placed is a binding made or changed; urgent when the phone can be found there only from now on, started when it is
// new here or has a new Call-ID, as after a restart.
type placed struct {
	binding Binding
	urgent  bool
	started bool
}

func (e *edit) run(c RegistrarConfig, limit int) error {
	if e.asked.wildcard {
		for len(e.bindings) > 0 {
			if err := e.remove(0); err != nil {
				return err
			}
		}
		return nil
	}
	// Removals first: a phone that moved names its old contact and its new one in one request.
	wanted := 0
	for _, want := range e.asked.contacts {
		if want.expires != 0 {
			wanted++
		} else if i := e.find(want); i >= 0 {
			if err := e.remove(i); err != nil {
				return err
			}
		}
	}
	if wanted > limit {
		return errTooMany
	}
	for _, want := range e.asked.contacts {
		if want.expires != 0 {
			if err := e.place(want, clamp(want.expires, c)); err != nil {
				return err
			}
		}
	}
	for len(e.bindings) > limit {
		last := len(e.bindings) - 1
		e.gone = append(e.gone, e.bindings[last])
		e.bindings = e.bindings[:last]
	}
	return nil
}

// clamp brings an expiry into the limits; a negative one is the default.
func clamp(asked time.Duration, c RegistrarConfig) time.Duration {
	if asked < 0 {
		return c.DefaultExpiry
	}
	return min(max(asked, c.MinExpiry), c.MaxExpiry)
}

// find looks for the binding that a contact is about; -1 is none.
//
// The URI decides, but a private address is only the same phone's when it comes from the same place. A
// phone that changed its address is known by its instance (RFC 5626 §6; reg-id is not looked at, since one
// phone is rung once), or else by its Call-ID, which a phone keeps from log-on to log-off. A contact being
// removed is not guessed at by Call-ID: it may be the phone's old address, after the new one was bound.
func (e *edit) find(want contact) int {
	alone := len(e.asked.contacts) == 1
	removal := want.expires == 0
	byInstance := func(b Binding) bool {
		return want.instance != "" && b.Instance == want.instance && (alone || !removal)
	}
	byURI := func(b Binding) bool {
		have, err := parseContactURI(b.URI)
		return err == nil && have.key == want.key &&
			(want.direct || b.CallID == e.asked.callID || sameHost(hostOf(b.Source), hostOf(e.asked.source)))
	}
	byCallID := func(b Binding) bool {
		return alone && !removal && b.CallID == e.asked.callID &&
			(b.Instance == "" || want.instance == "" || b.Instance == want.instance)
	}
	for _, same := range []func(Binding) bool{byURI, byInstance, byCallID} {
		if i := slices.IndexFunc(e.bindings, same); i >= 0 {
			return i
		}
	}
	return -1
}

// inOrder checks step 7 of RFC 3261 §10.3: within one Call-ID only a higher CSeq changes a binding.
func (e *edit) inOrder(b *Binding) bool {
	return b.CallID != e.asked.callID || e.asked.cseq > b.CSeq
}

func (e *edit) remove(i int) error {
	if !e.inOrder(&e.bindings[i]) {
		return errOutOfOrder
	}
	e.gone = append(e.gone, e.bindings[i])
	e.bindings = slices.Delete(e.bindings, i, i+1)
	return nil
}

// place binds want, instead of the binding it is about, and makes it the first.
func (e *edit) place(want contact, expires time.Duration) error {
	b := Binding{
		User: e.user, URI: want.uri, Transport: want.transport, Target: want.target, Source: e.asked.source,
		Instance: want.instance, UserAgent: e.asked.userAgent, CallID: e.asked.callID, CSeq: e.asked.cseq,
		Expires: e.now.Add(expires),
	}
	urgent, started := true, true
	if i := e.find(want); i >= 0 {
		old := e.bindings[i]
		if !e.inOrder(&old) && !e.mine(old.ID) {
			return errOutOfOrder
		}
		b.ID, b.Since = old.ID, old.Since
		urgent = old.URI != b.URI || old.Target != b.Target || old.Transport != b.Transport
		started = urgent || old.CallID != b.CallID
		e.bindings = slices.Delete(e.bindings, i, i+1)
	} else {
		b.ID, b.Since = rand.Text(), e.now
	}
	e.bindings = slices.Insert(e.bindings, 0, b)
	e.put = append(e.put, placed{b, urgent, started})
	return nil
}

// mine reports whether a binding was placed by this very request: two of its contacts are then about one
// phone, and that is no old request.
func (e *edit) mine(id string) bool {
	return slices.ContainsFunc(e.put, func(p placed) bool { return p.binding.ID == id })
}

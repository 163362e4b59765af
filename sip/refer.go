package sip

import (
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// A Refer is the party's wish that we call someone else (RFC 3515).
type Refer struct {
	To         string    // user part of the Refer-To URI: the extension
	URI        string    // the whole Refer-To URI, without its headers
	Replaces   *DialogID // of the URI's Replaces header, as we name the dialog: LocalTag is the one we gave; nil: a blind transfer
	ReferredBy string    // the Referred-By header; "" when there is none

	d      *Dialog
	event  string
	host   string // of the URI; "" where that is of no weight: in a tel URI, or beside Replaces, which says whom it means
	method string // that the party wants us to send; "": INVITE
	silent bool   // RFC 4488: the party wants no reports

	mu   sync.Mutex
	over bool // guarded by mu
}

// refer takes a REFER request.
func (d *Dialog) refer(req *sip.Request, tx *serverTx) {
	d.mu.Lock()
	f, confirmed := d.onRefer, d.state == confirmed
	d.mu.Unlock()
	refer, ok := parseRefer(req)
	switch {
	case !ok: // RFC 3515 §2.4.2: exactly one Refer-To that can be read
		d.refuse(req, tx, sip.StatusBadRequest)
		return
	case refer.method != "": // we only call people: RFC 3515 §2.4.2 lets us refuse
		d.refuse(req, tx, sip.StatusForbidden)
		return
	case refer.host != "" && d.foreign(refer.host): // the same extension here is somebody else
		d.refuse(req, tx, sip.StatusNotFound)
		return
	case f == nil || !confirmed:
		d.refuse(req, tx, sip.StatusGlobalDecline)
		return
	}
	refer.d, refer.event = d, "refer;id="+strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
	d.mu.Lock()
	peer := d.peer
	d.mu.Unlock()
	headers := []sip.Header{d.ua.contact(d.local.Address.User, peer)}
	if refer.silent {
		headers = append(headers, sip.NewHeader("Refer-Sub", "false"))
	}
	d.refuse(req, tx, sip.StatusAccepted, headers...)
	refer.Notify(sip.StatusTrying) // RFC 3515 §2.4.4: a report at once
	f(refer)
}

// param finds a parameter of a URI; their names are in either case (RFC 3261 §19.1.4).
func param(params sip.HeaderParams, name string) (string, bool) {
	for _, kv := range params {
		if strings.EqualFold(kv.K, name) {
			return kv.V, true
		}
	}
	return "", false
}

func parseRefer(req *sip.Request) (*Refer, bool) {
	var to []string
	for _, name := range []string{"refer-to", "r"} {
		for _, v := range values(req, name) {
			to = append(to, splitQuoted(v, ',')...)
		}
	}
	if len(to) != 1 {
		return nil, false
	}
	var uri sip.Uri
	if _, err := sip.ParseAddressValue(to[0], &uri, nil); err != nil || uri.Wildcard {
		return nil, false
	}
	if uri.Scheme != "sip" && uri.Scheme != "tel" { // what sips promises we cannot keep
		return nil, false
	}
	r := &Refer{To: userOf(&uri)}
	if method, has := param(uri.UriParams, "method"); has && !strings.EqualFold(method, string(sip.INVITE)) {
		r.method = method
	}
	for _, kv := range uri.Headers {
		if strings.EqualFold(kv.K, "Replaces") {
			if r.Replaces = parseReplaces(kv.V); r.Replaces == nil {
				return nil, false
			}
		}
	}
	if uri.Scheme == "sip" && r.Replaces == nil {
		r.host = uri.Host
	}
	uri.Headers = nil
	r.URI = uri.String()
	for _, v := range values(req, "referred-by", "b") {
		r.ReferredBy = v
	}
	for _, v := range values(req, "refer-sub") {
		r.silent = strings.EqualFold(trim(v), "false")
	}
	return r, r.To != ""
}

// Notify tells the party how it goes, as message/sipfrag "SIP/2.0 180 Ringing". A code of 200 or more is the last.
// On a dialog that is over it does nothing.
func (r *Refer) Notify(code int) {
	r.mu.Lock()
	over := r.over || r.silent
	r.over = r.over || code >= 200
	r.mu.Unlock()
	if over || r.d.ctx.Err() != nil {
		return
	}
	state := "active;expires=180"
	if code >= 200 {
		state = "terminated;reason=noresource"
	}
	r.d.send(sip.NOTIFY, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Event", r.event))
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		t := sip.ContentTypeHeader("message/sipfrag;version=2.0")
		req.AppendHeader(&t)
		req.SetBody([]byte("SIP/2.0 " + strconv.Itoa(code) + " " + statusText(code) + "\r\n"))
	}, func(res *sip.Response, err error) {
		if err == nil && res.StatusCode >= 300 { // RFC 6665 §4.2.2: nobody listens any more
			r.mu.Lock()
			r.over = true
			r.mu.Unlock()
		}
	})
}

// FindDialog returns the dialog that an ID names, as one that Refer.Replaces carries; nil when there is none.
func (ua *UA) FindDialog(id DialogID) *Dialog {
	d, _ := ua.dialogs.find(id.LocalTag)
	if d == nil || d.ID() != id {
		return nil
	}
	return d
}

package sip

import (
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// A Replaces names the dialog of ours in whose place an inbound call wants to be (RFC 3891 §3).
type Replaces struct {
	Dialog    DialogID
	EarlyOnly bool // not when that one has been answered
}

// Replaces is what the INVITE's header of that name says; nil when there is none.
func (d *Dialog) Replaces() *Replaces { return d.replaces }

// replacesOf reads the header of an INVITE; false when there are two, or it cannot be read (RFC 3891 §3).
func replacesOf(req *sip.Request) (*Replaces, bool) {
	vs := values(req, "replaces")
	if len(vs) == 0 {
		return nil, true
	}
	if len(vs) > 1 || strings.Contains(vs[0], ",") {
		return nil, false
	}
	r := readReplaces(vs[0])
	return r, r != nil
}

// parseReplaces reads the escaped Replaces header of a Refer-To URI (RFC 3891 §6.1).
func parseReplaces(escaped string) *DialogID {
	text, err := url.PathUnescape(escaped)
	if err != nil {
		return nil
	}
	if r := readReplaces(text); r != nil {
		return &r.Dialog
	}
	return nil
}

// readReplaces reads a Replaces header. The to-tag is the tag of the one who is asked to replace the dialog: us.
func readReplaces(text string) *Replaces {
	var r Replaces
	id := &r.Dialog
	for i, part := range strings.Split(text, ";") {
		key, value, _ := strings.Cut(trim(part), "=")
		switch {
		case i == 0:
			id.CallID = trim(part)
		case strings.EqualFold(key, "to-tag"):
			id.LocalTag = value
		case strings.EqualFold(key, "from-tag"):
			id.RemoteTag = value
		case strings.EqualFold(key, "early-only"):
			r.EarlyOnly = true
		}
	}
	if id.CallID == "" || id.LocalTag == "" || id.RemoteTag == "" {
		return nil
	}
	return &r
}

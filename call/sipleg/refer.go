package sipleg

import (
	"hatif/call"
	"hatif/sip"
)

// referred hands the party's REFER to the script. The dialog that it names with Replaces must be another one of the
// same account: nobody puts an end to other people's calls (RFC 3891 §5).
func (l *Leg) referred(r *sip.Refer) {
	t := call.Transfer{To: r.To, ReferredBy: r.ReferredBy, Result: r.Notify}
	if r.Replaces != nil {
		other := l.net.legOf(*r.Replaces)
		switch {
		case other == nil:
			r.Notify(481)
			return
		case other == l || other.info.User == "" || other.info.User != l.info.User:
			r.Notify(call.Forbidden.SIP)
			return
		}
		t.Replaces = other
	}
	l.event(t)
}

// legOf is the living leg of a dialog; nil: there is none.
func (n *Network) legOf(id sip.DialogID) *Leg {
	d := n.UA.FindDialog(id)
	if d == nil {
		return nil
	}
	l, ok := n.legs.Load(d)
	if !ok {
		return nil
	}
	return l.(*Leg)
}

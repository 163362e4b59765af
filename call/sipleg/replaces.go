package sipleg

import "hatif/call"

// Replaced is the leg in whose place the caller on l wants to be (RFC 3891 §3): another phone's of the same account,
// whose call they take over, answered or ringing. nil: l is a call like others. The cause refuses it.
func (n *Network) Replaced(l *Leg) (old call.Leg, refused *call.Cause) {
	wants := l.dialog.Replaces()
	if wants == nil {
		return nil, nil
	}
	other := n.legOf(wants.Dialog)
	switch {
	case other == nil:
		return nil, call.NoSuchCall("no such call")
	case other.info.User == "" || other.info.User != l.info.User: // nobody takes over other people's calls (§5)
		return nil, call.Forbidden.With("the call is somebody else's")
	case !other.up.Load() && other.info.Inbound: // not ours to answer for them
		return nil, call.NoSuchCall("the call is not answered")
	case other.up.Load() && wants.EarlyOnly:
		return nil, call.Busy.With("the call has been answered")
	}
	return other, nil
}

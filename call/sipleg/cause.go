package sipleg

import (
	"errors"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
)

// bySIP are the causes that a status says by itself; the rest is read from Q.850.
var bySIP = map[int]*call.Cause{
	200: call.Normal, 403: call.Forbidden, 404: call.NotFound, 408: call.Unreachable, 410: call.NotFound,
	415: call.Incompatible, 480: call.NoAnswer, 484: call.NotFound, 486: call.Busy, 487: call.Cancelled, 488: call.Incompatible,
	600: call.Busy, 604: call.NotFound, 606: call.Incompatible,
}

// causeOf says in the words of call why a dialog ended.
func causeOf(end *sip.End) *call.Cause {
	cause := call.Normal
	switch {
	case end.By == sip.ByNetwork && end.Reason == sip.ReasonNoAck:
		return call.NoAck
	case end.By == sip.ByNetwork && end.Reason == sip.ReasonSession:
		return call.SessionExpiry
	case end.By == sip.ByNetwork:
		cause = call.Unreachable
	case end.Code >= 300:
		cause = causeOfStatus(end.Code)
	}
	if end.Reason != "" {
		c := *cause.With("%s", end.Reason)
		c.Q850 = end.Q850
		return &c
	}
	return cause
}

// causeOfStatus is why a phone refused a call. Whatever it says, a failure of ours it is not; nor is it a 503 to
// pass on, which would speak for the whole of us (RFC 3261 §21.5.4).
func causeOfStatus(code int) *call.Cause {
	switch c, ok := bySIP[code]; {
	case ok:
		return c
	case code >= 600:
		return call.Declined
	default:
		return call.Unreachable
	}
}

// endFor is cause as a dialog's end. What the system said of a failure, or of a way that leads nowhere, names files and
// addresses of ours: it is for the log, not for the phone of a stranger.
func endFor(cause *call.Cause, by string) sip.End {
	reason := cause.Error()
	if cause.Is(call.Failure) || cause.Is(call.Unreachable) || cause.Is(call.Congestion) {
		reason = cause.Name
	}
	return sip.End{Code: cause.SIP, Q850: cause.Q850, Reason: reason, By: by}
}

// causeOfOpen is why there is no port: the offer's fault, or ours.
func causeOfOpen(err error) *call.Cause {
	if errors.Is(err, media.ErrMalformed) || errors.Is(err, media.ErrNoCommonCodec) || errors.Is(err, media.ErrUnreachable) {
		return causeOfOffer(err)
	}
	return call.Congestion
}

// causeOfOffer is why an offer could not be answered.
func causeOfOffer(err error) *call.Cause {
	switch {
	case errors.Is(err, media.ErrNoCommonCodec), errors.Is(err, media.ErrUnreachable):
		return call.Incompatible
	case errors.Is(err, media.ErrMalformed):
		return call.Malformed
	}
	return call.Failure.With("%v", err)
}

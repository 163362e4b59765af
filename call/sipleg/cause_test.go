package sipleg

import (
	"errors"
	"fmt"
	"testing"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
)

func TestTheEndOfADialogIsSaidInTheWordsOfTheRecord(t *testing.T) {
	for _, c := range []struct {
		end  sip.End
		want *call.Cause
		q850 int
	}{
		{sip.End{Code: 200, Q850: 16, By: sip.ByParty}, call.Normal, 16},
		{sip.End{Code: 200, Q850: 31, Reason: "who knows", By: sip.ByParty}, call.Normal, 31},
		{sip.End{Code: 487, Q850: 16, By: sip.ByParty}, call.Cancelled, 16},
		{sip.End{Code: 486, Q850: 17, By: sip.ByParty}, call.Busy, 17},
		{sip.End{Code: 600, Q850: 17, By: sip.ByParty}, call.Busy, 17},
		{sip.End{Code: 603, Q850: 21, By: sip.ByParty}, call.Declined, 21},
		{sip.End{Code: 403, Q850: 21, By: sip.ByParty}, call.Forbidden, 21},
		{sip.End{Code: 404, Q850: 1, By: sip.ByParty}, call.NotFound, 1},
		{sip.End{Code: 480, Q850: 18, By: sip.ByParty}, call.NoAnswer, 19},
		{sip.End{Code: 488, Q850: 88, By: sip.ByParty}, call.Incompatible, 88},
		{sip.End{Code: 500, Q850: 41, By: sip.ByParty}, call.Unreachable, 27},
		{sip.End{Code: 408, Q850: 102, Reason: sip.ReasonNoAck, By: sip.ByNetwork}, call.NoAck, 102},
		{sip.End{Code: 408, Q850: 102, Reason: sip.ReasonSession, By: sip.ByNetwork}, call.SessionExpiry, 102},
		{sip.End{Code: 408, Q850: 102, Reason: "no answer to re-INVITE", By: sip.ByNetwork}, call.Unreachable, 102},
		{sip.End{Code: 408, Q850: 102, By: sip.ByNetwork}, call.Unreachable, 27},
		{sip.End{Code: 503, Q850: 27, Reason: "connection refused", By: sip.ByNetwork}, call.Unreachable, 27},
		{sip.End{Code: 481, Q850: 41, By: sip.ByNetwork}, call.Unreachable, 27},
	} {
		got := causeOf(&c.end)
		if !errors.Is(got, c.want) || got.Q850 != c.q850 || got.SIP != c.want.SIP {
			t.Errorf("%v is %+v, not %s with Q.850 %d and SIP %d", &c.end, *got, c.want.Name, c.q850, c.want.SIP)
		}
	}
}

func TestAnOfferThatCannotBeAnsweredSaysWhy(t *testing.T) {
	for _, c := range []struct {
		err  error
		want *call.Cause
	}{
		{fmt.Errorf("offer: %w", media.ErrNoCommonCodec), call.Incompatible},
		{fmt.Errorf("offer: %w", media.ErrMalformed), call.Malformed},
		{errors.New("boom"), call.Failure},
	} {
		if got := causeOfOffer(c.err); !errors.Is(got, c.want) {
			t.Errorf("%v is %v, not %v", c.err, got, c.want)
		}
	}
}

func TestAPhoneIsNotToldWhatTheSystemSaidOfAFailure(t *testing.T) {
	full := errors.New("store: database /var/lib/hatif/hatif.db: owe call 1: the disk is full")
	for _, c := range []struct {
		cause *call.Cause
		want  string
	}{
		{call.CauseOf(full), "internal error"},
		{call.Unreachable.With("dial tcp 10.0.0.7:5060: connection refused"), "unreachable"},
		{call.NoAnswer.With("queue arabic is closed"), "no answer: queue arabic is closed"},
	} {
		if end := endFor(c.cause, sip.ByUs); end.Reason != c.want || end.Q850 != c.cause.Q850 {
			t.Errorf("%v is said as %q (Q.850 %d), want %q", c.cause, end.Reason, end.Q850, c.want)
		}
	}
}

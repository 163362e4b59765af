package sip

import (
	"fmt"
)

// Who ended a dialog.
const (
	ByParty   = "party"   // the far end: BYE, CANCEL, a refusal
	ByUs      = "hatif"   // we did
	ByNetwork = "network" // nobody answered any more: no ACK, session expiry, transport failure
)

// What an End's Reason says when nobody answered any more.
const (
	ReasonNoAck   = "no ACK"
	ReasonSession = "session timer expired"
)

// An End says why a dialog ended. It is the cause of the dialog's context; there is always exactly one.
type End struct {
	Code   int    // SIP status that says it best: 200 after a BYE, 487 after a CANCEL, 486 … for a refusal
	Q850   int    // ITU-T Q.850 cause: from a Reason header when the far end sent one, else by RFC 3398
	Reason string // for people; "" when there is no more to say than the numbers
	By     string // ByParty, ByUs or ByNetwork
}

// Error is "party: 486 Busy Here (Q.850 17)".
func (e *End) Error() string {
	text := e.Reason
	if text == "" {
		text = statusText(e.Code)
	}
	return fmt.Sprintf("%s: %d %s (Q.850 %d)", e.By, e.Code, text, e.Q850)
}

// A Refused is the final answer of a party that does not take the call, or what stands for it: 408 when nobody
// answered the INVITE (RFC 3261 §8.1.3.1), 503 when it could not be sent.
type Refused struct {
	Code     int
	Q850     int      // from the Reason header, else by RFC 3398 §8.2.6.1
	Reason   string   // the status line's phrase, or the Reason header's text
	Contacts []string // 3xx: the URIs of its Contact headers, in order
}

// Error is "486 Busy Here (Q.850 17)".
func (r *Refused) Error() string { return fmt.Sprintf("%d %s (Q.850 %d)", r.Code, r.Reason, r.Q850) }

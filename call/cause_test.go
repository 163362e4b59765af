package call_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"hatif/call"
)

// causes are all that there are, with the rule that their numbers follow.
var causes = map[string]struct {
	cause *call.Cause
	q850  int
	sip   int
	rule  string
}{
	"Normal":        {call.Normal, 16, 200, "a BYE that is answered"},
	"Administrator": {call.Administrator, 16, 200, "a BYE of ours"},
	"Busy":          {call.Busy, 17, 486, "RFC 3398 §7.2.4.1"},
	"NoAnswer":      {call.NoAnswer, 19, 480, "RFC 3398 §7.2.4.1"},
	"NotRegistered": {call.NotRegistered, 20, 480, "RFC 3398 §7.2.4.1: subscriber absent"},
	"Declined":      {call.Declined, 21, 603, "RFC 3398 §8.2.6.1"},
	"NotFound":      {call.NotFound, 1, 404, "RFC 3398 §7.2.4.1"},
	"Forbidden":     {call.Forbidden, 21, 403, "RFC 3398 §7.2.4.1"},
	"Unreachable":   {call.Unreachable, 27, 480, "RFC 3398 has 502, which speaks of a gateway: the phone is what is out of order"},
	"Malformed":     {call.Malformed, 95, 400, "Q.850: invalid message"},
	"Incompatible":  {call.Incompatible, 88, 488, "Q.850: incompatible destination"},
	"Cancelled":     {call.Cancelled, 16, 487, "RFC 3398 §8.2.3: normal clearing before the answer"},
	"Elsewhere":     {call.Elsewhere, 26, 487, "Q.850: non-selected user clearing"},
	"Congestion":    {call.Congestion, 34, 503, "RFC 3398 §7.2.4.1"},
	"Draining":      {call.Draining, 41, 503, "RFC 3398 §7.2.4.1"},
	"MediaTimeout":  {call.MediaTimeout, 102, 408, "RFC 3398 §8.2.6.1: recovery on timer expiry"},
	"NoAck":         {call.NoAck, 102, 408, "RFC 3398 §8.2.6.1"},
	"SessionExpiry": {call.SessionExpiry, 102, 408, "RFC 3398 §8.2.6.1"},
	"Failure":       {call.Failure, 41, 500, "RFC 3398 §8.2.6.1"},
}

func TestEveryCauseHasTheNumbersOfItsRule(t *testing.T) {
	for name, want := range causes {
		if c := want.cause; c.Q850 != want.q850 || c.SIP != want.sip {
			t.Errorf("%s is Q.850 %d, SIP %d; by the rule (%s) it is %d, %d", name, c.Q850, c.SIP, want.rule, want.q850, want.sip)
		}
		refusal := want.cause.Refusal()
		if refusal.SIP < 400 || refusal.SIP > 699 || refusal.Q850 != want.q850 || !refusal.Is(want.cause) {
			t.Errorf("%s refuses a call with %+v", name, *refusal)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		list, ok := d.(*ast.GenDecl)
		if !ok || list.Tok != token.VAR {
			continue
		}
		for _, s := range list.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				if _, known := causes[name.Name]; !known {
					t.Errorf("cause %s has no rule here", name.Name)
				}
			}
		}
	}
}

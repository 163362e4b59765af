package sip

import "testing"

// RFC 3891 §3
func TestAnINVITEWithReplacesIsReadOrRefused(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  *Replaces // nil: 400
	}{
		{[]string{"Replaces: abc@host;to-tag=ours;from-tag=theirs"}, &Replaces{Dialog: DialogID{"abc@host", "ours", "theirs"}}},
		{[]string{"Require: replaces", "Replaces: abc ; from-tag=theirs ; to-tag=ours ; early-only"}, &Replaces{DialogID{"abc", "ours", "theirs"}, true}},
		{[]string{"Replaces: abc;to-tag=ours"}, nil},
		{[]string{"Replaces: ;to-tag=ours;from-tag=theirs"}, nil},
		{[]string{"Replaces: a;to-tag=b;from-tag=c", "Replaces: d;to-tag=e;from-tag=f"}, nil},
		{[]string{"Replaces: a;to-tag=b;from-tag=c, d;to-tag=e;from-tag=f"}, nil},
	} {
		inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
			p, calls := w.party("192.0.2.7:5070"), w.calls()
			p.send("INVITE", withBody(sdpA, c.lines...)...)
			if c.want == nil {
				p.want("SIP/2.0 400")
				return
			}
			p.want("SIP/2.0 100")
			d := <-calls
			if got := d.Replaces(); got == nil || *got != *c.want {
				t.Errorf("%q was read as %+v, want %+v", c.lines, got, c.want)
			}
			d.Reject(End{Code: 481})
			p.want("SIP/2.0 481")
		})
	}
}

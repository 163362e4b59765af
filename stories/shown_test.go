package stories_test

import (
	"strings"
	"testing"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// told waits for the UPDATE that says on a phone's display with whom it talks now.
func told(t *testing.T, ph *hatiftest.Phone, c *hatiftest.Call, name, number string) {
	t.Helper()
	m := message(t, ph, "UPDATE that shows "+number, func(m softphone.Message) bool {
		return !m.Out && m.IsRequest("UPDATE") && m.Header("Call-ID") == c.CallID() && strings.Contains(m.Header("P-Asserted-Identity"), "<sip:"+number+"@")
	})
	if got := m.Header("P-Asserted-Identity"); !strings.HasPrefix(got, `"`+name+`" `) || m.Body() != "" {
		t.Errorf("%s shows %s, want %s; body %q", ph, got, name, m.Body())
	}
}

func toldNothing(t *testing.T, ph *hatiftest.Phone) {
	t.Helper()
	for _, m := range ph.Trace() {
		if !m.Out && m.IsRequest("UPDATE") {
			t.Errorf("%s was told %s", ph, m.Header("P-Asserted-Identity"))
		}
	}
}

// I2, I3: after a transfer the phones of the staff show with whom they talk. Who called from outside sees what they
// have dialled.
func TestPhonesShowWithWhomTheyTalkAfterATransfer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.agent.Press("*22003")
	c := d.answers()
	hearEachOther(t, d.agent, c)
	d.agent.Hangup()
	told(t, d.colleague, c, "A customer", "1001")
	hearEachOther(t, d.customer, c)
	d.done("1001", "2001", "2003")
	toldNothing(t, d.pbx.Phone("1001"))
	toldNothing(t, d.agentPhone)

	eve := d.pbx.PhoneWith(hatiftest.PhoneOptions{User: "2004", Secret: "eve"})
	a := eve.Dial("2001")
	b := d.agentPhone.ExpectRing()
	b.Answer()
	hearEachOther(t, a, b)
	toldNothing(t, eve) // who has dialled a person sees them already
	ctx, cancel := d.wait()
	defer cancel()
	if _, err := b.Refer(ctx, "2003"); err != nil {
		t.Fatal(err)
	}
	c = d.answers()
	if who := c.Caller(); who.Number != "2004" {
		t.Errorf("the colleague sees %+v calling, want Eve", who)
	}
	told(t, eve, a, "Luc Bernard", "2003")
	hearEachOther(t, a, c)
	a.Hangup()
	c.ExpectEnd()
}

package stories_test

import (
	"fmt"
	"strings"
	"testing"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// replaces names the dialog of a call that came to a phone, as the phone tells it to us (RFC 3891 §3).
func replaces(t *testing.T, ph *hatiftest.Phone, c *hatiftest.Call, more string) softphone.DialOptions {
	t.Helper()
	m := message(t, ph, "180 or 200", func(m softphone.Message) bool { // who answers at once has not rung
		return m.Out && m.Code() >= 180 && m.Code() <= 200 && m.Header("Call-ID") == c.CallID()
	})
	tag := func(header string) string {
		_, tag, _ := strings.Cut(m.Header(header), "tag=")
		tag, _, _ = strings.Cut(tag, ";")
		return tag
	}
	return softphone.DialOptions{Headers: map[string]string{
		"Replaces": fmt.Sprintf("%s;to-tag=%s;from-tag=%s%s", c.CallID(), tag("From"), tag("To"), more), "Require": "replaces",
	}}
}

// INVITE with Replaces (RFC 3891): somebody goes on with a call at their other phone, or answers there what rings at the
// first.
func TestACallIsTakenOverByAnotherPhoneOfTheSamePerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true)
	// A phone that is not registered is not rung.
	second := d.pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Secret: "amal"})

	other := d.pbx.PhoneWith(hatiftest.PhoneOptions{User: "2004", Secret: "eve"})
	other.DialWith("2001", replaces(t, d.agentPhone, d.agent, "")).ExpectRefused(403) // somebody else's call
	second.DialWith("2001", replaces(t, d.agentPhone, d.agent, ";early-only")).ExpectRefused(486)
	second.DialWith("2001", softphone.DialOptions{Headers: map[string]string{"Replaces": "nothing;to-tag=a;from-tag=b"}}).ExpectRefused(481)
	second.DialWith("2001", softphone.DialOptions{Headers: map[string]string{"Replaces": "nothing"}}).ExpectRefused(400)
	hearEachOther(t, d.customer, d.agent)

	moved := second.DialWith("2001", replaces(t, d.agentPhone, d.agent, ""))
	moved.ExpectAnswered()
	d.agent.ExpectEnd()
	hearEachOther(t, d.customer, moved)
	moved.Hold() // it is a call like others
	d.customer.ExpectMusic("default")
	moved.Resume()
	hearEachOther(t, d.customer, moved)
	row := d.done("1001", "2001", "2001")
	moved.ExpectEnd()
	if row.Agent != "2001" {
		t.Errorf("the agent is %s", row.Agent)
	}

	from := other.Dial("2001")
	ring := d.agentPhone.ExpectRing()
	from.ExpectRinging()
	early := second.DialWith("2001", replaces(t, d.agentPhone, ring, ";early-only"))
	early.ExpectAnswered()
	ring.ExpectEnd()
	hearEachOther(t, from, early)
	from.Hangup()
	early.ExpectEnd()
	if row := from.ExpectRow(); row.Agent != "2001" || row.Result != "answered" {
		t.Errorf("agent %s, %s", row.Agent, row.Result)
	}
	d.pbx.ExpectIdle()
}

// Who hears their own echo talks with nobody in whose ear another phone could be.
func TestACallThatTalksWithNobodyIsTakenOverByNobody(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	first := pbx.Phone("2001")
	listening := first.Dial("*43")
	listening.ExpectAnswered()
	m := message(t, first, "200", func(m softphone.Message) bool {
		return !m.Out && m.Code() == 200 && m.Header("Call-ID") == listening.CallID()
	})
	tag := func(header string) string {
		_, tag, _ := strings.Cut(m.Header(header), "tag=")
		return tag
	}
	second := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001"})
	second.DialWith("2001", softphone.DialOptions{Headers: map[string]string{
		"Replaces": fmt.Sprintf("%s;to-tag=%s;from-tag=%s", listening.CallID(), tag("To"), tag("From")),
	}}).ExpectRefused(481)
	listening.Hangup()
	pbx.ExpectIdle()
}

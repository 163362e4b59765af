package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

const early = `
languages: [en]
country: gb
rtp: {silence_limit: 1s}
users:
  "2001": {name: Amal Haddad,  secret: amal,   context: staff, queue: help}
  "1001": {name: A customer,   secret: caller, context: outside}
queues:
  help: {strategy: linear, ring_timeout: 5s, max_wait: 30s}
contexts:
  outside:
    "1": [{playback: {prompt: digits/1, answer: false}}, {hangup: busy}]
    "2": [{ringing: {tone: busy}}, {wait: 1500ms}, {hangup: busy}]
    "3": {queue: {name: help, answer: false}}
    "4": {dial: {user: "2001", music: default}}
  staff: {may_call: everyone}
`

// Early media: what a caller hears without an answer, over real SIP and RTP (RFC 3261 §13.2.1, 183 with SDP).
func TestACallerHearsUsBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: early})
	caller, agent := pbx.Phone("1001"), pbx.Phone("2001")
	progressed := func(c *hatiftest.Call) {
		t.Helper()
		m := message(t, caller, "183", func(m softphone.Message) bool {
			return !m.Out && m.Code() == 183 && m.Header("Call-ID") == c.CallID()
		})
		if m.Body() == "" || c.Answered() {
			t.Errorf("183 with the body %q; answered: %v", m.Body(), c.Answered())
		}
	}

	c := caller.Dial("1")
	c.ExpectPrompt("digits/1")
	progressed(c)
	c.ExpectRefused(486)

	c = caller.Dial("2")
	c.Say(nil) // who only listens sends nothing, for longer than the limit of silence
	c.ExpectTone(400)
	progressed(c)
	c.ExpectRefused(486)

	for _, number := range []string{"3", "4"} {
		c = caller.Dial(number)
		c.Say(nil)
		c.ExpectMusic("default")
		progressed(c)
		ring := agent.ExpectRing()
		time.Sleep(1200 * time.Millisecond) // the limit of silence is for those who were answered
		ring.Answer()
		c.ExpectAnswered()
		c.Speak()
		hearEachOther(t, c, ring)
		c.Hangup()
		ring.ExpectEnd()
		row := c.ExpectRow()
		if row.Result != "answered" || row.Agent != "2001" {
			t.Errorf("%s: %s, agent %s", number, row.Result, row.Agent)
		}
	}

	late := caller.DialWith("1", softphone.DialOptions{Late: true}) // who has offered nothing cannot hear us
	late.ExpectRefused(486)
	pbx.ExpectIdle()
}

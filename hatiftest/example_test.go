package hatiftest_test

import (
	"testing"

	"hatif/hatiftest"
)

// A call centre of one agent.
const callCentre = `
languages: [en]
users:
  "2001": {name: Amal,   secret: s3cret, context: staff, queue: help}
  "1001": {name: Caller, secret: s3cret, context: outside}
queues:
  help: {max_wait: 20s}
contexts:
  outside:
    "0777": [{playback: please-wait}, {record: conversation}, {queue: help}]
  staff:
    may_call: everyone
`

// A test of an integration starts the PBX, makes phones, and says what people do and what they should hear.
func TestACallerReachesTheAgent(t *testing.T) {
	pbx := hatiftest.Start(t, hatiftest.Options{Config: callCentre})
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")

	call := caller.Dial("0777")
	call.ExpectPrompt("please-wait")
	call.ExpectMusic("default")

	ring := agent.ExpectRing()
	ring.Answer()
	call.ExpectAudioFrom(ring)
	ring.ExpectAudioFrom(call)
	ring.Hangup()
	call.ExpectEnd()

	row := call.ExpectRow()
	if row.Agent != "2001" || len(row.Recordings) != 1 {
		t.Errorf("the call log says %s, recordings %q", row.Agent, row.Recordings)
	}
}

// The main job of the shipped file. An Example has no *testing.T; in a test file this is the body of a test.
func ExampleStart() {
	_ = func(t *testing.T) {
		pbx := hatiftest.Start(t, hatiftest.Options{}) // the shipped file
		agent, caller := pbx.Phone("2001"), pbx.Phone("1001")

		call := caller.Dial("0777")
		call.ExpectPrompt("welcome")
		call.Press("1")
		call.ExpectPrompt("ar/recorded-for-quality")

		ring := agent.ExpectRing()
		ring.Answer()
		call.ExpectAudioFrom(ring)
		ring.ExpectAudioFrom(call)
		call.Hangup()
		ring.ExpectEnd()

		row := call.ExpectRow()
		if row.Queue != "arabic" || row.Agent != "2001" {
			t.Errorf("the call went to %s in %s", row.Agent, row.Queue)
		}
	}
}

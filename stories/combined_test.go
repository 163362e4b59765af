package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
)

// What a queue can do is here asked for together: each alone has a story of its own.

// specialists is the office with a queue whose second agent alone knows invoices and comes by a tier, and two numbers that
// require the knowledge, or not.
func specialists(t testing.TB, queue string) *hatiftest.PBX {
	t.Helper()
	return open(t,
		`"1002": {name: Second caller,  secret: second, context: outside}`,
		`"1002": {name: Second caller,  secret: second, context: outside}`+"\n"+`  "1003": {name: Third caller, secret: third, context: outside}`,
		"secret: karim,  context: staff, queue: help", "secret: karim,  context: staff, queue: {help: {penalty: 1}}, skills: {billing: 2}",
		"retry: 1s", "retry: 1s, tiers: [{after: 1500ms, penalty: 1}]"+queue,
		"  nobody:\n", "    \"0778\": {queue: {name: help, skills: {billing: 2}, unanswered: nobody}}\n  nobody:\n")
}

func TestWhoMustKnowAndHasATierIsRungForWhoIsCalledBack(t *testing.T) {
	t.Parallel()
	pbx := specialists(t, ", call_back: {offer: 5s, first: 500ms, after: 1s, every: 1s, ring: 3s}")
	anybody, knows := pbx.Phone("2001"), pbx.Phone("2002")
	caller := pbx.Phone("1001")
	busy := knows.Dial("*43") // whoever knows is on another call
	busy.ExpectAnswered()
	c := caller.Dial("0778")
	c.ExpectMusic("default")
	c.Press("1")
	c.ExpectPrompt("queue/we-will-call-you-at")
	c.Press("1")
	c.ExpectPrompt("queue/your-place-is-kept")
	c.Hangup()
	c.ExpectRow()
	anybody.ExpectNoRing()
	busy.Hangup()
	back := caller.ExpectRing()
	back.Answer()
	ring := knows.ExpectRing()
	ring.Answer()
	hearEachOther(t, back, ring)
	anybody.ExpectNoRing()
	back.Hangup()
	pbx.ExpectIdle()
}

// Who drops out of the line of the queue to which they had overflowed comes back by the first one's number, and stands
// where they stood.
func TestAPlaceIsKeptBehindAnOverflow(t *testing.T) {
	t.Parallel()
	pbx := open(t, "context: staff, queue: help}\n  \"2003\"", "context: staff, queue: more}\n  \"2003\"",
		`"1002": {name: Second caller,  secret: second, context: outside}`,
		`"1002": {name: Second caller,  secret: second, context: outside}`+"\n"+`  "1003": {name: Third caller, secret: third, context: outside}`,
		"retry: 1s}\n", "retry: 1s, keep_place: 30s, overflow: {to: more, after: 500ms}}\n  more: {}\n",
		"  nobody:\n", "    \"0779\": {queue: {name: more, unanswered: nobody}}\n  nobody:\n")
	agent := pbx.Phone("2002")
	busy := agent.Dial("*43")
	busy.ExpectAnswered()
	caller := pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	time.Sleep(800 * time.Millisecond) // the overflow
	other := pbx.Phone("1002").Dial("0779")
	other.ExpectMusic("default")
	c.Hangup()
	c.ExpectRow()
	c = caller.Dial("0777")
	c.ExpectMusic("default")
	time.Sleep(800 * time.Millisecond)
	busy.Hangup()
	ring := agent.ExpectRing()
	if ring.Caller().Number != "1001" {
		t.Errorf("%s is served first", ring.Caller().Number)
	}
	ring.Answer()
	hearEachOther(t, c, ring)
}

// A line of one place: who has dropped out of it finds it taken by who came meanwhile, or is let in, and nobody is lost.
func TestALineThatIsFullAndWhoComesBack(t *testing.T) {
	t.Parallel()
	pbx := open(t, "retry: 1s", "retry: 1s, max_length: 1, keep_place: 30s", "{name: help, unanswered: nobody}", "{name: help, unanswered: nobody, full: [{hangup: busy}]}")
	agent := pbx.Phone("2001")
	busy := agent.Dial("*43")
	busy.ExpectAnswered()
	caller := pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	c.Hangup()
	c.ExpectRow()
	c = caller.Dial("0777")
	c.ExpectMusic("default")
	refused := pbx.Phone("1002").Dial("0777")
	refused.ExpectEnd()
	if row := refused.ExpectRow(); !pathHas(row, "full") {
		t.Errorf("the second caller: %s", path(row))
	}
	busy.Hangup()
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	c.Hangup()
	c.ExpectRow()
	pbx.ExpectIdle()
}

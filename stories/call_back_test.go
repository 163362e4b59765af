package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
)

// turns is the office with a queue that calls back at once, and an agent who talks to somebody else.
func turns(t testing.TB, changes ...string) (pbx *hatiftest.PBX, agent *hatiftest.Phone, talk *hatiftest.Call) {
	t.Helper()
	pbx = open(t, append([]string{"retry: 1s}", "retry: 1s, call_back: {offer: 5s, first: 500ms, after: 1s, every: 1s, ring: 3s}}",
		`"1002": {name: Second caller,  secret: second, context: outside}`,
		`"1002": {name: Second caller,  secret: second, context: outside}` + "\n" + `  "1003": {name: Third caller, secret: third, context: others}`,
		"  nobody:\n", "  others:\n    \"0777\": {queue: help}\n  nobody:\n"}, changes...)...)
	agent = pbx.Phone("2001")
	c := pbx.Phone("1003").Dial("0777")
	talk = agent.ExpectRing()
	talk.Answer()
	c.ExpectAnswered()
	return pbx, agent, talk
}

// keepsPlace is a caller who asks to be called back at their own number, and hangs up.
func keepsPlace(t testing.TB, pbx *hatiftest.PBX, caller *hatiftest.Phone) store.Owed {
	t.Helper()
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	c.Press("1")
	c.ExpectPrompt("queue/we-will-call-you-at")
	c.Press("1")
	c.ExpectPrompt("queue/your-place-is-kept")
	c.Hangup()
	c.ExpectRow()
	return owed(t, pbx)
}

// The place is kept, an agent is kept free first, then the customer is called and the two speak.
func TestACallerIsCalledBackWhenTheirTurnComes(t *testing.T) {
	t.Parallel()
	pbx, agent, talk := turns(t)
	caller := pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectPrompt("queue/press-1-to-be-called-back")
	c.Press("1")
	c.ExpectPrompt("queue/we-will-call-you-at")
	for _, digit := range "1001" {
		c.ExpectPrompt("digits/" + string(digit))
	}
	c.Press("1")
	c.ExpectPrompt("queue/your-place-is-kept")
	c.Hangup()
	if row := c.ExpectRow(); row.Result != "call back" || !pathHas(row, "keeps the place, to be called back at 1001") {
		t.Errorf("path %s", path(row))
	}
	o := owed(t, pbx)
	if o.State != store.OwedInLine || o.Account != "1001" || o.Queue != "help" {
		t.Errorf("owed %+v", o)
	}
	time.Sleep(1200 * time.Millisecond)
	caller.ExpectNoRing() // nobody is free
	talk.Hangup()
	back := caller.ExpectRing()
	agent.ExpectNoRing() // before there is somebody to talk to
	if who := back.Caller().Number; who != "0777" {
		t.Errorf("the display shows %s", who)
	}
	back.Answer()
	back.ExpectPrompt("queue/this-is-your-call-back")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, back, ring)
	back.Hangup()
	row := back.ExpectRow()
	if row.Result != "answered" || row.Agent != "2001" || row.Queue != "help" || len(row.Recordings) != 1 {
		t.Errorf("row: %s with %s of %s, %d recordings; %s", row.Result, row.Agent, row.Queue, len(row.Recordings), path(row))
	}
	expectOwed(t, pbx, store.OwedDone, 1)
}

// Who does not answer is called again when it is their turn again; others are served meanwhile.
func TestWhoMissesTheCallBackKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	pbx, agent, talk := turns(t)
	caller := pbx.Phone("1001")
	keepsPlace(t, pbx, caller)
	talk.Hangup()
	caller.ExpectRing().ExpectEnd()
	expectOwed(t, pbx, store.OwedInLine, 1)
	other := pbx.Phone("1002").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	other.ExpectAnswered()
	time.Sleep(1200 * time.Millisecond)
	caller.ExpectNoRing()
	ring.Hangup()
	back := caller.ExpectRing()
	back.Answer()
	expectOwed(t, pbx, store.OwedAnswered, 2)
	back.Hangup()
}

// Who calls again stands where they stood, and is not called.
func TestWhoCallsAgainIsNotCalledBack(t *testing.T) {
	t.Parallel()
	pbx, agent, talk := turns(t)
	caller := pbx.Phone("1001")
	keepsPlace(t, pbx, caller)
	other := pbx.Phone("1002").Dial("0777")
	other.ExpectMusic("default")
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	expectOwed(t, pbx, store.OwedCancelled, 0)
	talk.Hangup()
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	caller.ExpectNoRing()
}

// A promise outlives a restart.
func TestAPlaceIsKeptOverARestart(t *testing.T) {
	t.Parallel()
	pbx, _, talk := turns(t)
	keepsPlace(t, pbx, pbx.Phone("1001"))
	talk.Hangup()
	pbx.Restart()
	caller := pbx.Phone("1001")
	agent := pbx.Phone("2001")
	back := caller.ExpectRing()
	back.Answer()
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, back, ring)
}

// Another number of one's own people may be given, and no others.
func TestACallerIsCalledBackAtAnotherNumber(t *testing.T) {
	t.Parallel()
	pbx, _, talk := turns(t)
	other := pbx.Phone("1002")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	c.Press("1")
	c.ExpectPrompt("queue/we-will-call-you-at")
	c.Press("2")
	c.ExpectPrompt("enter-your-number")
	c.Press("2003#") // the staff's
	c.ExpectPrompt("not-valid")
	c.Press("1002#")
	c.ExpectPrompt("queue/we-will-call-you-at")
	c.Press("1")
	c.ExpectPrompt("queue/your-place-is-kept")
	c.Hangup()
	talk.Hangup()
	other.ExpectRing().Answer()
}

// Who drops out of the line and calls again soon has their place.
func TestWhoDropsOutAndCallsAgainHasTheirPlace(t *testing.T) {
	t.Parallel()
	pbx, agent, talk := turns(t, "retry: 1s,", "retry: 1s, keep_place: 30s,")
	caller := pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	other := pbx.Phone("1002").Dial("0777")
	other.ExpectMusic("default")
	c.Hangup()
	c.ExpectRow() // they have left the line: the place that is kept is there
	c = caller.Dial("0777")
	c.ExpectMusic("default")
	talk.Hangup()
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
}

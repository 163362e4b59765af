package stories_test

import (
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
)

// opened is the office with a third caller.
func opened(t *testing.T, changes ...string) *hatiftest.PBX {
	t.Helper()
	second := `secret: second, context: outside}`
	return open(t, append(changes, second, second+"\n"+`  "1003": {name: Third caller, secret: third, context: outside}`)...)
}

// Who has talked for longer is left in peace until the others have, too.
func TestLeastTalkTimeRingsWhoHasTalkedLess(t *testing.T) {
	t.Parallel()
	pbx := open(t, "strategy: linear", "strategy: least_talk_time")
	talker, other, caller := pbx.Phone("2001"), pbx.Phone("2002"), pbx.Phone("1001")
	for i, agent := range []*hatiftest.Phone{talker, other, other} {
		c := caller.Dial("0777")
		in := agent.ExpectRing()
		in.Answer()
		hearEachOther(t, c, in)
		if i == 0 {
			time.Sleep(1500 * time.Millisecond) // as people do who talk
		}
		finish(t, pbx, c)
	}
}

// One phone more rings every second until somebody answers; then all others stop.
func TestPhonesRingOneAfterTheOtherUntilAllDo(t *testing.T) {
	t.Parallel()
	pbx := open(t, "strategy: linear", "strategy: ring_progressively, ring_progressively_delay: 1s")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	began := time.Now()
	c := pbx.Phone("1001").Dial("0777")
	atFirst := first.ExpectRing()
	atSecond := second.ExpectRing()
	if d := time.Since(began); d < 900*time.Millisecond {
		t.Errorf("the second phone rang after %v, want a second", d)
	}
	atSecond.Answer()
	hearEachOther(t, c, atSecond)
	if end := atFirst.ExpectEnd(); end.How != "CANCEL" || !strings.Contains(end.Reason, "Call completed elsewhere") {
		t.Errorf("the other phone's call ended as %v", end)
	}
	finish(t, pbx, c)
}

// Who waits is given more people as time goes by: those of a higher penalty are rung only then, though they are free.
func TestATierOpensWhenTheCallerHasWaited(t *testing.T) {
	t.Parallel()
	pbx := open(t,
		"secret: karim,  context: staff, queue: help", "secret: karim,  context: staff, queue: {help: {penalty: 1}}",
		"strategy: linear", "strategy: linear, tiers: [{after: 1500ms, penalty: 1}]")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	talk(t, pbx.Phone("2003"), first)
	began := time.Now()
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	ring := second.ExpectRing()
	if d := time.Since(began); d < 1400*time.Millisecond {
		t.Errorf("the second tier was rung after %v, want 1.5 s", d)
	}
	ring.Answer()
	hearEachOther(t, c, ring)
}

// Where nobody of the first tier is at work, nobody waits for it.
func TestATierOpensAtOnceWhenTheOneBeforeHasGoneHome(t *testing.T) {
	t.Parallel()
	pbx := open(t,
		"secret: karim,  context: staff, queue: help", "secret: karim,  context: staff, queue: {help: {penalty: 1}}",
		"strategy: linear", "strategy: linear, tiers: [{after: 20s, penalty: 1}]")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	_, busy := talk(t, pbx.Phone("2003"), first)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	second.ExpectNoRing()
	first.Unregister()
	busy.Hangup()
	ring := second.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
}

// invoices is the office with somebody who knows about invoices, and a number for those who have one.
func invoices(t *testing.T, queue string) *hatiftest.PBX {
	return opened(t,
		"secret: karim,  context: staff, queue: help", "secret: karim,  context: staff, queue: help, skills: {billing: 2}",
		"strategy: linear", "strategy: linear"+queue,
		`  nobody:`, `    "0778": {queue: {name: help, skills: {billing: 2}}}`+"\n  nobody:")
}

// A call that requires a skill is for those who have it, and others do not wait behind it.
func TestOnlyWhoHasTheSkillIsRung(t *testing.T) {
	t.Parallel()
	pbx := invoices(t, "")
	anybody, knows := pbx.Phone("2001"), pbx.Phone("2002")
	invoice := pbx.Phone("1001").Dial("0778")
	ring := knows.ExpectRing()
	ring.Answer()
	hearEachOther(t, invoice, ring)
	anybody.ExpectNoRing()
	second := pbx.Phone("1003").Dial("0778")
	second.ExpectMusic("default")
	plain := pbx.Phone("1002").Dial("0777")
	other := anybody.ExpectRing()
	other.Answer()
	hearEachOther(t, plain, other)
	plain.Hangup()
	other.ExpectEnd()
	invoice.Hangup()
	ring.ExpectEnd()
	next := knows.ExpectRing()
	next.Answer()
	hearEachOther(t, second, next)
}

// What is required comes down with time, so that nobody waits for ever for the one who is busy.
func TestARequirementIsRelaxedWithTime(t *testing.T) {
	t.Parallel()
	pbx := invoices(t, ", relax_skills: 1s")
	anybody, knows := pbx.Phone("2001"), pbx.Phone("2002")
	talk(t, pbx.Phone("2003"), knows)
	began := time.Now()
	c := pbx.Phone("1001").Dial("0778")
	c.ExpectMusic("default")
	ring := anybody.ExpectRing()
	if d := time.Since(began); d < 1900*time.Millisecond {
		t.Errorf("somebody without the skill was rung after %v, want 2 s: a second for each level", d)
	}
	ring.Answer()
	hearEachOther(t, c, ring)
}

// A caller of a higher priority, and one of a heavier queue, is served before those who came earlier.
func TestPriorityAndWeightGoBeforeTheOrderOfComing(t *testing.T) {
	t.Parallel()
	pbx := opened(t,
		"secret: amal,   context: staff, queue: help", "secret: amal,   context: staff, queue: [help, vip]",
		"retry: 1s}", "retry: 1s}\n  vip: {max_wait: 30s, weight: 5}",
		`  nobody:`, `    "0778": {queue: {name: help, priority: 5}}`+"\n"+`    "0779": {queue: vip}`+"\n  nobody:")
	var waiting []*hatiftest.Call
	for i, user := range []string{"1001", "1002", "1003"} {
		c := pbx.Phone(user).Dial([]string{"0777", "0778", "0779"}[i])
		c.ExpectMusic("default")
		waiting = append(waiting, c)
	}
	agent := pbx.Phone("2001")
	for _, i := range []int{2, 1, 0} {
		ring := agent.ExpectRing()
		ring.Answer()
		ring.ExpectAudioFrom(waiting[i])
		ring.Hangup()
		waiting[i].ExpectEnd()
	}
}

// Who calls back within the time speaks with the same agent; others get whom the strategy chooses.
func TestWhoCallsAgainIsGivenTheAgentOfLastTime(t *testing.T) {
	t.Parallel()
	pbx := open(t, "strategy: linear", "strategy: linear, last_agent: 1m")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	caller := pbx.Phone("1001")
	_, direct := talk(t, pbx.Phone("2003"), first)
	c := caller.Dial("0777")
	ring := second.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	c.Hangup()
	direct.Hangup()
	pbx.ExpectIdle()
	again := caller.Dial("0777")
	ring = second.ExpectRing()
	ring.Answer()
	hearEachOther(t, again, ring)
	other := pbx.Phone("1002").Dial("0777")
	ring = first.ExpectRing()
	ring.Answer()
	hearEachOther(t, other, ring)
}

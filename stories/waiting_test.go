package stories_test

import (
	"testing"
	"time"
)

// Position at intervals and messages, in the caller's language, over the music; and what the agent says ends it.
func TestACallerInLineIsToldTheirPlaceInTheirLanguage(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages: [en]", "languages: [en, fr]", "secret: caller,", "secret: caller, language: fr,",
		"retry: 1s}", "retry: 1s, announce: {every: 30s, first: 1s}, messages: {every: 30s, first: 500ms, prompts: [queue/thank-you-for-waiting]}}")
	first := pbx.Phone("1002").Dial("0777")
	first.ExpectMusic("default")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	c.ExpectPrompt("fr/queue/thank-you-for-waiting")
	c.ExpectPrompt("fr/queue/your-position-is")
	c.ExpectPrompt("fr/numbers/2")
	c.ExpectMusic("default")
	first.ExpectPrompt("en/queue/you-are-next")
	first.Hangup()
	agent := pbx.Phone("2001").ExpectRing()
	agent.Answer()
	hearEachOther(t, c, agent)
}

// A single key leads out of the line, and no phone goes on ringing.
func TestAKeyLeadsACallerOutOfTheLine(t *testing.T) {
	t.Parallel()
	pbx := open(t, "{name: help, unanswered: nobody}", `{name: help, unanswered: nobody, "0": desk}`,
		"  nobody:\n", "  desk:\n    start: {dial: \"2003\"}\n  nobody:\n")
	agent, desk := pbx.Phone("2001"), pbx.Phone("2003")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	c.ExpectMusic("default")
	c.Press("5")
	c.Press("0")
	pressed := time.Now()
	atDesk := desk.ExpectRing()
	atOnce(t, "the desk's ring", pressed)
	ring.ExpectEnd()
	atDesk.Answer()
	hearEachOther(t, c, atDesk)
	c.Hangup()
	if row := c.ExpectRow(); row.Result != "answered" || row.Agent != "2003" || !pathHas(row, "pressed 0 after waiting") {
		t.Errorf("row: %s with %s, %s", row.Result, row.Agent, path(row))
	}
}

// A caller for whom nobody in their queue has time is served by another one.
func TestACallerWhoWaitsTooLongIsServedByAnotherQueue(t *testing.T) {
	t.Parallel()
	pbx := open(t, "context: staff, queue: help}\n  \"2003\"", "context: staff, queue: more}\n  \"2003\"",
		"retry: 1s}\n", "retry: 1s, overflow: {to: more, after: 1s}}\n  more: {}\n")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	talker := pbx.Phone("1002").Dial("0777")
	first.ExpectRing().Answer()
	talker.ExpectAnswered()
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	ring := second.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	c.Hangup()
	if row := c.ExpectRow(); row.Queue != "more" || row.Agent != "2002" || !pathHas(row, "on to queue more") {
		t.Errorf("row: queue %s, agent %s, %s", row.Queue, row.Agent, path(row))
	}
}

// The staff close a queue by a code, which lasts over a restart, until it is opened again.
func TestTheStaffCloseAQueueAndItStaysClosed(t *testing.T) {
	t.Parallel()
	pbx := open(t, "{name: help, unanswered: nobody}", "{name: help, unanswered: nobody, closed: [{playback: closed}, hangup]}",
		`    "*43": echo`, `    "*48": {switch_queue: {queue: help, to: toggle}}`)
	toggle := func(prompt string) {
		t.Helper()
		c := pbx.Phone("2003").Dial("*48")
		c.ExpectPrompt("queue/" + prompt)
		c.ExpectEnd()
	}
	toggle("is-closed")
	pbx.Restart()
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("closed")
	c.Hangup()
	agent.ExpectNoRing()
	if row := c.ExpectRow(); !pathHas(row, "queue help is closed") {
		t.Errorf("path %s", path(row))
	}
	toggle("follows-its-hours")
	c = pbx.Phone("1001").Dial("0777")
	agent.ExpectRing()
	c.Hangup()
}

// Outside its hours a queue takes nobody.
func TestOutsideTheHoursACallerGoesTheirOwnWay(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	today := now.Format(time.DateOnly)
	if now.Hour() == 23 && now.Minute() > 50 {
		today += ".." + now.Add(time.Hour).Format(time.DateOnly)
	}
	pbx := open(t, "{name: help, unanswered: nobody}", "{name: help, unanswered: nobody, closed: [{playback: closed}, hangup]}",
		"retry: 1s}", "retry: 1s, hours: {timezone: UTC, open: {daily: \"00:00-24:00\"}, except: {\""+today+"\": closed}}}")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("closed")
	c.Hangup()
}

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

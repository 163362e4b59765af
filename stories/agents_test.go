package stories_test

import (
	"slices"
	"testing"

	"hatif/hatiftest"
	"hatif/queue"
)

// codes are those by which the agents of a story say what they do.
const codes = `
    "*45": log_on
    "*46": log_off
    "*47": pause
    "*48": {wrap_up: end}
    "*451": {log_on: help}
`

// staffed is the office with codes, and reasons to pause for.
func staffed(t testing.TB, changes ...string) *hatiftest.PBX {
	t.Helper()
	return open(t, append([]string{
		`"*43": echo` + "\n", `"*43": echo` + codes, "languages: [en]", "languages: [en]\npause_reasons: [break, lunch]",
	}, changes...)...)
}

// says has an agent dial a code, press keys once the prompt before them is heard, and hear a prompt.
func says(t testing.TB, agent *hatiftest.Phone, code, before, keys, prompt string) {
	t.Helper()
	c := agent.Dial(code)
	if keys != "" {
		c.ExpectPrompt(before)
		c.Press(keys)
	}
	c.ExpectPrompt(prompt)
	c.ExpectEnd()
}

// Who has logged off or paused by code is not rung, and is rung the moment that they are back.
func TestAgentsLogOffAndPauseByCode(t *testing.T) {
	t.Parallel()
	pbx := staffed(t)
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	says(t, first, "*46", "", "", "en/logged-off")
	says(t, second, "*47", "pause/break", "2", "en/paused")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	says(t, second, "*47", "", "", "en/not-paused")
	second.ExpectRing().Decline() // resting for a second
	says(t, first, "*45", "", "", "en/logged-on")
	ring := first.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	finish(t, pbx, c)
}

// A colleague who serves no queue by the file helps out.
func TestWhoServesNoQueueLogsOnToOne(t *testing.T) {
	t.Parallel()
	pbx := staffed(t)
	helper := pbx.Phone("2003")
	says(t, helper, "*45", "", "", "en/not-allowed")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	says(t, helper, "*451", "", "", "en/logged-on")
	ring := helper.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	finish(t, pbx, c)
}

// An agent who lets calls ring is paused, and told so at their next code.
func TestWhoLetsCallsRingIsPausedAndTold(t *testing.T) {
	t.Parallel()
	pbx := staffed(t, "ring_timeout: 5s", "ring_timeout: 1s, max_misses: 1")
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	agent.ExpectRing().ExpectEnd()
	eventually(t, "the agent to be paused", func() bool { // the phone is quiet a moment before
		return slices.ContainsFunc(pbx.Floor().Snapshot().Agents, func(a queue.AgentSnapshot) bool {
			return a.User == "2001" && a.State == queue.Paused
		})
	})
	back := agent.Dial("*47")
	back.ExpectPrompt("en/agent/paused-for-missed-calls")
	back.ExpectPrompt("en/not-paused")
	back.ExpectEnd()
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	finish(t, pbx, c)
}

// The time after a call ends when the agent says so.
func TestAnAgentEndsTheirWrapUpByCode(t *testing.T) {
	t.Parallel()
	pbx := staffed(t, "retry: 1s", "retry: 1s, wrap_up: 1m")
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	finish(t, pbx, c)
	next := pbx.Phone("1002").Dial("0777")
	next.ExpectMusic("default")
	agent.ExpectNoRing()
	says(t, agent, "*48", "", "", "en/agent/wrap-up-over")
	ring = agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, next, ring)
	finish(t, pbx, next)
}

// The agent hears whose call it is while the caller hears music, and takes it by pressing 1; the caller hears none of
// it. Who presses nothing is not connected.
func TestAnAgentTakesACallByPressingOne(t *testing.T) {
	t.Parallel()
	pbx := staffed(t, "retry: 1s", "retry: 1s, to_agent: {prompt: agent/call-english, wait: true, confirm: true}")
	first := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	in := first.ExpectRing()
	in.Answer()
	in.ExpectPrompt("en/agent/call-english")
	in.Hangup()
	second := pbx.Phone("2002")
	ring := second.ExpectRing()
	ring.Answer()
	ring.ExpectPrompt("en/agent/call-english")
	ring.ExpectPrompt("en/agent/caller-has-waited")
	ring.ExpectPrompt("en/agent/press-1-to-take")
	c.ExpectMusic("default")
	ring.Press("1")
	hearEachOther(t, c, ring)
	finish(t, pbx, c)
}

// What agents have said of themselves outlives a restart.
func TestLogOnsAndPausesSurviveARestart(t *testing.T) {
	t.Parallel()
	pbx := staffed(t)
	helper := pbx.Phone("2003")
	says(t, pbx.Phone("2001"), "*46", "", "", "en/logged-off")
	says(t, pbx.Phone("2002"), "*47", "pause/break", "1", "en/paused")
	says(t, helper, "*451", "", "", "en/logged-on")
	pbx.Restart()
	first, second, third := pbx.Phone("2001"), pbx.Phone("2002"), pbx.Phone("2003")
	c := pbx.Phone("1001").Dial("0777")
	ring := third.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	first.ExpectNoRing()
	second.ExpectNoRing()
	finish(t, pbx, c)
	says(t, second, "*47", "", "", "en/not-paused")
	says(t, first, "*45", "", "", "en/logged-on")
}

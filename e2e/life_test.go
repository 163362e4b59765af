//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatif/store"
)

// talkingPair brings 1001 and 2001 into a recorded conversation.
func talkingPair(t *testing.T, p *pbx) (caller, agent *baresip) {
	t.Helper()
	agent = startBaresip(t, p, "2001", "udp", "700")
	caller = startBaresip(t, p, "1001", "udp", "440")
	caller.dial("sip:0777@" + p.addr)
	talk(time.Second)
	caller.press("1")
	agent.expectRing("1001", 12*time.Second)
	agent.answer()
	return caller, agent
}

// killed -9 in the middle of a recorded conversation: after a restart the recording plays and the log knows the call.
func TestAKilledHatifLeavesAPlayableRecordingAndARow(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	caller, agent := talkingPair(t, p)
	talk(4 * time.Second)
	killed := time.Now()
	p.signal(syscall.SIGKILL)
	<-p.done
	caller.hangup()
	agent.hangup()

	p.start(t)
	c := p.onlyCall()
	if c.Result != store.ResultInterrupted || c.Number != "1001" || c.Agent != "2001" {
		t.Errorf("row: %+v", c)
	}
	if lost := killed.Sub(c.Ended); lost < -time.Second || lost > 5*time.Second {
		t.Errorf("the row ends %v before the kill", lost)
	}
	expectWay(t, c, "0777", "digit 1", "talking to 2001")
	file, both := p.recording(c)
	expectPlayable(t, file)
	both.expectTones(t, "the recording of the killed call", 2500*time.Millisecond, callerTone, agentTone)
	t.Logf("of 4 s before the kill, %v are recorded; the row ends %v before it", both.duration(), killed.Sub(c.Ended))

	// And it goes on working: the phones log on again and talk.
	caller.process.signal(syscall.SIGKILL)
	agent.process.signal(syscall.SIGKILL)
	caller, _ = talkingPair(t, p)
	talk(time.Second)
	caller.hangup()
	eventually(t, "the second call is in the log", func() bool {
		list := p.calls()
		return len(list) == 2 && list[0].Result == "answered"
	})
}

// SIGTERM refuses new calls, lets those in progress go on, and ends after the last.
func TestATerminatedHatifWaitsForItsCalls(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	other := startBaresip(t, p, "1002", "udp", "440")
	caller, agent := talkingPair(t, p)
	p.signal(syscall.SIGTERM)
	p.expect("stopping", 0)
	other.tell("dial", "sip:0777@"+p.addr)
	other.expect("SIP/2.0 503", 0)
	talk(2 * time.Second)
	select {
	case <-p.done:
		t.Fatal("hatif has ended with a call in progress")
	default:
	}
	agent.hangup()
	caller.expectClosed()
	p.expectEnd(patience)
	caller.heard().expectTones(t, "what the caller heard", 1500*time.Millisecond, agentTone)
	c := p.onlyCall()
	file, both := p.recording(c)
	expectPlayable(t, file)
	both.expectTones(t, "the recording", 1500*time.Millisecond, callerTone, agentTone)
}

// A user who is written into the file can log on at once: it is saved and nothing else is done, or SIGHUP is sent.
func TestANewUserLogsOnWithoutARestart(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	caller, agent := talkingPair(t, p)
	add := func(user string) func(string) string {
		entry := fmt.Sprintf("users:\n  %q: {name: New, secret: s-%s, context: agents}\n", user, user)
		return func(text string) string { return strings.Replace(text, "users:\n", entry, 1) }
	}
	for _, hup := range []bool{false, true} {
		user := "2301"
		if hup {
			user = "2302"
		}
		from := p.end()
		p.edit(t, add(user))
		if hup {
			p.signal(syscall.SIGHUP)
		}
		began := time.Now()
		p.expect("the file is applied", from)
		t.Logf("user %s is in force %v after the edit", user, time.Since(began).Round(time.Millisecond))
		startBaresip(t, p, user, "udp", "500")
	}
	// A mistake changes nothing.
	from := p.end()
	p.edit(t, func(text string) string { return "wrong: [\n" + text })
	p.expect("the file is not applied", from)
	startBaresip(t, p, "2002", "udp", "500")

	talk(time.Second)
	caller.hangup() // all the while they talked
	agent.expectClosed()
	agent.heard().expectTones(t, "what the agent heard during the reloads", time.Second, callerTone)
}

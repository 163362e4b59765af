//go:build e2e

package e2e

import (
	"testing"
	"time"

	"hatif/store"
)

// A phone is what the stories need of a real one.
type phone interface {
	dial(uri string)
	press(key string)
	expectRing(who string, limit time.Duration)
	answer()
	hangup()
	hold()
	resume()
	transfer(uri string)
	expectTransferred()
	expectClosed()
	heard() sound
}

const (
	callerTone, agentTone = 440, 700 // Hz
	ringing               = 2 * time.Second
	talking               = 4 * time.Second
)

// The main job with baresip outside and linphone at the agent's desk; the agent hangs up.
func TestBaresipCallsAndLinphoneAnswers(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	agent := startLinphone(t, p, "2001", "udp", "700")
	caller := startBaresip(t, p, "1001", "udp", "440")
	c := mainJob(t, p, caller, agent, `"Outside caller" <sip:1001@`, agent)
	expectHungUp(t, c, "2001")
}

// The same with the phones changed over, on TCP; the caller hangs up.
func TestLinphoneCallsAndBaresipAnswers(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	agent := startBaresip(t, p, "2001", "tcp", "700")
	caller := startLinphone(t, p, "1001", "tcp", "440")
	c := mainJob(t, p, caller, agent, "1001", caller)
	expectHungUp(t, c, "1001")
}

// mainJob tells the story: welcome, 1 during it, notice, music, ring, both ways, one recording, one row.
func mainJob(t *testing.T, p *pbx, caller, agent phone, display string, leaver phone) store.Call {
	t.Helper()
	const untilKey = 2 * time.Second
	caller.dial("sip:0777@" + p.addr)
	talk(untilKey)
	caller.press("1")
	agent.expectRing(display, 12*time.Second)
	talk(ringing)
	agent.answer()
	talk(talking)
	leaver.hangup()
	caller.expectClosed()
	agent.expectClosed()

	heard := caller.heard()
	welcome := heard.expectPrompt(t, "ar/welcome", 0, alike)
	heard.expectNoPrompt(t, "ar/welcome", untilKey+time.Second, 0.7)
	heard.expectNoPrompt(t, "en/welcome", 0, 0.7)
	notice := heard.expectPrompt(t, "ar/recorded-for-quality", 0, alike)
	heard.expectPrompt(t, "ar/recorded-for-quality", 3500*time.Millisecond, alike)
	music := heard.expectPrompt(t, "music/default", 0, alike)
	if welcome > 500*time.Millisecond || notice < welcome+untilKey-500*time.Millisecond || notice > welcome+untilKey+1500*time.Millisecond ||
		music < notice+5*time.Second || music > notice+6*time.Second {
		t.Errorf("welcome at %v, notice at %v, music at %v", welcome, notice, music)
	}
	heard.expectTones(t, "what the caller heard", talking-time.Second, agentTone)
	spoken := agent.heard()
	spoken.expectTones(t, "what the agent heard", talking-time.Second, callerTone)

	c := p.onlyCall()
	file, both := p.recording(c)
	expectPlayable(t, file)
	both.expectTones(t, "the recording", talking-500*time.Millisecond, callerTone, agentTone)
	if d := both.duration() - talked(c); d < -300*time.Millisecond || d > 300*time.Millisecond {
		t.Errorf("the recording lasts %v and the talk %v", both.duration(), talked(c))
	}
	if c.Result != "answered" || c.Number != "1001" || c.Name != "Outside caller" || c.Called != "0777" || c.Agent != "2001" ||
		c.Queue != "arabic" || c.Language != "ar" || len(c.Legs) != 2 {
		t.Errorf("row: %+v", c)
	}
	expectWay(t, c, "0777", "menu welcome", "digit 1", "language ar", "playback recorded-for-quality", "record conversation",
		"queue arabic", "ringing 2001", "2001 answered", "talking to 2001")
	for _, leg := range c.Legs {
		// linphone opens its NAT with STUN requests: some packets are rejected.
		if q := leg.Quality; q.PacketsReceived == 0 || q.PacketsSent == 0 || q.PacketsLost != 0 {
			t.Errorf("%s on %s: %+v", leg.User, leg.Device, q)
		}
		t.Logf("%s on %s: %d packets in, %d out, %d lost, jitter %v, MOS %.2f", leg.User, leg.Device,
			leg.Quality.PacketsReceived, leg.Quality.PacketsSent, leg.Quality.PacketsLost, leg.Quality.Jitter, leg.Quality.MOS)
	}
	t.Logf("recorded %v, both voices for %.1f s; way: %s", both.duration(), float64(len(both.with(callerTone, agentTone)))/10, way(c))
	return c
}

// expectHungUp checks who the log says ended the call.
func expectHungUp(t *testing.T, c store.Call, user string) {
	t.Helper()
	for _, leg := range c.Legs {
		if party := leg.HungUpBy == "party"; party != (leg.User == user) {
			t.Errorf("the leg of %s was hung up by %q; %s did", leg.User, leg.HungUpBy, user)
		}
	}
}

//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

const (
	colleagueTone = 1100 // Hz; neither this one nor agentTone is in the music
	customer      = "1001"
	spell         = 1500 * time.Millisecond // of talking with each person
)

// A desk is a customer who talks with an agent, recorded, and a colleague at hand.
type desk struct {
	*testing.T
	p                *pbx
	customer         *baresip
	agent, colleague phone
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	p := startPBX(t)
	return &desk{T: t, p: p, customer: startBaresip(t, p, customer, "udp", "440")}
}

// sits brings the customer to the agent.
func (d *desk) sits() {
	d.Helper()
	d.customer.dial("sip:0777@" + d.p.addr)
	talk(time.Second)
	d.customer.press("1")
	d.agent.expectRing(customer, 12*time.Second)
	d.agent.answer()
	talk(spell)
}

// number is where the phones find somebody.
func (d *desk) number(of string) string { return "sip:" + of + "@" + d.p.addr }

// ends lets the colleague talk with the customer, who hangs up, and looks at what everybody has heard, at the one row
// and at the one recording. meanwhile looks at what the customer has heard between the agent and the colleague.
func (d *desk) ends(meanwhile func(sound), legs ...string) store.Call {
	d.Helper()
	talk(spell)
	d.customer.hangup()
	d.colleague.expectClosed()
	d.agent.expectClosed()

	heard := d.customer.heard()
	const most = spell - 500*time.Millisecond
	_, last := heard.stretch(agentTone)
	first, _ := heard.stretch(colleagueTone)
	heard.between(0, last).expectTones(d.T, "what the customer heard of the agent", most, agentTone)
	meanwhile(heard.between(last, first))
	heard.between(first, heard.duration()).expectTones(d.T, "what the customer heard of the colleague", most, colleagueTone)
	d.colleague.heard().expectTones(d.T, "what the colleague heard", most, callerTone)

	c := d.p.onlyCall()
	file, all := d.p.recording(c)
	expectPlayable(d.T, file)
	all.expectTones(d.T, "the recording", most, callerTone, agentTone)
	all.expectTones(d.T, "the recording", most, callerTone, colleagueTone)
	all.expectTones(d.T, "the recording", all.duration()-500*time.Millisecond, callerTone)
	if c.Result != "answered" || c.Number != customer || c.Queue != "arabic" || c.Agent != "2101" {
		d.Errorf("row: %+v", c)
	}
	var got []string
	for _, leg := range c.Legs {
		got = append(got, leg.User)
	}
	slices.Sort(got)
	if !slices.Equal(got, legs) {
		d.Errorf("legs of %v, want %v", got, legs)
	}
	d.Logf("%v, recorded %v; way: %s", got, all.duration(), way(c))
	return c
}

// ringing and music are what the customer hears until the colleague has answered.
func (d *desk) ringing(s sound) {
	s.expectTones(d.T, "what the customer heard while it rang", 300*time.Millisecond, 425)
}

func (d *desk) music(s sound) { s.expectPrompt(d.T, "music/default", 0, alike) }

// I3: the blind transfer by the phone's own button.
func TestBlindTransferByTheButtonsOfThePhones(t *testing.T) {
	t.Run("baresip", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.agent = startBaresip(t, d.p, "2001", "udp", "700")
		d.colleague = startLinphone(t, d.p, "2101", "tcp", "1100")
		d.sits()
		d.givesAway()
		expectWay(t, d.ends(d.ringing, "1001", "2001", "2101"), "talking to 2001", "transferred to 2101 by 2001", "talking to 2101")
	})
	t.Run("linphone", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		agent := startLinphone(t, d.p, "2001", "tcp", "700")
		d.agent, d.colleague = agent, startBaresip(t, d.p, "2101", "udp", "1100")
		d.sits()
		agent.transfer(d.number("99999")) // is nobody's: they go on talking. Baresip 1.0 would hang up
		talk(spell)
		agent.say("calls")
		agent.expect("StreamsRunning", 0)
		d.givesAway()
		expectWay(t, d.ends(d.ringing, "1001", "2001", "2101"),
			"talking to 2001", "transfer to 99999: ", "transferred to 2101 by 2001", "talking to 2101")
	})
}

// givesAway lets the agent transfer the customer to the colleague by the button of their phone.
func (d *desk) givesAway() {
	d.agent.transfer(d.number("2101"))
	d.agent.expectTransferred()
	d.colleague.expectRing(customer, patience)
	talk(time.Second)
	d.colleague.answer()
}

// I3: linphone connects the two whom it talks with by its command, on either of its calls. Baresip 1.0 has none.
func TestAttendedTransferByTheButtonsOfLinphone(t *testing.T) {
	for name, command := range map[string]string{"first": "transfer 1 --to-call 2", "second": "transfer 2 --to-call 1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			agent := startLinphone(t, d.p, "2001", "udp", "700")
			d.agent, d.colleague = agent, startBaresip(t, d.p, "2101", "tcp", "1100")
			d.sits()
			agent.hold()
			agent.say("call " + d.number("2101"))
			d.colleague.expectRing("2001", patience)
			d.colleague.answer()
			talk(spell)
			agent.say(command)
			agent.expectTransferred()
			c := d.ends(d.music, "1001", "2001", "2001", "2101")
			expectWay(t, c, "talking to 2001", "connected with 2101 by 2001", "talking to 2101")
			_, all := d.p.recording(c)
			if n := len(all.with(agentTone)); n > int((spell+time.Second)/(time.Second/10)) { // linphone plays it while it holds
				t.Errorf("the agent is recorded for %d tenths of a second, on hold as well", n)
			}
			agent.heard().expectTones(t, "what the agent heard", spell-500*time.Millisecond, colleagueTone)
		})
	}
}

// I2, I3, I5: hatif's own codes, keyed in at real phones. The customer hears no key.
func TestTransferByTheKeysOfThePhones(t *testing.T) {
	t.Run("baresip", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.agent = startBaresip(t, d.p, "2001", "udp", "700")
		d.colleague = startLinphone(t, d.p, "2101", "tcp", "1100")
		d.sits()
		d.keys("*2", "2101")
		d.colleague.expectRing("2001", patience)
		d.colleague.answer()
		talk(spell)
		d.agent.hangup()
		expectWay(t, d.ends(d.music, "1001", "2001", "2101"), "talking to 2001", "talking to 2101")
		d.agent.heard().expectTones(t, "what the agent heard", spell-500*time.Millisecond, colleagueTone)
	})
	t.Run("linphone", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.p.edit(t, func(text string) string { // linphonec takes a second for each key
			return strings.Replace(text, "features:\n", "features:\n  code_timeout: 2s\n", 1)
		})
		d.p.expect("the file is applied", 0)
		d.agent = startLinphone(t, d.p, "2001", "tcp", "700")
		d.colleague = startBaresip(t, d.p, "2101", "udp", "1100")
		d.sits()
		d.keys("#1", "2101")
		d.colleague.expectRing(customer, patience)
		talk(time.Second)
		d.colleague.answer()
		expectWay(t, d.ends(d.music, "1001", "2001", "2101"), "talking to 2001", "transferred to 2101 by 2001", "talking to 2101")
	})
}

// keys lets the agent key in a code and a number. The other's phone tells of no key.
func (d *desk) keys(code, number string) {
	d.Helper()
	for _, key := range code + number {
		d.agent.press(string(key))
		talk(200 * time.Millisecond)
	}
	if told, _ := d.customer.events.so(); strings.Contains(told, "CALL_DTMF_START") {
		d.Error("the customer heard a key")
	}
}

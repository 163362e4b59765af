package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// I1
func TestEitherSideRecordsWithAKeyAndABeep(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.agent.Press("*1")
	hearEachOther(t, d.customer, d.agent)
	d.customer.Press("*1") // who may not: these are keys
	d.agent.ExpectKeys("*1")
	if a, c := tonesHeard(d.agent, 1000), tonesHeard(d.customer, 1000); a != 1 || c != 1 {
		t.Errorf("at the beginning the agent heard %d beeps and the customer %d", a, c)
	}
	d.agent.Press("*1")
	hearEachOther(t, d.customer, d.agent)
	if a, c := tonesHeard(d.agent, 1000), tonesHeard(d.customer, 1000); a != 3 || c != 3 {
		t.Errorf("when it was over the agent had heard %d beeps and the customer %d", a, c)
	}
	d.agent.Press("*1") // another file
	hearEachOther(t, d.customer, d.agent)
	d.customer.Hangup()
	row := d.customer.ExpectRow()
	if len(row.Recordings) != 2 || row.Recordings[0] == row.Recordings[1] {
		t.Fatalf("recordings %q, want two", row.Recordings)
	}
	for _, name := range row.Recordings {
		d.customerIn(d.pbx.Recording(name))
	}
	if keys := d.customer.Heard(0).Keys(); keys != "" {
		t.Errorf("the customer heard the keys %q", keys)
	}
	// Two of the staff: the one who was called may, too.
	a, b := talk(t, d.agentPhone, d.colleague)
	b.Press("*1")
	hearEachOther(t, a, b)
	b.Press("*1")
	hearEachOther(t, a, b)
	a.Hangup()
	b.ExpectEnd()
	if row := a.ExpectRow(); len(row.Recordings) != 1 {
		t.Errorf("recordings %q, want one", row.Recordings)
	}
}

// I4 with C5. What a phone sends while it holds, music of its own or what is said beside it, nobody hears, and it is not
// recorded.
func TestHoldBringsMusicAndTheRecordingGoesOn(t *testing.T) {
	t.Parallel()
	const beside = 1300 // Hz
	for _, method := range []string{"INVITE", "UPDATE"} {
		d := newDesk(t, true)
		d.agent.Change(softphone.Offer{Direction: softphone.SendOnly, Method: method})
		d.customer.ExpectMusic("default")
		d.agent.Say(softphone.Tone(beside, 0.5))
		d.customer.ExpectMusic("default")
		d.agent.Speak()
		time.Sleep(300 * time.Millisecond) // no tone is on its way any more when the phone resumes
		d.agent.Change(softphone.Offer{Direction: softphone.SendRecv, Method: method})
		hearEachOther(t, d.customer, d.agent)
		row := d.done("1001", "2001")
		if n := len(onsets(d.pbx.Recording(row.Recordings[0]).Samples, beside)); n != 0 {
			t.Errorf("what was said beside the held phone is recorded (%d times)", n)
		}
		if n := tonesHeard(d.customer, beside); n != 0 {
			t.Errorf("what was said beside the held phone is heard (%d times)", n)
		}
	}
}

// I2
func TestThreeSpeakTogetherAndOneGoes(t *testing.T) {
	t.Parallel()
	for _, recorded := range []bool{false, true} {
		d := newDesk(t, recorded)
		d.agent.Press("*22003")
		c := d.answers()
		hearEachOther(t, d.agent, c)
		d.agent.Press("*3")
		d.customer.Say(softphone.Tone(440, 0.2))
		d.agent.Say(softphone.Silence())
		c.Say(softphone.Silence())
		d.agent.ExpectTone(440)
		c.ExpectTone(440)
		d.customer.Say(softphone.Silence())
		c.Say(softphone.Tone(700, 0.2))
		d.customer.ExpectTone(700)
		d.agent.ExpectTone(700)
		c.Change(softphone.Offer{Direction: softphone.SendOnly}) // and the phone plays music of its own
		d.agent.Say(softphone.Tone(440, 0.2))
		d.customer.ExpectTone(440)
		c.Change(softphone.Offer{Direction: softphone.SendRecv})
		d.agent.Say(softphone.Silence())
		d.customer.ExpectTone(700)
		d.customer.Speak()
		c.Speak()
		d.agent.Press("*4") // with the customer alone
		d.agent.Speak()
		hearEachOther(t, d.customer, d.agent)
		c.ExpectMusic("default")
		d.agent.Press("*4")
		hearEachOther(t, d.agent, c)
		d.customer.ExpectMusic("default")
		d.lastKeys("*2")
		d.agent.ExpectEnd()
		hearEachOther(t, d.customer, c)
		d.customer.Hangup()
		row := d.customer.ExpectRow()
		if row.Agent != "2003" || len(row.Legs) != 3 || len(row.Recordings) != map[bool]int{false: 0, true: 1}[recorded] {
			t.Errorf("agent %s, %d legs, recordings %q", row.Agent, len(row.Legs), row.Recordings)
		}
	}
}

// I2, I3: the caller may transfer as well as the one who was called, and what the phone sends as INFO is a key, too.
func TestTheCallerTransfersWhomTheyHaveCalled(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.customer.Hangup()
	d.agent.ExpectEnd()
	other := d.pbx.Phone("1001")
	for _, keys := range []string{"*22003", "#12003"} {
		call := d.agentPhone.Dial("1001")
		called := other.ExpectRing()
		called.Answer()
		hearEachOther(t, call, called)
		call.PressInfo(keys[:5])
		ctx, cancel := d.wait()
		_ = call.Call.Info(ctx, keys[5]) // the PBX may hang up first
		cancel()
		c := d.answers()
		if keys[0] == '*' {
			hearEachOther(t, call, c)
			call.Hangup()
		}
		call.ExpectEnd()
		hearEachOther(t, called, c)
		c.Hangup()
		called.ExpectEnd()
		row := call.ExpectRow()
		if row.User != "2001" || row.Agent != "2003" || len(row.Legs) != 3 || row.Ended.Before(row.Legs[0].Ended) {
			t.Errorf("%s: the row: user %s, agent %s, %d legs", keys, row.User, row.Agent, len(row.Legs))
		}
	}
}

// I2: the one who transfers has gone, nobody answers: they are called back.
func TestTheTransfererIsCalledBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true)
	d.agent.Press("*22003")
	d.colleague.ExpectRing()
	d.agent.Hangup()
	back := d.agentPhone.ExpectRing()
	if who := back.Caller(); who.Number != "1001" {
		t.Errorf("the display shows %+v, want the customer", who)
	}
	d.customer.ExpectMusic("default")
	back.Answer()
	hearEachOther(t, d.customer, back)
	d.done("1001", "2001", "2003", "2001")
}

// X2, I3: the rights of the one who transfers count.
func TestNobodyTransfersWhereTheyMayNotCall(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: changed(t, switchroom,
		"    may_call: everyone", "    may_call: [staff]\n    features: [transfer]")})
	agent, colleague, customer := pbx.Phone("2001"), pbx.Phone("2003"), pbx.Phone("1001")
	a, c := talk(t, agent, colleague)
	a.Press("#11001")
	a.ExpectPrompt("not-valid")
	a.Press("9")
	a.ExpectPrompt("transfer-failed")
	hearEachOther(t, a, c)
	a.Press("*1") // recording was not given to them
	c.ExpectKeys("*1")
	customer.ExpectNoRing()
	a.Hangup()
	if row := a.ExpectRow(); len(row.Recordings) != 0 {
		t.Errorf("recordings %q", row.Recordings)
	}
}

// I3: a REFER that names somebody else's call does nothing to it (RFC 3891 §5).
func TestNobodyTakesOverOtherPeoplesCalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	thief, friend := d.pbx.PhoneWith(hatiftest.PhoneOptions{User: "2004", Secret: "eve"}), d.colleague
	a, b := talk(t, thief, friend)
	ctx, cancel := d.wait()
	defer cancel()
	got, err := a.ReferTo(ctx, d.agent.Call)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := got.Wait(ctx); err != nil || code != 403 {
		t.Errorf("told %d, %v; want 403", code, err)
	}
	hearEachOther(t, a, b)
	hearEachOther(t, d.customer, d.agent)
	a.Hangup()
	d.done("1001", "2001")
}

// Parking, over real SIP and RTP: the place is said, the call is fetched, or goes back.
func TestACallIsParkedAndFetched(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true)
	d.lastKeys("#1700")
	for _, digit := range []string{"7", "0", "1"} {
		d.agent.ExpectPrompt("digits/" + digit)
	}
	d.customer.ExpectMusic("default")
	d.agent.ExpectEnd()
	fetch := d.colleague.Dial("701")
	fetch.ExpectAnswered()
	hearEachOther(t, d.customer, fetch)
	d.done("1001", "2001", "2003")
	fetch.ExpectEnd()
}

func TestAParkedCallGoesBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.refer("700")
	d.told(200)
	d.agent.ExpectEnd()
	d.colleague.Dial("702").ExpectRefused(404)
	back := d.agentPhone.ExpectRing()
	back.Answer()
	hearEachOther(t, d.customer, back)
	d.done("1001", "2001", "2001")
}

// Call pickup.
func TestARingingPhoneIsPickedUpFromAnother(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.customer.Hangup()
	d.agent.ExpectEnd()
	a := d.pbx.PhoneWith(hatiftest.PhoneOptions{User: "2004", Secret: "eve"}).Dial("2001")
	ring := d.agentPhone.ExpectRing()
	a.ExpectRinging()
	b := d.colleague.Dial("*8")
	b.ExpectAnswered()
	hearEachOther(t, a, b)
	ring.ExpectEnd()
	a.Hangup()
	b.ExpectEnd()
	row := a.ExpectRow()
	if row.Agent != "2003" || len(row.Legs) != 3 || row.Result != "answered" {
		t.Errorf("agent %s, %d legs, %s", row.Agent, len(row.Legs), row.Result)
	}
	d.colleague.Dial("*8").ExpectRefused(404)
}

// Call pickup of what a queue rings: the queue counts the call as answered by who has picked up, and blames nobody.
func TestAPhoneThatAQueueRingsIsPickedUpFromAnother(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: switchroom})
	agent, colleague := pbx.Phone("2001"), pbx.Phone("2003")
	customer := pbx.Phone("1001").Dial("0888")
	ring := agent.ExpectRing()
	customer.ExpectMusic("default")
	c := colleague.Dial("*8")
	c.ExpectAnswered()
	hearEachOther(t, customer, c)
	ring.ExpectEnd()
	told(t, colleague, c, "A customer", "1001")
	customer.Hangup()
	c.ExpectEnd()
	row := customer.ExpectRow()
	if row.Agent != "2003" || row.Queue != "help" || row.Result != "answered" || len(row.Legs) != 3 || len(row.Recordings) != 1 {
		t.Errorf("agent %s, queue %s, %s, %d legs, recordings %q", row.Agent, row.Queue, row.Result, len(row.Legs), row.Recordings)
	}
	next := pbx.Phone("1001").Dial("0777") // the agent was not blamed, and is rung at once
	agent.ExpectRing().Answer()
	next.ExpectAnswered()
	next.Hangup()
	pbx.ExpectIdle()
}

// I2: back to the customer, while the colleague's phone rings and while they speak with them.
func TestATransferIsAborted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true)
	d.agent.Press("*22003")
	ring := d.colleague.ExpectRing()
	d.agent.Press("*1")
	ring.ExpectEnd()
	hearEachOther(t, d.customer, d.agent)
	d.agent.Press("*22003")
	c := d.answers()
	hearEachOther(t, d.agent, c)
	d.customer.ExpectMusic("default")
	d.agent.Press("*1")
	c.ExpectEnd()
	hearEachOther(t, d.customer, d.agent)
	d.done("1001", "2003", "2003", "2001")
}

// I5: what cannot be a code is played to the other side as soon as that is known, in its order.
func TestKeysThatAreNoCodeReachTheOtherSide(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	d.agent.Press("*5")
	d.customer.ExpectKeys("*5")
	d.agent.Press("*")
	time.Sleep(300 * time.Millisecond)
	if keys := d.customer.Heard(0).Keys(); keys != "*5" {
		t.Errorf("the customer heard %q while * may still begin a code", keys)
	}
	d.customer.ExpectKeys("*5*")
	d.agent.Press("**1") // the second begins a code
	d.customer.ExpectKeys("*5**")
	d.customer.Hangup()
	if row := d.customer.ExpectRow(); len(row.Recordings) != 1 {
		t.Errorf("recordings %q, want one", row.Recordings)
	}
}

package stories_test

import (
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

func TestThreeWrongPINsEndTheCallAndTheNextOneIsSlow(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	ph := pbx.Phone("3001")
	c := ph.Dial("2000")
	for try := range 3 {
		c.ExpectPrompt("voicemail/mailbox")
		c.Press("2001#")
		c.ExpectPrompt("voicemail/password")
		c.Press("0000#")
		if try < 2 {
			c.ExpectPrompt("voicemail/login-incorrect")
		}
	}
	c.ExpectPrompt("voicemail/too-many-attempts")
	c.ExpectEnd()
	again := ph.Dial("2000")
	again.ExpectPrompt("voicemail/mailbox")
	again.Press("2001#")
	again.ExpectPrompt("voicemail/password")
	tried := time.Now()
	again.Press("4821#") // the right one
	again.ExpectPrompt("voicemail/no-messages")
	if waited := time.Since(tried); waited < time.Second {
		t.Errorf("after three failures the next PIN was looked at within %v", waited)
	}
	again.Hangup()
}

func TestTheMailboxOfThePhoneIsKnown(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	c := pbx.Phone("2002").Dial("2099")
	c.ExpectPrompt("voicemail/password")
	c.Press("1234#")
	c.ExpectPrompt("voicemail/no-messages")
	for _, heard := range c.Sounds() {
		if strings.HasSuffix(heard, "voicemail/mailbox") {
			t.Error("the mailbox was asked for")
		}
	}
	c.Hangup()
}

// V2, V4: a greeting and a PIN that are made by phone, and hold after a restart.
func TestAGreetingAndAPINAreSetByPhone(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	c := logOn(quietPhone(pbx, "2002"), "2002", "1234")
	c.ExpectPrompt("voicemail/no-messages")
	c.Press("0")
	c.ExpectPrompt("voicemail/menu-options")
	c.Press("1")
	c.ExpectPrompt("voicemail/record-unavailable")
	afterBeep(t, c, "5", 850, time.Second) // any key skips what is said
	c.Say(softphone.Silence())
	c.Press("#")
	c.ExpectPrompt("voicemail/review")
	c.Press("1")
	c.ExpectPrompt("voicemail/greeting-saved")
	c.Press("5")
	c.ExpectPrompt("voicemail/new-password")
	c.Press("5566#")
	c.ExpectPrompt("voicemail/new-password-again")
	c.Press("5566#")
	c.ExpectPrompt("voicemail/password-changed")
	c.Hangup()
	pbx.Restart()
	pbx.ExpectIdle()
	caller := quietPhone(pbx, "3001")
	g := caller.Dial("2002")
	g.ExpectAnswered()
	hears(t, g, 0, 850, 30)
	g.ExpectPrompt("voicemail/leave-a-message")
	g.Hangup()
	l := logOn(pbx.Phone("2002"), "2002", "5566")
	l.ExpectPrompt("voicemail/no-messages")
	l.Hangup()
}

func TestWhoHasLeftAMessageIsCalledBackFromTheMenu(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	manager := quietPhone(pbx, "3001")
	leaveFor(t, pbx, manager, "2002", 440)
	agent := pbx.Phone("2002")
	c := logOn(agent, "2002", "1234")
	c.ExpectPrompt("voicemail/you-have")
	from := c.Now()
	c.Press("1")
	hears(t, c, from, 440, 30)
	c.Press("3")
	c.ExpectPrompt("voicemail/menu-advanced")
	c.Press("2")
	ring := manager.ExpectRing()
	ring.Answer()
	ring.ExpectAudioFrom(c)
	ring.Hangup()
	c.ExpectEnd()
	pbx.ExpectMessages("2002", "old", 1)
	if row := c.ExpectRow(); row.Agent != "3001" || row.Result != "answered" {
		t.Errorf("row: %+v", row)
	}
}

func TestAMessageIsForwardedWithAComment(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	leaveFor(t, pbx, quietPhone(pbx, "3001"), "2002", 440)
	c := logOn(quietPhone(pbx, "2002"), "2002", "1234")
	c.ExpectPrompt("voicemail/you-have")
	from := c.Now()
	c.Press("1")
	hears(t, c, from, 440, 30)
	c.Press("8")
	c.ExpectPrompt("voicemail/forward-to")
	c.Press("2001#")
	c.ExpectPrompt("voicemail/menu-forwarding")
	c.Press("1")
	c.ExpectPrompt("voicemail/leave-a-message")
	afterBeep(t, c, "#", 900, time.Second)
	c.Say(softphone.Silence())
	c.Press("#")
	c.ExpectPrompt("voicemail/review")
	c.Press("1")
	c.ExpectPrompt("voicemail/forwarded")
	c.Hangup()
	if m := pbx.ExpectMessages("2001", "new", 1)[0]; m.ForwardedBy != "2002" || m.Number != "3001" || m.Duration < 1800*time.Millisecond {
		t.Errorf("forwarded: %+v", m)
	}
	l := logOn(pbx.Phone("2001"), "2001", "4821")
	l.ExpectPrompt("ar/voicemail/you-have")
	from = l.Now()
	l.Press("1")
	l.ExpectPrompt("ar/voicemail/forwarded-by")
	hears(t, l, from, 900, 30)
	hears(t, l, from, 440, 30)
	l.Hangup()
}

func TestTwoPhonesAtOneMailboxDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	caller := quietPhone(pbx, "3001")
	leaveFor(t, pbx, caller, "2002", 440)
	leaveFor(t, pbx, caller, "2002", 660)
	one, two := logOn(pbx.Phone("2002"), "2002", "1234"), logOn(pbx.Phone("2001"), "2002", "1234")
	one.ExpectPrompt("voicemail/you-have")
	two.ExpectPrompt("voicemail/you-have")
	from := one.Now()
	one.Press("1")
	hears(t, one, from, 440, 30)
	one.Press("7")
	one.ExpectPrompt("voicemail/deleted")
	one.Press("#")
	one.ExpectEnd()
	pbx.ExpectMessages("2002", "", 1)
	two.Press("1")
	two.ExpectPrompt("voicemail/deleted") // the first is gone
	from = two.Now()
	two.Press("6")
	hears(t, two, from, 660, 30) // and the second is still the second
	two.Hangup()
	pbx.ExpectMessages("2002", "old", 1)
}

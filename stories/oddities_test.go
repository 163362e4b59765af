package stories_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// A caller who knows the menu does not wait for "not valid" to end, in three languages.
func TestAKeyDuringNotValidCountsAtOnce(t *testing.T) {
	t.Parallel()
	pbx := shipped(t)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("ar/welcome")
	c.Press("9")
	c.ExpectPrompt("ar/not-valid")
	c.Press("3")
	c.ExpectPrompt("fr/recorded-for-quality")
	for _, sound := range c.Sounds() {
		if sound == "prompt fr/not-valid" || sound == "prompt en/welcome" {
			t.Errorf("after the key the caller still heard %v", c.Sounds())
		}
	}
	c.Hangup()
}

// Names are shown as they are written, whatever is in them.
func TestAnyNameIsShownOnTheDisplay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`Dr. "Q" \ Back`, "هاتف مركز الاتصال", "Zoë <sip:4001@evil>", "a, b; c=d"} {
		pbx := open(t, "name: Luc Bernard, ", fmt.Sprintf("name: %q, ", name))
		callee := pbx.Phone("2001")
		pbx.Phone("2003").Dial("2001")
		in := callee.ExpectRing()
		if who := in.Caller(); strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(who.Name) != name || who.Number != "2003" {
			t.Errorf("the display shows %+v, want %q <2003>", who, name)
		}
		in.Answer()
		in.Hangup()
		if row := in.ExpectRow(); row.Name != name {
			t.Errorf("the row says %q, want %q", row.Name, name)
		}
	}
}

// A phone that answers with what was not offered cannot be talked with; the next agent is tried.
func TestAnAgentWhoseAnswerIsOfNoUseIsPassedBy(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	strange := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SDP: func(local netip.AddrPort) string {
		return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", local.Addr(), local.Port())
	}})
	strange.Register()
	strange.SetPolicy(softphone.AnswerAtOnce)
	good := pbx.Phone("2002")
	c := pbx.Phone("1001").Dial("0777")
	if end := strange.ExpectRing().ExpectEnd(); end.How != "BYE" {
		t.Errorf("the strange phone's call ended as %v, want a BYE", end)
	}
	ring := good.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
}

// Of several phones of one user, one refusing is not the user's answer while another rings.
func TestOnePhonesRefusalLeavesTheOthersRinging(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	busy, desk := pbx.Phone("2001"), pbx.Phone("2001")
	busy.SetPolicy(softphone.RejectWith(486))
	caller := pbx.Phone("2002")
	c := caller.Dial("2001")
	in := desk.ExpectRing()
	busy.ExpectRing().ExpectEnd()
	in.Answer()
	hearEachOther(t, c, in)
	c.Hangup()
	in.ExpectEnd()

	desk.SetPolicy(softphone.RejectWith(486))
	caller.Dial("2001").ExpectRefused(486)
	// A refusal by a person is for all of their phones (RFC 3261 §21.6).
	busy.SetPolicy(softphone.RejectWith(603))
	desk.SetPolicy(softphone.RingOnly)
	desk.ExpectRing()
	c = caller.Dial("2001")
	in = desk.ExpectRing()
	c.ExpectRefused(603)
	if end := in.ExpectEnd(); end.How != "CANCEL" {
		t.Errorf("the other phone's call ended as %v, want a CANCEL", end)
	}
}

// Logging off, here and there, is not hanging up.
func TestACallOutlivesTheLogOffOfItsPhones(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	one, two := pbx.Phone("2001"), pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002", Transport: "tcp"})
	two.Register()
	a, b := talk(t, one, two)
	one.Unregister()
	two.Unregister()
	hearEachOther(t, a, b)
	a.Hold()
	b.ExpectMusic("default")
	a.Resume()
	hearEachOther(t, a, b)
	b.Hangup()
	a.ExpectEnd()
}

// A TCP connection that breaks takes no call with it: the phone opens another one, and audio flows anyway.
func TestABrokenConnectionDoesNotEndTheCall(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	tcp := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002", Transport: "tcp"})
	tcp.Register()
	a, b := talk(t, pbx.Phone("2001"), tcp)
	if err := tcp.Drop(); err != nil {
		t.Fatal(err)
	}
	hearEachOther(t, a, b)
	tcp.Register()
	hearEachOther(t, a, b)
	b.Hangup()
	a.ExpectEnd()
	pbx.ExpectIdle()
}

// Whoever hangs up at any step leaves a row that says where, and nothing else.
func TestHangingUpAtAnyStepLeavesARow(t *testing.T) {
	t.Parallel()
	pbx := shipped(t, "wait: 10s", "wait: 1s")
	caller := pbx.Phone("1001")
	for _, step := range []struct {
		until  func(*hatiftest.Call)
		last   string
		result string
	}{
		{func(c *hatiftest.Call) { c.ExpectPrompt("ar/welcome") }, "menu", "service"},
		{func(c *hatiftest.Call) { c.ExpectPrompt("ar/welcome"); c.Press("8"); c.ExpectPrompt("not-valid") }, "digit 8", "service"},
		{func(c *hatiftest.Call) {
			c.ExpectPrompt("ar/welcome")
			c.Press("1")
			c.ExpectPrompt("recorded-for-quality")
		}, "playback", "service"},
		{func(c *hatiftest.Call) { c.ExpectPrompt("ar/welcome"); c.Press("1"); c.ExpectMusic("default") }, "arabic", "abandoned"},
	} {
		c := caller.Dial("0777")
		step.until(c)
		c.Hangup()
		row := c.ExpectRow()
		if row.Result != step.result || !pathHas(row, step.last) || row.Legs[0].HungUpBy != "party" {
			t.Errorf("hung up at %s: result %s, by %s, path %s", step.last, row.Result, row.Legs[0].HungUpBy, path(row))
		}
	}
	pbx.ExpectIdle()
}

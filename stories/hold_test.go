package stories_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// Hold by each way that phones have, and back.
func TestWhoeverIsOnHoldHearsMusic(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	for _, method := range []string{"INVITE", "UPDATE"} {
		for name, hold := range map[string]softphone.Offer{
			"sendonly": {Direction: softphone.SendOnly}, "inactive": {Direction: softphone.Inactive},
			"0.0.0.0": {Direction: softphone.SendRecv, ZeroAddress: true}, "sendonly and 0.0.0.0": {Direction: softphone.SendOnly, ZeroAddress: true},
		} {
			for _, sides := range [][2]*hatiftest.Call{{a, b}, {b, a}} {
				holder, held := sides[0], sides[1]
				hold.Method = method
				holder.Change(hold)
				held.ExpectMusic("default")
				if d, ok := holder.Theirs(); !ok || hold.Direction == softphone.SendOnly && d.Direction != softphone.RecvOnly && d.Direction != softphone.Inactive ||
					hold.Direction == softphone.Inactive && d.Direction != softphone.Inactive {
					t.Errorf("%s by %s is answered with %s", name, method, d.Direction)
				}
				holder.Change(softphone.Offer{Method: method, Direction: softphone.SendRecv})
				hearEachOther(t, a, b)
			}
		}
	}
	a.Hangup()
	b.ExpectEnd()
}

func TestBothMayHoldEachOtherAndComeBackInAnyOrder(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	a.Hold()
	b.ExpectMusic("default")
	b.Hold()
	a.Resume()
	b.Resume()
	hearEachOther(t, a, b)
	a.Hold()
	b.Hold()
	b.Resume()
	a.Resume()
	hearEachOther(t, a, b)
}

// Holding in the queue is the caller's affair: their place is kept.
func TestACallerWhoHoldsInTheQueueKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	c.Hold()
	ring := pbx.Phone("2001").ExpectRing()
	ring.Answer()
	c.Resume()
	hearEachOther(t, c, ring)
}

func TestAPhoneMayMoveItsSoundToAnotherAddress(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	for _, o := range []softphone.Offer{{NewPort: true}, {Method: "UPDATE", NewPort: true}, {NewPort: true}} {
		a.Change(o)
		hearEachOther(t, a, b)
		b.Change(o)
		hearEachOther(t, a, b)
	}
}

// A NAT that forgets gives the phone another port in the middle of the call, and nobody says so.
func TestSoundThatComesFromAnotherPortAllOfASuddenIsFollowed(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	if err := a.Rebind(); err != nil {
		t.Fatal(err)
	}
	hearEachOther(t, a, b)
}

func TestLateOffersAreMadeAndAnswered(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	callee := pbx.Phone("2002")
	c := pbx.Phone("2001").DialWith("2002", softphone.DialOptions{Late: true})
	in := callee.ExpectRing()
	in.Answer()
	hearEachOther(t, c, in)
	c.Change(softphone.Offer{Late: true})
	hearEachOther(t, c, in)
	in.Change(softphone.Offer{Late: true})
	hearEachOther(t, c, in)
	in.Hold()
	c.ExpectMusic("default")
	in.Change(softphone.Offer{Late: true, Direction: softphone.SendRecv})
	hearEachOther(t, c, in)
	c.Hangup()
	in.ExpectEnd()

	menu := pbx.Phone("1001").DialWith("0777", softphone.DialOptions{Late: true})
	menu.ExpectMusic("default")
	menu.Hangup()
}

func TestAPhoneBehindNATHearsAndIsHeard(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	for _, transport := range []string{"udp", "tcp"} {
		far := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", BehindNAT: true, Transport: transport})
		far.Register()
		near := pbx.Phone("2002")
		for _, pair := range [][2]*hatiftest.Phone{{far, near}, {near, far}} {
			a, b := talk(t, pair[0], pair[1])
			a.Hold()
			b.ExpectMusic("default")
			a.Resume()
			hearEachOther(t, a, b)
			b.Hangup()
			a.ExpectEnd()
		}
		far.Unregister()
	}
}

// Keys pressed in a conversation reach the other side once each.
func TestKeysReachTheOtherSideOfAConversation(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	a.Press("12")
	b.ExpectKeys("12")
	b.Press("98#")
	a.ExpectKeys("98#")
	a.PressInfo("5")
	b.ExpectKeys("125")
	hearEachOther(t, a, b)
}

// C7's neighbour: a phone that has lost its power says no goodbye.
func TestAPhoneThatFallsSilentIsHungUpAfterTheSilenceLimit(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages: [en]", "languages: [en]\nrtp: {silence_limit: 2s}")
	dying, other := pbx.Phone("2001"), pbx.Phone("2002")
	a, b := talk(t, dying, other)
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	dead := time.Now()
	if end := b.ExpectEnd(); end.How != "BYE" {
		t.Errorf("the other's call ended as %v, want a BYE", end)
	}
	if d := time.Since(dead); d < 1500*time.Millisecond || d > 8*time.Second {
		t.Errorf("the silence was noticed after %v, want 2 s", d)
	}
	row := a.ExpectRow()
	if row.Cause.Name != "no audio" {
		t.Errorf("the row's cause is %q, want no audio", row.Cause.Name)
	}
	pbx.ExpectIdle()
}

// Whoever holds sends nothing and is not gone: the limit is for those who should talk.
func TestHoldIsNoSilence(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages: [en]", "languages: [en]\nrtp: {silence_limit: 1s}")
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	a.Say(nil)
	a.Change(softphone.Offer{Direction: softphone.Inactive})
	b.ExpectMusic("default")
	select {
	case <-b.Done():
		t.Fatalf("a call on hold was ended: %v", b.Ended())
	case <-time.After(3 * time.Second):
	}
	a.Speak()
	a.Resume()
	hearEachOther(t, a, b)
}

// RFC 4028: a phone that asks for a session timer gets one, and refreshes do not disturb.
func TestASessionTimerIsAgreedAndRefreshed(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SessionExpires: 30 * time.Second})
	a, b := talk(t, ph, pbx.Phone("2002"))
	if expires, _ := a.SessionExpires(); expires < 90*time.Second {
		t.Errorf("the session timer is %v, want at least 90 s (the phone asked for 30 s and must have been told more)", expires)
	}
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := a.Reoffer(ctx, softphone.Offer{Method: "UPDATE", Unchanged: true}); err != nil {
		t.Errorf("a refresh is refused: %v", err)
	}
	hearEachOther(t, a, b)
}

// Some phones hold by ending the stream (RFC 3264 §8.2), and begin it again to go on.
func TestWhoeverEndsTheStreamHolds(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	var ended atomic.Bool
	holder := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SDP: func(rtp netip.AddrPort) string {
		port := rtp.Port()
		if ended.Load() {
			port = 0
		}
		return fmt.Sprintf("v=0\r\no=- 7 7 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", rtp.Addr(), port)
	}})
	holder.Register()
	a, b := talk(t, holder, pbx.Phone("2002"))
	for _, method := range []string{"INVITE", "UPDATE"} {
		ended.Store(true)
		ctx, cancel := context.WithTimeout(context.Background(), hatiftest.Patience)
		err := a.Reoffer(ctx, softphone.Offer{Method: method})
		cancel()
		var refused *softphone.Refused // with a code; a stream that both have ended is another error of the phone
		if err == nil || errors.As(err, &refused) {
			t.Errorf("a stream that is ended by %s is answered with %v", method, err)
		}
		b.ExpectMusic("default")
		ended.Store(false)
		a.Change(softphone.Offer{Method: method})
		hearEachOther(t, a, b)
	}
	a.Hangup()
	b.ExpectEnd()
}

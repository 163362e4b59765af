package stories_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

// register logs a phone on and returns the expiry granted and the SIP status of a refusal.
func register(t testing.TB, ph *hatiftest.Phone, ttl time.Duration) (granted time.Duration, refused int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	granted, err := ph.Phone.Register(ctx, ttl)
	var no *softphone.Refused
	switch {
	case errors.As(err, &no):
		return 0, no.Code
	case err != nil:
		t.Fatalf("%s: %v", ph, err)
	}
	return granted, 0
}

func bindings(t testing.TB, ph *hatiftest.Phone) []softphone.Binding {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	all, err := ph.Bindings(ctx)
	if err != nil {
		t.Fatalf("%s: %v", ph, err)
	}
	return all
}

// U2
func TestAFriendCallsAndIsCalledFromWhateverAddressItLogsOn(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	other := pbx.Phone("2002")
	for _, address := range []string{"127.0.0.1", "127.0.0.2", "127.8.7.6"} {
		friend := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", BindHost: address})
		before := friend.Dial("2002") // it may call before it logs on
		in := other.ExpectRing()
		in.Answer()
		before.ExpectAudioFrom(in)
		before.Hangup()
		in.ExpectEnd()

		friend.Register()
		c, callee := talk(t, other, friend)
		c.Hangup()
		callee.ExpectEnd()
		friend.Unregister()
	}
}

// U2
func TestAUserOnlyCallsAndAPeerIsOnlyCalled(t *testing.T) {
	t.Parallel()
	pbx := open(t,
		`secret: amal,   context: staff, queue: help`, `secret: amal, context: staff, type: user`,
		`secret: karim,  context: staff, queue: help`, `secret: karim, context: staff, type: peer`)
	user := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001"})
	peer, friend := pbx.Phone("2002"), pbx.Phone("2003")

	if _, code := register(t, user, time.Hour); code != 403 {
		t.Errorf("a user's REGISTER is answered with %d, want 403", code)
	}
	friend.Dial("2001").ExpectRefused(403)
	a, b := talk(t, user, peer)
	a.Hangup()
	b.ExpectEnd()
	peer.Dial("2003").ExpectRefused(403)
	friend.ExpectNoRing()
}

// U2
func TestAPeerWithAFixedHostIsCalledWithoutLoggingOn(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	peer := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001"})
	caller := pbx.Phone("2002")
	caller.Dial("2001").ExpectRefused(480)
	reload(t, pbx, `secret: amal,`, `secret: amal, type: peer, host: "`+peer.Addr().String()+`",`)
	c, callee := talk(t, caller, peer)
	callee.Hangup()
	c.ExpectEnd()
	if _, code := register(t, peer, time.Hour); code != 403 {
		t.Errorf("REGISTER of an account with a fixed host is answered with %d, want 403", code)
	}
}

// U3
func TestPhonesLogOnOverUDPAndTCPWithEitherDigest(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	other := pbx.Phone("2002")
	for _, transport := range []string{"udp", "tcp"} {
		for _, algorithm := range []string{"MD5", "SHA-256"} {
			ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Transport: transport, Algorithm: algorithm})
			ph.Register()
			challenge := message(t, ph, "challenge", func(m softphone.Message) bool { return m.IsResponse("REGISTER", 401) })
			if h := challenge.Headers("WWW-Authenticate"); len(h) != 2 || !strings.Contains(h[0], "SHA-256") || !strings.Contains(h[1], "MD5") {
				t.Errorf("challenges are %q, want SHA-256 and then MD5", h)
			}
			answer := message(t, ph, "answer", func(m softphone.Message) bool { return m.Out && m.Header("Authorization") != "" })
			if h := answer.Header("Authorization"); !strings.Contains(h, algorithm) {
				t.Errorf("over %s the phone answered %s, want %s", transport, h, algorithm)
			}
			c, callee := talk(t, other, ph)
			c.Hangup()
			callee.ExpectEnd()
			c, callee = talk(t, ph, other)
			callee.Hangup()
			c.ExpectEnd()
			ph.Unregister()
		}
	}
}

// U3
func TestAllPhonesOfAUserRingAndTheFirstToAnswerWins(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	desk := pbx.Phone("2001")
	soft := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Transport: "tcp"})
	soft.Register()
	mobile := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", BehindNAT: true})
	mobile.Register()

	caller := pbx.Phone("2002").Dial("2001")
	atDesk, atSoft, atMobile := desk.ExpectRing(), soft.ExpectRing(), mobile.ExpectRing()
	caller.ExpectRinging()
	atSoft.Answer()
	hearEachOther(t, caller, atSoft)
	for _, loser := range []*hatiftest.Call{atDesk, atMobile} {
		end := loser.ExpectEnd()
		if end.How != "CANCEL" || !strings.Contains(end.Reason, "cause=200") || !strings.Contains(end.Reason, "Call completed elsewhere") {
			t.Errorf("%s: %v; want a CANCEL that says that the call was completed elsewhere", loser.Phone(), end)
		}
	}
	caller.Hangup()
	atSoft.ExpectEnd()
	row := pbx.ExpectRow("the call", func(store.Call) bool { return true })
	if len(row.Legs) != 2 || row.Agent != "2001" || row.Result != "answered" {
		t.Errorf("one call to three phones left %d legs, agent %q, result %q; want 2, 2001, answered", len(row.Legs), row.Agent, row.Result)
	}
}

// U3: who declines does so for all of their phones, and none of them is told that somebody answered.
func TestWhoDeclinesOnOnePhoneIsRungOnNoOther(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	desk := pbx.Phone("2001")
	soft := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Transport: "tcp"})
	soft.Register()
	pbx.Phone("2002").Dial("2001")
	atDesk, atSoft := desk.ExpectRing(), soft.ExpectRing()
	atSoft.Decline()
	if end := atDesk.ExpectEnd(); end.How != "CANCEL" || !strings.Contains(end.Reason, "cause=21") || strings.Contains(end.Reason, "elsewhere") {
		t.Errorf("%v; want a CANCEL that says that the call was declined", end)
	}
}

// U3
func TestWithTooManyPhonesTheOldestGivesWay(t *testing.T) {
	t.Parallel()
	pbx := open(t, `secret: amal,`, `secret: amal, phones: 2,`)
	first, second, third := pbx.Phone("2001"), pbx.Phone("2001"), pbx.Phone("2001")
	if all := bindings(t, third); len(all) != 2 {
		t.Fatalf("%d phones are registered, want 2: %v", len(all), all)
	}
	caller := pbx.Phone("2002").Dial("2001")
	in := third.ExpectRing()
	second.ExpectRing()
	first.ExpectNoRing()
	in.Answer()
	caller.ExpectAnswered()
}

// U3
func TestAnExpiryIsClampedAndARefreshKeepsOneBinding(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages:", "sip: {min_expiry: 90s, max_expiry: 10m}\nlanguages:")
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001"})
	for _, c := range []struct{ asked, want time.Duration }{
		{time.Second, 90 * time.Second}, {5 * time.Minute, 5 * time.Minute}, {24 * time.Hour, 10 * time.Minute},
	} {
		if granted, _ := register(t, ph, c.asked); granted != c.want {
			t.Errorf("asked for %v, granted %v, want %v", c.asked, granted, c.want)
		}
	}
	all := bindings(t, ph)
	if len(all) != 1 || !all[0].Ours || all[0].Expires > 10*time.Minute {
		t.Errorf("after three REGISTERs of one phone its bindings are %v", all)
	}
}

// U3
func TestAPhoneThatLoggedOffIsNotRung(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	ph, other, caller := pbx.Phone("2001"), pbx.Phone("2001"), pbx.Phone("2002")
	ph.Unregister()
	c := caller.Dial("2001")
	in := other.ExpectRing()
	in.Answer()
	c.ExpectAnswered()
	c.Hangup()
	in.ExpectEnd()
	ph.ExpectNoRing()

	ph.Register()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := other.UnregisterAll(ctx); err != nil { // Contact: *
		t.Fatal(err)
	}
	if all := bindings(t, ph); len(all) != 0 {
		t.Errorf("after Contact: * there are still %v", all)
	}
	began := time.Now()
	caller.Dial("2001").ExpectRefused(480)
	atOnce(t, "the refusal of a call to nobody", began)
	ph.ExpectNoRing()
	other.ExpectNoRing()
}

// U3
func TestAPhoneWhoseTimeIsOverIsNotRung(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages:", "sip: {min_expiry: 1s}\nlanguages:")
	ph, caller := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001"}), pbx.Phone("2002")
	register(t, ph, time.Second)
	eventually(t, "the registration to run out", func() bool { // 10 s later: phones refresh late
		c := caller.Dial("2001")
		select {
		case <-c.Done():
		case <-time.After(300 * time.Millisecond):
			c.Hangup()
		}
		return c.ExpectEnd().Code == 480
	})
}

// U3
func TestAPhoneIsCalledWhereItLoggedOnLast(t *testing.T) {
	t.Parallel()
	pbx := open(t, `secret: amal,`, `secret: amal, phones: 1,`)
	caller := pbx.Phone("2002")
	for range 3 {
		ph := pbx.Phone("2001") // another port each time
		c, callee := talk(t, caller, ph)
		c.Hangup()
		callee.ExpectEnd()
		if err := ph.Close(); err != nil { // without a word
			t.Fatal(err)
		}
	}
}

// U3
func TestRegistrationsSurviveARestart(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	udp := pbx.Phone("2001")
	tcp := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2003", Transport: "tcp"})
	tcp.Register()
	pbx.Restart()
	caller := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002"})
	for _, ph := range []*hatiftest.Phone{udp, tcp} {
		c := caller.Dial(ph.User())
		in := ph.ExpectRing()
		in.Answer()
		hearEachOther(t, c, in)
		c.Hangup()
		in.ExpectEnd()
	}
}

package stories_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// refresh prolongs a subscription, or ends it.
func refresh(t testing.TB, s *softphone.Subscription, ttl time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hatiftest.Patience)
	defer cancel()
	if err := s.Refresh(ctx, ttl); err != nil {
		t.Fatal(err)
	}
}

// lastState is the Subscription-State of the last NOTIFY that a phone was sent.
func lastState(ph *hatiftest.Phone) string {
	state := ""
	for _, m := range ph.Trace() {
		if !m.Out && m.IsRequest("NOTIFY") {
			state = m.Header("Subscription-State")
		}
	}
	return state
}

// V5: a message lights the lamp of every phone of its owner, those that subscribed and those that never do, over UDP
// and TCP; deleting it puts the lamp out.
func TestAMessageLightsTheLampUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	caller := quietPhone(pbx, "3001")
	caller.ExpectLamp(0, 0)
	var phones []*hatiftest.Phone
	var subscriptions []*softphone.Subscription
	for _, transport := range []string{"udp", "tcp"} {
		simple := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002", Transport: transport, Voice: softphone.Silence})
		simple.Register()
		simple.ExpectLamp(0, 0)
		desk := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002", Transport: transport, Voice: softphone.Silence})
		subscriptions = append(subscriptions, desk.SubscribeLamp())
		desk.ExpectLamp(0, 0)
		if state := lastState(desk); !strings.HasPrefix(state, "active;expires=3") {
			t.Errorf("%s: the subscription is %q", transport, state)
		}
		phones = append(phones, simple, desk)
	}
	leaveFor(t, pbx, caller, "2002", 440)
	for _, ph := range phones {
		ph.ExpectLamp(1, 0)
	}
	for _, s := range subscriptions {
		refresh(t, s, time.Hour)
	}
	l := logOn(phones[0], "2002", "1234")
	l.ExpectPrompt("voicemail/you-have")
	l.Press("1")
	l.ExpectPrompt("voicemail/first-message")
	l.Press("7")
	l.ExpectPrompt("voicemail/deleted")
	l.Hangup()
	for _, ph := range phones {
		ph.ExpectLamp(0, 0)
	}
	for i, s := range subscriptions {
		refresh(t, s, 0)
		desk := phones[2*i+1]
		if _, err := desk.WaitNotice(t.Context(), softphone.Messages, func(string) bool {
			return lastState(desk) == "terminated;reason=timeout"
		}); err != nil {
			t.Error(err)
		}
	}
	caller.ExpectLamp(0, 0) // nobody else's messages
	if n := len(caller.Notices(softphone.Messages)); n != 1 {
		t.Errorf("somebody else's phone was told %d times", n)
	}
}

// V5: subscribed before a restart, unasked after it.
func TestTheLampShowsWhatWaitsAfterARestartToo(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	subscribed := pbx.Phone("2002")
	subscribed.SubscribeLamp()
	subscribed.ExpectLamp(0, 0)
	caller := quietPhone(pbx, "3001")
	c := caller.Dial("2002")
	if err := subscribed.ExpectRing().Busy(); err != nil {
		t.Fatal(err)
	}
	c.ExpectAnswered()
	afterBeep(t, c, "#", 440, time.Second)
	c.Hangup()
	subscribed.ExpectLamp(1, 0)
	pbx.Restart()
	again := quietPhone(pbx, "3001").Dial("2002") // a phone that knows nothing of the restart is told as before
	again.ExpectAnswered()
	afterBeep(t, again, "#", 440, time.Second)
	again.Hangup()
	subscribed.ExpectLamp(2, 0)
	fresh := pbx.Phone("2002") // and never subscribes
	fresh.ExpectLamp(2, 0)
	l := logOn(fresh, "2002", "1234")
	l.ExpectPrompt("voicemail/you-have")
	from := l.Now()
	l.Press("1")
	hears(t, l, from, 440, 30)
	l.Hangup()
	fresh.ExpectLamp(1, 1)
}

// F5: a complaint lights the lamps of the people who may hear it, beside their own messages.
func TestAComplaintLightsTheLampsOfItsPeople(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	quality := pbx.Phone("5001")
	quality.ExpectLamp(0, 0)
	caller := quietPhone(pbx, "3001")
	c := caller.Dial("600")
	c.ExpectAnswered()
	afterBeep(t, c, "", 600, time.Second)
	c.Hangup()
	pbx.ExpectMessages("600", "new", 1)
	quality.ExpectLamp(1, 0)
	caller.ExpectLamp(0, 0)
}

// G1: who is given a mailbox by the file has a lamp at once.
func TestAMailboxOfTheFileHasALampAtOnce(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	ph := pbx.Phone("2003")
	ctx, cancel := context.WithTimeout(context.Background(), hatiftest.Patience)
	defer cancel()
	if _, err := ph.Subscribe(ctx, softphone.Messages, time.Hour); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("without a mailbox the subscription got %v", err)
	}
	if _, err := ph.Subscribe(ctx, "presence", time.Hour); err == nil || !strings.Contains(err.Error(), "489") {
		t.Errorf("the subscription to something else got %v", err)
	}
	if err := pbx.Edit(func(text string) string {
		return changed(t, text, "secret: luc,   context: agents", `secret: luc,   context: agents, mailbox: {pin: "3333"}`)
	}); err != nil {
		t.Fatal(err)
	}
	ph.ExpectLamp(0, 0)
	leaveFor(t, pbx, quietPhone(pbx, "3001"), "2003", 440)
	ph.ExpectLamp(1, 0)
}

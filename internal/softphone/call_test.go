package softphone

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTwoPhonesTalkBothWaysOverEitherTransport(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, Options{}, Options{Transport: network})
			out, in := talking(t, a, b)
			ctx := within(t)
			ok(t, out.Hears(ctx, in.Audio))
			ok(t, in.Hears(ctx, out.Audio))
			if got := in.Caller(); got != (Identity{Name: "Outside caller", Number: "1001"}) {
				t.Errorf("the display shows %+v", got)
			}
			ok(t, out.Hangup(ctx))
			if end := must(in.WaitEnd(ctx))(t); end.ByUs || end.How != "BYE" {
				t.Errorf("the callee saw the end as %+v", end)
			}
			if got := in.Heard(0).Order(); got.Lost+got.Duplicated+got.Reordered != 0 || got.Streams != 1 {
				t.Errorf("loopback did %+v to the packets", got)
			}
		})
	}
}

func TestACallRingsUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	ctx := within(t)
	out := must(a.Invite(ctx, "2001", DialOptions{}))(t)
	in := must(b.NextCall(ctx))(t)
	ok(t, out.WaitRinging(ctx))
	if out.Answered() || in.Answered() {
		t.Fatal("answered before anybody picked up")
	}
	ok(t, in.Answer(ctx))
	ok(t, out.WaitAnswered(ctx))
	ok(t, in.Hangup(ctx))
	if end := must(out.WaitEnd(ctx))(t); end.How != "BYE" {
		t.Errorf("the caller saw the end as %+v", end)
	}
}

func TestARefusedCallSaysWithWhat(t *testing.T) {
	t.Parallel()
	for _, code := range []int{486, 603, 480} {
		a, b := pair(t, Options{}, Options{Policy: RejectWith(code)})
		_, err := a.Dial(within(t), b.User())
		var end *End
		if !errors.As(err, &end) || end.Code != code || end.How != "refused" {
			t.Errorf("dial said %v, want %d", err, code)
		}
	}
}

func TestACancelledCallStopsRingingAndShowsTheReason(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	ctx := within(t)
	out := must(a.Invite(ctx, "2001", DialOptions{}))(t)
	in := must(b.NextCall(ctx))(t)
	ok(t, out.WaitRinging(ctx))
	ok(t, out.Cancel(ctx, `SIP;cause=200;text="Call completed elsewhere"`))
	end := must(in.WaitEnd(ctx))(t)
	if end.How != "CANCEL" || !strings.Contains(end.Reason, "completed elsewhere") {
		t.Errorf("the callee saw the end as %+v", end)
	}
	if end := out.Ended(); end.Code != 487 || !end.ByUs {
		t.Errorf("the caller's call ended as %+v, want our own 487", end)
	}
	if err := in.Answer(ctx); err == nil {
		t.Error("a cancelled call could be answered")
	}
}

func TestACallThatIsGivenUpByItsContextIsCancelled(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	ctx := within(t)
	soon, stop := contextFor(t, 200*time.Millisecond)
	defer stop()
	if _, err := a.Dial(soon, "2001"); err == nil {
		t.Fatal("nobody answered, and the dial succeeded")
	}
	in := must(b.NextCall(ctx))(t)
	if end := must(in.WaitEnd(ctx))(t); end.How != "CANCEL" {
		t.Errorf("the callee saw the end as %+v", end)
	}
}

func TestALostACKIsAskedForAgain(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	var acks atomic.Int32 // sent by whichever goroutine acknowledges
	a.Lose(func(m Message) bool { return m.Out && m.IsRequest("ACK") && acks.Add(1) <= 2 })
	out, in := talking(t, a, b)
	ok(t, out.Hears(within(t), in.Audio))
	if sent := acks.Load(); sent < 3 {
		t.Errorf("%d ACKs were sent, want two that are lost and a third that gets through", sent)
	}
}

func TestAPhoneThatLosesEverythingDoesNotAnswer(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{Policy: AnswerAtOnce})
	b.Lose(func(m Message) bool { return m.Out })
	soon, stop := contextFor(t, 400*time.Millisecond)
	defer stop()
	if _, err := a.Dial(soon, "2001"); err == nil {
		t.Fatal("a phone that says nothing answered")
	}
	if sent := b.Trace(); len(sent) < 2 || !sent[len(sent)-1].Lost {
		t.Errorf("the trace shows %v, want lost responses", sent)
	}
}

func TestALateOfferIsAnsweredInTheACK(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{Policy: AnswerAtOnce})
	ctx := within(t)
	out := must(a.DialWith(ctx, "2001", DialOptions{Late: true}))(t)
	in := must(b.NextCall(ctx))(t)
	ok(t, out.Hears(ctx, in.Audio))
	ok(t, in.Hears(ctx, out.Audio))
	ack := must(b.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("ACK") }))(t)
	if !strings.Contains(ack.Body(), "m=audio") {
		t.Errorf("the ACK carries no answer:\n%s", ack)
	}
}

func TestNothingInCommonIs488(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{Codecs: []Codec{PCMU}}, Options{Codecs: []Codec{PCMA}, Policy: AnswerAtOnce})
	_, err := a.Dial(within(t), b.User())
	var end *End
	if !errors.As(err, &end) || end.Code != 488 {
		t.Errorf("dial said %v, want 488", err)
	}
}

func TestHoldSilencesAndResumeBringsBack(t *testing.T) {
	t.Parallel()
	holds := map[string]Offer{
		"sendonly":        {Direction: SendOnly},
		"inactive":        {Direction: Inactive},
		"0.0.0.0":         {Direction: SendRecv, ZeroAddress: true},
		"sendonly update": {Direction: SendOnly, Method: "UPDATE"},
	}
	for name, hold := range holds {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Options{}, Options{})
			out, in := talking(t, a, b)
			ctx := within(t)
			ok(t, out.Hears(ctx, in.Audio))
			ok(t, out.Reoffer(ctx, hold))
			if !in.Held() {
				t.Fatal("the other side does not know that it is held")
			}
			quietFor(t, out)
			ok(t, out.Resume(ctx))
			if in.Held() {
				t.Error("the other side is still held")
			}
			ok(t, out.Hears(ctx, in.Audio))
			ok(t, in.Hears(ctx, out.Audio))
		})
	}
}

// quietFor checks that a call hears nothing for a while, after what was on its way has come.
func quietFor(t *testing.T, c *Call) {
	t.Helper()
	for range 50 {
		from := c.Now()
		pause(t, 100*time.Millisecond)
		if c.Now() == from {
			return
		}
	}
	t.Fatal("packets keep coming")
}

func TestACallMovesToAnotherPort(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	ctx := within(t)
	ok(t, in.Hears(ctx, out.Audio))
	before := out.RTPAddr()
	ok(t, out.Move(ctx))
	if out.RTPAddr() == before {
		t.Fatal("the port is the same")
	}
	ok(t, out.Hears(ctx, in.Audio))
	ok(t, in.Hears(ctx, out.Audio))
	if theirs, _ := in.Theirs(); theirs.Addr != out.RTPAddr() {
		t.Errorf("the other side sends to %v, not to %v", theirs.Addr, out.RTPAddr())
	}
}

func TestALateReInviteKeepsTheCallTalking(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	ctx := within(t)
	ok(t, out.Reoffer(ctx, Offer{Late: true}))
	ok(t, out.Hears(ctx, in.Audio))
	ok(t, in.Hears(ctx, out.Audio))
}

func TestOffersThatCrossAreRefusedWith491(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	in.offering.Store(true) // as while its own offer is on the way
	var refused *Refused
	if err := out.Hold(within(t)); !errors.As(err, &refused) || refused.Code != 491 {
		t.Errorf("hold said %v, want 491", err)
	}
}

func TestASessionIsRefreshedByWhoeverAgreedTo(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{SessionExpires: time.Second}, Options{SessionExpires: time.Second})
	out, in := talking(t, a, b)
	ctx := within(t)
	if expires, weRefresh := out.SessionExpires(); expires != time.Second || !weRefresh {
		t.Fatalf("caller's timer is %v, refreshed by us %v", expires, weRefresh)
	}
	if _, weRefresh := in.SessionExpires(); weRefresh {
		t.Fatal("both sides would refresh")
	}
	must(b.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("UPDATE") }))(t)
	if out.Ended() != nil || in.Ended() != nil {
		t.Error("the refreshed call ended")
	}
}

func TestASessionThatIsNotRefreshedEnds(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{SessionExpires: time.Second}, Options{SessionExpires: time.Second})
	_, in := talking(t, a, b)
	a.Lose(func(m Message) bool { return m.Out && m.IsRequest("UPDATE") })
	if end := must(in.WaitEnd(within(t)))(t); end.How != "session expired" && end.How != "BYE" {
		t.Errorf("ended by %+v", end)
	}
}

func TestAByeWithoutAnAnswerEndsTheCallAnyway(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, _ := talking(t, a, b)
	ok(t, b.Close())
	soon, stop := contextFor(t, 200*time.Millisecond)
	defer stop()
	if err := out.Hangup(soon); err == nil {
		t.Error("nobody answered the BYE, and that is no error")
	}
	if out.Ended() == nil {
		t.Error("the call lives on")
	}
}

package transfer_test

import (
	"context"
	"log/slog"
	"testing"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/transfer"
)

func newCall(id string) (*call.Call, *calltest.Leg) {
	l := calltest.Caller("1001", "700")
	return call.New(id, l, "en", slog.New(slog.DiscardHandler)), l
}

func TestAPlaceIsGivenOnceAndACallHasOne(t *testing.T) {
	b := transfer.New()
	c1, _ := newCall("c1")
	c2, _ := newCall("c2")
	c3, leg3 := newCall("c3")
	places := []string{"701", "702"}
	for range 2 { // asked again, a call keeps its place
		if p, ok := b.Park(c1, places); p != "701" || !ok {
			t.Errorf("the first call is parked at %q, %v", p, ok)
		}
	}
	if p, ok := b.Park(c2, places); p != "702" || !ok {
		t.Errorf("the second call is parked at %q, %v", p, ok)
	}
	if p, ok := b.Park(c3, places); ok {
		t.Errorf("the lot is full, and the third call is parked at %q", p)
	}
	if b.Unpark(c3) != nil || b.Fetched(c3) != nil {
		t.Error("a call that is not parked was fetched")
	}

	// Fetched before its script has come to wait, as while the place is still said.
	if into, ok := b.Fetch("701", c3); into != "c1" || !ok {
		t.Errorf("fetched %q, %v", into, ok)
	}
	if b.Occupied("701") {
		t.Error("a place is occupied by a call that was fetched")
	}
	if _, ok := b.Fetch("701", c2); ok {
		t.Error("a call was fetched twice")
	}
	if got := b.Unpark(c1); got != call.Leg(leg3) {
		t.Errorf("the fetching leg is lost: %v", got)
	}
	if b.Unpark(c1) != nil || b.Unpark(c2) != nil || b.Talks() != 0 {
		t.Errorf("%d are left", b.Talks())
	}
}

// slow is a phone that is answered in the moment when somebody else picks up its call.
type slow struct{ leg *calltest.Leg }

func (d slow) Dial(ctx context.Context, to call.Target, _ call.Identity) (call.Leg, error) {
	to.Ringing(to.User)
	<-ctx.Done()
	return d.leg, nil
}

func TestWhoPicksUpWinsAgainstWhoAnswersLate(t *testing.T) {
	b := transfer.New()
	c, _ := newCall("c1")
	by, picker := newCall("c2")
	d := slow{calltest.NewLeg(call.Info{User: "2001"})}
	got, err := b.Dial(t.Context(), d, c, call.Target{User: "2001", Ringing: func(string) {
		if into, user, ok := b.PickUp(by, func(user string) bool { return user == "2001" }); into != "c1" || user != "2001" || !ok {
			t.Errorf("picked up %s, %s, %v", into, user, ok)
		}
	}}, call.Identity{})
	if err != nil || got != call.Leg(picker) {
		t.Errorf("the dial returned %v, %v", got, err)
	}
	if d.leg.Context().Err() == nil {
		t.Error("the late answer is still on the line")
	}
	if _, _, ok := b.PickUp(by, func(string) bool { return true }); ok || b.Talks() != 0 {
		t.Error("a phone that does not ring any more was picked up")
	}
}

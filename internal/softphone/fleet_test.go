package softphone

import (
	"fmt"
	"testing"
	"time"
)

// fleets are callers and agents that call each other directly, each call on sockets of its own: without a
// PBX in between, two calls on one pair of sockets cannot be told apart.
func fleets(t testing.TB, calls int) (callers *Fleet, agents *Phone) {
	t.Helper()
	answering, err := NewFleet(FleetOptions{Sockets: calls})
	if err != nil {
		t.Fatal(err)
	}
	calling, err := NewFleet(FleetOptions{Server: answering.end.local.String(), Sockets: calls})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := calling.Close(); err != nil {
			t.Error(err)
		}
		if err := answering.Close(); err != nil {
			t.Error(err)
		}
	})
	return calling, answering.Phone(Options{User: "2001", Policy: AnswerAtOnce})
}

func TestAFleetTalksAndMeasures(t *testing.T) {
	const calls = 8
	callers, agent := fleets(t, calls)
	ctx := within(t)
	var all, theirs []*Call
	for i := range calls {
		p := callers.Phone(Options{User: fmt.Sprint(1000 + i)})
		all = append(all, must(p.Dial(ctx, "2001"))(t))
		theirs = append(theirs, must(agent.NextCall(ctx))(t))
	}
	for i, c := range all {
		ok(t, c.WaitStamp(ctx))
		ok(t, theirs[i].WaitStamp(ctx))
		if err := c.Press(ctx, "1"); err != nil {
			t.Error(err)
		}
	}
	before := callers.Traffic().Latency
	pause(t, time.Second)
	for i, c := range all {
		r := c.Reception()
		if r.Speaker != theirs[i].Speaker() || r.Speakers != 1 || r.Lost+r.Duplicated+r.Reordered != 0 || r.Stamped < 40 {
			t.Errorf("call %d heard %+v, not %d", i, r, theirs[i].Speaker())
		}
		ok(t, c.Hangup(ctx))
		must(theirs[i].WaitEnd(ctx))(t)
	}
	got := callers.Traffic()
	if l := got.Latency.Since(&before); l.Count < calls*40 || l.Quantile(0.5) > 20*time.Millisecond || got.SendFailures > calls {
		t.Errorf("latency of %d packets %v, failures %d", l.Count, l.Quantile(0.5), got.SendFailures)
	}
}

func TestPhonesOfAFleetAreCalledByTheirContact(t *testing.T) {
	f := must(NewFleet(FleetOptions{}))(t)
	t.Cleanup(func() { ok(t, f.Close()) })
	amal, james := f.Phone(Options{User: "2001"}), f.Phone(Options{User: "2002", Policy: RejectWith(486)})
	caller := phone(t, Options{Server: f.end.local.String(), User: "1001"})
	ctx := within(t)
	out := must(caller.Invite(ctx, amal.contact.User, DialOptions{}))(t)
	in := must(amal.NextCall(ctx))(t)
	ok(t, in.Answer(ctx))
	ok(t, out.WaitAnswered(ctx))
	if _, err := caller.Dial(ctx, james.contact.User); err == nil {
		t.Error("james is busy and answered")
	}
	if _, err := caller.Dial(ctx, "nobody"); err == nil {
		t.Error("nobody answered")
	}
}

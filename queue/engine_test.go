package queue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hatif/call"
)

var midnight = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return midnight.Add(d) }

// engineWith has one queue "q" whose agents "0", "1", … are there.
func engineWith(cfg Config, agents int) (*engine, *queue) {
	e := newEngine(rand.New(rand.NewPCG(7, 7)), true)
	var members []Member
	for i := range agents {
		members = append(members, Member{User: fmt.Sprint(i), Queue: "q"})
		e.setRegistered(fmt.Sprint(i), true, midnight)
	}
	e.apply(map[string]Config{"q": cfg}, members, midnight)
	return e, e.queues["q"]
}

func (e *engine) mustJoin(t testing.TB, q *queue, id string, now time.Time) *ticket {
	t.Helper()
	ticket, refusal := e.join(q, arrival{call: id, caller: call.Identity{Number: id}}, now)
	if ticket == nil {
		t.Fatalf("%s was refused: %s", id, refusal)
	}
	return ticket
}

// waits is how many callers may be given an agent.
func (q *queue) waits() (n int) {
	for _, l := range q.lanes {
		n += len(l.waiting)
	}
	return n
}

func TestAnAgentWhoBeginsACallBeforeTheirPhoneRingsIsLetGoUnblamed(t *testing.T) {
	for name, happens := range map[string]func(e *engine){
		"a direct call":    func(e *engine) { e.setBusy("0", 1, at(time.Second)) },
		"the phone is off": func(e *engine) { e.setRegistered("0", false, at(time.Second)) },
		"a log-off": func(e *engine) {
			if err := e.logOff(e.agents["0"], "q", ViaPhone, at(time.Second)); err != nil {
				t.Error(err)
			}
		},
		"a pause": func(e *engine) { e.rest(e.agents["0"], "lunch", ViaPhone, at(time.Second)) },
	} {
		e, q := engineWith(Config{}, 1)
		c := e.mustJoin(t, q, "c", midnight)
		if e.agents["0"].state != Reserved {
			t.Fatalf("agent is %s", e.agents["0"].state)
		}
		happens(e)
		if offers := e.fetch(c, at(2*time.Second)); len(offers) > 0 {
			t.Errorf("%s: rung all the same", name)
		}
		if a := e.agents["0"]; a.claim != "" || a.stats != (AgentStats{}) || q.waits() != 1 {
			t.Errorf("%s: agent %+v, %d waiting", name, a, q.waits())
		}
	}
}

func TestAnAnswerAfterTheCallerLeftIsRefused(t *testing.T) {
	e, q := engineWith(Config{}, 1)
	c := e.mustJoin(t, q, "c", midnight)
	o := e.fetch(c, midnight)[0]
	e.leave(c, Abandoned, at(time.Second))
	if lost := e.take(c, o.agent, at(time.Second)); !errors.Is(lost, call.Cancelled) {
		t.Errorf("take says %v", lost)
	}
	if o.agent.state != Ringing {
		t.Errorf("agent is %s while the phone still rings", o.agent.state)
	}
	e.ended(c, o.agent, nil, at(2*time.Second))
	if o.agent.state != Available {
		t.Errorf("agent is %s", o.agent.state)
	}
}

func TestPatienceDoesNotEndBetweenTheAnswerAndTheConversation(t *testing.T) {
	e, q := engineWith(Config{MaxWait: 3 * time.Second}, 1)
	c := e.mustJoin(t, q, "c", midnight)
	o := e.fetch(c, midnight)[0]
	if lost := e.take(c, o.agent, at(3*time.Second)); lost != nil {
		t.Fatal(lost)
	}
	if e.expire(c, at(3*time.Second)) || !e.connect(c, at(3*time.Second)) {
		t.Error("the caller timed out although an agent had answered")
	}
}

func TestARingIsBoundedByWhatIsLeftOfTheWait(t *testing.T) {
	for _, c := range []struct {
		ring, wait, joined time.Duration
		until              time.Duration
		full               bool
	}{
		{ring: 10, wait: 0, joined: 3, until: 13, full: true},
		{ring: 10, wait: 60, joined: 3, until: 13, full: true},
		{ring: 10, wait: 10, joined: 0, until: 10, full: true},
		{ring: 10, wait: 10, joined: 1, until: 10, full: true},
		{ring: 10, wait: 10, joined: 2, until: 10, full: false},
		{ring: 10, wait: 10, joined: 9, until: 10, full: false},
	} {
		e, q := engineWith(Config{RingTimeout: c.ring * time.Second, MaxWait: c.wait * time.Second}, 1)
		ticket := e.mustJoin(t, q, "c", midnight)
		o := e.fetch(ticket, at(c.joined*time.Second))[0]
		if !o.until.Equal(at(c.until*time.Second)) || o.full != c.full {
			t.Errorf("%+v: until %s, full %t", c, o.until.Sub(midnight), o.full)
		}
	}
}

func TestRoundRobinRemembersAcrossCallersAndReloads(t *testing.T) {
	e, q := engineWith(Config{Strategy: "rrmemory"}, 4)
	order := ""
	for i := range 10 {
		now := at(time.Duration(i) * time.Minute)
		c := e.mustJoin(t, q, fmt.Sprint("c", i), now)
		o := e.fetch(c, now)[0]
		order += o.user
		e.take(c, o.agent, now)
		e.connect(c, now)
		e.part(c, now)
		if i == 5 { // after agent 1, the others change places
			e.apply(map[string]Config{"q": {Strategy: "rrmemory"}}, []Member{
				{User: "3", Queue: "q"}, {User: "1", Queue: "q"}, {User: "2", Queue: "q"}, {User: "0", Queue: "q"},
			}, now)
		}
	}
	if order != "0123012031" {
		t.Errorf("rang %s", order)
	}
}

func TestCallersForWhomPhonesRingStandInLineToo(t *testing.T) {
	e, q := engineWith(Config{MaxLength: 1}, 2)
	c := e.mustJoin(t, q, "c1", midnight)
	e.fetch(c, midnight)
	if _, refusal := e.join(q, arrival{call: "c2"}, midnight); refusal != Full {
		t.Errorf("the second was not refused: %q", refusal)
	}
}

func TestCallersBehindLeaveWhenTheListSaysThatBusyAgentsDoNotCount(t *testing.T) {
	e, q := engineWith(Config{LeaveWhenEmpty: []State{Ringing, Talking, NotRegistered}}, 1)
	first := e.mustJoin(t, q, "c1", midnight)
	second := e.mustJoin(t, q, "c2", midnight)
	if first.result != "" || second.result != LeftEmpty || !isClosed(second.gone) {
		t.Errorf("results %q and %q", first.result, second.result)
	}
	o := e.fetch(first, midnight)[0]
	e.ended(first, o.agent, call.Declined, at(time.Second))
	if first.result != "" {
		t.Errorf("the first left although the agent only rests: %q", first.result)
	}
}

func TestAMemberNamedTwiceHasOnePlaceAndAStrayIsReported(t *testing.T) {
	e, q := engineWith(Config{}, 0)
	strays := e.apply(map[string]Config{"q": {}}, []Member{
		{User: "0", Queue: "q"}, {User: "0", Queue: "q", Membership: Membership{Penalty: 3}}, {User: "1", Queue: "nowhere"},
	}, midnight)
	if len(q.members) != 1 || len(strays) != 1 || strays[0].User != "1" {
		t.Errorf("%d members, strays %v", len(q.members), strays)
	}
}

func TestStrangersAreForgotten(t *testing.T) {
	e, _ := engineWith(Config{}, 1)
	for i := range 1000 {
		user := fmt.Sprint("caller", i)
		e.setRegistered(user, true, midnight)
		e.setBusy(user, 1, midnight)
		e.setRegistered(user, false, midnight)
		e.setBusy(user, 0, midnight)
	}
	if len(e.agents) != 1 {
		t.Errorf("%d users are remembered", len(e.agents))
	}
}

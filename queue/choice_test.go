package queue

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
)

// staff is a room of agents who are all there. Their penalties and skills are theirs in every queue.
type staff map[string]Member

// room has these queues, all of which all of the staff serve.
func room(t testing.TB, queues map[string]Config, who staff) *engine {
	t.Helper()
	e := newEngine(rand.New(rand.NewPCG(8, 8)), true)
	var members []Member
	for _, q := range slices.Sorted(maps.Keys(queues)) {
		if err := queues[q].Validate(); err != nil {
			t.Fatal(err)
		}
		for _, user := range slices.Sorted(maps.Keys(who)) {
			m := who[user]
			m.User, m.Queue = user, q
			members = append(members, m)
		}
	}
	for user := range who {
		e.setRegistered(user, true, midnight)
	}
	e.apply(queues, members, midnight)
	return e
}

func ofPenalty(p int) Member { return Member{Membership: Membership{Penalty: p}} }

func with(skills string) Member {
	s, err := ParseSkills(skills)
	if err != nil {
		panic(err)
	}
	return Member{Skills: s}
}

// comes lets a caller into the queue.
func (e *engine) comes(t testing.TB, queueName string, who arrival, now time.Time) *ticket {
	t.Helper()
	if err := e.broken(now); err != nil {
		t.Fatal(err)
	}
	ticket, refusal := e.join(e.queues[queueName], who, now)
	if ticket == nil {
		t.Fatalf("%s was refused: %s", who.call, refusal)
	}
	return ticket
}

// rings is for whom phones ring or are about to, in the order of choice.
func (t *ticket) rings() string {
	var all []string
	for _, a := range t.held {
		all = append(all, a.user)
	}
	return strings.Join(all, " ")
}

// passes lets the engine's alarms ring until then.
func (e *engine) passes(t testing.TB, until time.Time) {
	t.Helper()
	for {
		at, any := e.alarms.next()
		if !any || at.After(until) {
			break
		}
		e.wake(at)
	}
	if err := e.broken(until); err != nil {
		t.Fatal(err)
	}
}

// serves takes a call from its first ring to its end.
func (e *engine) serves(t testing.TB, c *ticket, began time.Time, talk time.Duration) (agent string, over time.Time) {
	t.Helper()
	offers := e.fetch(c, began)
	if len(offers) == 0 {
		t.Fatalf("nobody is rung for %s", c.Call)
	}
	o, over := offers[0], began.Add(talk)
	e.take(c, o.agent, began)
	e.connect(c, began)
	e.part(c, over)
	return o.user, over
}

func want(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestTiersOpenAsTheWaitGrows(t *testing.T) {
	for strategy, expect := range map[string][]string{
		"linear":             {"", "b", "b", "b"},
		"ringall":            {"", "b", "b c", "b c d"},
		"ring_progressively": {"", "b", "b c", "b c d"},
	} {
		e := room(t, map[string]Config{"q": {Strategy: strategy, Tiers: []Tier{
			{After: 20 * time.Second, Penalty: 1}, {After: 30 * time.Second, Penalty: 5}, {After: time.Minute, Penalty: 7},
		}}}, staff{"a": ofPenalty(0), "b": ofPenalty(1), "c": ofPenalty(3), "d": ofPenalty(7)})
		e.setBusy("a", 1, midnight)
		c := e.comes(t, "q", arrival{call: "c"}, midnight)
		for i, after := range []time.Duration{19, 20, 30, 60} {
			e.passes(t, at(after*time.Second))
			want(t, fmt.Sprintf("%s: after %d s ring", strategy, after), c.rings(), expect[i])
		}
	}
}

func TestATierIsOpenToWhoWaitsAndNotToWhoComes(t *testing.T) {
	e := room(t, map[string]Config{"q": {Tiers: []Tier{{After: 20 * time.Second, Penalty: 1}}}}, staff{"a": ofPenalty(0), "b": ofPenalty(1)})
	e.setBusy("a", 1, midnight)
	e.setBusy("b", 1, midnight)
	old := e.comes(t, "q", arrival{call: "old"}, midnight)
	e.passes(t, at(30*time.Second))
	young := e.comes(t, "q", arrival{call: "young", priority: 1}, at(30*time.Second))
	e.setBusy("b", 0, at(31*time.Second))
	want(t, "for whom the tier is open", old.rings(), "b")
	want(t, "for whom it is not", young.rings(), "")
	e.setBusy("a", 0, at(32*time.Second))
	want(t, "the agent of the first tier", young.rings(), "a")
}

func TestATierOpensAtOnceWhenNobodyBeforeItIsAtWork(t *testing.T) {
	tiers := map[string]Config{"q": {Tiers: []Tier{{After: time.Minute, Penalty: 1}, {After: time.Hour, Penalty: 5}}}}
	who := staff{"a": ofPenalty(0), "b": ofPenalty(1), "c": ofPenalty(4)}
	for name, c := range map[string]struct {
		goes func(e *engine)
		want string
	}{
		"the first is paused": {func(e *engine) { e.rest(e.agents["a"], "lunch", ViaPhone, at(time.Second)); e.follow(at(time.Second)) }, "b"},
		"the first is away":   {func(e *engine) { e.setRegistered("a", false, at(time.Second)) }, "b"},
		"the first two are away": {func(e *engine) {
			e.setRegistered("b", false, at(time.Second))
			e.rest(e.agents["a"], "lunch", ViaPhone, at(time.Second))
			e.follow(at(time.Second))
		}, "c"},
		"the first is busy": {func(e *engine) {}, ""},
	} {
		e := room(t, tiers, who)
		e.setBusy("a", 1, midnight)
		waits := e.comes(t, "q", arrival{call: "waits"}, midnight)
		c.goes(e)
		if name != "the first is busy" {
			e.setBusy("a", 0, at(time.Second))
		}
		want(t, name+": who waits", waits.rings(), c.want)
		e.leave(waits, Abandoned, at(2*time.Second))
		want(t, name+": who comes", e.comes(t, "q", arrival{call: "comes"}, at(2*time.Second)).rings(), c.want)
	}
	e := room(t, tiers, who)
	for user := range who {
		e.setRegistered(user, false, midnight)
	}
	waits := e.comes(t, "q", arrival{call: "waits"}, midnight)
	e.setRegistered("c", true, at(time.Second))
	want(t, "who comes to work when nobody was", waits.rings(), "c")
}

func TestAReloadOpensTheTiersThatItSays(t *testing.T) {
	e := room(t, map[string]Config{"q": {Tiers: []Tier{{After: time.Hour, Penalty: 1}}}}, staff{"a": ofPenalty(0), "b": ofPenalty(1)})
	e.setBusy("a", 1, midnight)
	c := e.comes(t, "q", arrival{call: "c"}, midnight)
	e.passes(t, at(time.Minute))
	want(t, "before the reload", c.rings(), "")
	members := []Member{{User: "a", Queue: "q"}, {User: "b", Queue: "q", Membership: Membership{Penalty: 1}}}
	e.apply(map[string]Config{"q": {Tiers: []Tier{{After: 2 * time.Minute, Penalty: 1}}}}, members, at(time.Minute))
	want(t, "a tier that is not due yet", c.rings(), "")
	e.passes(t, at(2*time.Minute))
	want(t, "when it is", c.rings(), "b")
}

func TestOnlyAgentsWithTheSkillsAreRungAndNobodyBehindWaitsForThem(t *testing.T) {
	e := room(t, map[string]Config{"q": {Strategy: "linear"}}, staff{"a": with(""), "b": with("billing:2"), "c": with("billing:3 vip")})
	e.setBusy("c", 1, midnight)
	high := e.comes(t, "q", arrival{call: "high", skills: Skills{"billing": 3}}, midnight)
	both := e.comes(t, "q", arrival{call: "both", skills: Skills{"billing": 1, "vip": 1}}, midnight)
	low := e.comes(t, "q", arrival{call: "low", skills: Skills{"billing": 1}}, midnight)
	plain := e.comes(t, "q", arrival{call: "plain"}, midnight)
	for c, who := range map[*ticket]string{high: "", both: "", low: "b", plain: "a"} {
		want(t, c.Call, c.rings(), who)
	}
	e.setBusy("c", 0, at(time.Second))
	want(t, "the first who needs the one who is free now", high.rings(), "c")
	want(t, "the second", both.rings(), "")
}

func TestACallerWhoOverflowsRequiresOnlyWhatIsKnownThere(t *testing.T) {
	e := newEngine(rand.New(rand.NewPCG(8, 8)), true)
	e.apply(map[string]Config{
		"q": {Overflow: Overflow{To: "knows", After: time.Second}, Tiers: []Tier{{After: time.Millisecond, Penalty: 5}}}, "r": {Overflow: Overflow{To: "not", After: time.Second}},
		"s": {Overflow: Overflow{To: "not", Length: 1}}, "knows": {Tiers: []Tier{{After: time.Hour, Penalty: 1}}}, "not": {},
	}, []Member{
		{User: "a", Queue: "knows", Skills: Skills{"billing": 1}}, {User: "a", Queue: "q", Skills: Skills{"billing": 1}}, {User: "b", Queue: "not"},
		{User: "c", Queue: "knows", Membership: Membership{Penalty: 1}, Skills: Skills{"billing": 2}},
		{User: "d", Queue: "q", Membership: Membership{Penalty: 5}}, {User: "a", Queue: "r", Skills: Skills{"billing": 1}},
	}, midnight)
	for _, user := range []string{"a", "b", "c"} {
		e.setRegistered(user, true, midnight)
	}
	e.setBusy("a", 1, midnight)
	who := arrival{call: "c", skills: Skills{"billing": 1}}
	kept := e.comes(t, "q", who, midnight)
	dropped := e.comes(t, "r", who, midnight)
	strict := e.comes(t, "s", who, midnight)
	atDoor := e.comes(t, "s", who, midnight)
	want(t, "who comes to the queue itself", strict.queue.name+" "+strict.needs.word(), "s billing:1")
	want(t, "who is sent on at the door", atDoor.queue.name+" "+atDoor.needs.word()+" "+atDoor.rings(), "not  b")
	e.leave(atDoor, Abandoned, midnight)
	e.passes(t, at(time.Second))
	want(t, "where somebody has it", kept.queue.name+" "+kept.needs.word()+" "+kept.rings(), "knows billing:1 ")
	want(t, "where nobody has it", dropped.queue.name+" "+dropped.needs.word()+" "+dropped.rings(), "not  b")
}

func TestSkillsAreRelaxedWithTime(t *testing.T) {
	e := room(t, map[string]Config{"q": {RelaxSkills: 30 * time.Second}}, staff{"a": with(""), "b": with("billing:1"), "c": with("billing:3")})
	e.setBusy("c", 1, midnight)
	first := e.comes(t, "q", arrival{call: "first", skills: Skills{"billing": 3}}, midnight)
	second := e.comes(t, "q", arrival{call: "second", skills: Skills{"billing": 3}}, midnight)
	for _, step := range []struct {
		after         time.Duration
		first, second string
	}{{59, "", ""}, {60, "b", ""}, {89, "b", ""}, {90, "b", "a"}} {
		e.passes(t, at(step.after*time.Second))
		want(t, fmt.Sprintf("first after %d s", step.after), first.rings(), step.first)
		want(t, fmt.Sprintf("second after %d s", step.after), second.rings(), step.second)
	}
}

func TestPriorityGoesBeforeTheOrderOfComing(t *testing.T) {
	e := room(t, map[string]Config{"q": {}}, staff{"a": with("")})
	ringing := e.comes(t, "q", arrival{call: "ringing"}, midnight)
	var all []*ticket
	for i, p := range []int{0, -1, 5, 0, 5} {
		all = append(all, e.comes(t, "q", arrival{call: fmt.Sprint("c", i), priority: p}, at(time.Second)))
	}
	if all[4].entered != 2 || all[1].entered != 3 {
		t.Errorf("entered at %d and %d, want 2 before all others but one, and 3 as the last but nobody", all[4].entered, all[1].entered)
	}
	want(t, "the phone that rings already", ringing.rings(), "a")
	_, now := e.serves(t, ringing, at(2*time.Second), time.Second)
	order := ""
	for range all {
		for _, c := range all {
			if c.rings() != "" {
				order += c.Call + " "
				_, now = e.serves(t, c, now, time.Second)
				break
			}
		}
	}
	want(t, "served", order, "c2 c4 c0 c3 c1 ")
}

func TestTheHeavierQueueIsServedFirst(t *testing.T) {
	e := room(t, map[string]Config{"light": {}, "heavy": {Weight: 5}, "other": {}}, staff{"a": with("")})
	e.setBusy("a", 1, midnight)
	var all []*ticket
	for i, q := range []string{"light", "other", "heavy", "light", "heavy"} {
		all = append(all, e.comes(t, q, arrival{call: fmt.Sprint(q, i), priority: i / 3}, at(time.Duration(i)*time.Second)))
	}
	now := at(time.Minute)
	e.setBusy("a", 0, now)
	order := ""
	for range all {
		for _, c := range all {
			if c.rings() != "" {
				order += c.Call + " "
				_, now = e.serves(t, c, now, time.Second)
				break
			}
		}
	}
	want(t, "served", order, "heavy4 heavy2 light3 light0 other1 ")
}

func TestACallerWhoComesBackIsGivenTheAgentOfLastTime(t *testing.T) {
	again := arrival{call: "again", caller: call.Identity{Number: "1001"}}
	for name, c := range map[string]struct {
		after  time.Duration
		change func(e *engine)
		who    arrival
		want   string
	}{
		"within the time":        {10 * time.Minute, nil, again, "c"},
		"too late":               {10*time.Minute + 1, nil, again, "a"},
		"somebody else":          {time.Minute, nil, arrival{call: "x", caller: call.Identity{Number: "1002"}}, "a"},
		"somebody without name":  {time.Minute, nil, arrival{call: "x"}, "a"},
		"another queue":          {time.Minute, nil, again, "c"},
		"without the skill":      {time.Minute, nil, arrival{call: "x", caller: again.caller, skills: Skills{"vip": 1}}, "a"},
		"who is on a call":       {time.Minute, func(e *engine) { e.setBusy("c", 1, at(time.Second)) }, again, "a"},
		"who is paused":          {time.Minute, func(e *engine) { e.rest(e.agents["c"], "lunch", ViaPhone, at(time.Second)); e.follow(at(time.Second)) }, again, "a"},
		"who is no agent by now": {time.Minute, func(e *engine) { e.agents["c"].places = nil }, again, "a"},
	} {
		queues := map[string]Config{"q": {Strategy: "linear", LastAgent: 10 * time.Minute}, "r": {Strategy: "linear", LastAgent: 10 * time.Minute}}
		e := room(t, queues, staff{"a": with("vip"), "b": with("vip"), "c": with("")})
		e.setBusy("a", 1, midnight)
		e.setBusy("b", 1, midnight)
		first := e.comes(t, "q", arrival{call: "first", caller: again.caller}, midnight.Add(-time.Minute))
		if agent, _ := e.serves(t, first, midnight.Add(-time.Minute), time.Minute); agent != "c" {
			t.Fatalf("%s: %s served the first call", name, agent)
		}
		e.setBusy("a", 0, at(time.Second))
		e.setBusy("b", 0, at(time.Second))
		if c.change != nil {
			c.change(e)
		}
		if name == "who is no agent by now" {
			e.apply(queues, []Member{{User: "a", Queue: "q"}}, at(time.Second))
		}
		q := "q"
		if name == "another queue" {
			q = "r"
		}
		want(t, name, e.comes(t, q, c.who, at(c.after)).rings(), c.want)
	}
}

func TestTheAgentOfLastTimeIsWhoHadTheCallerInTheEnd(t *testing.T) {
	for heir, next := range map[string]string{"b": "b", "3001": "c", "": "c"} {
		e := room(t, map[string]Config{"q": {Strategy: "linear", LastAgent: time.Hour}}, staff{"a": with(""), "b": with(""), "c": with("x")})
		who := arrival{call: "c", caller: call.Identity{Number: "1001"}, skills: Skills{"x": 1}}
		c := e.comes(t, "q", who, midnight)
		c.heir = heir
		e.serves(t, c, midnight, time.Minute)
		who.skills = nil
		want(t, "after a transfer to "+heir, e.comes(t, "q", who, at(2*time.Minute)).rings(), next)
	}
}

func TestAnAgentOfLastTimeWhoDoesNotAnswerIsNotRungAgainAndAgain(t *testing.T) {
	e := room(t, map[string]Config{"q": {Strategy: "linear", LastAgent: time.Hour, Retry: time.Second}}, staff{"a": with(""), "b": with("")})
	who := arrival{call: "c", caller: call.Identity{Number: "1001"}}
	e.setBusy("a", 1, midnight)
	e.serves(t, e.comes(t, "q", who, midnight), midnight, time.Minute)
	e.setBusy("a", 0, at(time.Minute))
	c := e.comes(t, "q", who, at(2*time.Minute))
	want(t, "first", c.rings(), "b")
	o := e.fetch(c, at(2*time.Minute))[0]
	e.passes(t, at(3*time.Minute))
	e.ended(c, o.agent, call.Declined, at(3*time.Minute))
	want(t, "then", c.rings(), "a")
}

func TestTheMemoryForgets(t *testing.T) {
	var m memory
	m.keep = time.Hour
	for i := range 1000 {
		m.note(call.Identity{Number: fmt.Sprint(i % 50)}, "a", at(time.Duration(i)*time.Minute))
		m.note(call.Identity{}, "a", at(time.Duration(i)*time.Minute))
	}
	if len(m.meetings) != 50 || len(m.order) != 61 {
		t.Errorf("%d callers and %d meetings are remembered, want 50 and 61", len(m.meetings), len(m.order))
	}
	m.forget(at(2000 * time.Minute))
	if len(m.meetings)+len(m.order) > 0 {
		t.Errorf("%d callers and %d meetings are left", len(m.meetings), len(m.order))
	}
}

func TestOnePhoneMoreRingsEverySoOftenUntilAllDo(t *testing.T) {
	e := room(t, map[string]Config{"q": {Strategy: "ring_progressively", RingProgressivelyDelay: 5 * time.Second, RingTimeout: time.Minute, Retry: time.Second}},
		staff{"a": with(""), "b": with(""), "c": with(""), "d": ofPenalty(1)})
	first := e.comes(t, "q", arrival{call: "first"}, midnight)
	e.fetch(first, midnight)
	want(t, "at once", first.rings(), "a")
	e.passes(t, at(5*time.Second))
	want(t, "after 5 s", first.rings(), "a b")
	e.fetch(first, at(5*time.Second))
	second := e.comes(t, "q", arrival{call: "second"}, at(6*time.Second))
	want(t, "who comes has a phone of their own at once", second.rings(), "c")
	e.fetch(second, at(6*time.Second))
	e.passes(t, at(10*time.Second))
	want(t, "after 10 s", first.rings(), "a b d")
	e.fetch(first, at(10*time.Second))
	e.passes(t, at(11*time.Second))
	want(t, "when nobody is free", second.rings(), "c")
	e.ended(first, e.agents["b"], call.Declined, at(12*time.Second))
	want(t, "who declined is left in peace", second.rings(), "c")
	e.passes(t, at(13*time.Second))
	want(t, "and then rings for who is due", second.rings(), "c b")
	e.ended(second, e.agents["c"], call.Declined, at(14*time.Second))
	want(t, "one still rings", second.rings(), "b")
	e.passes(t, at(17*time.Second))
	want(t, "the time counts from the last phone", first.rings()+", "+second.rings(), "a d c, b")
}

func TestAPhoneRingsAtOnceWhenTheLastOneStops(t *testing.T) {
	e := room(t, map[string]Config{"q": {Strategy: "ring_progressively"}}, staff{"a": with(""), "b": with("")})
	c := e.comes(t, "q", arrival{call: "c"}, midnight)
	o := e.fetch(c, midnight)[0]
	e.ended(c, o.agent, call.Declined, at(time.Second))
	want(t, "after the first declined", c.rings(), "b")
}

func TestCallersOfOneLaneBehindOneForWhomAllRingWaitAndThoseOfOthersDoNot(t *testing.T) {
	e := room(t, map[string]Config{"q": {Strategy: "ringall"}}, staff{"a": with("billing"), "b": with("billing"), "c": with("")})
	first := e.comes(t, "q", arrival{call: "first", skills: Skills{"billing": 1}}, midnight)
	second := e.comes(t, "q", arrival{call: "second", skills: Skills{"billing": 1}}, midnight)
	plain := e.comes(t, "q", arrival{call: "plain"}, midnight)
	want(t, "all who can", first.rings(), "a b")
	want(t, "behind", second.rings(), "")
	want(t, "who wants less", plain.rings(), "c")
}

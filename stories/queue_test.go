package stories_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// finish hangs a call up and waits until its row is there, so that the next one finds everybody free.
func finish(t testing.TB, pbx *hatiftest.PBX, c *hatiftest.Call) {
	t.Helper()
	c.Hangup()
	c.ExpectRow()
	pbx.ExpectIdle()
}

// C6: whom each strategy rings, call after call. Both agents are free each time.
func TestStrategiesChooseWhoIsRung(t *testing.T) {
	t.Parallel()
	for strategy, want := range map[string][]string{
		"linear":      {"2001", "2001", "2001"},
		"rrmemory":    {"2001", "2002", "2001", "2002"},
		"rrordered":   {"2001", "2002", "2001"},
		"leastrecent": {"2001", "2002", "2001", "2002"},
		"fewestcalls": {"2001", "2002", "2001"},
	} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			pbx := open(t, "strategy: linear", "strategy: "+strategy)
			phones := map[string]*hatiftest.Phone{"2001": pbx.Phone("2001"), "2002": pbx.Phone("2002")}
			caller := pbx.Phone("1001")
			var got []string
			for range want {
				c := caller.Dial("0777")
				var in *hatiftest.Call
				eventually(t, "one agent to be rung", func() bool {
					for user, ph := range phones {
						if calls := ph.Calls(); len(calls) == 1 {
							in = ph.ExpectRing()
							got = append(got, user)
							return true
						}
					}
					return false
				})
				in.Answer()
				hearEachOther(t, c, in)
				finish(t, pbx, c)
			}
			if !slices.Equal(got, want) {
				t.Errorf("rung were %v, want %v", got, want)
			}
		})
	}
}

// C6
func TestRandomReachesEverybodySoonerOrLater(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{"random", "wrandom"} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			reachesEverybody(t, strategy)
		})
	}
}

func reachesEverybody(t *testing.T, strategy string) {
	pbx := open(t, "strategy: linear", "strategy: "+strategy, "retry: 1s", "retry: 60s")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	for _, ph := range []*hatiftest.Phone{first, second} {
		ph.SetPolicy(softphone.RejectWith(603))
	}
	c := pbx.Phone("1001").Dial("0777")
	first.ExpectRing() // whoever is drawn first declines, and is not drawn again while the other is free
	second.ExpectRing()
	c.ExpectMusic("default")
	finish(t, pbx, c)
}

// C6
func TestRingAllRingsEverybodyAndTheFirstToAnswerWins(t *testing.T) {
	t.Parallel()
	pbx := open(t, "strategy: linear", "strategy: ringall")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	c := pbx.Phone("1001").Dial("0777")
	atFirst, atSecond := first.ExpectRing(), second.ExpectRing()
	atSecond.Answer()
	hearEachOther(t, c, atSecond)
	if end := atFirst.ExpectEnd(); end.How != "CANCEL" || !strings.Contains(end.Reason, "Call completed elsewhere") {
		t.Errorf("the other phone's call ended as %v, want a CANCEL that says that it was completed elsewhere", end)
	}
	// 2001 is free again at once: the next caller rings it.
	other := pbx.Phone("1002").Dial("0777")
	first.ExpectRing().Answer()
	other.ExpectAnswered()
	second.ExpectNoRing()
	other.Hangup()
	c.Hangup()
	atSecond.ExpectEnd()
}

// C6: two agents who answer in the same moment: one is connected, the other is free again.
func TestOfTwoWhoAnswerAtOnceOneIsConnected(t *testing.T) {
	t.Parallel()
	pbx := open(t, "strategy: linear", "strategy: ringall")
	agents := []*hatiftest.Phone{pbx.Phone("2001"), pbx.Phone("2002")}
	caller := pbx.Phone("1001")
	for _, a := range agents {
		a.SetPolicy(softphone.AnswerAtOnce)
	}
	for range 10 {
		c := caller.Dial("0777")
		c.ExpectAnswered()
		ins := []*hatiftest.Call{agents[0].ExpectRing(), agents[1].ExpectRing()}
		var won, lost *hatiftest.Call
		select {
		case <-ins[0].Done():
			won, lost = ins[1], ins[0]
		case <-ins[1].Done():
			won, lost = ins[0], ins[1]
		case <-time.After(hatiftest.Patience):
			t.Fatal("both agents are connected with one caller")
		}
		if end := lost.ExpectEnd(); end.ByUs {
			t.Errorf("the loser's call ended as %v", end)
		}
		won.ExpectAnswered()
		hearEachOther(t, c, won)
		finish(t, pbx, c)
		won.ExpectEnd()
		row := c.ExpectRow()
		if row.Agent != won.Phone().User() || len(row.Legs) != 3 || len(row.Recordings) != 1 {
			t.Errorf("agent %s with %d legs and %d recordings, want %s with 3 and 1", row.Agent, len(row.Legs), len(row.Recordings), won.Phone().User())
		}
	}
}

// C6: who is on any call is not rung; when that call ends they are, at once.
func TestAnAgentOnADirectCallIsNotRung(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	_, direct := talk(t, pbx.Phone("2003"), agent)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	agent.ExpectNoRing()
	direct.Hangup()
	began := time.Now()
	ring := agent.ExpectRing()
	atOnce(t, "the ring of an agent who is free again", began)
	ring.Answer()
	hearEachOther(t, c, ring)
	agent.ExpectNoRing()
	c.Hangup()
}

// C6: the agent's own call counts from its first ring.
func TestAnAgentWhoIsDiallingOrRungDirectlyIsNotRung(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent, colleague := pbx.Phone("2001"), pbx.Phone("2003")
	out := agent.Dial("2003")
	colleague.ExpectRing()
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	agent.ExpectNoRing()
	out.Hangup()
	ring := agent.ExpectRing()
	in := colleague.Dial("2001") // rings beside the queue's call: people may call waiting agents
	agent.ExpectRing().Decline()
	in.ExpectEnd()
	ring.Answer()
	hearEachOther(t, c, ring)
}

// C6
func TestAnAgentWhoLogsOnWhileSomebodyWaitsIsRungAtOnce(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	began := time.Now()
	agent := pbx.Phone("2001")
	ring := agent.ExpectRing()
	atOnce(t, "the ring of an agent who has just logged on", began)
	ring.Answer()
	hearEachOther(t, c, ring)
}

// C6
func TestCallersAreServedInTheOrderInWhichTheyCame(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	var waiting []*hatiftest.Call
	for _, user := range []string{"1001", "1002", "1001"} {
		c := pbx.Phone(user).Dial("0777")
		c.ExpectMusic("default")
		waiting = append(waiting, c)
	}
	agent := pbx.Phone("2001")
	for i, c := range waiting {
		ring := agent.ExpectRing()
		ring.Answer()
		ring.ExpectAudioFrom(c)
		ring.Hangup()
		if end := c.ExpectEnd(); end.ByUs {
			t.Errorf("caller %d: %v", i, end)
		}
	}
}

// Wrap-up holds.
func TestAnAgentInWrapUpIsLeftInPeace(t *testing.T) {
	t.Parallel()
	pbx := open(t, "retry: 1s", "retry: 1s, wrap_up: 2s")
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	next := pbx.Phone("1002").Dial("0777")
	next.ExpectMusic("default")
	ring.Hangup()
	over := time.Now()
	agent.ExpectRing().Answer()
	if d := time.Since(over); d < 1900*time.Millisecond {
		t.Errorf("the agent was rung again after %v of wrap-up, want 2 s", d)
	}
	next.ExpectAnswered()
}

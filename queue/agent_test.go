package queue_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func (c *centre) agent(user string) queue.AgentSnapshot {
	c.t.Helper()
	for _, a := range c.Snapshot().Agents {
		if a.User == user {
			return a
		}
	}
	c.t.Fatalf("there is no agent %s", user)
	return queue.AgentSnapshot{}
}

// vias are what brought an agent into each state, in order.
func (c *centre) vias(user string) (all []queue.Via) {
	for _, ev := range c.seen(queue.AgentChanged) {
		if ev.Agent == user {
			all = append(all, ev.Via)
		}
	}
	return all
}

func TestWhoIsLoggedOffIsNotRungUntilTheyLogOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(time.Second, time.Second))
		c.does(c.LogOff("2001", "", queue.ViaPhone))
		c.has(queue.LoggedOff, "2001")
		v := c.visits("arabic")
		time.Sleep(time.Minute)
		synctest.Wait()
		equal(t, "dialled", c.net.Dialed())
		c.does(c.LogOn(queue.Member{User: "2001"}, queue.ViaCommand))
		if out := v.ends(queue.Answered); out.Waited != time.Minute+time.Second {
			t.Errorf("waited %s", out.Waited)
		}
		equal(t, "the agent was", c.states("2001"), queue.NotRegistered, queue.Available, queue.LoggedOff,
			queue.Available, queue.Reserved, queue.Ringing, queue.Talking, queue.Available)
		equal(t, "by", c.vias("2001"), queue.ViaFile, queue.ViaRegistration, queue.ViaPhone,
			queue.ViaCommand, queue.ViaCall, queue.ViaCall, queue.ViaCall, queue.ViaCall)
	})
}

func TestAnAgentIsLoggedOffFromOneQueueAndServesTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{})
		c.Apply(map[string]queue.Config{"arabic": {JoinWhenEmpty: []queue.State{queue.Paused}}, "english": {}},
			append(membersOf("arabic", "2001"), membersOf("english", "2001")...))
		c.SetRegistered("2001", true)
		c.net.Plug("2001", answering(time.Second, time.Second))
		c.does(c.LogOff("2001", "arabic", queue.ViaPhone))
		c.has(queue.Available, "2001")
		equal(t, "off", c.agent("2001").Off, "arabic")
		c.visits("arabic").ends(queue.Empty) // who is logged off is not there, whatever the list says
		if out := c.visits("english").ends(queue.Answered); out.Agent != "2001" {
			t.Errorf("%+v", out)
		}
		if err := c.LogOff("2001", "french", queue.ViaPhone); !errors.Is(err, queue.ErrUnknown) {
			t.Errorf("logged off from a queue that is not there: %v", err)
		}
	})
}

func TestWhoIsNoMemberBecomesOneByLoggingOnAndStaysOneOverAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := queue.Config{Strategy: "linear"}
		c := newCentre(t, cfg, "2001")
		c.SetRegistered("3001", true)
		if err := c.LogOn(queue.Member{User: "3001"}, queue.ViaPhone); !errors.Is(err, queue.ErrNotAgent) {
			t.Errorf("who serves no queue has logged on: %v", err)
		}
		c.does(c.LogOn(queue.Member{User: "3001", Name: "Omar Said", Queue: "arabic"}, queue.ViaPhone))
		for range 2 {
			c.has(queue.Available, "3001")
			equal(t, "members", c.Snapshot().Queues[0].Members, "2001", "3001")
			if name := c.agent("3001").Name; name != "Omar Said" {
				t.Errorf("is called %q", name)
			}
			c.Apply(map[string]queue.Config{"arabic": cfg}, membersOf("arabic", "2001"))
		}
		c.net.Plug("3001", answering(0, time.Second))
		c.net.Plug("2001", refusing(0, call.Declined))
		if out := c.visits("arabic").ends(queue.Answered); out.Agent != "3001" {
			t.Errorf("%+v", out)
		}
		c.does(c.LogOff("3001", "arabic", queue.ViaPhone))
		equal(t, "members", c.Snapshot().Queues[0].Members, "2001")
		c.does(c.LogOn(queue.Member{User: "3001", Queue: "arabic"}, queue.ViaPhone))
		c.Dismiss("3001") // taken out of the file
		equal(t, "members", c.Snapshot().Queues[0].Members, "2001")
	})
}

func TestAMemberMayBeginLoggedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{})
		members := []queue.Member{{User: "2001", Queue: "arabic", Membership: queue.Membership{LoggedOff: true}}}
		c.Apply(map[string]queue.Config{"arabic": {}}, members)
		c.SetRegistered("2001", true)
		c.has(queue.LoggedOff, "2001")
		c.does(c.LogOn(queue.Member{User: "2001"}, queue.ViaPhone))
		c.Apply(map[string]queue.Config{"arabic": {}}, members)
		c.has(queue.Available, "2001") // what they have said counts for longer than what the file says
	})
}

func TestTheTimeInEachPauseIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		time.Sleep(20 * time.Minute)
		c.does(c.Pause("2001", "meeting", queue.ViaCommand))
		time.Sleep(10 * time.Minute)
		direct := c.net.Inbound("2001", "3001") // a call is no pause
		time.Sleep(time.Hour)
		direct.Leave()
		time.Sleep(time.Minute)
		if a := c.agent("2001"); a.State != queue.Paused || a.Reason != "meeting" || a.Pauses["lunch"] != 20*time.Minute || a.Pauses["meeting"] != 11*time.Minute {
			t.Errorf("%+v", a)
		}
		c.does(c.Unpause("2001", queue.ViaPhone))
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		time.Sleep(time.Minute)
		c.does(c.LogOff("2001", "", queue.ViaPhone)) // ends the pause
		c.does(c.LogOn(queue.Member{User: "2001"}, queue.ViaPhone))
		if a := c.agent("2001"); a.State != queue.Available || a.Pauses["lunch"] != 21*time.Minute || len(a.Pauses) != 2 {
			t.Errorf("%+v", a)
		}
		var told []string
		for _, kind := range []queue.Kind{queue.AgentPaused, queue.AgentUnpaused} {
			for _, ev := range c.seen(kind) {
				told = append(told, string(kind)+" "+ev.Reason+" via "+string(ev.Via))
			}
		}
		equal(t, "told", told, "paused lunch via phone", "paused meeting via command", "paused lunch via phone",
			"unpaused meeting via phone", "unpaused lunch via phone")
	})
}

func TestAWrapUpIsTheAgentsOwnAndCanBeExtendedAndEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{WrapUp: time.Hour}, "2001")
		own := 10 * time.Second
		c.Apply(map[string]queue.Config{"arabic": {WrapUp: time.Hour}},
			[]queue.Member{{User: "2001", Queue: "arabic", Membership: queue.Membership{WrapUp: &own}}})
		c.net.Plug("2001", answering(0, time.Second))
		if err := c.EndWrapUp("2001", queue.ViaPhone); !errors.Is(err, queue.ErrNoWrapUp) {
			t.Errorf("ended what had not begun: %v", err)
		}
		call := func() { c.visits("arabic").ends(queue.Answered); synctest.Wait() }
		is := func(after time.Duration, want queue.State) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			c.has(want, "2001")
		}
		call()
		is(own-time.Millisecond, queue.WrapUp)
		is(time.Millisecond, queue.Available)
		call()
		is(8*time.Second, queue.WrapUp)
		c.does(c.ExtendWrapUp("2001", time.Minute, queue.ViaPhone))
		is(own+time.Minute-9*time.Second, queue.WrapUp)
		is(time.Second, queue.Available)
		call()
		is(time.Second, queue.WrapUp)
		c.does(c.EndWrapUp("2001", queue.ViaPhone))
		c.has(queue.Available, "2001")
		if ev := c.seen(queue.AgentWrapUp); len(ev) != 5 || !ev[4].Until.Equal(ev[4].At) || ev[2].Until.Sub(ev[1].Until) != time.Minute {
			t.Errorf("told %+v", ev)
		}
	})
}

func TestWhoLetsTooManyCallsRingIsPausedOrLoggedOff(t *testing.T) {
	for does, want := range map[string]queue.State{"": queue.Paused, queue.OnMissesPause: queue.Paused, queue.OnMissesLogOff: queue.LoggedOff} {
		t.Run(does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCentre(t, queue.Config{RingTimeout: 5 * time.Second, MaxMisses: 2, OnMisses: does, WrapUp: time.Second}, "2001")
				v := c.visits("arabic")
				rings := func(n int, p calltest.Phone, after time.Duration) {
					t.Helper()
					c.net.Plug("2001", p)
					c.SetRegistered("2001", true)
					time.Sleep(after)
					synctest.Wait()
					if got := len(c.net.Dialed()); got != n {
						t.Fatalf("rung %d times, want %d", got, n)
					}
				}
				synctest.Wait() // not there: no miss
				rings(2, calltest.Phone{}, 10*time.Second)
				c.has(queue.Resting, "2001") // one miss
				rings(3, answering(0, time.Second), 5*time.Second)
				v.ends(queue.Answered)
				time.Sleep(time.Second)
				c.net.Plug("2001", calltest.Phone{}) // before the caller comes, who is rung for at once
				v = c.visits("arabic")
				rings(5, calltest.Phone{}, 16*time.Second) // two of a new row
				c.has(want, "2001")
				a := c.agent("2001")
				if reason := map[queue.State]string{queue.Paused: queue.MissedCalls}[want]; a.Via != queue.ViaMisses || a.Reason != reason {
					t.Errorf("%s via %s for %q", a.State, a.Via, a.Reason)
				}
				time.Sleep(time.Minute)
				rings(5, answering(0, time.Second), 0)
				c.does(c.Unpause("2001", queue.ViaPhone))
				c.does(c.LogOn(queue.Member{User: "2001"}, queue.ViaPhone))
				v.ends(queue.Answered)
			})
		})
	}
}

func TestWhatIsKnownOfAnAgentOutlivesTheFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := map[string]queue.Config{"arabic": {WrapUp: time.Minute}, "english": {}}
		members := append(membersOf("arabic", "2001", "2002", "2003"), membersOf("english", "2001")...)
		c := newCentre(t, queue.Config{})
		c.Apply(cfg, members)
		for _, user := range []string{"2001", "2002", "2003", "3001"} {
			c.SetRegistered(user, true)
		}
		c.does(c.LogOff("2001", "english", queue.ViaPhone))
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		c.does(c.LogOff("2003", "", queue.ViaPhone))
		c.does(c.LogOn(queue.Member{User: "3001", Name: "Omar Said", Queue: "english"}, queue.ViaPhone))
		c.net.Plug("2002", answering(0, time.Second))
		c.visits("arabic").ends(queue.Answered)
		time.Sleep(20 * time.Second)

		var all []queue.Standing
		for _, user := range []string{"2001", "2002", "2003", "3001"} {
			s, known := c.Standing(user)
			if !known {
				t.Fatalf("nothing is known of %s", user)
			}
			all = append(all, s)
		}
		if _, known := c.Standing("4001"); known {
			t.Error("a stranger stands somewhere")
		}
		next := &centre{t: t, net: c.net, Floor: queue.New(queue.Options{})}
		next.Restore(all)
		next.Apply(cfg, members)
		for _, user := range []string{"2001", "2002", "2003", "3001"} {
			next.SetRegistered(user, true)
		}
		next.has(queue.Paused, "2001")
		next.has(queue.WrapUp, "2002")
		next.has(queue.LoggedOff, "2003")
		next.has(queue.Available, "3001")
		if a := next.agent("2001"); a.Reason != "lunch" || len(a.Off) != 1 || a.Off[0] != "english" {
			t.Errorf("%+v", a)
		}
		if s, _ := next.Standing("2002"); !s.LastCall.Equal(all[1].LastCall) || s.LastCall.IsZero() {
			t.Errorf("the last call was %v", s.LastCall)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		next.has(queue.Available, "2002")
	})
}

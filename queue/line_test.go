package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func TestCallersAreServedInTheOrderInWhichTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "random"}, "2001", "2002")
		for _, a := range []string{"2001", "2002"} {
			c.net.Plug(a, answering(2*time.Second, 10*time.Second))
		}
		var all []*visitor
		for range 9 {
			all = append(all, c.visits("arabic"))
			time.Sleep(100 * time.Millisecond)
		}
		var order []string
		for _, v := range all {
			v.ends(queue.Answered)
		}
		for _, ev := range c.seen(queue.CallerConnected) {
			order = append(order, ev.Call)
		}
		equal(t, "connected", order, "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9")
	})
}

func TestAllWaitingCallersAreServedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001", "2002", "2003")
		for _, a := range []string{"2001", "2002", "2003"} {
			c.SetRegistered(a, false)
			c.net.Plug(a, calltest.Phone{})
		}
		var all []*visitor
		for range 3 {
			all = append(all, c.visits("arabic"))
		}
		synctest.Wait()
		equal(t, "dialled while nobody is there", c.net.Dialed())
		for _, a := range []string{"2001", "2002", "2003"} {
			c.SetRegistered(a, true)
		}
		synctest.Wait()
		c.has(queue.Ringing, "2001", "2002", "2003")
		for i, w := range c.Snapshot().Queues[0].Line {
			if w.Position != i+1 || len(w.Ringing) != 1 {
				t.Errorf("in line: %+v", w)
			}
		}
		for _, v := range all {
			v.leg.Leave()
			v.ends(queue.Abandoned)
		}
	})
}

func TestAnAgentOnAnyOtherCallIsNotRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(time.Second, 20*time.Second))
		direct := c.net.Inbound("2001", "3001")
		v := c.visits("arabic")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		equal(t, "dialled", c.net.Dialed())
		c.has(queue.OnCall, "2001")
		direct.Leave()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		c.has(queue.Talking, "2001")
		second := c.net.Inbound("2001", "3001") // talks to two
		v.ends(queue.Answered)
		synctest.Wait()
		c.has(queue.OnCall, "2001")
		second.Leave()
		c.has(queue.Available, "2001")
	})
}

func TestAPhoneThatIsGoneIsNotRungAndOneThatComesIsRungAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.SetRegistered("2001", false)
		c.net.Plug("2001", answering(time.Second, time.Second))
		v := c.visits("arabic")
		time.Sleep(5 * time.Second)
		c.SetRegistered("2001", true)
		if out := v.ends(queue.Answered); out.Waited != 6*time.Second {
			t.Errorf("waited %s", out.Waited)
		}
	})
}

func TestAPausedAgentIsNotRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(time.Second, time.Second))
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		v := c.visits("arabic")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		c.has(queue.Paused, "2001")
		if r := c.Snapshot().Agents[0].Reason; r != "lunch" {
			t.Errorf("paused for %q", r)
		}
		c.does(c.Unpause("2001", queue.ViaPhone))
		v.ends(queue.Answered)
	})
}

func TestWrapUpIsKeptWhileCallersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{WrapUp: 7 * time.Second}, "2001")
		c.net.Plug("2001", answering(time.Second, 10*time.Second))
		c.visits("arabic").ends(queue.Answered)
		if out := c.visits("arabic").ends(queue.Answered); out.Waited != 8*time.Second {
			t.Errorf("waited %s, want the wrap-up and the ring", out.Waited)
		}
	})
}

func TestAFullQueueRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{MaxLength: 2})
		a, b := c.visits("arabic"), c.visits("arabic")
		synctest.Wait()
		v := c.visits("arabic")
		out := v.ends(queue.Full)
		if v.err != nil || out.Position != 0 || len(v.leg.Heard()) != 0 {
			t.Errorf("outcome %+v, error %v, heard %v", out, v.err, v.leg.Heard())
		}
		if v.path() != "queue arabic > queue arabic is full" {
			t.Errorf("path is %s", v.path())
		}
		a.leg.Leave()
		<-a.done
		d := c.visits("arabic")
		synctest.Wait()
		b.leg.Leave()
		d.leg.Leave()
		b.ends(queue.Abandoned)
		d.ends(queue.Abandoned)
		if s := c.stats(); s.Offered != 4 || s.Refused != 1 || s.Abandoned != 3 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestAnEmptyQueueRefusesOrDismissesByTheListsOfStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{
			JoinWhenEmpty:  []queue.State{queue.NotRegistered, queue.Paused},
			LeaveWhenEmpty: []queue.State{queue.NotRegistered},
		}, "2001", "2002")
		c.net.Plug("2001", calltest.Phone{})
		c.SetRegistered("2002", false)
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		if v := c.visits("arabic"); v.ends(queue.Empty).Queue != "arabic" || v.path() != "queue arabic > queue arabic has no agents" {
			t.Errorf("path is %s", v.path())
		}
		c.does(c.Unpause("2001", queue.ViaPhone))
		direct := c.net.Inbound("2001", "3001")
		v := c.visits("arabic") // 2001 is on a call, and counts
		time.Sleep(5 * time.Second)
		synctest.Wait()
		c.does(c.Pause("2001", "lunch", queue.ViaPhone))
		direct.Leave()
		time.Sleep(5 * time.Second) // paused does not matter for leaving
		synctest.Wait()
		c.SetRegistered("2001", false)
		v.ends(queue.LeftEmpty)
		if v.after != 10*time.Second || v.err != nil || v.leg.Hearing() != "silence" {
			t.Errorf("after %s, error %v, hears %s", v.after, v.err, v.leg.Hearing())
		}
		if s := c.stats(); s.Refused != 1 || s.LeftEmpty != 1 || s.Offered != 2 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestWithoutListsACallerWaitsForAgentsToCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{MaxWait: 10 * time.Second})
		if out := c.visits("arabic").ends(queue.TimedOut); out.Waited != 10*time.Second {
			t.Errorf("waited %s", out.Waited)
		}
	})
}

func TestAReloadKeepsTheLineTheAgentsAndTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001", "2002")
		c.net.Plug("2001", answering(time.Second, 30*time.Second))
		c.SetRegistered("2002", false)
		talking := c.visits("arabic")
		time.Sleep(2 * time.Second)
		waiting := c.visits("arabic")
		time.Sleep(2 * time.Second)
		c.Apply(map[string]queue.Config{
			"arabic": {Strategy: "linear", WrapUp: 3 * time.Second}, "english": {},
		}, append(membersOf("arabic", "2003", "2001"), membersOf("english", "2003")...))
		synctest.Wait()
		c.has(queue.Talking, "2001")
		c.has("nobody", "2002")
		c.has(queue.NotRegistered, "2003")
		if s := c.Snapshot().Queues[0]; len(s.Line) != 1 || s.Line[0].Call != "c2" || s.Stats.Answered != 1 || s.Config.WrapUp != 3*time.Second {
			t.Errorf("the queue is %+v", s)
		}
		c.net.Plug("2003", answering(time.Second, time.Second))
		c.SetRegistered("2003", true)
		if out := waiting.ends(queue.Answered); out.Agent != "2003" || out.Waited != 3*time.Second {
			t.Errorf("outcome %+v", out)
		}
		talking.ends(queue.Answered)
		synctest.Wait()
		c.has(queue.WrapUp, "2001")
	})
}

func TestCallersLeaveAQueueThatIsRemovedAndConversationsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "linear"}, "2001", "2002")
		c.net.Plug("2001", answering(time.Second, time.Minute))
		c.net.Plug("2002", calltest.Phone{})
		talking := c.visits("arabic")
		time.Sleep(2 * time.Second)
		ringing := c.visits("arabic")
		synctest.Wait()
		waiting := c.visits("arabic")
		time.Sleep(2 * time.Second)
		c.Apply(map[string]queue.Config{"english": {}}, membersOf("english", "2002"))
		for _, v := range []*visitor{ringing, waiting} {
			v.ends(queue.Removed)
			if v.after != 2*time.Second || v.err != nil {
				t.Errorf("after %s: %v", v.after, v.err)
			}
		}
		synctest.Wait()
		c.has(queue.Available, "2002")
		c.has(queue.Talking, "2001")
		if out := talking.ends(queue.Answered); out.Talked != time.Minute {
			t.Errorf("outcome %+v", out)
		}
		c.has("nobody", "2001")
	})
}

func TestAnAgentOfTwoQueuesServesWhoHasWaitedLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{})
		c.Apply(map[string]queue.Config{"arabic": {}, "english": {}, "french": {}},
			append(membersOf("arabic", "2001"), append(membersOf("french", "2001"), membersOf("english", "2001")...)...))
		c.net.Plug("2001", answering(time.Second, time.Second))
		var all []*visitor
		for _, q := range []string{"french", "arabic", "english", "arabic", "french"} {
			all = append(all, c.visits(q))
			time.Sleep(time.Second)
		}
		c.SetRegistered("2001", true)
		for _, v := range all {
			v.ends(queue.Answered)
		}
		var order []string
		for _, ev := range c.seen(queue.CallerConnected) {
			order = append(order, ev.Call+" "+ev.Queue)
		}
		equal(t, "served", order, "c1 french", "c2 arabic", "c3 english", "c4 arabic", "c5 french")
	})
}

func TestTheHoldTimeIsAsterisksAverage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		want := time.Duration(0)
		for i, ring := range []time.Duration{8, 4, 12, 1} {
			c.net.Plug("2001", answering(ring*time.Second, 2*ring*time.Second))
			c.visits("arabic").ends(queue.Answered)
			if want = (3*want + ring*time.Second) / 4; i == 0 {
				want = ring * time.Second
			}
			if s := c.stats(); s.Hold != want || s.Talk != 2*want || s.Completed != i+1 {
				t.Errorf("after %d calls: %+v, want a hold time of %s", i+1, s, want)
			}
		}
	})
}

func TestAnObserverThatPanicsOrCallsBackHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var floor *queue.Floor
		seen := 0
		floor = queue.New(queue.Options{Log: logger, Observe: func(ev queue.Event) {
			seen++
			if n := len(floor.Snapshot().Queues); n != 1 {
				t.Errorf("%d queues", n)
			}
			floor.SetRegistered("2002", true)
			panic("observer")
		}})
		floor.Apply(map[string]queue.Config{"arabic": {}}, membersOf("arabic", "2001", "2002"))
		floor.SetRegistered("2001", true)
		if seen != 4 {
			t.Errorf("told of %d events, want two members and two registrations", seen)
		}
	})
}

func TestADialerThatPanicsLosesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{MaxWait: 10 * time.Second}, "2001")
		v := c.visitsWith("arabic", nil)
		v.ends(queue.TimedOut)
		synctest.Wait()
		c.has(queue.Available, "2001")
	})
}

func TestThePositionsAreThoseOfTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{})
		var all []*visitor
		for range 4 {
			all = append(all, c.visits("arabic"))
			synctest.Wait()
		}
		all[1].leg.Leave()
		if out := all[1].ends(queue.Abandoned); out.Position != 2 {
			t.Errorf("entered at %d", out.Position)
		}
		for i, w := range c.Snapshot().Queues[0].Line {
			if want := []string{"c1", "c3", "c4"}[i]; w.Call != want || w.Position != i+1 || w.Caller.Number != "1001" {
				t.Errorf("place %d is %+v", i+1, w)
			}
		}
		for _, i := range []int{0, 2, 3} {
			all[i].leg.Leave()
			all[i].ends(queue.Abandoned)
		}
		var left []string
		for _, ev := range c.seen(queue.CallerLeft) {
			left = append(left, fmt.Sprintf("%s at %d of %d", ev.Call, ev.Position, ev.Entered))
		}
		if left[0] != "c2 at 2 of 2" || left[1] != "c1 at 1 of 1" {
			t.Errorf("left: %v", left)
		}
	})
}

func TestACallerWhoIsGoneAlreadyDoesNotRingAnybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		leg := c.net.Inbound("1001", "0777")
		leg.Leave()
		v := call.New("gone", leg, "ar", logger)
		out, err := c.Serve(leg.Context(), v, "arabic", queue.ServeOptions{Dialer: c.net})
		if out.Result != queue.Abandoned || !errors.Is(err, call.Cancelled) || len(c.net.Dialed()) != 0 {
			t.Errorf("outcome %+v, error %v, dialled %v", out, err, c.net.Dialed())
		}
		c.has(queue.Available, "2001")
	})
}

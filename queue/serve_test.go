package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func TestACallerHearsMusicUntilAnAgentAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{WrapUp: 5 * time.Second}, "2001")
		c.net.Plug("2001", answering(3200*time.Millisecond, time.Minute))
		v := c.visits("arabic")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := v.leg.Hearing(); got != "music default" {
			t.Errorf("while the phone rings the caller hears %s", got)
		}
		c.has(queue.Ringing, "2001")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := v.leg.Hearing(); got != "voice 2001" {
			t.Errorf("after the answer the caller hears %s", got)
		}
		if got := c.net.Legs()[0].Hearing(); got != "voice 1001" {
			t.Errorf("the agent hears %s", got)
		}
		c.has(queue.Talking, "2001")

		out := v.ends(queue.Answered)
		if v.err != nil || out.Agent != "2001" || out.Waited != 3200*time.Millisecond || out.Talked != time.Minute ||
			out.Position != 1 || out.Left != nil {
			t.Errorf("outcome %+v, error %v", out, v.err)
		}
		if v.leg.Context().Err() != nil {
			t.Error("the caller's leg was hung up: the dialplan is to go on with it")
		}
		equal(t, "the caller heard", v.leg.Heard(), "music default", "voice 2001", "silence")
		if want := "queue arabic > ringing 2001 > 2001 answered after 3.2 s > talking to 2001"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
		r := v.call.Snapshot()
		if r.Queue != "arabic" || r.Agent != "2001" || r.Result != call.ResultAnswered || r.Answered.IsZero() ||
			len(r.Legs) != 1 || r.Legs[0].User != "2001" || r.Legs[0].HungUpBy != "party" {
			t.Errorf("record %+v", r)
		}
		c.has(queue.WrapUp, "2001")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		c.has(queue.Available, "2001")
		equal(t, "the agent was", c.states("2001"), queue.NotRegistered, queue.Available, queue.Reserved,
			queue.Ringing, queue.Talking, queue.WrapUp, queue.Available)
	})
}

func TestWhoDoesNotAnswerIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "linear", RingTimeout: 10 * time.Second}, "2001", "2002", "2003", "2004")
		c.net.Plug("2001", calltest.Phone{})
		c.net.Plug("2002", refusing(time.Second, call.Busy))
		c.net.Plug("2003", refusing(2*time.Second, call.Declined))
		c.net.Plug("2004", answering(time.Second, time.Second))
		v := c.visits("arabic")
		out := v.ends(queue.Answered)
		if out.Agent != "2004" || out.Waited != 14*time.Second {
			t.Errorf("outcome %+v", out)
		}
		if want := "queue arabic > ringing 2001 > 2001 did not answer > ringing 2002 > 2002 was busy > " +
			"ringing 2003 > 2003 declined > ringing 2004 > 2004 answered after 1.0 s > talking to 2004"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
		equal(t, "the caller heard", v.leg.Heard(), "music default", "voice 2004", "silence")
		r := v.call.Snapshot()
		var causes []string
		for _, l := range r.Legs {
			causes = append(causes, l.User+" "+l.Cause.Name+" by "+l.HungUpBy)
		}
		equal(t, "legs", causes, "2001 no answer by hatif", "2002 busy by party", "2003 declined by party", "2004 normal by party")
		for _, a := range c.Snapshot().Agents {
			want := map[string]queue.AgentStats{
				"2001": {Rung: 1, Missed: 1}, "2002": {Rung: 1, Unreachable: 1}, "2003": {Rung: 1, Declined: 1},
				"2004": {Rung: 1, Answered: 1, Talked: time.Second},
			}[a.User]
			if a.Stats != want {
				t.Errorf("agent %s: %+v, want %+v", a.User, a.Stats, want)
			}
		}
	})
}

func TestTheOnlyAgentIsLeftInPeaceForAMomentAndRungAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{RingTimeout: 10 * time.Second, MaxWait: 25 * time.Second}, "2001")
		c.net.Plug("2001", calltest.Phone{})
		v := c.visits("arabic")
		time.Sleep(12 * time.Second)
		synctest.Wait()
		c.has(queue.Resting, "2001")
		v.ends(queue.TimedOut)
		var at []time.Duration
		rung := c.seen(queue.AgentRung)
		for _, ev := range rung {
			at = append(at, ev.At.Sub(rung[0].At))
		}
		equal(t, "rung at", at, 0, 15*time.Second)
	})
}

func TestWhosePhoneLeftAsItRangHasNotMissedTheCall(t *testing.T) {
	for name, phone := range map[string]calltest.Phone{
		"and rings on":     {},
		"and is not found": refusing(6*time.Second, call.NotRegistered),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCentre(t, queue.Config{RingTimeout: 10 * time.Second, Retry: time.Hour, MaxMisses: 1}, "2001")
				c.net.Plug("2001", phone)
				v := c.visits("arabic")
				after(3 * time.Second)
				c.SetRegistered("2001", false)
				after(time.Second)
				c.net.Plug("2001", answering(0, time.Second)) // they are at another phone now
				c.SetRegistered("2001", true)
				out := v.ends(queue.Answered)
				if out.Waited > 10*time.Second || len(c.seen(queue.AgentMissed)) > 0 {
					t.Errorf("outcome %+v; path %s", out, v.path())
				}
				if s := c.Snapshot().Agents[0].Stats; s.Rung != 2 || s.Missed+s.Unreachable != 0 || s.Answered != 1 {
					t.Errorf("counted %+v", s)
				}
				if !strings.Contains(v.path(), "2001 could not be reached") {
					t.Errorf("path is %s", v.path())
				}
			})
		})
	}
}

func TestWhosePhoneLeftAsItRangMayDeclineAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{RingTimeout: 10 * time.Second}, "2001")
		c.net.Plug("2001", refusing(6*time.Second, call.Declined))
		c.visits("arabic")
		after(3 * time.Second)
		c.SetRegistered("2001", false)
		after(4 * time.Second)
		if s := c.Snapshot().Agents[0].Stats; s.Declined != 1 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestAnAgentWhoRestsIsNotRungForTheNextCallerEither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{RingTimeout: 10 * time.Second}, "2001")
		c.net.Plug("2001", refusing(time.Second, call.Declined))
		first := c.visits("arabic")
		synctest.Wait()
		second := c.visits("arabic")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		equal(t, "dialled so far", c.net.Dialed(), "2001")
		c.net.Plug("2001", answering(0, 0))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if ev := c.seen(queue.CallerConnected); len(ev) != 1 || ev[0].Call != "c1" {
			t.Errorf("connected %+v, want the first caller, who kept the place", ev)
		}
		first.leg.Leave()
		second.leg.Leave()
		<-first.done
		<-second.done
	})
}

func TestACallerWhoHangsUpStopsTheRingingPhoneAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", calltest.Phone{})
		v := c.visits("arabic")
		time.Sleep(4 * time.Second)
		v.leg.Leave()
		out := v.ends(queue.Abandoned)
		if v.after != 4*time.Second || out.Waited != 4*time.Second || !errors.Is(v.err, call.Normal) {
			t.Errorf("after %s: %+v, %v", v.after, out, v.err)
		}
		synctest.Wait()
		if n := c.net.Lines.Busy("2001"); n != 0 {
			t.Errorf("the phone still has %d legs", n)
		}
		c.has(queue.Available, "2001")
		if s := c.Snapshot().Agents[0].Stats; s != (queue.AgentStats{Rung: 1}) {
			t.Errorf("the agent was blamed: %+v", s)
		}
		if s := c.stats(); s.Abandoned != 1 || s.AbandonedWait != 4*time.Second || s.Offered != 1 {
			t.Errorf("counted %+v", s)
		}
		if r := v.call.Snapshot(); r.Result != call.ResultAbandoned || len(r.Legs) != 1 || r.Legs[0].HungUpBy != "hatif" {
			t.Errorf("record %+v", r)
		}
		if want := "queue arabic > ringing 2001 > hung up after waiting 4.0 s"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
	})
}

// leavesOnAnswer is a caller who hangs up in the moment in which an agent has answered.
type leavesOnAnswer struct{ *calltest.Leg }

func (l leavesOnAnswer) Answer(ctx context.Context) error {
	l.Leave()
	return l.Leg.Answer(ctx)
}

func TestACallerWhoLeavesAsTheAgentAnswersHasAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(time.Second, time.Minute))
		leg := leavesOnAnswer{c.net.Inbound("1001", "0777")}
		cl := call.New("c1", leg, "ar", slog.New(slog.DiscardHandler))
		out, err := c.Serve(t.Context(), cl, "arabic", queue.ServeOptions{Dialer: c.net})
		if out.Result != queue.Abandoned || !errors.Is(err, call.Cancelled) {
			t.Errorf("%q, %v, want abandoned, cancelled", out.Result, err)
		}
		synctest.Wait()
		c.has(queue.Available, "2001")
	})
}

func TestMaxWaitIsTheWholeWaitRingingIncluded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "linear", RingTimeout: 6 * time.Second, MaxWait: 10 * time.Second}, "2001", "2002")
		c.net.Plug("2001", calltest.Phone{})
		c.net.Plug("2002", calltest.Phone{})
		v := c.visits("arabic")
		out := v.ends(queue.TimedOut)
		if v.after != 10*time.Second || v.err != nil || out.Waited != 10*time.Second {
			t.Errorf("after %s: %+v, %v", v.after, out, v.err)
		}
		if want := "queue arabic > ringing 2001 > 2001 did not answer > ringing 2002 > 2002 did not answer > nobody answered within 10.0 s"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
		synctest.Wait()
		c.has(queue.Resting, "2001")
		c.has(queue.Available, "2002")
		for _, a := range c.Snapshot().Agents {
			if want := map[string]int{"2001": 1, "2002": 0}[a.User]; a.Stats.Missed != want {
				t.Errorf("agent %s missed %d, want %d: who rang for four of six seconds is not to blame", a.User, a.Stats.Missed, want)
			}
		}
		if r := v.call.Snapshot().Result; r != call.ResultNoAnswer {
			t.Errorf("record says %q", r)
		}
	})
}

func TestAPhoneThatRangAllOfTheWaitWasMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the shipped file: both are 10 s
		c := newCentre(t, queue.Config{RingTimeout: 10 * time.Second, MaxWait: 10 * time.Second}, "2001")
		c.net.Plug("2001", calltest.Phone{})
		v := c.visits("arabic")
		v.ends(queue.TimedOut)
		synctest.Wait()
		c.has(queue.Resting, "2001")
		if s := c.Snapshot().Agents[0].Stats; s.Missed != 1 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestKeysPressedInLineDoNotReachTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(2*time.Second, 2*time.Second))
		v := c.visits("arabic")
		time.Sleep(time.Second)
		v.leg.Press("159")
		v.ends(queue.Answered)
		if keys := c.net.Legs()[0].Keys(); keys != "" {
			t.Errorf("the agent heard the keys %s", keys)
		}
	})
}

func TestATransferAskedForInLineIsDeclined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{MaxWait: time.Second}, "2001")
		code := 0
		v := c.visits("arabic")
		v.leg.Transfer(call.Transfer{To: "3001", Result: func(c int) { code = c }})
		v.ends(queue.TimedOut)
		if code != 603 {
			t.Errorf("answered %d", code)
		}
	})
}

func TestATransferEndsTheConversationAndHandsTheAgentsLegOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", calltest.Phone{Answers: true, Answered: func(leg *calltest.Leg) {
			time.AfterFunc(time.Second, func() { leg.Transfer(call.Transfer{To: "3001"}) })
		}})
		v := c.visits("arabic")
		out := v.ends(queue.Answered)
		if asked, ok := out.End.Asked.(call.Transfer); !ok || asked.To != "3001" || out.Left == nil || out.End.By != out.Left {
			t.Fatalf("outcome %+v", out)
		}
		synctest.Wait()
		c.has(queue.Talking, "2001")
		out.Left.Hangup(call.Normal)
		synctest.Wait()
		c.has(queue.Available, "2001")
	})
}

func TestAScriptThatIsEndedLeavesTheLineAndTheConversation(t *testing.T) {
	for _, c := range []struct {
		name   string
		after  time.Duration
		result queue.Result
	}{{"ringing", time.Second, queue.Withdrawn}, {"talking", 3 * time.Second, queue.Answered}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				centre := newCentre(t, queue.Config{}, "2001")
				centre.net.Plug("2001", answering(2*time.Second, 0))
				v := centre.visits("arabic")
				time.Sleep(c.after)
				v.quit(call.Administrator)
				v.ends(c.result)
				if !errors.Is(v.err, call.Administrator) || v.after != c.after || v.leg.Context().Err() != nil {
					t.Errorf("after %s: error %v, leg %v", v.after, v.err, v.leg.Context().Err())
				}
				synctest.Wait()
				centre.has(queue.Available, "2001")
				for _, leg := range centre.net.Legs() {
					if !errors.Is(call.EndOf(leg.Context()), call.Administrator) {
						t.Errorf("the agent's leg ended with %v", call.EndOf(leg.Context()))
					}
				}
			})
		})
	}
}

func TestAnUnknownQueueIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{})
		v := c.visits("arabc")
		v.ends(queue.Failed)
		if !errors.Is(v.err, queue.ErrUnknown) {
			t.Errorf("error is %v", v.err)
		}
	})
}

package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

var logger = slog.New(slog.DiscardHandler)

func TestOfTwoAgentsWhoAnswerInTheSameInstantOneIsConnected(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			c := newCentre(t, queue.Config{Strategy: "ringall", WrapUp: time.Minute}, "2001", "2002", "2003")
			c.net.Plug("2001", answering(3*time.Second, 0))
			c.net.Plug("2002", answering(3*time.Second, 0))
			c.net.Plug("2003", calltest.Phone{})
			v := c.visits("arabic")
			time.Sleep(3 * time.Second)
			synctest.Wait()
			talking := ""
			for _, a := range c.Snapshot().Agents {
				switch a.State {
				case queue.Talking:
					talking += a.User
				case queue.Available:
				default:
					t.Errorf("agent %s is %s", a.User, a.State)
				}
			}
			if talking != "2001" && talking != "2002" {
				t.Fatalf("talking: %q", talking)
			}
			for _, leg := range c.net.Legs() {
				if leg.Info().User == talking {
					if leg.Hearing() != "voice 1001" || v.leg.Hearing() != "voice "+talking {
						t.Errorf("%s hears %s, the caller hears %s", talking, leg.Hearing(), v.leg.Hearing())
					}
				} else if !errors.Is(call.EndOf(leg.Context()), call.Elsewhere) && !errors.Is(call.EndOf(leg.Context()), call.Cancelled) || len(leg.Heard()) > 0 {
					t.Errorf("%s ended with %v and heard %v", leg.Info().User, call.EndOf(leg.Context()), leg.Heard())
				}
			}
			v.leg.Leave()
			if out := v.ends(queue.Answered); out.Agent != talking {
				t.Errorf("outcome %+v", out)
			}
			synctest.Wait()
			c.has(queue.WrapUp, talking)
			for _, a := range c.Snapshot().Agents {
				if a.Stats.Missed+a.Stats.Declined+a.Stats.Unreachable > 0 {
					t.Errorf("agent %s was blamed: %+v", a.User, a.Stats)
				}
			}
		})
	}
}

// stubborn is a network whose phones are picked up however late: a CANCEL that crosses a 200 OK.
type stubborn struct{ *calltest.Network }

func (s stubborn) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	leg, err := s.Network.Dial(context.WithoutCancel(ctx), to, as)
	return leg, err
}

func TestAnAnswerThatCrossesTheCancelIsHungUpAndTheCallerNotKeptWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "ringall"}, "2001", "2002")
		c.net.Plug("2001", answering(3*time.Second, time.Minute))
		c.net.Plug("2002", answering(4*time.Second, 0))
		v := c.visitsWith("arabic", stubborn{c.net})
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()
		if got := v.leg.Hearing(); got != "voice 2001" {
			t.Errorf("the caller waits for the loser: hears %s", got)
		}
		c.has(queue.Ringing, "2002")
		time.Sleep(time.Second)
		synctest.Wait()
		c.has(queue.Available, "2002")
		if leg := c.net.Legs()[1]; !errors.Is(call.EndOf(leg.Context()), call.Elsewhere) {
			t.Errorf("the late answer ended with %v", call.EndOf(leg.Context()))
		}
		v.ends(queue.Answered)
		if r := v.call.Snapshot(); len(r.Legs) != 2 || r.Agent != "2001" {
			t.Errorf("record %+v", r)
		}
	})
}

func TestTheLosersStopRingingTheMomentAnAgentAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "ringall"}, "2001", "2002", "2003")
		c.net.Plug("2001", calltest.Phone{})
		c.net.Plug("2002", answering(3*time.Second, time.Minute))
		c.net.Plug("2003", refusing(time.Second, call.Declined))
		v := c.visits("arabic")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		c.has(queue.Available, "2001")
		c.has(queue.Talking, "2002")
		c.has(queue.Resting, "2003")
		v.leg.Leave()
		v.ends(queue.Answered)
		if want := "queue arabic > ringing 2001, 2002, 2003 > 2003 declined > 2002 answered after 3.0 s > talking to 2002"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
		var legs []string
		for _, l := range v.call.Snapshot().Legs {
			legs = append(legs, l.User+" "+l.Cause.Name)
		}
		equal(t, "legs", legs, "2003 declined", "2001 answered elsewhere", "2002 normal")
	})
}

func TestAnAgentWhoBecomesFreeRingsWithTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "ringall"}, "2001", "2002")
		c.net.Plug("2001", calltest.Phone{})
		c.net.Plug("2002", answering(time.Second, time.Second))
		c.SetRegistered("2002", false)
		first := c.visits("arabic")
		synctest.Wait()
		second := c.visits("arabic")
		time.Sleep(5 * time.Second)
		c.SetRegistered("2002", true)
		if out := first.ends(queue.Answered); out.Agent != "2002" || out.Waited != 6*time.Second {
			t.Errorf("outcome %+v", out)
		}
		second.leg.Leave()
		second.ends(queue.Abandoned)
	})
}

func TestACallerWhoLeavesInTheInstantOfTheAnswerLeavesTheAgentFree(t *testing.T) {
	for _, strategy := range []string{"ringall", "random"} {
		for range 50 {
			synctest.Test(t, func(t *testing.T) {
				c := newCentre(t, queue.Config{Strategy: strategy, WrapUp: time.Minute}, "2001", "2002")
				c.net.Plug("2001", answering(3*time.Second, 0))
				c.net.Plug("2002", answering(3*time.Second, 0))
				v := c.visits("arabic")
				time.AfterFunc(3*time.Second, v.leg.Leave)
				<-v.done
				synctest.Wait()
				if n := c.net.Lines.Busy("2001") + c.net.Lines.Busy("2002"); n != 0 {
					t.Errorf("%d phones are still busy after %q", n, v.out.Result)
				}
				if v.out.Result != queue.Answered {
					v.ends(queue.Abandoned)
					c.has(queue.Available, "2001", "2002")
				}
			})
		}
	}
}

func TestAnAnswerInTheInstantThatPatienceEndsIsOneOrTheOther(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			c := newCentre(t, queue.Config{RingTimeout: time.Minute, MaxWait: 3 * time.Second}, "2001")
			c.net.Plug("2001", answering(3*time.Second, time.Second))
			v := c.visitsWith("arabic", stubborn{c.net})
			<-v.done
			synctest.Wait()
			connected := len(c.seen(queue.CallerConnected)) == 1
			if connected != (v.out.Result == queue.Answered) || !connected && v.out.Result != queue.TimedOut {
				t.Errorf("connected: %t, outcome %+v", connected, v.out)
			}
			c.has(queue.Available, "2001")
		})
	}
}

func TestWithoutMusicTheCallerIsNotAnsweredBeforeAnAgentIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{}, "2001")
		c.net.Plug("2001", answering(3*time.Second, time.Minute))
		leg := c.net.Inbound("1001", "0777")
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Serve(leg.Context(), call.New("c", leg, "ar", logger), "arabic", queue.ServeOptions{Dialer: c.net, Music: nil})
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		if r := leg.Report(); r.Rang.IsZero() || !r.Answered.IsZero() || len(leg.Heard()) > 0 {
			t.Errorf("in line: %+v, heard %v", r, leg.Heard())
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if r := leg.Report(); r.Answered.IsZero() || leg.Hearing() != "voice 2001" {
			t.Errorf("with an agent: %+v, hears %s", r, leg.Hearing())
		}
		leg.Leave()
		<-done
	})
}

package queue_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
	"hatif/media"
	"hatif/queue"
)

// sounding lets each queue have music of its own, and say that somebody is next.
func sounding(o *queue.ServeOptions) {
	o.Music = func(name string) media.Source { return calltest.Sound("music "+name, 0) }
	o.Say = func(words ...queue.Word) media.Source {
		return calltest.Sound(strings.TrimPrefix(words[0].Prompt, "queue/"), time.Second)
	}
}

func TestWhoIsTakenToAnotherQueueKeepsTheTimeWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{}, queue.Config{Announce: queue.Announce{Every: 20 * time.Second, Say: []queue.Saying{queue.SayPosition}}})
		c.net.Plug("2001", answering(0, time.Hour))
		c.net.Plug("2101", answering(0, time.Hour))
		c.visits("arabic")
		c.visits("english") // both agents are occupied
		after(0)
		early := c.visitsAs("arabic", sounding)
		after(10 * time.Second)
		c.visits("english")
		after(5 * time.Second)
		c.does(c.Move("c3", "english"))
		after(time.Second)
		if q := c.Snapshot().Queues[1]; q.Name != "english" || len(q.Line) != 2 || q.Line[0].Call != "c3" {
			t.Errorf("the line is %+v", q.Line)
		}
		if got := early.leg.Hearing(); got != "music english" {
			t.Errorf("hears %q", got)
		}
		after(20 * time.Second)
		early.leg.Leave()
		if out := early.ends(queue.Abandoned); out.Queue != "english" || out.Waited != 36*time.Second {
			t.Errorf("outcome %+v", out)
		}
		equal(t, "heard", early.leg.Heard(), "music arabic", "music english", "you-are-next", "music english", "silence")
		if want := "queue arabic > on to queue english > hung up after waiting 36.0 s"; early.path() != want {
			t.Errorf("path is %s", early.path())
		}
		left := c.seen(queue.CallerLeft)
		if len(left) == 0 || left[0].Result != queue.Moved || left[0].Next != "english" || left[0].Waited != 15*time.Second {
			t.Errorf("told %+v", left)
		}
		if s := c.statsOf("arabic"); s.Offered != 2 || s.Overflowed != 1 || s.Abandoned != 0 {
			t.Errorf("arabic counts %+v", s)
		}
	})
}

func TestPhonesThatRingAreQuietBeforeTheCallerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{RingTimeout: time.Minute}, queue.Config{})
		c.net.Plug("2001", answering(30*time.Second, time.Second))
		c.net.Plug("2101", answering(2*time.Second, 10*time.Second))
		v := c.visits("arabic")
		after(5 * time.Second)
		c.has(queue.Ringing, "2001")
		c.does(c.Move("c1", "english"))
		after(time.Second)
		c.has(queue.Available, "2001")
		c.has(queue.Ringing, "2101")
		if out := v.ends(queue.Answered); out.Agent != "2101" || out.Queue != "english" || out.Waited != 7*time.Second {
			t.Errorf("outcome %+v; path %s", out, v.path())
		}
		if n := len(c.seen(queue.AgentMissed)); n != 0 {
			t.Errorf("%d agents are blamed", n)
		}
		released := c.seen(queue.AgentReleased)
		if len(released) != 1 || released[0].Queue != "arabic" || released[0].Agent != "2001" {
			t.Errorf("released %+v", released)
		}
	})
}

func TestWhomSomebodyHasPickedUpForIsNotTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{RingTimeout: time.Minute}, queue.Config{MaxLength: 1})
		c.net.Plug("2001", answering(time.Second, time.Minute))
		talks := c.visits("arabic")
		after(5 * time.Second)
		waits := c.visits("arabic")
		after(time.Second)
		for _, move := range []struct {
			call, to string
			want     error
		}{
			{"c1", "english", queue.ErrNotInLine},
			{"c9", "english", queue.ErrNotInLine},
			{"c2", "spanish", queue.ErrUnknown},
			{"c2", "arabic", queue.ErrInThatQueue},
		} {
			if err := c.Move(move.call, move.to); !errors.Is(err, move.want) {
				t.Errorf("%s to %s: %v, want %v", move.call, move.to, err, move.want)
			}
		}
		c.SetOpen("english", queue.Shut)
		if err := c.Move("c2", "english"); !errors.Is(err, queue.ErrTakesNobody) {
			t.Errorf("to a closed queue: %v", err)
		}
		c.SetOpen("english", queue.ByHours)
		c.SetRegistered("2101", false)
		c.visits("english")
		after(0)
		if err := c.Move("c2", "english"); !errors.Is(err, queue.ErrTakesNobody) {
			t.Errorf("to a full queue: %v", err)
		}
		waits.leg.Leave()
		waits.ends(queue.Abandoned)
		talks.ends(queue.Answered)
	})
}

// The phone is picked up in the moment in which it is to be quiet: the agent has the caller, who goes nowhere.
func TestWhoPicksUpBeforeThePhoneIsQuietHasTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{RingTimeout: time.Minute}, queue.Config{})
		c.net.Plug("2001", answering(5*time.Second, 10*time.Second))
		v := c.visits("arabic")
		time.Sleep(5 * time.Second) // both at once: one or the other happens, and never half of each
		err := c.Move("c1", "english")
		after(time.Second)
		switch {
		case err != nil && !errors.Is(err, queue.ErrPickedUp) && !errors.Is(err, queue.ErrNotInLine):
			t.Fatal(err)
		case c.state("2001") == queue.Talking:
			v.ends(queue.Answered)
		default:
			if q := v.call.Snapshot().Queue; q != "english" {
				t.Errorf("waits in %s", q)
			}
			c.has(queue.Available, "2001")
			v.leg.Leave()
			v.ends(queue.Abandoned)
		}
	})
}

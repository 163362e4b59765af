package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/calendar"
	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// backs is a queue that calls back, with an agent who is occupied for ever.
func backs(t *testing.T, cfg queue.Config) *centre {
	if cfg.CallBack == nil {
		cfg.CallBack = &queue.CallBack{Offer: 30 * time.Second, First: 10 * time.Second}
	}
	c := newCentre(t, cfg, "2001")
	c.busyFor("2001", 0)
	return c
}

// frees ends the conversations of an agent, who from now on answers the next one for so long.
func (c *centre) frees(agent string, talk time.Duration) {
	c.net.Plug(agent, answering(0, talk))
	for _, leg := range c.net.Legs() {
		if leg.Info().User == agent {
			leg.Leave()
		}
	}
	synctest.Wait()
}

// An asker is a caller who may be called back at 1001 and 1002.
type asker struct {
	*visitor
	places []*queue.Place
}

func (c *centre) asks(err error) *asker {
	a := &asker{}
	a.visitor = c.speaksWith("arabic", func(o *queue.ServeOptions) {
		o.CallBack = &queue.CallBackOptions{
			Number:  "1001",
			Reaches: func(number string) bool { return number == "1001" || number == "1002" },
			Keep: func(_ context.Context, p *queue.Place) error {
				a.places = append(a.places, p)
				return err
			},
		}
	})
	synctest.Wait()
	return a
}

func (a *asker) presses(keys string) {
	a.leg.Press(keys)
	synctest.Wait()
}

// keeps lets the caller keep their place in the shortest way.
func (a *asker) keeps() *queue.Place {
	a.t.Helper()
	a.presses("11")
	a.ends(queue.ToBeCalled)
	a.leg.Leave()
	if len(a.places) != 1 {
		a.t.Fatalf("%d places were kept", len(a.places))
	}
	return a.places[0]
}

// takes is a call back that is answered: its caller stands in the place.
func (c *centre) takes(p *queue.Place) *visitor {
	return c.speaksWith("arabic", func(o *queue.ServeOptions) { o.Place = p.Kept().Call })
}

// turn waits for the place's turn, at most for so long.
func turn(p *queue.Place, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return p.Turn(ctx)
}

func TestACallerHangsUpAndKeepsTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		asks := c.asks(nil)
		after(11 * time.Second)
		if got := asks.leg.Hearing(); got != "press-1-to-be-called-back" {
			t.Errorf("after ten seconds the caller hears %s", got)
		}
		behind := c.from("1003").speaks("arabic", "")
		asks.presses("1")
		if got := asks.leg.Hearing(); got != "we-will-call-you-at 1001 press-1-to-confirm-2-for-another-number" {
			t.Errorf("is asked %s", got)
		}
		after(3 * time.Second)
		asks.presses("1")
		out := asks.ends(queue.ToBeCalled)
		if out.Waited != 14*time.Second || asks.err != nil || asks.leg.Context().Err() != nil {
			t.Errorf("outcome %+v, %v", out, asks.err)
		}
		asks.leg.Leave()
		if heard := asks.leg.Heard(); heard[len(heard)-2] != "your-place-is-kept" {
			t.Errorf("heard %v", heard)
		}
		if want := "queue arabic > wants to be called back > keeps the place, to be called back at 1001 > to be called back; waited 14.0 s"; asks.path() != want {
			t.Errorf("path is %s", asks.path())
		}
		if r := asks.call.Snapshot().Result; r != call.ResultCallBack {
			t.Errorf("the call's result is %q", r)
		}
		place := asks.places[0]
		if k := place.Kept(); k.Queue != "arabic" || k.Back != "1001" || k.Call != asks.call.ID || k.HungUp.Sub(k.Joined) != 14*time.Second {
			t.Errorf("kept %+v", k)
		}
		if err := turn(place, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the turn came while nobody was free: %v", err)
		}
		c.frees("2001", 20*time.Second)
		if err := turn(place, time.Minute); err != nil {
			t.Fatalf("the turn: %v", err)
		}
		c.has(queue.Reserved, "2001") // while the customer's phone rings
		after(10 * time.Second)
		if n := len(c.net.Legs()); n != 1 {
			t.Errorf("the agent was called %d times", n)
		}
		back := c.takes(place)
		out = back.ends(queue.Answered)
		if out.Agent != "2001" || out.Waited != 14*time.Second {
			t.Errorf("called back: %+v", out)
		}
		behind.ends(queue.Answered)
		if s := c.stats(); s.CalledBack != 1 || s.Answered != 3 || s.Offered != 4 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestAnotherNumberMayBeKeyedIn(t *testing.T) {
	for name, keys := range map[string]string{"ended by hash": "121002#1", "ended by silence": "121002.1", "at the second try": "123003#1002#1"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := backs(t, queue.Config{})
				asks := c.asks(nil)
				for part := range strings.SplitSeq(keys, ".") {
					asks.presses(part)
					after(4 * time.Second)
				}
				asks.ends(queue.ToBeCalled)
				if k := asks.places[0].Kept(); k.Back != "1002" {
					t.Errorf("to be called at %s", k.Back)
				}
			})
		})
	}
}

func TestWhoDoesNotAgreeWaitsOn(t *testing.T) {
	for name, keys := range map[string]string{"silent": "1", "silent about the number": "12", "wrong keys": "1789", "numbers that are none": "1299#98#7#"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := backs(t, queue.Config{})
				asks := c.asks(nil)
				asks.presses(keys)
				after(15 * time.Second)
				if got := asks.leg.Hearing(); got != "music default" {
					t.Errorf("hears %s", got)
				}
				c.frees("2001", time.Second)
				asks.ends(queue.Answered)
				if len(asks.places) > 0 {
					t.Error("a place was kept")
				}
			})
		})
	}
}

func TestAnAgentWhoAnswersEndsTheTalkAboutACallBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		asks := c.asks(nil)
		asks.presses("1")
		c.frees("2001", time.Second)
		asks.ends(queue.Answered)
	})
}

func TestTheEndOfPatienceDoesNotInterruptTheTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{MaxWait: 20 * time.Second})
		asks, waits := c.asks(nil), c.from("1003").asks(nil)
		after(18 * time.Second)
		asks.presses("1")
		waits.presses("1")
		after(5 * time.Second)
		asks.presses("1")
		asks.ends(queue.ToBeCalled)
		waits.ends(queue.TimedOut)
		if waits.after < 30*time.Second || waits.after > 32*time.Second {
			t.Errorf("who said nothing left after %s", waits.after)
		}
	})
}

func TestWhoHearsOnlyRingingIsNotOfferedACallBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terms := &queue.CallBack{}
		c := twoQueues(t, queue.Config{CallBack: terms, Overflow: queue.Overflow{To: "english", After: time.Second}}, queue.Config{CallBack: terms})
		c.busyFor("2001", 0)
		v := c.speaksWith("arabic", func(o *queue.ServeOptions) {
			o.Music = nil
			o.CallBack = &queue.CallBackOptions{Number: "1001"}
		})
		c.SetRegistered("2101", false)
		after(2 * time.Second)
		v.leg.Press("11")
		after(time.Second)
		v.leg.Leave()
		if out := v.ends(queue.Abandoned); out.Queue != "english" {
			t.Errorf("outcome %+v", out)
		}
	})
}

func TestAPromiseThatCannotBeWrittenIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		asks := c.asks(errors.New("no space left"))
		asks.presses("11")
		after(time.Second)
		if got := asks.leg.Hearing(); got != "music default" {
			t.Errorf("hears %s", got)
		}
		c.frees("2001", time.Second)
		asks.ends(queue.Answered)
		if !strings.Contains(asks.path(), "cannot be called back: no space left") {
			t.Errorf("path is %s", asks.path())
		}
	})
}

func TestAPhoneThatRingsForTheCallerIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{RingTimeout: time.Minute, CallBack: &queue.CallBack{}}, "2001")
		c.net.Plug("2001", calltest.Phone{})
		asks := c.asks(nil)
		c.has(queue.Ringing, "2001")
		place := asks.keeps()
		after(0)
		c.has(queue.Available, "2001")
		if n := c.net.Lines.Busy("2001"); n != 0 {
			t.Errorf("the phone has %d legs", n)
		}
		after(31 * time.Second) // they are left alone for a while
		if err := turn(place, 0); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		c.has(queue.Reserved, "2001")
	})
}

func TestWhoCannotBeReachedKeepsTheirPlaceAndOthersAreServedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		place := c.asks(nil).keeps()
		after(time.Minute)
		live := c.from("1003").visits("arabic")
		after(0)
		c.frees("2001", 10*time.Second)
		if err := turn(place, time.Second); err != nil {
			t.Fatal(err)
		}
		place.Again(time.Now().Add(time.Minute))
		live.ends(queue.Answered)
		later := c.from("1004").visits("arabic")
		later.ends(queue.Answered)
		began := time.Now()
		if err := turn(place, 2*time.Minute); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d > 45*time.Second {
			t.Errorf("the turn came after %s more", d)
		}
		place.Leave(true)
		after(0)
		c.has(queue.Available, "2001")
		if s := c.stats(); s.Unreached != 1 {
			t.Errorf("counted %+v", s)
		}
		if err := turn(place, time.Second); err == nil || !strings.Contains(err.Error(), "unreachable") {
			t.Errorf("the turn of a place that is gone: %v", err)
		}
	})
}

func TestWhoCallsAgainHasTheirPlaceAndIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		asks := c.asks(nil)
		behind := c.from("1003").visits("arabic")
		place := asks.keeps()
		after(time.Minute)
		again := c.visits("arabic")
		after(0)
		if !closed(place.Gone()) {
			t.Error("the place is still to be called")
		}
		if line := c.Snapshot().Queues[0].Line; len(line) != 2 || line[0].Call != again.call.ID || line[1].Call != behind.call.ID {
			t.Errorf("in line are %+v", line)
		}
		c.frees("2001", time.Second)
		if out := again.ends(queue.Answered); out.Waited > time.Second {
			t.Errorf("waited %s on the line", out.Waited)
		}
		if s := c.stats(); s.Returned != 1 {
			t.Errorf("counted %+v", s)
		}
	})
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestCallsBackAreNotMadeAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agents := []string{"2001", "2002", "2003", "2004"}
		c := newCentre(t, queue.Config{Strategy: "ringall", CallBack: &queue.CallBack{AtOnce: 2}}, agents...)
		for _, a := range agents {
			c.net.Plug(a, calltest.Phone{})
			c.SetRegistered(a, false)
		}
		var places []*queue.Place
		for i := range 3 {
			places = append(places, c.from(fmt.Sprint(1001+i)).asks(nil).keeps())
		}
		live := c.from("1005").visits("arabic")
		after(time.Minute)
		for _, a := range agents {
			c.SetRegistered(a, true)
		}
		after(0)
		reserved := 0
		for _, a := range agents {
			if c.state(a) == queue.Reserved {
				reserved++
			}
		}
		if reserved != 2 { // one agent for each customer, also where everybody is rung
			t.Errorf("%d agents are reserved", reserved)
		}
		if rung := len(c.seen(queue.AgentRung)); rung != 2 {
			t.Errorf("%d phones ring for the one on the line", rung)
		}
		if err := turn(places[2], time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the third is called, too: %v", err)
		}
		places[0].Leave(true)
		if err := turn(places[2], time.Second); err != nil {
			t.Errorf("the third is not called: %v", err)
		}
		live.leg.Leave()
	})
}

func TestNobodyIsCalledBackWhenTheQueueIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(16 * time.Hour)
		c := backs(t, queue.Config{Hours: calendar.Config{Timezone: "UTC", Open: map[string]string{"daily": "09:00-17:00"}}})
		place := c.asks(nil).keeps()
		after(2 * time.Hour)
		c.frees("2001", time.Second)
		began := time.Now()
		if err := turn(place, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if now := time.Now().UTC(); now.Hour() != 9 || now.Minute() != 0 {
			t.Errorf("called at %s, %s later", now, time.Since(began))
		}
	})
}

func TestPlacesOutliveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		first, second := c.asks(nil), c.from("1002").asks(nil)
		kept := []queue.Kept{second.keeps().Kept()}
		kept = append(kept, first.keeps().Kept(), queue.Kept{Queue: "gone", Call: "x"})

		again := newCentre(t, queue.Config{CallBack: &queue.CallBack{}}, "2001")
		live := again.from("1005").visits("arabic") // comes before the places are taken up
		after(0)
		if n := len(again.seen(queue.AgentRung)); n != 1 {
			t.Fatalf("%d rings", n)
		}
		again.SetRegistered("2001", false)
		places := again.RestorePlaces(kept, []time.Time{time.Now(), time.Now(), {}})
		if places[0] == nil || places[1] == nil || places[2] != nil {
			t.Fatalf("restored %v", places)
		}
		var line []string
		for _, w := range again.Snapshot().Queues[0].Line {
			line = append(line, w.Call)
		}
		equal(t, "in line", line, first.call.ID, second.call.ID, live.call.ID)
		if k := places[1].Kept(); !k.Joined.Equal(kept[1].Joined) || !k.HungUp.Equal(kept[1].HungUp) || k.Back != "1001" {
			t.Errorf("restored %+v, want %+v", k, kept[1])
		}
	})
}

func TestAPlaceGoesWithItsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{})
		place := c.asks(nil).keeps()
		c.Apply(nil, nil)
		if err := turn(place, time.Second); err == nil || !strings.Contains(err.Error(), "removed") {
			t.Errorf("the turn: %v", err)
		}
	})
}

func TestWhoCallsAgainSoonHasTheirOldPlace(t *testing.T) {
	for _, c := range []struct {
		pause time.Duration
		first bool
	}{{20 * time.Second, true}, {40 * time.Second, false}} {
		synctest.Test(t, func(t *testing.T) {
			centre := newCentre(t, queue.Config{KeepPlace: 30 * time.Second}, "2001")
			centre.busyFor("2001", 0)
			dropped := centre.visits("arabic")
			after(time.Second)
			other := centre.from("1002").visits("arabic")
			after(time.Second)
			dropped.leg.Leave()
			dropped.ends(queue.Abandoned)
			after(c.pause)
			again := centre.visits("arabic")
			after(time.Second)
			line := centre.Snapshot().Queues[0].Line
			if first := line[0].Call == again.call.ID; first != c.first {
				t.Errorf("after %s: first in line: %t", c.pause, first)
			}
			centre.frees("2001", time.Second)
			want := 4 * time.Second // on the line, both times
			if !c.first {
				want = 2 * time.Second
			}
			if out := again.ends(queue.Answered); c.first && out.Waited != want-time.Second {
				t.Errorf("waited %s", out.Waited)
			}
			other.ends(queue.Answered)
		})
	}
}

func TestMistakesInCallsBackAreFound(t *testing.T) {
	for want, cfg := range map[string]queue.CallBack{
		"call_back.offer: 1s is too short: 5s at least":                          {Offer: time.Second},
		"call_back.first: -1s is too short: 0s at least":                         {First: -time.Second},
		"call_back.every: 1ms is too short: 1s at least":                         {Every: time.Millisecond},
		"call_back.after: 1ms is too short: 1s at least":                         {After: time.Millisecond},
		"call_back.ring: 1ms is too short: 1s at least":                          {Ring: time.Millisecond},
		"call_back.ring: 5m0s is too long: an agent waits meanwhile; 2m at most": {Ring: 5 * time.Minute},
		"call_back.tries: tries is 21: from 1 to 20":                             {Tries: 21},
		"call_back.at_once: at_once is -1: at least 1":                           {AtOnce: -1},
	} {
		if err := (queue.Config{CallBack: &cfg}).Validate(); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", cfg, err, want)
		}
	}
	if err := (queue.Config{KeepPlace: -time.Second}).Validate(); err == nil || err.Error() != "keep_place: a time cannot be negative: -1s" {
		t.Errorf("%v", err)
	}
}

package callback

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/calendar"
	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
)

func TestAnOwedCallIsMadeWhenItIsDueAndOnce(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true, AnswerAfter: 3 * time.Second})
		o.run()
		began := time.Now()
		owed := o.owe(Promise{Language: "ar", Shown: "0777", Call: "c1", Agent: "2001", Queue: "arabic", Variables: map[string]string{"x": "1"}})
		time.Sleep(5*time.Minute - time.Millisecond)
		if len(o.network.Dialed()) != 0 {
			t.Error("it was made too early")
		}
		time.Sleep(time.Hour)
		o.want(owed.ID, store.OwedDone, 1, "")
		calls := o.calls()
		if len(calls) != 1 || len(o.network.Dialed()) != 1 {
			t.Fatalf("dialled %d times, answered %d times", len(o.network.Dialed()), len(calls))
		}
		c := calls[0]
		if at := c.Answered.Sub(began); at != 5*time.Minute+3*time.Second {
			t.Errorf("answered after %v", at)
		}
		if c.Language != "ar" || c.Call != "c1" || c.Agent != "2001" || c.Queue != "arabic" || c.Variables["x"] != "1" || c.Placed != owed.ID+".1" {
			t.Errorf("served %+v", c)
		}
		leg := o.network.Legs()[0]
		if leg.Info().Caller.Number != "0777" {
			t.Errorf("the display shows %v", leg.Info().Caller)
		}
	})
}

func TestWhoDoesNotAnswerIsCalledAgainByPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		phone  *calltest.Phone
		dialed int
		cause  string
		lasts  time.Duration // from the first ring to the end
	}{
		"busy":           {&calltest.Phone{Refuses: call.Busy}, 3, "busy", time.Hour},
		"no answer":      {&calltest.Phone{}, 3, "no answer", time.Hour + 3*DefaultRing},
		"not registered": {nil, 3, "not registered", time.Hour},
		"unreachable":    {&calltest.Phone{Refuses: call.Unreachable}, 3, "unreachable", time.Hour},
		"declined":       {&calltest.Phone{Refuses: call.Declined, AnswerAfter: 4 * time.Second}, 1, "declined", 4 * time.Second},
		"nobody":         {&calltest.Phone{Refuses: call.NotFound}, 1, "not found", 0},
		"no codec":       {&calltest.Phone{Refuses: call.Incompatible}, 1, "no common codec", 0},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T, o *office) {
				if c.phone != nil {
					o.network.Plug("1001", *c.phone)
				}
				o.run()
				owed := o.owe(Promise{})
				time.Sleep(24 * time.Hour)
				o.want(owed.ID, store.OwedFailed, c.dialed, c.cause)
				if n := len(o.network.Dialed()); n != c.dialed {
					t.Errorf("dialled %d times, want %d", n, c.dialed)
				}
				if d := o.row(owed.ID).Ended.Sub(owed.Due); d != c.lasts {
					t.Errorf("given up after %v, want %v", d, c.lasts)
				}
			})
		})
	}
}

func TestTheSecondTryMayBeAnswered(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Refuses: call.Busy})
		o.run()
		owed := o.owe(Promise{Every: 10 * time.Minute, Tries: 5})
		time.Sleep(DefaultAfter + time.Minute)
		o.want(owed.ID, store.OwedWaiting, 1, "busy")
		o.network.Plug("1001", calltest.Phone{Answers: true})
		time.Sleep(time.Hour)
		o.want(owed.ID, store.OwedDone, 2, "")
		if n := len(o.network.Dialed()); n != 2 {
			t.Errorf("dialled %d times", n)
		}
	})
}

func TestNobodyIsCalledOutsideTheHours(t *testing.T) {
	within(t, func(t *testing.T, o *office) { // it is midnight UTC, the first of January 2000
		hours, err := calendar.ParseHours("09:00-20:00")
		if err != nil {
			t.Fatal(err)
		}
		o.network.Plug("1001", calltest.Phone{})
		o.run()
		cairo := zone(t, "Africa/Cairo")
		owed := o.owe(Promise{At: time.Now().In(cairo), Hours: hours, Tries: 2, Every: 11 * time.Hour})
		if want := time.Date(2000, 1, 1, 9, 0, 0, 0, cairo); !owed.Due.Equal(want) {
			t.Errorf("due %s, want %s", owed.Due, want)
		}
		time.Sleep(10 * time.Hour) // until noon in Cairo
		o.want(owed.ID, store.OwedWaiting, 1, "no answer")
		if due, want := o.row(owed.ID).Due, time.Date(2000, 1, 2, 9, 0, 0, 0, cairo); !due.Equal(want) {
			t.Errorf("again %s, want %s: 20:00 and a half minute is too late", due.In(cairo), want)
		}
	})
}

func TestACallThatBecameDueWhileHatifWasDownWaitsForTheHours(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		hours, err := calendar.ParseHours("00:00-01:00")
		if err != nil {
			t.Fatal(err)
		}
		o.network.Plug("1001", calltest.Phone{Answers: true})
		owed := o.owe(Promise{Hours: hours})
		time.Sleep(2 * time.Hour)
		o.run()
		time.Sleep(time.Minute)
		o.want(owed.ID, store.OwedWaiting, 0, "")
		time.Sleep(22*time.Hour - 2*time.Minute)
		o.want(owed.ID, store.OwedWaiting, 0, "")
		time.Sleep(3 * time.Minute)
		o.want(owed.ID, store.OwedDone, 1, "")
	})
}

func TestSomebodyOnACallIsLeftInPeace(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true})
		talking := o.network.Inbound("1001", "0777")
		o.run()
		owed := o.owe(Promise{})
		time.Sleep(DefaultAfter + 10*time.Minute)
		o.want(owed.ID, store.OwedWaiting, 0, "")
		talking.Leave()
		time.Sleep(2 * time.Minute)
		o.want(owed.ID, store.OwedDone, 1, "")
	})
}

func TestTwoPromisesToOnePersonAreKeptOneAfterTheOther(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true, AnswerAfter: time.Second})
		o.run()
		first, second := o.owe(Promise{}), o.owe(Promise{})
		time.Sleep(time.Hour)
		o.want(first.ID, store.OwedDone, 1, "")
		o.want(second.ID, store.OwedDone, 1, "")
		if o.most != 1 {
			t.Errorf("%d calls to them at a time", o.most)
		}
	})
}

func TestNoMoreThanTheLimitAreCalledAtOnce(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		const people = 30
		for i := range people {
			o.network.Plug(account(i), calltest.Phone{Answers: true, AnswerAfter: time.Second})
		}
		o.book.SetAtOnce(4)
		o.run()
		for i := range people {
			o.owe(Promise{To: account(i)})
		}
		began := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		calls := o.calls()
		if len(calls) != people || o.most != 4 {
			t.Errorf("%d calls, %d at once", len(calls), o.most)
		}
		// Eight rounds of a second's ringing and a minute's talk, without a pause between.
		if last, want := calls[people-1].Answered.Sub(began), DefaultAfter+7*61*time.Second+time.Second; last != want {
			t.Errorf("the last was answered after %v, want %v", last, want)
		}
	})
}

func account(i int) string { return string(rune('a'+i/10)) + string(rune('0'+i%10)) }

func TestACancelledCallIsNotMade(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true, AnswerAfter: 10 * time.Second})
		o.run()
		cancel := func(owed Owed) {
			row := o.row(owed.ID)
			gone := row
			gone.State, gone.Ended, gone.Cause = store.OwedCancelled, time.Now(), "cancelled"
			if ok, err := o.db.SwapOwed(t.Context(), row, gone); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		waiting := o.owe(Promise{})
		cancel(waiting)
		ringing := o.owe(Promise{At: time.Now().UTC()})
		time.Sleep(5 * time.Second)
		o.want(ringing.ID, store.OwedDialling, 1, "")
		cancel(ringing)
		time.Sleep(time.Hour)
		o.want(waiting.ID, store.OwedCancelled, 0, "cancelled")
		o.want(ringing.ID, store.OwedCancelled, 1, "cancelled")
		if len(o.calls()) != 0 || len(o.network.Dialed()) != 1 {
			t.Errorf("dialled %v, spoke with %d", o.network.Dialed(), len(o.calls()))
		}
	})
}

func TestWhatAnotherProcessPromisesIsSeenAtTheNextLook(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.run()
		time.Sleep(time.Hour)
		row := Promise{To: "1001", Run: "feedback", At: time.Now().UTC()}.Row(time.Now())
		if err := o.db.AddOwed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		time.Sleep(o.options.Poll)
		synctest.Wait()
		if len(o.calls()) != 1 {
			t.Error("it is not made yet")
		}
	})
}

func TestADrainGivesBackWhatRingsAndLetsTalksGoOn(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{})
		o.network.Plug("1002", calltest.Phone{Answers: true})
		o.run()
		ringing, talking := o.owe(Promise{Tries: 1}), o.owe(Promise{To: "1002"})
		late := o.owe(Promise{To: "1002", At: time.Now().UTC().Add(DefaultAfter + 10*time.Second)})
		time.Sleep(DefaultAfter + 5*time.Second)
		began := time.Now()
		o.end()
		if took := time.Since(began); took != o.talk-5*time.Second {
			t.Errorf("the end took %v: not as long as the talk that was on", took)
		}
		o.want(ringing.ID, store.OwedWaiting, 0, "")
		o.want(talking.ID, store.OwedDone, 1, "")
		o.want(late.ID, store.OwedWaiting, 0, "")

		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.book = New(t.Context(), o.options)
		o.run()
		time.Sleep(2 * time.Minute)
		o.want(ringing.ID, store.OwedDone, 1, "")
		o.want(late.ID, store.OwedDone, 1, "")
	})
}

func TestACallWhoseContextIsGoneIsGivenUp(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.options.Knows = func(context string) bool { return context == "feedback" }
		o.book = New(t.Context(), o.options)
		o.run()
		good, bad := o.owe(Promise{}), o.owe(Promise{Run: "reminder"})
		time.Sleep(time.Hour)
		o.want(good.ID, store.OwedDone, 1, "")
		o.want(bad.ID, store.OwedFailed, 0, "the file has no context reminder")
	})
}

func TestACallThatIsCancelledWhileItRingsRingsNoMore(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.options.Poll = time.Second
		o.book = New(t.Context(), o.options)
		o.network.Plug("1001", calltest.Phone{}) // rings for ever
		o.network.Plug("1002", calltest.Phone{})
		soon := time.Now().Add(time.Second).UTC()
		owed, other := o.owe(Promise{At: soon, Tries: 1}), o.owe(Promise{To: "1002", At: soon, Tries: 1})
		o.run()
		time.Sleep(6 * time.Second)
		o.want(owed.ID, store.OwedDialling, 1, "")
		row := o.row(owed.ID)
		gone := row
		gone.State, gone.Ended, gone.Cause = store.OwedCancelled, time.Now(), "cancelled"
		if ok, err := o.db.SwapOwed(t.Context(), row, gone); !ok || err != nil {
			t.Fatal(ok, err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if o.network.Lines.Busy("1001") != 0 || o.network.Lines.Busy("1002") != 1 {
			t.Errorf("phones that ring: %d and %d", o.network.Lines.Busy("1001"), o.network.Lines.Busy("1002"))
		}
		time.Sleep(DefaultRing)
		o.want(owed.ID, store.OwedCancelled, 1, "cancelled")
		o.want(other.ID, store.OwedFailed, 1, "no answer")
	})
}

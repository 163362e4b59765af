package transfer_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/internal/fault"
	"hatif/media"
	"hatif/transfer"
)

func TestWhoMayNotTransferIsHeardAndRefused(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "1001", "2001", nil)
		d.caller.Press("*2#1")
		d.talk(d.caller, d.callee)
		if d.callee.Keys() != "*2#1" {
			t.Errorf("the keys of somebody without features arrived as %q", d.callee.Keys())
		}
		told := 0
		d.caller.Transfer(call.Transfer{To: "2003", Result: func(code int) { told = code }})
		d.talk(d.caller, d.callee)
		if told != 403 {
			t.Errorf("told %d", told)
		}
		d.caller.Leave()
		d.ends()
	})
}

func TestABlindTransferByTheCallerLeavesTheOther(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "2001", "1001", nil)
		d.caller.Press("#12003")
		synctest.Wait()
		d.ends()
		d.over(d.caller)
		d.hears(d.callee, "music")
		if d.out.To != "2003" || d.out.By != call.Leg(d.caller) || d.call.Leg != call.Leg(d.callee) || d.call.Caller() != call.Leg(d.caller) {
			t.Errorf("outcome %+v", d.out)
		}
	})
}

func TestKeysOnHoldAreForNobody(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "1001", "2001", nil)
		d.network.Plug("2003", calltest.Phone{Refuses: call.Busy, AnswerAfter: 5 * time.Second})
		d.callee.Press("*22003")
		time.Sleep(time.Second)
		d.caller.Press("123")
		time.Sleep(time.Minute)
		d.talk(d.caller, d.callee)
		d.callee.Press("*2")
		time.Sleep(time.Second)
		d.caller.Press("456")
		time.Sleep(time.Minute) // without a number
		d.talk(d.caller, d.callee)
		if d.callee.Keys() != "" {
			t.Errorf("%q arrived", d.callee.Keys())
		}
		d.callee.Leave()
		d.ends()
	})
}

// tapes records nothing and counts.
type tapes struct {
	begun, ended int
	voices       string // of those who are recorded now
}

func (r *tapes) Start(string, media.Voice, media.Voice) (call.Recording, error) {
	r.begun++
	return r, nil
}

func (r *tapes) Between(a, b, c media.Voice) {
	var names []string
	for _, v := range []media.Voice{a, b, c} {
		if v != nil {
			names = append(names, strings.TrimPrefix(v.String(), "voice "))
		}
	}
	r.voices = strings.Join(names, ", ")
}

func (r *tapes) Name() string { return "c1.wav" }
func (r *tapes) Stop() error  { r.ended++; return nil }

// Music that a phone plays to us while it holds, and what is said beside it, is in no recording.
func TestWhoHoldsIsNotRecorded(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		rec := &tapes{}
		d := sit(t, "1001", "2001", nil)
		d.call.Record(rec, d.caller.Voice(), d.callee.Voice())
		recorded := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := rec.voices; got != strings.Join(want, ", ") {
				t.Errorf("%s: recorded are %s, want %v", when, got, want)
			}
		}
		d.callee.Hold()
		recorded("the callee holds", "1001")
		d.caller.Hold()
		recorded("both hold")
		d.callee.Resume()
		recorded("the caller holds", "2001")
		d.caller.Resume()
		recorded("they talk", "1001", "2001")

		target := d.asks(d.callee)
		recorded("the callee asks", "1001")
		d.callee.Press("*4")
		recorded("the callee is back", "1001", "2001")
		d.callee.Hold()
		recorded("and holds", "1001")
		d.callee.Resume()
		d.callee.Press("*3")
		recorded("all three", "1001", "2001", "2003")
		target.Hold()
		recorded("the target holds", "1001", "2001")
		d.callee.Resume()
		target.Resume()
		recorded("all three again", "1001", "2001", "2003")
		d.caller.Leave()
		d.ends()
	})
}

func TestEitherSideStartsAndStopsTheRecordingWithABeep(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "2002", "2001", nil)
		rec := &tapes{}
		d.options.Recorder = rec
		d.cancel()
		<-d.done
		d = d.beside("c2", "2002", "2001")
		for i, by := range []*calltest.Leg{d.caller, d.callee, d.callee} {
			by.Press("*1")
			beeps := []string{"tone beep", "tone beep, tone beep"}[i%2]
			d.hears(d.caller, beeps)
			d.hears(d.callee, beeps)
			time.Sleep(time.Second)
			d.talk(d.caller, d.callee)
			if rec.begun != []int{1, 1, 2}[i] || rec.ended != []int{0, 1, 1}[i] {
				t.Errorf("after %d codes %d recordings have begun and %d ended", i+1, rec.begun, rec.ended)
			}
		}
		d.callee.Leave()
		d.ends()
		if rec.ended != 2 || len(d.call.Snapshot().Recordings) != 2 || d.caller.Keys()+d.callee.Keys() != "" {
			t.Errorf("%d ended, record %q", rec.ended, d.call.Snapshot().Recordings)
		}
	})
}

func TestARecordingThatWasStoppedDoesNotBeginAgainByItself(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		rec := &tapes{}
		d := sit(t, "1001", "2001", func(c *transfer.Config) { c.Swap = "" })
		d.call.Recorder, d.options.Recorder = rec, rec
		d.cancel()
		<-d.done
		d = d.beside("c2", "1001", "2001")
		d.call.Recorder = rec
		d.callee.Press("*1")
		time.Sleep(time.Second)
		d.callee.Press("*1")
		time.Sleep(time.Second)
		synctest.Wait() // a sleep alone orders no memory
		if rec.begun != 1 || rec.ended != 1 {
			t.Fatalf("%d recordings have begun and %d ended", rec.begun, rec.ended)
		}
		target := d.asks(d.callee)
		d.callee.Leave()
		d.talk(d.caller, target)
		d.caller.Leave()
		d.ends()
		if rec.begun != 1 {
			t.Errorf("%d recordings have begun", rec.begun)
		}
	})
}

func TestAConversationThatIsBusyWithATransferIsNotJoined(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		older := sit(t, "1001", "2001", nil)
		younger := older.beside("c2", "2001", "2002")
		older.asks(older.callee)
		told := 0
		younger.caller.Transfer(call.Transfer{To: "1001", Replaces: older.callee, Result: func(code int) { told = code }})
		synctest.Wait()
		younger.talk(younger.caller, younger.callee)
		if told != 491 {
			t.Errorf("told %d, want 491: later perhaps", told)
		}
		older.caller.Leave()
		younger.caller.Leave()
		younger.ends()
		older.ends()
	})
}

func TestTwoConversationsBecomeTheOlderOne(t *testing.T) {
	for name, c := range map[string]struct{ first, second [2]string }{
		"an agent asks a colleague":       {[2]string{"1001", "2001"}, [2]string{"2001", "2003"}},
		"an agent has called both":        {[2]string{"2001", "1001"}, [2]string{"2001", "2003"}},
		"both have called the agent":      {[2]string{"1001", "2001"}, [2]string{"2003", "2001"}},
		"an agent called, and was called": {[2]string{"2001", "1001"}, [2]string{"2003", "2001"}},
	} {
		for _, onFirst := range []bool{true, false} {
			where := " (asked on the second call)"
			if onFirst {
				where = " (asked on the first call)"
			}
			bubble(name+where, t, func(t *testing.T) {
				older := sit(t, c.first[0], c.first[1], nil)
				younger := older.beside("c2", c.second[0], c.second[1])
				legs := func(d *desk) (agent, other *calltest.Leg) {
					if d.caller.Info().User == "2001" {
						return d.caller, d.callee
					}
					return d.callee, d.caller
				}
				agent1, customer := legs(older)
				agent2, colleague := legs(younger)
				by, replaced := agent1, agent2
				if !onFirst {
					by, replaced = agent2, agent1
				}
				told := 0
				by.Transfer(call.Transfer{To: "2003", Replaces: replaced, Result: func(code int) { told = code }})
				synctest.Wait()
				older.over(agent1, agent2)
				older.talk(customer, colleague)
				select {
				case <-younger.done:
				default:
					t.Fatal("the younger conversation goes on")
				}
				if told != 200 || !younger.out.Merged || younger.call.Snapshot().Merged != "c1" || older.call.Snapshot().Merged != "" {
					t.Errorf("told %d, younger %+v merged into %q, older into %q", told, younger.out, younger.call.Snapshot().Merged, older.call.Snapshot().Merged)
				}
				colleague.Leave()
				older.ends()
				r := older.call.Snapshot()
				var users []string
				users = append(users, older.call.Caller().Info().User) // whom the dialplan reports at the end
				for _, l := range r.Legs {
					users = append(users, l.User)
				}
				want := []string{"1001", "2001", "2001", "2003"}
				if older.call.Leg != older.call.Caller() { // and whom the caller has left
					users = append(users, older.call.Leg.Info().User)
				}
				slices.Sort(users)
				if !slices.Equal(users, want) {
					t.Errorf("legs of %q, want %q", users, want)
				}
			})
		}
	}
}

func TestTwoTransfersThatCrossDoNotWaitForEachOther(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		older := sit(t, "1001", "2001", nil)
		younger := older.beside("c2", "2001", "2003")
		var mu sync.Mutex
		var told []int // guarded by mu: two scripts answer
		tell := func(code int) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, code)
		}
		younger.caller.Transfer(call.Transfer{To: "1001", Replaces: older.callee, Result: tell})
		older.callee.Transfer(call.Transfer{To: "2003", Replaces: younger.caller, Result: tell})
		synctest.Wait()
		older.talk(older.caller, younger.callee)
		older.over(older.callee, younger.caller)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(told, 200) || len(told) != 2 {
			t.Errorf("told %d", told)
		}
		older.caller.Leave()
		older.ends()
	})
}

// slowHouse thinks about each right for a moment, so that whoever asks at the same time has left the bridge as well.
type slowHouse struct{ house }

func (h slowHouse) May(l call.Leg, r transfer.Right) bool {
	time.Sleep(time.Millisecond)
	return h.house.May(l, r)
}

func TestOfTwoTransfersThatHaveLeftTheirBridgesTheOlderConversationsIsDone(t *testing.T) {
	for range 20 { // either may come first
		bubble("", t, func(t *testing.T) {
			older := sitIn(t, slowHouse{everybody}, "1001", "2001", nil)
			younger := older.beside("c2", "2001", "2003")
			time.Sleep(time.Second)
			var mu sync.Mutex
			told := make(map[string]int) // guarded by mu: two scripts answer
			tell := func(who string) func(int) {
				return func(code int) {
					mu.Lock()
					defer mu.Unlock()
					told[who] = code
				}
			}
			younger.caller.Transfer(call.Transfer{To: "1001", Replaces: older.callee, Result: tell("younger")})
			older.callee.Transfer(call.Transfer{To: "2003", Replaces: younger.caller, Result: tell("older")})
			time.Sleep(time.Second)
			older.talk(older.caller, younger.callee)
			older.over(older.callee, younger.caller)
			older.caller.Leave()
			older.ends()
			mu.Lock()
			defer mu.Unlock()
			if told["older"] != 200 {
				t.Errorf("told %v", told)
			}
		})
	}
}

// In the instant in which the other party leaves, the other conversation is either still there and says that it is
// over, or gone already, and then its number is called instead: both are right, and nobody is lost.
func TestAConversationWhoseOtherPartyHasGoneIsNotConnected(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		older := sit(t, "1001", "2001", nil)
		younger := older.beside("c2", "2001", "2003")
		told := 0
		younger.callee.Leave()
		older.callee.Transfer(call.Transfer{To: "9999", Replaces: younger.caller, Result: func(code int) { told = code }})
		synctest.Wait()
		switch told {
		case 481:
			older.talk(older.caller, older.callee)
		case 200:
			older.over(older.callee)
		default:
			t.Errorf("told %d", told)
		}
		older.caller.Leave()
		older.ends()
	})
}

func TestEachMistakeInTheFeaturesIsFound(t *testing.T) {
	if err := transfer.Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for want, change := range map[string]func(*transfer.Config){
		`blind_transfer: "*2" cannot be told from attended_transfer, "*2", which can be keyed in at the same time`: func(c *transfer.Config) { c.BlindTransfer = "*2" },
		`attended_transfer: "*12" cannot be told from record, "*1", which can be keyed in at the same time`:        func(c *transfer.Config) { c.AttendedTransfer = "*12" },
		`swap: "*" cannot be told from abort, "*1", which can be keyed in at the same time`:                        func(c *transfer.Config) { c.Swap, c.Complete, c.ThreeWay = "*", "", "" },
		`record: "star" cannot be keyed in: a code is made of digits, * and #`:                                     func(c *transfer.Config) { c.Record = "star" },
		`answer_timeout: answer_timeout is 0s: it must be more than nothing`:                                       func(c *transfer.Config) { c.AnswerTimeout = 0 },
		`number_tries: number_tries is 0: at least 1`:                                                              func(c *transfer.Config) { c.NumberTries = 0 },
		`recall_tries: recall_tries is -1: 0 or more`:                                                              func(c *transfer.Config) { c.RecallTries = -1 },
	} {
		c := transfer.Defaults()
		change(&c)
		if all := fault.All(c.Validate()); len(all) != 1 || all[0].Error() != want {
			t.Errorf("%v, want %q", all, want)
		}
	}
	off := transfer.Defaults()
	off.Record, off.BlindTransfer, off.Swap = "", "", ""
	if err := off.Validate(); err != nil {
		t.Errorf("codes that are switched off: %v", err)
	}
}

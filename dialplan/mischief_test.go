package dialplan

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

var mischiefSeeds = flag.Int("mischief.seeds", 300, "how many afternoons TestWhateverPeopleDoNobodyIsLeftBehind lives through")

const mischievous = transferring + `    "2003": {dial: {user: "2003", ring: 3s}}
    "700": {park: {places: 701-702, wait: 4s, ring: 3s}}
    _70X: {retrieve: "{{ .Extension }}"}
    "*8": pickup
    "100": {queue: help}
`

// An afternoon is people who do, with keys and buttons, whatever chance finds.
type afternoon struct {
	*stage
	chance  *rand.Rand
	inbound []*calltest.Leg
	records []<-chan call.Record
	did     []string
}

// phone is how a person takes calls from now on.
func (a *afternoon) phone() calltest.Phone {
	after := time.Duration(a.chance.IntN(4000)) * time.Millisecond
	return []calltest.Phone{
		{Answers: true, AnswerAfter: after}, {Answers: true}, {}, {Refuses: call.Busy, AnswerAfter: after / 4}, {Refuses: call.Declined},
	}[a.chance.IntN(5)]
}

// living are all legs that are not over.
func (a *afternoon) living() []*calltest.Leg {
	return slices.DeleteFunc(append(slices.Clone(a.inbound), a.network.Legs()...), func(l *calltest.Leg) bool { return l.Context().Err() != nil })
}

func (a *afternoon) calls(user, number string) {
	l := a.network.InboundOf(caller(a.services, user, number).Info())
	_, record := a.serve(fmt.Sprintf("c%d", len(a.records)+1), l)
	a.inbound, a.records = append(a.inbound, l), append(a.records, record)
}

// step lets one thing happen.
func (a *afternoon) step() {
	people := []string{"2001", "2003", "2004"}
	numbers := []string{"2001", "2003", "2004", "9999", "700", "701", "100", "*8", "0777"}
	if a.chance.IntN(8) == 0 {
		user, number := people[a.chance.IntN(3)], numbers[a.chance.IntN(len(numbers))]
		if a.chance.IntN(2) == 0 {
			user, number = "1001", "0888"
		}
		a.did = append(a.did, user+" calls "+number)
		a.calls(user, number)
		return
	}
	if a.chance.IntN(8) == 0 {
		user := people[a.chance.IntN(3)]
		a.network.Plug(user, a.phone())
		return
	}
	legs := a.living()
	if len(legs) == 0 {
		return
	}
	l := legs[a.chance.IntN(len(legs))]
	who := l.Info().User
	switch n := a.chance.IntN(20); {
	case n < 11:
		keys := []string{"*1", "*2", "#1", "*3", "*4", "2003", "2001", "2004", "9999", "700", "*", "#", "7"}[a.chance.IntN(13)]
		a.did = append(a.did, who+" presses "+keys)
		l.Press(keys)
	case n < 12:
		a.did = append(a.did, who+" holds")
		l.Hold()
	case n < 13:
		a.did = append(a.did, who+" resumes")
		l.Resume()
	case n < 17:
		t := call.Transfer{To: numbers[a.chance.IntN(len(numbers))], Result: func(int) {}}
		for _, other := range legs {
			if other != l && other.Info().User == who && a.chance.IntN(2) == 0 {
				t.Replaces = other
			}
		}
		a.did = append(a.did, fmt.Sprintf("%s transfers to %s, replaces %v", who, t.To, t.Replaces != nil))
		l.Transfer(t)
	case n < 18:
		a.did = append(a.did, who+" moves to another phone")
		other := a.network.InboundOf(caller(a.services, who, "moves").Info())
		c := call.New(fmt.Sprintf("c%d", len(a.records)+1), other, "en", a.call.Log)
		record := make(chan call.Record, 1)
		go func() { record <- a.plan.BeginInPlace(c, l, nil).Serve(a.Context()) }()
		a.inbound, a.records = append(a.inbound, other), append(a.records, record)
	default:
		a.did = append(a.did, who+" hangs up")
		l.Leave()
	}
}

func TestWhateverPeopleDoNobodyIsLeftBehind(t *testing.T) {
	for seed := range uint64(*mischiefSeeds) {
		synctest.Test(t, func(t *testing.T) {
			a := &afternoon{stage: openStageWith(t, mischievous, "0888", calltest.Phone{Answers: true}), chance: rand.New(rand.NewPCG(seed, 7))}
			a.inbound, a.records = append(a.inbound, a.customer), append(a.records, a.record)
			for range 40 {
				a.step()
				if a.chance.IntN(3) > 0 {
					time.Sleep(time.Duration(a.chance.IntN(1500)) * time.Millisecond)
				}
			}
			for _, user := range []string{"2001", "2003", "2004"} {
				a.network.Unplug(user)
			}
			for range 5 { // whoever is called back answers no more; who still rings is done soon
				for _, l := range a.living() {
					l.Leave()
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
			}
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			for i, record := range a.records {
				select {
				case r := <-record:
					for _, l := range r.Legs {
						if l.Ended.IsZero() && r.Merged == "" { // which is not kept
							t.Errorf("the leg of %s has no end in the record of call %d", l.User, i+1)
						}
					}
				default:
					t.Errorf("call %d, of %s, goes on", i+1, a.inbound[i].Info().User)
				}
			}
			if n := a.talks.Talks(); n != 0 {
				t.Errorf("%d are left on the switchboard", n)
			}
			for _, user := range []string{"1001", "2001", "2003", "2004"} {
				if n := a.network.Lines.Busy(user); n != 0 {
					t.Errorf("%s has %d lines busy", user, n)
				}
			}
			for _, f := range a.studio.files {
				if f.stopped != 1 {
					t.Errorf("a recording was stopped %d times", f.stopped)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d: %q", seed, a.did)
			}
		})
	}
}

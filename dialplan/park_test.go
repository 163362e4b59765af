package dialplan

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

const parking = `
  incoming:
    "0777": [{set: {after: ""}}, {record: conversation}, {queue: {name: help, answered: {set: {after: "{{ .after }}x"}}}}]
  staff:
    may_call: everyone
    "700": [{park: {places: 701-702, wait: 45s, ring: 10s, full: {playback: sorry}}}, {playback: goodbye}]
    _7XX: {retrieve: "{{ .Extension }}"}
    "*8": pickup
    "*81": {pickup: {of: [incoming]}}
`

// lot is a stage with parking.
func openLot(t *testing.T, agent calltest.Phone) *stage {
	s := openStageWith(t, parking, "0777", calltest.Phone{})
	s.network.Plug("2001", agent)
	return s
}

func TestAParkedCallIsFetchedByDiallingItsPlace(t *testing.T) {
	for _, byPhone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := openLot(t, calltest.Phone{})
			if byPhone {
				s.refer("700", nil)
			} else {
				s.agent.Press("#1700")
			}
			s.hearing("while the place is said", s.agent, "place 701")
			s.hearing("while the place is said", s.customer, "music default")
			time.Sleep(4 * time.Second)
			s.gone(s.agent)
			if byPhone && s.told != 200 {
				t.Errorf("the agent's phone was told %d", s.told)
			}
			s.hearing("parked", s.customer, "music default")
			// Nobody is at the other place.
			_, wrong := s.serve("c2", caller(s.services, "2003", "702"))
			if r := <-wrong; r.Result != call.ResultRefused || r.Merged != "" {
				t.Errorf("702: %s", r.Result)
			}
			fetcher := caller(s.services, "2003", "701")
			_, record := s.serve("c3", fetcher)
			s.hear("fetched", s.customer, fetcher)
			_, late := s.serve("c4", caller(s.services, "2003", "701"))
			if r := <-late; r.Result != call.ResultRefused {
				t.Errorf("a call can be fetched twice: %s", r.Result)
			}
			time.Sleep(time.Minute)
			s.hear("for as long as they like", s.customer, fetcher)
			r := s.done(true, 3)
			s.gone(fetcher)
			if of := <-record; of.Merged != "c1" || r.Agent != "2003" {
				t.Errorf("merged into %q; agent %s\n%s", of.Merged, r.Agent, path(r))
			}
		})
	}
}

func TestAParkedCallThatNobodyFetchesGoesBack(t *testing.T) {
	for name, c := range map[string]struct {
		agent calltest.Phone
		ends  bool
	}{
		"to who has parked it":           {calltest.Phone{Answers: true, AnswerAfter: time.Second}, false},
		"or on, when they are not there": {calltest.Phone{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openLot(t, c.agent)
				s.agent.Press("#1700")
				time.Sleep(47 * time.Second) // three for the place
				s.hearing("still parked", s.customer, "music default")
				time.Sleep(5 * time.Second)
				if !c.ends {
					s.hear("back", s.customer, s.network.Legs()[1])
					s.done(true, 3)
					return
				}
				time.Sleep(20 * time.Second)
				s.gone(s.customer)
				if r := s.done(true, 3); !strings.HasSuffix(path(r), "playback goodbye\nset after="+"{{ .after }}x") && !strings.Contains(path(r), "playback goodbye") {
					t.Errorf("path:\n%s", path(r))
				}
			})
		})
	}
}

func TestAParkedCallerWhoHangsUpFreesThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openLot(t, calltest.Phone{})
		one, two := caller(s.services, "2003", "700"), caller(s.services, "2003", "700")
		_, first := s.serve("c2", one)
		s.hearing("parked by oneself", one, "music default")
		_, second := s.serve("c3", two)
		s.hearing("parked by oneself", two, "music default")
		_, third := s.serve("c4", caller(s.services, "2003", "700"))
		if r := <-third; !strings.Contains(path(r), "no place to park\nplayback sorry") {
			t.Errorf("the lot is full, and the path is\n%s", path(r))
		}
		one.Leave()
		<-first
		s.agent.Press("#1700")
		time.Sleep(500 * time.Millisecond)
		s.customer.Leave() // while the place is said
		if r := <-s.record; s.talks.Occupied("701") {
			t.Errorf("a caller who has hung up keeps a place\n%s", path(r))
		}
		two.Leave()
		<-second
		s.gone(s.agent)
		if n := s.talks.Talks(); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestARingingPhoneIsPickedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openLot(t, calltest.Phone{})
		s.agent.Leave()
		<-s.record
		time.Sleep(time.Minute)

		_, none := s.serve("c2", caller(s.services, "2003", "*8"))
		if r := <-none; r.Result != call.ResultRefused {
			t.Errorf("nothing rings, and it was %s", r.Result)
		}
		from := caller(s.services, "2003", "2001")
		c, record := s.serve("c3", from)
		time.Sleep(3 * time.Second)
		_, other := s.serve("c4", caller(s.services, "2003", "*81"))
		if r := <-other; r.Result != call.ResultRefused {
			t.Errorf("a phone of another group was picked up: %s", r.Result)
		}
		picker := caller(s.services, "2003", "*8")
		_, theirs := s.serve("c5", picker)
		s.hear("picked up", from, picker)
		if s.network.Lines.Busy("2001") != 0 {
			t.Error("the phone rings on")
		}
		time.Sleep(time.Minute)
		from.Leave()
		r := <-record
		s.gone(picker)
		if p := <-theirs; p.Merged != "c3" || r.Agent != "2003" || len(r.Legs) != 3 || r.Result != call.ResultAnswered {
			t.Errorf("merged into %q; agent %s, %d legs, %s\n%s", p.Merged, r.Agent, len(r.Legs), r.Result, path(c.Snapshot()))
		}
		if n := s.talks.Talks(); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// As in the shipped file, where nothing follows the parking place: whoever has parked the call is called once more, and
// again, as after a transfer that has reached nobody.
func TestAParkedCallThatNobodyWantsComesBackAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openStageWith(t, transferring+"    \"700\": {park: {places: 701-702, wait: 5s, ring: 5s}}\n", "0888", calltest.Phone{})
		s.network.Plug("2001", calltest.Phone{})
		s.agent.Press("#1700")
		time.Sleep(15 * time.Second)
		s.hearing("while the agent is called once more", s.customer, "music default")
		time.Sleep(15 * time.Second) // that was in vain, too
		s.network.Plug("2001", calltest.Phone{Answers: true})
		time.Sleep(12 * time.Second)
		s.hear("back", s.customer, s.last("2001"))
		s.done(true, 5)
	})
}

package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/transfer"
)

func TestTheContextSaysWhoMayDoWhatInACall(t *testing.T) {
	s := house()
	for user, context := range map[string]string{"1001": "lobby", "2001": "clerks", "2002": "interns", "3001": "guards", "4001": "chiefs"} {
		s.Users[user] = User{Context: context, Callable: true}
	}
	p := compiled(t, `
  lobby: {"100": {dial: "2001"}}
  clerks: {may_call: everyone}
  interns: {include: [clerks], features: [transfer]}
  guards: {include: [clerks], features: none}
  chiefs: {include: [interns]}
`, s)
	for user, want := range map[string][2]bool{
		"1001": {false, false}, "2001": {true, true}, "2002": {false, true}, "3001": {false, false}, "4001": {false, true}, "": {false, false},
	} {
		l := calltest.NewLeg(call.Info{User: user, Context: "lobby"})
		h := premises{plan: p}
		if got := [2]bool{h.May(l, transfer.MayRecord), h.May(l, transfer.MayTransfer)}; got != want {
			t.Errorf("%q may record and transfer: %v, want %v", user, got, want)
		}
	}
	for text, want := range map[string]string{
		`  a: {features: [recrd]}`:           `a.features.0: "recrd" is no feature: record, transfer, or ` + "`features: none`" + `; did you mean "record"?`,
		`  a: {features: [none]}`:            `a.features.0: "none" is no feature: record, transfer, or ` + "`features: none`",
		`  a: {"7": {park: {places: 72-7}}}`: `a.7.park.places: places are a range of numbers of one length: 701-720`,
		`  a: {"7": {park: {wait: 1s}}}`:     `a.7.park: park needs places`,
		`  a: {"7": {pickup: {of: [b]}}}`:    `a.7.pickup.of.0: group "b" is not a context`,
	} {
		if got := faults(t, text, s); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The caller is the one who transfers: the other party becomes the call's, and the row goes on.
func TestACallGoesOnWithoutTheCallerWhoHasTransferredIt(t *testing.T) {
	for _, keys := range []string{"*22003", "#12003"} {
		synctest.Test(t, func(t *testing.T) {
			s := openStage(t, false, calltest.Phone{Answers: true, AnswerAfter: time.Second})
			s.customer.Leave()
			<-s.record
			time.Sleep(time.Minute)
			s.network.Plug("1001", calltest.Phone{Answers: true})
			from := caller(s.services, "2001", "1001")
			c, record := s.serve("c2", from)
			synctest.Wait()
			legs := s.network.Legs()
			called := legs[len(legs)-1]
			from.Press(keys)
			time.Sleep(3 * time.Second)
			if keys[0] == '*' {
				s.hear("in the consultation", from, s.colleague())
				from.Leave()
			}
			s.gone(from)
			s.hear("transferred", called, s.colleague())
			time.Sleep(time.Minute)
			called.Leave()
			r := <-record
			users := ""
			for _, l := range r.Legs {
				users += l.User + " "
			}
			if r.User != "2001" || r.Agent != "2003" || r.Talk() < time.Minute || len(r.Legs) != 3 || r.Legs[0].User != "2001" {
				t.Errorf("%s: user %s, agent %s, talked %v, legs of %s\n%s", keys, r.User, r.Agent, r.Talk(), users, path(c.Snapshot()))
			}
			s.gone(s.colleague())
		})
	}
}

package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

// early is a customer whom the agent has given a phone that still rings, by the buttons of theirs (RFC 5589 §7.3).
func early(t *testing.T, colleague calltest.Phone) *stage {
	s := openStageWith(t, transferring+"    \"*8\": pickup\n", "0888", colleague)
	s.agent.Hold()
	second := caller(s.services, "2001", "2003")
	_, record := s.serve("c2", second)
	time.Sleep(500 * time.Millisecond)
	s.network.Plug("2001", calltest.Phone{Answers: true})
	s.refer("2003", second)
	s.gone(s.agent, second)
	if s.told != 200 {
		t.Errorf("the agent's phone was told %d, want 200", s.told)
	}
	s.hearing("while it still rings", s.customer, "music default")
	t.Cleanup(func() {
		if r := <-record; r.Merged != "c1" {
			t.Errorf("the second call is merged into %q\n%s", r.Merged, path(r))
		}
	})
	return s
}

func TestAPhoneThatRingsForAnotherNow(t *testing.T) {
	for name, c := range map[string]struct {
		phone calltest.Phone
		do    func(s *stage)
		legs  int
	}{
		"is busy after all": {calltest.Phone{Refuses: call.Busy, AnswerAfter: 3 * time.Second}, func(s *stage) {
			time.Sleep(3 * time.Second)
			s.hear("back", s.customer, s.last("2001"))
		}, 5},
		"is not answered": {calltest.Phone{}, func(s *stage) {
			time.Sleep(20 * time.Second)
			s.hear("back", s.customer, s.last("2001"))
		}, 5},
		"is left by the customer": {calltest.Phone{}, func(s *stage) { s.customer.Leave() }, 4},
		"is answered when the customer leaves": {calltest.Phone{Answers: true, AnswerAfter: 2 * time.Second}, func(s *stage) {
			time.Sleep(1500 * time.Millisecond)
			s.customer.Leave()
		}, 4},
		"is picked up by somebody else": {calltest.Phone{}, func(s *stage) {
			other := caller(s.services, "2004", "*8")
			_, taken := s.serve("c3", other)
			s.hear("picked up", s.customer, other)
			other.Leave()
			if r := <-taken; r.Merged != "c1" {
				s.Errorf("who has picked up is merged into %q", r.Merged)
			}
			s.gone(s.customer)
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := early(t, c.phone)
				c.do(s)
				s.done(true, c.legs)
			})
		})
	}
}

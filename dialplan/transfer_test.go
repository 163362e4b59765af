package dialplan

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// phones are how 2003 takes a call in each situation of the matrix.
var phones = map[string]calltest.Phone{
	"answered": {Answers: true, AnswerAfter: 2 * time.Second}, "busy": {Refuses: call.Busy, AnswerAfter: time.Second},
	"no answer": {}, "invalid": {}, "customer leaves": {}, "transferer leaves early": {Answers: true, AnswerAfter: 2 * time.Second},
}

// matrix is what the people do for each means and situation. It returns how many legs are in the record.
var matrix = map[string]func(s *stage, situation string) int{
	"*2":             byAskingFirst,
	"#1":             blindly,
	"REFER":          byRefer,
	"REFER+Replaces": byReplacing,
}

func TestEveryTransferEndsWell(t *testing.T) {
	for means, act := range matrix {
		for situation, phone := range phones {
			for _, recorded := range []bool{false, true} {
				name := means + " " + situation
				if recorded {
					name += " recorded"
				}
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := openStage(t, recorded, phone)
						legs := act(s, situation)
						if s.customer.Context().Err() == nil {
							s.shows("at the end", s.customer, s.customer.Info().Called) // the number that they have dialled
							for _, l := range s.network.Legs() {
								if l.Context().Err() == nil && l.Hearing() == "voice 1001" {
									s.shows("at the end", l, "1001")
								}
							}
						}
						s.done(recorded, legs)
						s.counted(heirs[means][situation])
						if recorded && situation == "answered" {
							const want = "1001 2001, 1001, 1001 2003"
							if got := strings.Join(s.studio.files[0].heard, ", "); got != want {
								t.Errorf("recorded were %q, want %q", got, want)
							}
						}
					})
				})
			}
		}
	}
}

// heirs is to whom the queue's statistics say that the agent has given the customer.
var heirs = map[string]map[string]string{
	"*2":             {"answered": "2003", "transferer leaves early": "2003"},
	"#1":             {"answered": "2003", "busy": "2003", "no answer": "2003"}, // in two cases it came back
	"REFER":          {"answered": "2003", "busy": "2003", "no answer": "2003", "customer leaves": "2003", "transferer leaves early": "2003"},
	"REFER+Replaces": {"answered": "2003", "transferer leaves early": "2003"},
}

// counted checks what the queue says of the conversation: one, with the agent, who is free again.
func (s *stage) counted(heir string) {
	s.Helper()
	connected, parted := 0, 0
	agent := queue.Available
	for _, e := range s.events {
		switch e.Kind {
		case queue.CallerConnected:
			connected++
		case queue.CallerParted:
			parted++
			if e.Agent != "2001" || e.Heir != heir {
				s.Errorf("the queue says that %s has given the customer to %q, want 2001 to %q", e.Agent, e.Heir, heir)
			}
		case queue.AgentChanged:
			agent = e.To
		}
	}
	if connected != 1 || parted != 1 || agent != queue.Available {
		s.Errorf("the queue says: connected %d times, parted %d times, the agent is %s", connected, parted, agent)
	}
}

func byAskingFirst(s *stage, situation string) int {
	s.agent.Press("*2")
	s.hearing("while the number is asked for", s.customer, "music default")
	if situation == "invalid" {
		for range 3 {
			s.agent.Press("9999")
			time.Sleep(1100 * time.Millisecond)
		}
		s.hearing("while the agent is told", s.customer, "music default")
		time.Sleep(10 * time.Second)
		s.hear("after three wrong numbers", s.customer, s.agent)
		return 2
	}
	s.agent.Press("2003")
	time.Sleep(500 * time.Millisecond)
	s.hearing("while it rings", s.customer, "music default")
	s.hearing("while it rings", s.agent, "tone ringback")
	switch situation {
	case "answered":
		time.Sleep(2 * time.Second)
		s.hear("in the consultation", s.agent, s.colleague())
		s.hearing("in the consultation", s.customer, "music default")
		s.agent.Leave()
		s.hear("transferred", s.customer, s.colleague())
	case "busy":
		time.Sleep(time.Second)
		if heard := s.agent.Hearing(); !strings.HasPrefix(heard, "tone beeperr") {
			s.Errorf("the agent hears %q when the colleague is busy", heard)
		}
		s.hearing("while the agent is told", s.customer, "music default")
		time.Sleep(5 * time.Second)
		s.hear("back", s.customer, s.agent)
	case "no answer":
		time.Sleep(20 * time.Second)
		s.hear("back", s.customer, s.agent)
	case "customer leaves":
		s.customer.Leave()
		s.gone(s.agent)
	case "transferer leaves early":
		s.agent.Leave()
		s.hearing("while it still rings", s.customer, "music default")
		time.Sleep(2 * time.Second)
		s.hear("transferred", s.customer, s.colleague())
	}
	return 3
}

func blindly(s *stage, situation string) int {
	s.agent.Press("#1")
	s.hearing("while the number is asked for", s.customer, "music default")
	switch situation {
	case "invalid":
		for range 3 {
			s.agent.Press("9999")
			time.Sleep(1100 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		s.hear("after three wrong numbers", s.customer, s.agent)
		return 2
	case "customer leaves":
		s.agent.Press("20")
		s.customer.Leave()
		s.gone(s.agent)
		return 2
	case "transferer leaves early":
		s.agent.Press("20")
		synctest.Wait()
		s.agent.Leave()
		s.gone(s.customer)
		return 2
	}
	s.agent.Press("2003")
	return s.handedOn(situation)
}

// handedOn is what follows when the customer has been sent to 2003.
func (s *stage) handedOn(situation string) int {
	s.gone(s.agent)
	time.Sleep(500 * time.Millisecond)
	s.hearing("while it rings", s.customer, "tone ringback")
	switch situation {
	case "answered", "transferer leaves early":
		time.Sleep(2 * time.Second)
		s.hear("transferred", s.customer, s.colleague())
		if as := s.colleague().Info().Caller.Number; as != "1001" {
			s.Errorf("2003 sees %q calling, want the customer", as)
		}
	case "busy":
		time.Sleep(time.Second)
		return s.back()
	case "no answer":
		time.Sleep(20 * time.Second)
		return s.back()
	case "customer leaves":
		s.customer.Leave()
	}
	return 3
}

// back is the customer with the agent, who was called back. It returns how many legs are in the record.
func (s *stage) back() int {
	s.Helper()
	s.hear("back with the agent", s.customer, s.last("2001"))
	if as := s.last("2001").Info().Caller.Number; as != "1001" {
		s.Errorf("the agent sees %q calling back, want the customer", as)
	}
	return 4
}

func byRefer(s *stage, situation string) int {
	if situation == "invalid" {
		s.refer("9999", nil)
		s.hear("after a transfer to nowhere", s.customer, s.agent)
		if s.told != 404 {
			s.Errorf("the agent's phone was told %d, want 404", s.told)
		}
		return 2
	}
	s.refer("2003", nil)
	if situation == "transferer leaves early" {
		s.agent.Leave() // as many phones do, without waiting for the result
	}
	legs := s.handedOn(situation)
	if s.told != 200 {
		s.Errorf("the agent's phone was told %d, want 200", s.told)
	}
	return legs
}

func byReplacing(s *stage, situation string) int {
	s.agent.Hold()
	s.hearing("on hold", s.customer, "music default")
	second := caller(s.services, "2001", "2003")
	if situation == "invalid" {
		second = caller(s.services, "2001", "9999")
	}
	c2, record := s.serve("c2", second)
	time.Sleep(500 * time.Millisecond)
	back := func() {
		s.agent.Resume()
		s.hear("back", s.customer, s.agent)
		second.Leave()
		if r := <-record; r.Merged != "" {
			s.Errorf("the second call is said to be merged\n%s", path(r))
		}
	}
	switch situation {
	case "invalid":
		s.refer("9999", second)
		synctest.Wait()
		if s.told != 481 {
			s.Errorf("the agent's phone was told %d, want 481", s.told)
		}
		s.hearing("still on hold", s.customer, "music default")
		back()
		return 2
	case "busy":
		time.Sleep(10 * time.Second)
		s.gone(second)
		back()
		return 2
	case "no answer":
		time.Sleep(30 * time.Second)
		s.gone(second)
		back()
		return 2
	case "customer leaves":
		s.customer.Leave()
		s.gone(s.agent)
		second.Leave()
		<-record
		return 2
	case "transferer leaves early":
		s.refer("2003", second)
		s.gone(s.agent, second)
		s.hearing("while it still rings", s.customer, "music default")
		time.Sleep(3 * time.Second)
		if r := <-record; r.Merged != s.call.ID {
			s.Errorf("the second call is merged into %q\n%s", r.Merged, path(r))
		}
		s.hear("transferred", s.customer, s.colleague())
		if dialled := s.network.Dialed(); len(dialled) != 2 {
			s.Errorf("dialled were %q: the phone rang anew", dialled)
		}
		return 4
	}
	time.Sleep(3 * time.Second)
	s.hear("in the second call", second, s.colleague())
	s.refer("2003", second)
	s.gone(s.agent, second)
	s.hear("transferred", s.customer, s.colleague())
	if s.told != 200 {
		s.Errorf("the agent's phone was told %d, want 200", s.told)
	}
	if r := <-record; r.Merged != s.call.ID {
		s.Errorf("the second call is merged into %q\n%s", c2.Snapshot().Merged, path(r))
	}
	return 4 // the agent with two legs
}

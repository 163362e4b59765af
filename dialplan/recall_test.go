package dialplan

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

// sent is a customer whom the agent has sent to number with #1; the agent's phone is as said from then on.
func sent(t *testing.T, contexts, number string, colleague, agent calltest.Phone, change func(*Services)) *stage {
	s := openStageChanged(t, contexts, "0777", colleague, change)
	s.network.Plug("2001", agent)
	s.agent.Press("#1")
	time.Sleep(100 * time.Millisecond)
	s.agent.Press(number)
	s.gone(s.agent)
	return s
}

func TestATransferredCallThatReachesNobodyComesBackUntilItHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sent(t, transferring, "2003", calltest.Phone{Refuses: call.Busy, AnswerAfter: time.Second}, calltest.Phone{}, nil)
		s.network.Plug("2001", calltest.Phone{Refuses: call.Declined, AnswerAfter: time.Second})
		time.Sleep(1500 * time.Millisecond)
		s.hearing("while the agent is called back", s.customer, "music default")
		time.Sleep(time.Minute)
		s.gone(s.customer)
		r := <-s.record
		want := "2001 2003 2001 2003 2001 2003 2001"
		if got := strings.Join(s.network.Dialed(), " "); got != want {
			t.Errorf("dialled were %q, want %q\n%s", got, want, path(r))
		}
		if heard := s.customer.Heard(); !slices.ContainsFunc(heard, func(h string) bool { return strings.HasPrefix(h, "tone beeperr") }) {
			t.Errorf("the customer was not told that the transfer has failed: %q", heard)
		}
		if got := s.call.Var("after"); got != "x" || r.Result != call.ResultAnswered || r.Agent != "2001" {
			t.Errorf("the branch after the conversation ran %d times; %s, agent %s", len(got), r.Result, r.Agent)
		}
		time.Sleep(time.Minute)
		if n := s.talks.Talks(); n != 0 {
			t.Errorf("%d legs are left on the switchboard", n)
		}
	})
}

// What the number's own steps say comes first: a mailbox, a text. Only who would be hung up comes back.
func TestWhereTheNumberSaysWhatElseToDoNobodyIsCalledBack(t *testing.T) {
	for name, steps := range map[string]string{
		"a mailbox": "[{dial: \"2003\"}, {voicemail: \"600\"}]", "a text": "[{dial: \"2003\"}, {playback: goodbye}]",
		"an end": "[{dial: {user: \"2003\", busy: hangup}}]",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sent(t, transferring+"    \"2003\": "+steps+"\n", "2003", calltest.Phone{Refuses: call.Busy}, calltest.Phone{Answers: true}, nil)
				time.Sleep(time.Minute)
				if got := s.network.Dialed(); len(got) != 2 {
					t.Errorf("dialled were %q\n%s", got, path(s.call.Snapshot()))
				}
				s.customer.Leave()
				<-s.record
			})
		})
	}
}

func TestWithoutRecallACallThatReachesNobodyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sent(t, transferring, "2003", calltest.Phone{Refuses: call.Busy}, calltest.Phone{Answers: true}, func(o *Services) { o.Features.Recall = false })
		s.hearing("busy", s.customer, "tone busy")
		time.Sleep(10 * time.Second)
		s.gone(s.customer)
		<-s.record
	})
}

// A number that is nobody's, a queue that does not answer: only the agent is called again.
func TestACallSentToSomethingElseThanAPersonComesBackOnceAndAgain(t *testing.T) {
	const more = `    _9X: [{set: {who: "{{ .Extension }}"}}, {dial: "{{ .who }}"}]
    "102": [{wait: 1s}, {goto: {context: staff, extension: "103"}}]
    "103": {queue: empty}
`
	for _, number := range []string{"99", "102"} {
		t.Run(number, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sent(t, transferring+more, number, calltest.Phone{}, calltest.Phone{}, nil)
				time.Sleep(20 * time.Second)
				s.network.Plug("2001", calltest.Phone{Answers: true})
				time.Sleep(15 * time.Second)
				s.hear("back at the second try", s.customer, s.last("2001"))
				if got := strings.Join(s.network.Dialed(), " "); got != "2001 2001 2001" {
					t.Errorf("dialled were %q\n%s", got, path(s.call.Snapshot()))
				}
				s.customer.Leave()
				r := <-s.record
				if len(r.Legs) != 4 || s.call.Var("after") != "x" {
					t.Errorf("%d legs, the branch after the conversation ran %d times\n%s", len(r.Legs), len(s.call.Var("after")), path(r))
				}
			})
		})
	}
}

// Whoever was called back may send the call away again, and it comes back again.
func TestACallComesBackAsOftenAsItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sent(t, transferring, "2003", calltest.Phone{Refuses: call.Busy}, calltest.Phone{Answers: true}, nil)
		for range 3 {
			time.Sleep(time.Second)
			agent := s.last("2001")
			s.hear("back", s.customer, agent)
			agent.Press("#1")
			time.Sleep(100 * time.Millisecond)
			agent.Press("2003")
			s.gone(agent)
		}
		time.Sleep(time.Second)
		s.hear("back", s.customer, s.last("2001"))
		s.done(false, 10)
	})
}

func TestACustomerWhoLeavesWhileTheAgentIsCalledBackLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sent(t, transferring, "2003", calltest.Phone{Refuses: call.Busy}, calltest.Phone{}, nil)
		time.Sleep(time.Second)
		s.hearing("while the agent is called back", s.customer, "music default")
		s.done(false, 4)
	})
}

// As in the shipped file, where _XXXX fits every number: one that is nobody's is told before the customer has gone.
func TestANumberThatIsNobodysIsNotValidThoughAPatternFitsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openStageWith(t, transferring+"    _XXXX: [{dial: \"{{ .Extension }}\"}, {voicemail: \"{{ .Extension }}\"}]\n", "0888", calltest.Phone{Answers: true})
		s.refer("9999", nil)
		s.hear("after a transfer to nobody", s.customer, s.agent)
		if s.told != 404 {
			t.Errorf("the agent's phone was told %d, want 404", s.told)
		}
		s.refer("0777", nil)
		s.hear("after a transfer to a number that is not for the agent", s.customer, s.agent)
		if s.told != 403 {
			t.Errorf("the agent's phone was told %d, want 403", s.told)
		}
		s.agent.Press("#1")
		time.Sleep(100 * time.Millisecond)
		s.agent.Press("9999")
		s.hearing("after a wrong number", s.customer, "music default")
		time.Sleep(2 * time.Second)
		s.agent.Press("2003")
		s.gone(s.agent)
		s.hear("after the right one", s.customer, s.colleague())
		s.done(true, 3)
	})
}

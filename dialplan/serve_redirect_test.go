package dialplan

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

func TestWhoMayNotCallANumberCannotTransferThereAndTheConversationGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		var code int
		network.Plug("2002", calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) {
			go func() {
				time.Sleep(time.Second)
				l.Transfer(call.Transfer{To: "3001", Result: func(c int) { code = c }})
				time.Sleep(time.Second)
				l.Leave()
			}()
		}})
		s.Dialer = &network
		r := story(t, dialing, s, caller(s, "2001", "2"), nil)
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		if code != 403 || r.Talk() != 2*time.Second {
			t.Errorf("answered %d, talked %v", code, r.Talk())
		}
	})
}

func TestARedirectInterruptsTheStepAndSendsTheCallElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		r := story(t, `
  incoming: {"1": [{wait: 1m}, {playback: sorry}], "2": {playback: goodbye}}
`, s, leg, func(w *Walk) {
			time.Sleep(time.Second)
			if err := w.Redirect(Redirect{"incoming", "3"}); !errors.Is(err, errNowhere) {
				t.Errorf("redirect to nowhere: %v", err)
			}
			if err := w.Redirect(Redirect{"incoming", "2"}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			if err := w.Redirect(Redirect{"incoming", "2"}); !errors.Is(err, errGone) {
				t.Errorf("redirect of a call that is over: %v", err)
			}
		})
		wantHeard(t, leg, "prompt en/goodbye")
		wantPath(t, r, "1 in incoming", "wait 1m0s", "sent to incoming,2", "playback goodbye")
		wantEnd(t, r, call.ResultService, call.Normal)
	})
}

func TestAnAgentWhoTransfersIsFreeAndTheCallGoesOnWithTheirRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := 0
		s, network := centre(calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) {
			go func() {
				time.Sleep(time.Minute)
				l.Transfer(call.Transfer{To: "3001", Result: func(c int) { code = c }})
			}()
		}})
		network.Plug("3001", calltest.Phone{Answers: true, AnswerAfter: 2 * time.Second})
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, func(*Walk) {
			leg.Press("1")
			time.Sleep(time.Minute + 5*time.Second)
			if network.Lines.Busy("2001") != 0 {
				t.Error("the agent is still busy")
			}
			time.Sleep(time.Minute)
			leg.Leave()
		})
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		if code != 200 || len(r.Legs) != 3 || r.Agent != "3001" || r.Talk() < 2*time.Minute {
			t.Errorf("told %d; agent %s, %d legs, talked %v", code, r.Agent, len(r.Legs), r.Talk())
		}
		wantHeard(t, leg, three, "prompt ar/recorded-for-quality", "music default", "voice 2001", "music default", "tone ringback", "voice 3001")
	})
}

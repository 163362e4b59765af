package dialplan

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func TestTheBranchAfterTheConversationRunsWithoutTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("2002", calltest.Phone{Answers: true})
		s.Dialer = &network
		leg := caller(s, "2001", "1")
		r := story(t, `
  agents:
    "1": {dial: {user: "2002", answered: [{playback: sorry}, {set: {x: "1"}}, {wait: 5s}, {if: {when: x, then: {menu: {prompt: welcome, "1": busy}}}}]}}
`, s, leg, func(*Walk) {
			time.Sleep(time.Minute)
			leg.Leave()
		})
		wantPath(t, r, "1 in agents", "dial 2002", "talking to 2002", "left out: playback sorry", "set x=1", "wait 5s",
			"if x", "left out: menu welcome")
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		if r.Duration() != time.Minute {
			t.Errorf("the conversation lasted %v: what comes after it does not count", r.Duration())
		}
		if took := time.Since(r.Began); took != time.Minute+5*time.Second {
			t.Errorf("all took %v: the wait after the conversation was cut", took)
		}
		if other := network.Legs()[0]; other.Context().Err() == nil {
			t.Error("the other side is still on the line")
		}
	})
}

func TestTheBranchAfterTheConversationIsHeardByACallerWhoStayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("2002", calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) {
			go func() { time.Sleep(time.Second); l.Leave() }()
		}})
		s.Dialer = &network
		leg := caller(s, "2001", "1")
		r := story(t, dialing, s, leg, nil)
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		wantHeard(t, leg, "voice 2002", "prompt ar/goodbye")
	})
}

func TestAPanicEndsOneCallAsAFailureAndKeepsItsRecord(t *testing.T) {
	s := house()
	s.Line = counter(func(context.Context, *call.Call, string) (queue.Outcome, error) { panic("boom") })
	leg := caller(s, "1001", "1")
	r := story(t, "\n  incoming: {\"1\": [{queue: arabic}]}\n", s, leg, nil)
	wantEnd(t, r, call.ResultFailed, call.Failure)
	if !strings.Contains(path(r), "panic: boom") || r.Ended.IsZero() {
		t.Errorf("record: %+v", r)
	}
}

func TestTheEndOfTheProcessHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		ctx, cancel := context.WithCancelCause(context.Background())
		go func() { time.Sleep(time.Second); cancel(call.Draining) }()
		r := compiled(t, "\n  incoming: {\"1\": [echo]}\n", s).Serve(ctx, begin(s, leg))
		wantEnd(t, r, call.ResultService, call.Draining)
		wantHeard(t, leg, "voice 1001")
	})
}

func TestALoopThatOnlyThisCallMakesIsEnded(t *testing.T) {
	s := house()
	leg := caller(s, "1001", "1")
	r := story(t, `
  incoming: {"1": [{set: {to: "1"}}, {goto: {extension: "{{ .to }}{{ .none }}"}}], "2": [answer, {set: {none: ""}}]}
`, s, leg, nil)
	wantEnd(t, r, call.ResultFailed, call.Failure)
}

package dialplan

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

func TestStaffCallWhomTheirContextAllows(t *testing.T) {
	allowed := map[string]string{
		"2001": "2002 3001", "3001": "2001 2002 4001 5001 1001", "4001": "3001 1001", "5001": "2001 3001",
	}
	s := house()
	plan := compiled(t, shipped(t), s)
	for from, list := range allowed {
		for to, u := range s.Users {
			e, v := plan.contexts[s.Users[from].Context].find(to, s.Users)
			may := strings.Contains(list, to) ||
				u.Callable && (s.Users[from].Context == "managers" || s.Users[from].Context == "ceo") ||
				u.Callable && (u.Context == "agents" || u.Context == "managers")
			if (v == found) != may {
				t.Errorf("%s to %s: verdict %v (%v), may call: %v", from, to, v, e, may)
			}
		}
	}
}

const people = `
  agents:
    may_call: [agents, managers]
  managers: {}
  incoming: {}
`

func TestSomebodyWhoIsAddedCanBeDialledWithoutAnExtension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("3001", calltest.Phone{Answers: true, AnswerAfter: 3 * time.Second, Answered: func(l *calltest.Leg) {
			go func() { time.Sleep(time.Minute); l.Leave() }()
		}})
		s.Dialer = &network
		leg := caller(s, "2001", "3001")
		r := story(t, people, s, leg, nil)
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		wantPath(t, r, "3001 in agents", "dial 3001", "talking to 3001")
		if r.Talk() != time.Minute || r.Agent != "3001" || len(r.Legs) != 2 {
			t.Errorf("talked %v with %q, %d legs", r.Talk(), r.Agent, len(r.Legs))
		}
		if leg.Report().Rang.IsZero() {
			t.Error("the caller heard no ringing")
		}
	})
}

const dialing = `
  agents:
    "1": {dial: {user: "2002", ring: 5s, busy: after, no_answer: after, not_registered: [{playback: sorry}, hangup], declined: [busy], answered: after}}
    "2": {dial: "2002"}
    "3": [answer, {dial: "2002"}]
  after: {start: {playback: goodbye}}
`

func TestEachOutcomeOfADialHasItsBranch(t *testing.T) {
	phones := map[string]struct {
		phone  *calltest.Phone
		heard  []string
		after  time.Duration
		result call.Result
		cause  *call.Cause
	}{
		"busy":           {&calltest.Phone{Refuses: call.Busy}, []string{"prompt ar/goodbye"}, time.Second, call.ResultBusy, call.Normal},
		"no answer":      {&calltest.Phone{}, []string{"prompt ar/goodbye"}, 6 * time.Second, call.ResultNoAnswer, call.Normal},
		"not registered": {nil, []string{"prompt ar/sorry"}, time.Second, call.ResultNoAnswer, call.Normal},
		"declined":       {&calltest.Phone{Refuses: call.Declined}, nil, 0, call.ResultBusy, call.Busy},
		"failed":         {&calltest.Phone{Refuses: call.Unreachable}, nil, 0, call.ResultFailed, call.Unreachable},
	}
	for name, want := range phones {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				var network calltest.Network
				if want.phone != nil {
					network.Plug("2002", *want.phone)
				}
				s.Dialer = &network
				leg := caller(s, "2001", "1")
				r := story(t, dialing, s, leg, nil)
				wantHeard(t, leg, want.heard...)
				wantEnd(t, r, want.result, want.cause)
				if r.Duration().Round(100*time.Millisecond) != want.after {
					t.Errorf("took %v, want %v", r.Duration(), want.after)
				}
			})
		})
	}
}

func TestARefusedCallerIsToldBySIPBeforeTheAnswerAndByATonAfterIt(t *testing.T) {
	for number, heard := range map[string][]string{"2": nil, "3": {"tone ringback eg", "tone busy eg"}} {
		synctest.Test(t, func(t *testing.T) {
			s := house()
			s.Country = "eg"
			var network calltest.Network
			network.Plug("2002", calltest.Phone{Refuses: call.Busy})
			s.Dialer = &network
			leg := caller(s, "2001", number)
			r := story(t, dialing, s, leg, nil)
			wantEnd(t, r, call.ResultBusy, call.Busy)
			wantHeard(t, leg, heard...)
		})
	}
}

func TestAnAnsweredCallerHearsTheRingingTone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("2002", calltest.Phone{})
		s.Dialer = &network
		leg := caller(s, "2001", "3")
		story(t, dialing, s, leg, func(*Walk) {
			time.Sleep(time.Second)
			if got := leg.Hearing(); got != "tone ringback" {
				t.Errorf("hears %q", got)
			}
		})
	})
}

func TestACallerWhoLeavesWhileAPhoneRingsAbandonsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("2002", calltest.Phone{})
		s.Dialer = &network
		for number, cause := range map[string]*call.Cause{"2": call.Cancelled, "3": call.Normal} {
			leg := caller(s, "2001", number)
			r := story(t, dialing, s, leg, func(*Walk) { time.Sleep(time.Second); leg.Leave() })
			wantEnd(t, r, call.ResultAbandoned, cause)
			if busy := network.Lines.Busy("2002"); busy != 0 {
				t.Errorf("the phone rings on: %d legs", busy)
			}
			if len(r.Legs) != 2 || r.Legs[1].User != "2002" || r.Legs[1].HungUpBy != "hatif" || r.Legs[1].Rang.IsZero() {
				t.Errorf("the ring is not among the legs: %+v", r.Legs)
			}
		}
	})
}

func TestANumberThatNobodyHasIsNotFoundAndNotSomebodyUnreachable(t *testing.T) {
	s := house()
	leg := caller(s, "2001", "7777")
	r := story(t, `
  agents: {"_XXXX": [{dial: "{{ .Extension }}"}, {playback: sorry}]}
`, s, leg, nil)
	wantEnd(t, r, call.ResultRefused, call.NotFound)
	wantHeard(t, leg)
	leg = caller(s, "2001", "7777")
	story(t, `
  agents: {"_XXXX": {dial: {user: "{{ .Extension }}", failed: {playback: sorry}}}}
`, s, leg, nil)
	wantHeard(t, leg, "prompt ar/sorry")
}

func TestWhoHasSpokenWithSomebodyStaysAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		var network calltest.Network
		network.Plug("2002", calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) { l.Leave() }})
		network.Plug("3001", calltest.Phone{Refuses: call.Busy})
		s.Dialer = &network
		r := story(t, `
  agents: {"1": {dial: {user: "2002", answered: [{dial: "3001"}]}}}
`, s, caller(s, "2001", "1"), nil)
		wantEnd(t, r, call.ResultAnswered, call.Busy)
	})
}

func TestACallerWhoHangsUpWhileItRingsHasABranch(t *testing.T) {
	for name, c := range map[string]struct {
		leaves time.Duration
		want   string // what the branch sets
		cause  *call.Cause
	}{
		"while it rings":        {2 * time.Second, "was=cancelled", call.Cancelled},
		"when it has no answer": {20 * time.Second, "", call.Cancelled},
		"when they have talked": {7 * time.Second, "was=answered", call.Normal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				network := new(calltest.Network)
				if name != "when it has no answer" {
					network.Plug("2002", calltest.Phone{Answers: true, AnswerAfter: 5 * time.Second})
				} else {
					network.Plug("2002", calltest.Phone{})
				}
				s.Dialer = network
				leg := caller(s, "2001", "1")
				r := story(t, `
  agents: {"1": {dial: {user: "2002", ring: 10s, cancelled: {goto: told}, answered: {goto: told}, no_answer: {wait: 1h}}}}
  told: {start: {switch: {on: "{{ .Outcome }}", cases: {cancelled: {set: {was: cancelled}}, answered: {set: {was: answered}}}}}}
`, s, leg, func(*Walk) {
					time.Sleep(c.leaves)
					leg.Leave()
				})
				if c.want != "" != strings.Contains(path(r), "set was=") || !strings.Contains(path(r), c.want) {
					t.Errorf("the path is\n%s\nwant %q", path(r), c.want)
				}
				if !c.cause.Is(&r.Cause) {
					t.Errorf("ended as %v", &r.Cause)
				}
			})
		})
	}
}

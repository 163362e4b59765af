package dialplan

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/voicemail"
)

// unanswered is a call of from to number in the shipped plan, where the person's phone does as phone says.
func unanswered(t *testing.T, s Services, phone *calltest.Phone, from, number string) (call.Record, *calltest.Leg) {
	t.Helper()
	network := new(calltest.Network)
	if phone != nil {
		network.Plug(number, *phone)
	}
	s.Dialer = network
	leg := caller(s, from, number)
	return story(t, shipped(t), s, leg, nil), leg
}

func TestAPersonWhoDoesNotAnswerHasAMailbox(t *testing.T) {
	for name, c := range map[string]struct {
		phone  *calltest.Phone
		greets voicemail.Greeting
		after  time.Duration
		result call.Result
	}{
		"not registered, at once": {nil, voicemail.Unavailable, 0, call.ResultNoAnswer},
		"no answer":               {&calltest.Phone{}, voicemail.Unavailable, 20 * time.Second, call.ResultNoAnswer},
		"busy":                    {&calltest.Phone{Refuses: call.Busy}, voicemail.Busy, 0, call.ResultBusy},
		"declined":                {&calltest.Phone{Refuses: call.Declined, AnswerAfter: 2 * time.Second}, voicemail.Unavailable, 2 * time.Second, call.ResultBusy},
		"unreachable":             {&calltest.Phone{Refuses: call.Unreachable}, voicemail.Unavailable, 0, call.ResultFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				r, _ := unanswered(t, s, c.phone, "3001", "2001")
				room := s.Voicemail.(*postroom)
				if want := []string{"leave 2001 greeting=" + string(c.greets) + " silent=false operator=false"}; !slices.Equal(room.asked, want) {
					t.Errorf("voicemail was asked %v, want %v", room.asked, want)
				}
				if d := r.Answered.Sub(r.Began); d != c.after || r.Result != c.result {
					t.Errorf("voicemail answered after %v, result %s; want %v, %s", d, r.Result, c.after, c.result)
				}
				if !strings.Contains(path(r), "voicemail 2001") {
					t.Errorf("path:\n%s", path(r))
				}
			})
		})
	}
}

func TestAPersonWithoutAMailboxIsAsUnreachableAsBefore(t *testing.T) {
	for name, c := range map[string]struct {
		phone *calltest.Phone
		cause *call.Cause
	}{
		"not registered": {nil, call.NotRegistered},
		"no answer":      {&calltest.Phone{}, call.NoAnswer},
		"busy":           {&calltest.Phone{Refuses: call.Busy}, call.Busy},
		"declined":       {&calltest.Phone{Refuses: call.Declined}, call.Declined},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				r, leg := unanswered(t, s, c.phone, "3001", "2002")
				if cause := call.EndOf(leg.Context()); !cause.Is(c.cause) || !leg.Report().Answered.IsZero() {
					t.Errorf("the call ended as %v, want %v, never answered", cause, c.cause)
				}
				if room := s.Voicemail.(*postroom); len(room.asked) > 0 {
					t.Errorf("voicemail was asked %v", room.asked)
				}
				if !strings.Contains(path(r), "there is no mailbox 2002") {
					t.Errorf("path:\n%s", path(r))
				}
			})
		})
	}
}

func TestNobodyIsSentToAMailboxOfWhoMayNotBeCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		r, _ := unanswered(t, s, nil, "1001", "2001")
		if room := s.Voicemail.(*postroom); len(room.asked) > 0 || r.Result != call.ResultRefused {
			t.Errorf("asked %v, result %s", room.asked, r.Result)
		}
	})
}

func TestTheVoicemailStepSaysHowAndGoesOnByTheOutcome(t *testing.T) {
	for _, c := range []struct {
		step  string
		left  voicemail.Left
		asked string
		goes  string
	}{
		{`"600"`, voicemail.Saved, "leave 600 greeting=unavailable silent=false operator=false", "sorry"},
		{`{mailbox: "600", greeting: none}`, voicemail.TooShort, "leave 600 greeting=none silent=false operator=false", "sorry"},
		{`{mailbox: "{{ .User }}", greeting: busy, instructions: false}`, voicemail.Failed, "leave 2001 greeting=busy silent=true operator=false", "sorry"},
		{`{mailbox: "600", full: {playback: goodbye}}`, voicemail.Full, "leave 600 greeting=unavailable silent=false operator=false", "goodbye"},
		{`["600", "{{ .User }}", "999{{ .User }}"]`, voicemail.Saved, "leave 600 2001 9992001 greeting=unavailable silent=false operator=false", "sorry"},
		{`{mailbox: ["{{ .User }}", "600"], greeting: busy}`, voicemail.Saved, "leave 2001 600 greeting=busy silent=false operator=false", "sorry"},
		{`{mailbox: "600"}`, voicemail.Full, "leave 600 greeting=unavailable silent=false operator=false", "sorry"},
		{`{mailbox: "600", operator: {playback: goodbye}}`, voicemail.Operator, "leave 600 greeting=unavailable silent=false operator=true", "goodbye"},
	} {
		t.Run(c.step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				room := s.Voicemail.(*postroom)
				room.leave = func(string) (voicemail.Left, error) { return c.left, nil }
				leg := caller(s, "2001", "700")
				story(t, "  agents:\n    \"700\": [{voicemail: "+c.step+"}, {playback: sorry}]\n", s, leg, nil)
				if len(room.asked) != 1 || room.asked[0] != c.asked {
					t.Errorf("asked %v, want %s", room.asked, c.asked)
				}
				if heard := leg.Heard(); len(heard) == 0 || !strings.HasSuffix(heard[0], c.goes) {
					t.Errorf("heard %v, want %s", heard, c.goes)
				}
			})
		})
	}
}

func TestTheMenuKnowsTheMailboxThatTheFileSays(t *testing.T) {
	for step, want := range map[string]string{
		"{}":                         `listen "" skip=false`,
		"{mailbox: own}":             `listen "2001" skip=false`,
		"{mailbox: own, pin: false}": `listen "2001" skip=true`,
		`{mailbox: "600"}`:           `listen "600" skip=false`,
	} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				leg := caller(s, "2001", "700")
				story(t, "  agents:\n    \"700\": [{voicemail_menu: "+step+"}, {playback: sorry}]\n", s, leg, nil)
				if room := s.Voicemail.(*postroom); len(room.asked) != 1 || room.asked[0] != want {
					t.Errorf("asked %v, want %s", room.asked, want)
				}
				wantHeard(t, leg, "prompt ar/sorry")
			})
		})
	}
}

func TestCallingBackFromTheMenuHasTheRightsOfThePhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		reached := make(map[string]bool)
		s.Voicemail.(*postroom).listen = func(o voicemail.ListenOptions) (string, error) {
			for _, number := range []string{"2002", "3001", "4001", "9999", "*43"} {
				reached[number] = o.Reach(number)
			}
			return "2002", nil
		}
		network := new(calltest.Network)
		network.Plug("2002", calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) { time.AfterFunc(time.Second, l.Leave) }})
		s.Dialer = network
		leg := caller(s, "2001", "2000")
		r := story(t, shipped(t), s, leg, nil)
		for number, want := range map[string]bool{"2002": true, "3001": true, "4001": false, "9999": true, "*43": true} {
			if reached[number] != want {
				t.Errorf("2001 may dial %s: %v, want %v", number, reached[number], want)
			}
		}
		if r.Agent != "2002" || r.Result != call.ResultAnswered {
			t.Errorf("the record says %+v", r)
		}
	})
}

func TestMistakesOfTheVoicemailStepsAreFoundBeforehand(t *testing.T) {
	for step, want := range map[string]string{
		`{voicemail: "601"}`:                              `mailbox "601" is not defined`,
		`{voicemail: {mailbox: "600", greeting: funny}}`:  `"funny" is no greeting`,
		`{voicemail: {mailbox: "600", greetings: busy}}`:  `no option "greetings"`,
		`{voicemail: {mailbox: "600", instructions: no}}`: `true or false`,
		`{voicemail: {greeting: busy}}`:                   `voicemail needs mailbox`,
		`{voicemail: ["600", "601"]}`:                     `mailbox "601" is not defined`,
		`{voicemail: []}`:                                 `a mailbox is missing`,
		`{voicemail: [[a]]}`:                              `a word was expected`,
		`{voicemail: "{{ .nobody }}"}`:                    `nothing sets "nobody"`,
		`{voicemail_menu: {mailbox: "601"}}`:              `mailbox "601" is not defined`,
		`{voicemail_menu: {mailbox: "600", pin: false}}`:  `only one's own mailbox`,
		`{voicemail_menu: {pin: 1234}}`:                   `true or false`,
		`{voicemail_menu: [own]}`:                         `voicemail_menu is written`,
	} {
		t.Run(step, func(t *testing.T) {
			_, err := Compile(read(t, "contexts:\n  agents:\n    \"700\": ["+step+"]\n"), house())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error: %v, want %s", err, want)
			}
		})
	}
	s := house()
	s.Sounds = everywhere("welcome")
	_, err := Compile(read(t, "contexts:\n  agents:\n    \"700\": {voicemail: \"600\"}\n"), s)
	if err == nil || !strings.Contains(err.Error(), `there is no prompt "voicemail/leave-a-message"`) {
		t.Errorf("a missing prompt is found when a caller needs it: %v", err)
	}
}

func TestVoicemailIsExplained(t *testing.T) {
	p := compiled(t, shipped(t), house())
	for _, c := range []struct{ from, to, want string }{
		{"3001", "2001", "takes a message for mailbox 2001"},
		{"3001", "2002", "there is no mailbox 2002"},
		{"3001", "2000", "lets the caller listen to their messages"},
	} {
		text, err := p.Explain(c.from, c.to, "")
		if err != nil || !strings.Contains(text, c.want) {
			t.Errorf("%s to %s: %v\n%s", c.from, c.to, err, text)
		}
	}
}

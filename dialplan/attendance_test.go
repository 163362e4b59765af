package dialplan

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
	"hatif/queue"
)

const attendanceCodes = `
  agents:
    "*45": log_on
    "*46": log_off
    "*47": pause
    "*48": {wrap_up: end}
    "*49": {wrap_up: 1m}
    "*451": {log_on: english}
    "*461": {log_off: english}
    "*471": {pause: meeting}
  incoming:
    "*45": log_on
    "*47": pause
    "*48": {wrap_up: end}
`

// An attendance is one agent keying in codes.
type attendance struct {
	*testing.T
	services Services
	plan     *Plan
	floor    *queue.Floor
}

func newAttendance(t *testing.T, cfg queue.Config) *attendance {
	s := house()
	floor := queue.New(queue.Options{})
	floor.Apply(map[string]queue.Config{"arabic": cfg, "english": {}}, []queue.Member{{User: "2001", Queue: "arabic"}})
	floor.SetRegistered("2001", true)
	floor.SetRegistered("2002", true)
	s.Agents = floor
	return &attendance{t, s, compiled(t, attendanceCodes, s), floor}
}

// keys lets a user dial a code and press keys, and returns what they heard without the language.
func (a *attendance) keys(user, code, pressed string) []string {
	a.Helper()
	leg := caller(a.services, user, code)
	if pressed != "" {
		time.AfterFunc(time.Second, func() { leg.Press(pressed) })
	}
	a.plan.Serve(a.Context(), begin(a.services, leg))
	var heard []string
	for _, sound := range leg.Heard() {
		for name := range strings.SplitSeq(sound, ", ") {
			if _, name, said := strings.Cut(name, "/"); said {
				heard = append(heard, name)
			}
		}
	}
	return heard
}

// hears checks what a user hears who dials a code.
func (a *attendance) hears(user, code, pressed string, want ...string) {
	a.Helper()
	if got := a.keys(user, code, pressed); !slices.Equal(got, want) {
		a.Errorf("%s dials %s: hears %v, want %v", user, code, got, want)
	}
}

// is checks an agent's state, and the reason if they are paused.
func (a *attendance) is(user string, want queue.State, reason string) {
	a.Helper()
	s, _ := a.floor.Standing(user)
	if s.State != want || s.Pause.Reason != reason {
		a.Errorf("%s is %s for %q, want %s for %q", user, s.State, s.Pause.Reason, want, reason)
	}
}

func TestAgentsSayByCodeWhatTheyDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttendance(t, queue.Config{})
		reasons := []string{"pause/break", "digits/1", "pause/lunch", "digits/2", "pause/meeting", "digits/3", "pause/training", "digits/4"}
		a.hears("2001", "*46", "", "logged-off")
		a.is("2001", queue.LoggedOff, "")
		a.hears("2001", "*45", "", "logged-on")
		a.is("2001", queue.Available, "")
		a.hears("2001", "*47", "2", append(reasons, "paused")...)
		a.is("2001", queue.Paused, "lunch")
		a.hears("2001", "*471", "", "paused") // another reason
		a.is("2001", queue.Paused, "meeting")
		a.hears("2001", "*471", "", "not-paused")
		a.hears("2001", "*471", "", "paused")
		a.hears("2001", "*47", "", "not-paused")
		a.is("2001", queue.Available, "")
		a.hears("2001", "*47", "", slices.Concat(reasons, reasons, reasons, []string{"nothing-heard"})...)
		a.is("2001", queue.Available, "")
		a.hears("2001", "*48", "", "agent/wrap-up-over")
		a.hears("2001", "*49", "", "agent/wrap-up-over")
		a.hears("2002", "*451", "", "logged-on") // no member by the file
		a.is("2002", queue.Available, "")
		a.hears("2002", "*461", "", "logged-off")
		for _, code := range []string{"*45", "*47", "*48"} {
			a.hears("1001", code, "", "not-allowed")
		}
		a.hears("2900", "*451", "", "not-allowed") // cannot be called
	})
}

func TestTheTimeAfterACallIsEndedAndExtendedByCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttendance(t, queue.Config{WrapUp: time.Minute})
		network := new(calltest.Network)
		network.Plug("2001", calltest.Phone{Answers: true, Answered: func(l *calltest.Leg) { time.AfterFunc(time.Second, l.Leave) }})
		talk := func() {
			t.Helper()
			c := begin(a.services, caller(a.services, "1001", "0777"))
			if out, err := a.floor.Serve(t.Context(), c, "arabic", queue.ServeOptions{Dialer: network}); err != nil || out.Result != queue.Answered {
				t.Fatalf("%+v, %v", out, err)
			}
			synctest.Wait()
			a.is("2001", queue.WrapUp, "")
		}
		talk()
		a.hears("2001", "*48", "", "agent/wrap-up-over")
		a.is("2001", queue.Available, "")
		talk()
		a.hears("2001", "*49", "", "agent/wrap-up-longer")
		time.Sleep(2*time.Minute - 2*time.Second)
		a.is("2001", queue.WrapUp, "")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		a.is("2001", queue.Available, "")
	})
}

func TestWhoHasMissedCallsIsToldAtTheNextCode(t *testing.T) {
	for does, c := range map[string]struct {
		told, back string
		hears      []string
	}{
		queue.OnMissesPause:  {"agent/paused-for-missed-calls", "*47", []string{"not-paused"}},
		queue.OnMissesLogOff: {"agent/logged-off-for-missed-calls", "*45", []string{"logged-on"}},
	} {
		t.Run(does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAttendance(t, queue.Config{RingTimeout: 5 * time.Second, MaxWait: 10 * time.Second, MaxMisses: 1, OnMisses: does})
				network := new(calltest.Network)
				network.Plug("2001", calltest.Phone{})
				caller := begin(a.services, caller(a.services, "1001", "0777"))
				if out, err := a.floor.Serve(t.Context(), caller, "arabic", queue.ServeOptions{Dialer: network}); err != nil || out.Result != queue.TimedOut {
					t.Fatalf("%+v, %v", out, err)
				}
				for range 2 { // until they come back
					a.hears("2001", "*48", "", c.told, "agent/wrap-up-over")
				}
				a.hears("2001", c.back, "", append([]string{c.told}, c.hears...)...)
				a.hears("2001", "*48", "", "agent/wrap-up-over")
				a.is("2001", queue.Available, "")
			})
		})
	}
}

func TestMistakesOfAgentsCodesAreFound(t *testing.T) {
	for text, want := range map[string]string{
		`{log_on: arabc}`:     `agents.1.log_on: queue "arabc" is not defined; did you mean "arabic"?`,
		`{pause: lunhc}`:      `"lunhc" is none of pause_reasons; did you mean "lunch"?`,
		`{wrap_up: 10}`:       `10 has no unit`,
		`{wrap_up: }`:         `wrap_up needs a value`,
		`{wrap_up: [end]}`:    `a time such as 10s was expected, not a list`,
		`{pause: {why: tea}}`: `a word was expected, not a set of keys`,
	} {
		_, err := Compile(read(t, "contexts:\n  agents:\n    \"1\": "+text+"\n"), house())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	s := house()
	s.PauseReasons = []string{"tea"}
	_, err := Compile(read(t, "contexts:\n  agents:\n    \"1\": pause\n"), s)
	if err == nil || !strings.Contains(err.Error(), `agents.1: there is no prompt "pause/tea"`) {
		t.Errorf("a reason without a prompt: %v", err)
	}
}

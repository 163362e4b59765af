package stories_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

// patterns: each number leads to a prompt that tells which extension was chosen.
const patterns = `
languages: [en]
users:
  "1001": {name: Caller, secret: caller, context: desk}
contexts:
  desk:
    include: [shared, late]
    "2001": {playback: goodbye}
    _2XXX:  {playback: welcome}
    _20XX:  {playback: please-wait}
    _2[1-3,7]NZ: {playback: thank-you}
    _9.:    {playback: transfer}
    _8!:    {playback: connecting}
  shared:
    "300":  {playback: closed}
    _3XX:   {playback: try-again}
    "2001": {playback: not-valid}
  late:
    "300":  {playback: not-valid}
    "400":  {playback: paused}
`

// X1
func TestANumberLeadsToTheMostSpecificExtension(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: patterns})
	for number, prompt := range map[string]string{
		"2001": "goodbye", "2999": "welcome", "2050": "please-wait", "2121": "thank-you", "2729": "thank-you",
		"2111": "welcome", "2120": "welcome", "2421": "welcome",
		"91": "transfer", "9123456789012": "transfer", "8": "connecting", "80": "connecting",
		"300": "closed", "301": "try-again", "400": "paused",
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			c := pbx.For(t).PhoneWith(hatiftest.PhoneOptions{User: "1001"}).Dial(number)
			c.ExpectPrompt(prompt)
		})
	}
	for _, number := range []string{"9", "20011", "20", "2", "30", "3000", "x", "start", "invalid", "include", "_2XXX", "401", strings.Repeat("2", 60), "2001%00", "20%3001", "-1"} {
		t.Run(number[:min(len(number), 10)]+" is nothing", func(t *testing.T) {
			t.Parallel()
			pbx.For(t).PhoneWith(hatiftest.PhoneOptions{User: "1001"}).Dial(number).ExpectRefused(404)
		})
	}
}

// X2: the shipped file. Rows are who calls, columns whom; o is a phone that rings.
func TestWhoMayDialWhomInTheShippedFile(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	people := []string{"1001", "2001", "3001", "4001", "5001"}
	phones := make(map[string]*hatiftest.Phone)
	for _, p := range append(people, "1002", "2101") {
		phones[p] = pbx.Phone(p)
	}
	for caller, may := range map[string]string{
		"1001": "", "2001": "2101 3001", "3001": "1001 2001 4001 5001 2101 1002", "4001": "1001 2001 3001 5001 2101 1002", "5001": "2001 3001 2101",
	} {
		for _, callee := range append(people, "1002", "2101") {
			if callee == caller {
				continue
			}
			c := phones[caller].Dial(callee)
			if !strings.Contains(may, callee) {
				c.ExpectRefused(403)
				phones[callee].ExpectNoRing()
				continue
			}
			phones[callee].ExpectRing()
			c.Hangup()
		}
		for number, code := range map[string]int{"9999": 404, "start": 404, "welcome": 404, "talk-to-an-agent": 404} {
			phones[caller].Dial(number).ExpectRefused(code)
		}
	}
	phones["1001"].Dial("*43").ExpectRefused(403)
	for _, staff := range []string{"2001", "3001", "4001", "5001"} {
		phones[staff].Dial("0777").ExpectRefused(403)
		echo := phones[staff].Dial("*43")
		echo.ExpectAudioFrom(echo)
		echo.Hangup()
	}
	row := pbx.ExpectRow("a call that was refused", func(r store.Call) bool { return r.User == "1001" && r.Called == "2001" })
	if row.Result != "refused" || row.Cause.SIP != 403 || !row.Answered.IsZero() {
		t.Errorf("the refused call's row: %s, %+v, answered %v", row.Result, row.Cause, row.Answered)
	}
	pbx.ExpectIdle()
}

// U6, E3
func TestAPersonAddedToTheFileIsDialledAtOnce(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	old := pbx.Phone("2001")
	old.Dial("2004").ExpectRefused(404)
	early := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2004", Secret: "new"})
	if _, code := register(t, early, time.Hour); code != 403 {
		t.Errorf("somebody unknown logs on with %d, want 403", code)
	}
	reload(t, pbx, "users:", "users:\n  \"2004\": {name: Newcomer, secret: new, context: staff}")
	c := old.Dial("2004")
	c.ExpectRefused(480) // known, with no phone yet
	early.Register()
	a, b := talk(t, old, early)
	a.Hangup()
	b.ExpectEnd()
	a, b = talk(t, early, old)
	a.Hangup()
	b.ExpectEnd()
}

// X1: rights hold wherever a number is dialled, in a menu too.
func TestKeysInAMenuCannotReachPeopleWhoMayNotBeCalled(t *testing.T) {
	t.Parallel()
	pbx := open(t, `    "0777":`, "    \"100\": [{background: please-wait}, wait_exten]\n    may_call: []\n    \"0777\":")
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("100")
	c.ExpectPrompt("please-wait")
	c.Press("2001")
	c.ExpectEnd()
	agent.ExpectNoRing()
}

func TestADialTellsTheCallerWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	pbx := open(t, "    may_call: everyone", "    may_call: everyone\n    _2XXX: {dial: {user: \"{{ .Extension }}\", ring: 1s}}")
	caller, callee := pbx.Phone("2002"), pbx.Phone("2001")
	for _, c := range []struct {
		name   string
		policy softphone.Policy
		code   int
		result string
	}{
		{"busy", softphone.RejectWith(486), 486, "busy"},
		{"busy everywhere", softphone.RejectWith(600), 486, "busy"},
		{"declines", softphone.RejectWith(603), 603, "busy"},
		{"does not answer", softphone.RingOnly, 480, "no answer"},
		{"does not even ring", softphone.Mute, 480, "no answer"},
		{"fails", softphone.RejectWith(500), 480, "failed"},
		{"is overloaded", softphone.RejectWith(503), 480, "failed"},
		{"sends elsewhere", softphone.RejectWith(302), 480, "failed"},
		{"says what nobody knows", softphone.RejectWith(499), 480, "failed"},
	} {
		callee.SetPolicy(c.policy)
		call := caller.Dial("2001")
		end := call.ExpectEnd()
		if end.Code != c.code {
			t.Errorf("%s: the caller is told %d, want %d", c.name, end.Code, c.code)
		}
		row := call.ExpectRow()
		if row.Result != c.result || len(row.Legs) != 2 || row.Legs[1].User != "2001" {
			t.Errorf("%s: result %q, want %q; legs %s", c.name, row.Result, c.result, legs(row))
		}
	}
}

func legs(r store.Call) string {
	var all []string
	for _, l := range r.Legs {
		all = append(all, fmt.Sprintf("%s %s by %s", l.User, l.Cause.Name, l.HungUpBy))
	}
	return strings.Join(all, ", ")
}

// Somebody who dials their own number reaches their other phone, or hears that it is engaged: never themselves.
func TestDiallingOnesOwnNumberEndsWell(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	ph := pbx.Phone("2001")
	c := ph.Dial("2001")
	in := ph.ExpectRing()
	in.Busy()
	c.ExpectEnd()
	pbx.ExpectIdle()
}

package stories_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
)

// centre is the shipped file with a queue that nobody waits in for long, and feedback calls that follow at once.
func centre(t testing.TB, changes ...string) *hatiftest.PBX {
	t.Helper()
	return shipped(t, append([]string{
		"arabic:  {strategy: random, ring_timeout: 10s, max_wait: 10s", "arabic:  {strategy: random, ring_timeout: 10s, max_wait: 1s",
		"after: 5m", "after: 2s",
		`hours: "09:00-20:00"`, `hours: "00:00-24:00"`,
		"every: 30m", "every: 1s\n  ring: 2s",
	}, changes...)...)
}

// askedForANumber is a caller from outside who chose Arabic, waited in vain, and is asked for a number.
func askedForANumber(pbx *hatiftest.PBX) *hatiftest.Call {
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectAnswered()
	c.Press("1")
	c.ExpectMusic("default")
	c.ExpectPrompt("ar/no-agent-available")
	c.ExpectPrompt("ar/enter-your-number")
	return c
}

// expectSaidBack waits until the digits are said back in Arabic, and the question whether they are right.
func expectSaidBack(c *hatiftest.Call, digits string) {
	c.ExpectPrompt("ar/you-entered")
	for _, d := range digits {
		c.ExpectPrompt("ar/digits/" + string(d))
	}
	c.ExpectPrompt("ar/press-1-to-confirm-2-to-repeat")
}

func requests(t testing.TB, pbx *hatiftest.PBX) []store.Request {
	t.Helper()
	var all []store.Request
	for r, err := range pbx.Store().Requests(t.Context(), "", time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func ratings(t testing.TB, pbx *hatiftest.PBX) []store.Rating {
	t.Helper()
	var all []store.Rating
	for r, err := range pbx.Store().Ratings(t.Context(), "", time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// owed is the one call that is owed.
func owed(t testing.TB, pbx *hatiftest.PBX) store.Owed {
	t.Helper()
	all, err := pbx.Store().OwedCalls(t.Context(), 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d calls are owed, %v", len(all), err)
	}
	return all[0]
}

func expectOwed(t testing.TB, pbx *hatiftest.PBX, state string, attempts int) store.Owed {
	t.Helper()
	eventually(t, fmt.Sprintf("the owed call to be %s after %d attempts", state, attempts), func() bool {
		o := owed(t, pbx)
		return o.State == state && o.Attempts == attempts
	})
	return owed(t, pbx)
}

// N1, N2, N3: two numbers are keyed in, said back in Arabic, confirmed, and kept with all that an agent needs.
func TestACallerWhomNobodyAnswersLeavesTwoNumbersInArabic(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	began := time.Now()
	c := askedForANumber(pbx)
	c.Press("1234")
	expectSaidBack(c, "1234")
	c.Press("2")
	c.ExpectPrompt("ar/enter-your-number")
	c.Press("4321")
	expectSaidBack(c, "4321")
	c.Press("1")
	c.ExpectPrompt("ar/enter-another-number")
	c.Press("9876")
	expectSaidBack(c, "9876")
	c.Press("1")
	c.ExpectPrompt("ar/an-agent-will-call")
	c.ExpectEnd()
	row := c.ExpectRow()
	got := requests(t, pbx)
	if len(got) != 1 {
		t.Fatalf("kept %+v", got)
	}
	r := got[0]
	if r.Created.Before(began) || r.Created.After(time.Now()) {
		t.Errorf("left at %v", r.Created)
	}
	want := store.Request{
		ID: r.ID, Created: r.Created, Changed: r.Created, Caller: "1001", Name: "Outside caller", Number: "4321", Alternative: "9876",
		Language: "ar", Queue: "arabic", Call: row.ID, State: store.RequestOpen,
	}
	if r != want {
		t.Errorf("kept %+v, want %+v", r, want)
	}
	if row.Result != "no answer" || !pathHas(row, "not confirmed") || !pathHas(row, "number 4321") || pathHas(row, "1234") {
		t.Errorf("row: %s, path %s", row.Result, path(row))
	}
	for _, sound := range c.Sounds() {
		if name, isPrompt := strings.CutPrefix(sound, "prompt "); isPrompt && !strings.HasPrefix(name, "ar/") && !strings.HasSuffix(name, "/welcome") {
			t.Errorf("the caller heard %s", sound)
		}
	}
}

// N4: what was confirmed is kept, a number that was not is forgotten.
func TestACallerWhoHangsUpHalfwayLeavesWhatTheyConfirmed(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]struct {
		do   func(c *hatiftest.Call)
		want string // "" nothing
	}{
		"keying in the first number": {func(c *hatiftest.Call) { c.Press("12") }, ""},
		"asked to confirm it": {func(c *hatiftest.Call) {
			c.Press("1234")
			expectSaidBack(c, "1234")
		}, ""},
		"confirming it, in one breath": {func(c *hatiftest.Call) {
			c.Press("1234")
			expectSaidBack(c, "1234")
			c.Press("1")
		}, "1234"},
		"keying in the second number": {func(c *hatiftest.Call) {
			c.Press("1234")
			expectSaidBack(c, "1234")
			c.Press("1")
			c.ExpectPrompt("ar/enter-another-number")
			c.Press("98")
		}, "1234"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pbx := centre(t)
			c := askedForANumber(pbx)
			act.do(c)
			c.Hangup()
			row := c.ExpectRow()
			var got []string
			for _, r := range requests(t, pbx) {
				got = append(got, r.Number)
				if r.Alternative != "" {
					t.Errorf("an alternative was kept: %s", r.Alternative)
				}
			}
			if strings.Join(got, " ") != act.want {
				t.Errorf("kept %q, want %q", got, act.want)
			}
			if row.Result != "no answer" {
				t.Errorf("row: %s, path %s", row.Result, path(row))
			}
		})
	}
}

// N4: nor does it matter who ends the call.
func TestAStopInTheMidstOfTheQuestionsKeepsWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	pbx := hatiftest.Start(t, hatiftest.Options{Data: data})
	reload(t, pbx, "arabic:  {strategy: random, ring_timeout: 10s, max_wait: 10s", "arabic:  {strategy: random, ring_timeout: 10s, max_wait: 1s")
	c := askedForANumber(pbx)
	c.Press("1234")
	expectSaidBack(c, "1234")
	c.Press("1")
	c.ExpectPrompt("ar/enter-another-number")
	c.Press("98")
	pbx.Restart()
	c.ExpectEnd()
	if got := requests(t, pbx); len(got) != 1 || got[0].Number != "1234" || got[0].Alternative != "" {
		t.Errorf("kept %+v", got)
	}
}

// conversation is a caller who chose Arabic, spoke with 2001, and hung up. The caller's phone is left.
func conversation(t testing.TB, pbx *hatiftest.PBX) (*hatiftest.Phone, store.Call) {
	t.Helper()
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectAnswered()
	c.Press("1")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	c.Hangup()
	ring.ExpectEnd()
	return caller, c.ExpectRow()
}

// feedback is the automated call as far as the question.
func feedback(caller *hatiftest.Phone) *hatiftest.Call {
	c := caller.ExpectRing()
	c.Answer()
	c.ExpectPrompt("ar/feedback-hello")
	c.ExpectPrompt("ar/rate-us")
	return c
}

func wantRating(t testing.TB, pbx *hatiftest.PBX, of store.Call, answered bool, value int) {
	t.Helper()
	eventually(t, "a rating", func() bool { return len(ratings(t, pbx)) > 0 })
	o := expectOwed(t, pbx, store.OwedDone, owed(t, pbx).Attempts)
	all := ratings(t, pbx)
	want := store.Rating{
		GivenIn: o.Placed, Call: of.ID, Created: all[0].Created, Caller: "1001", Name: "Outside caller", Agent: "2001",
		Queue: "arabic", Language: "ar", Answered: answered, Rating: value,
	}
	if len(all) != 1 || all[0] != want {
		t.Errorf("ratings %+v, want %+v", all, want)
	}
}

// F1, F3, F4: the call comes when it was promised, in the caller's language, and ten needs no wait.
func TestAfterAConversationTheCallerIsCalledAndRatesIt(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	c := feedback(caller)
	if after := owed(t, pbx).Answered.Sub(row.Ended); after < 2*time.Second || after > 6*time.Second {
		t.Errorf("the call was answered %v after the conversation", after)
	}
	if who := c.Caller().Number; who != "0777" {
		t.Errorf("the display shows %s", who)
	}
	c.Press("1")
	pressed := time.Now()
	c.Press("0")
	c.ExpectPrompt("ar/thank-you")
	if d := time.Since(pressed); d > 1500*time.Millisecond {
		t.Errorf("the thanks came %v after the ten", d)
	}
	c.ExpectEnd()
	survey := c.ExpectRow()
	wantRating(t, pbx, row, true, 10)
	if survey.Number != "0777" || survey.Called != "1001" || survey.Result != "service" || survey.ID != owed(t, pbx).Placed {
		t.Errorf("the call's row: %s to %s, %s, %s", survey.Number, survey.Called, survey.Result, path(survey))
	}
	if o := owed(t, pbx); o.Call != row.ID || o.Agent != "2001" || o.Attempts != 1 {
		t.Errorf("owed %+v", o)
	}
}

// F5: who is not content may leave a message, which is the complaints people's.
func TestABadRatingLeadsToAMessageForTheComplaintsPeople(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	c := feedback(caller)
	c.Press("3")
	c.ExpectPrompt("ar/leave-a-message")
	time.Sleep(12 * time.Second) // the prompt's rest, the beep, and what the caller has to say
	c.Hangup()
	c.ExpectRow()
	wantRating(t, pbx, row, true, 3)
	messages, err := pbx.Store().Messages(t.Context(), "600", "")
	if err != nil || len(messages) != 1 || messages[0].Number != "1001" || messages[0].Name != "Outside caller" {
		t.Errorf("messages %+v, %v", messages, err)
	}
}

// F3: silence and hanging up are no rating.
func TestWhoHangsUpInsteadOfRatingHasNotRated(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	c := feedback(caller)
	c.Hangup()
	c.ExpectRow()
	wantRating(t, pbx, row, false, 0)
}

// F2: who does not answer, or is busy, is called again; who has answered is not.
func TestWhoDoesNotAnswerTheFeedbackCallIsCalledAgain(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	caller.ExpectRing().ExpectEnd() // it rings for two seconds
	if err := caller.ExpectRing().Reject(486); err != nil {
		t.Fatal(err)
	}
	c := feedback(caller)
	c.Press("7")
	c.ExpectPrompt("ar/thank-you")
	c.ExpectEnd()
	wantRating(t, pbx, row, true, 7)
	expectOwed(t, pbx, store.OwedDone, 3)
	caller.ExpectNoRing()
}

// F2: somebody who has called us again is not called on top of that; it is no attempt.
func TestSomebodyOnACallGetsNoFeedbackCall(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	again := caller.Dial("0777")
	again.ExpectAnswered()
	eventually(t, "the call to be put off", func() bool { return owed(t, pbx).Due.Sub(row.Ended) > 20*time.Second })
	if o := owed(t, pbx); o.State != store.OwedWaiting || o.Attempts != 0 {
		t.Errorf("owed %+v", o)
	}
	caller.ExpectNoRing()
	again.Hangup()
}

// F2: the answer counts when it is written, not before: hatif may be killed while the phone waits for its ACK.
func TestNobodyIsSpokenToBeforeItIsWrittenThatTheyAnswered(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, row := conversation(t, pbx)
	ring := caller.ExpectRing()
	release := occupyStore(t, pbx.Data())
	answered := make(chan error, 1)
	go func() { answered <- ring.Call.Answer(t.Context()) }()
	select {
	case err := <-answered:
		t.Errorf("the call came to be before it was written: %v", err)
	case <-time.After(700 * time.Millisecond):
	}
	release()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	ring.ExpectPrompt("ar/feedback-hello")
	ring.ExpectPrompt("ar/rate-us")
	ring.Press("9")
	ring.ExpectPrompt("ar/thank-you")
	ring.ExpectEnd()
	wantRating(t, pbx, row, true, 9)
}

// occupyStore keeps every writer of the database waiting until it is released.
func occupyStore(t testing.TB, data string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// F2: three times and no more.
func TestAPhoneThatIsOffIsGivenUpAfterTheLastTry(t *testing.T) {
	t.Parallel()
	pbx := centre(t)
	caller, _ := conversation(t, pbx)
	caller.Unregister()
	if o := expectOwed(t, pbx, store.OwedFailed, 3); o.Cause != "not registered" {
		t.Errorf("given up for %q", o.Cause)
	}
	if len(ratings(t, pbx)) != 0 {
		t.Error("a rating of nobody")
	}
}

// F2: a promise outlives the process, and so does one whose phone is ringing when hatif is stopped.
func TestAPromiseIsKeptAfterARestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	pbx := hatiftest.Start(t, hatiftest.Options{Data: data})
	reload(t, pbx, "after: 5m", "after: 2s", `hours: "09:00-20:00"`, `hours: "00:00-24:00"`)
	caller, row := conversation(t, pbx)
	ringing := caller.ExpectRing() // and nobody takes it
	pbx.Restart()
	ringing.ExpectEnd()
	if o := owed(t, pbx); o.Attempts > 1 {
		t.Errorf("the stop counts as an attempt: %+v", o)
	}
	c := feedback(caller) // whose registration has outlived the restart
	c.Press("0")
	c.ExpectPrompt("ar/leave-a-message")
	c.Hangup()
	wantRating(t, pbx, row, true, 0)
}

// Any context can be promised to anybody; the file may be changed meanwhile.
func TestAnyContextCanBeRunAsACallThatIsOwed(t *testing.T) {
	t.Parallel()
	pbx := open(t, "    \"*43\": echo\n", `    "*43": echo
    "*5": [{set: {when: "1"}}, {owe_call: {run: reminder, number: "2003", after: 1s}}]
  reminder:
    start: [{say: {digits: "{{ .when }}{{ .Caller }}"}}, {ask: {prompt: press-1-to-confirm-2-to-repeat, range: 1-2, into: key}}, {if: {when: key == 2, then: {goto: reminder}}}, {playback: thank-you}]
`)
	agent, boss := pbx.Phone("2001"), pbx.Phone("2003")
	agent.Dial("*5").ExpectEnd()
	c := boss.ExpectRing()
	c.Answer()
	for _, key := range []string{"2", "1"} {
		for _, digit := range "12003" {
			c.ExpectPrompt("en/digits/" + string(digit))
		}
		c.ExpectPrompt("en/press-1-to-confirm-2-to-repeat")
		c.Press(key)
	}
	c.ExpectPrompt("en/thank-you")
	c.ExpectEnd()
}

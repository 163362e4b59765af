package stories_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// Each message of a call may be lost on the wire once, and the call does not notice.
func TestMessagesThatAreLostAreSaidAgain(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{
		"out INVITE", "out ACK", "out BYE", "in 100", "in 180", "in 200 INVITE", "in 200 BYE",
		"callee in INVITE", "callee in ACK", "callee in BYE", "callee out 180", "callee out 200 INVITE", "callee out 200 BYE",
	} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			pbx := open(t)
			from, to := pbx.Phone("2001"), pbx.Phone("2002")
			what, byCallee := strings.CutPrefix(lost, "callee ")
			ph := from
			if byCallee {
				ph = to
			}
			var once sync.Once
			ph.Lose(func(m softphone.Message) bool {
				gone := false
				if matches(m, what) {
					once.Do(func() { gone = true })
				}
				return gone
			})
			a := from.Dial("2002")
			b := to.ExpectRing()
			b.ExpectRinging() // its 180 has been said
			vanished := func() bool { return slices.ContainsFunc(ph.Trace(), func(m softphone.Message) bool { return m.Lost }) }
			if strings.HasSuffix(what, "180") {
				eventually(t, "the 180 to be lost", vanished)
			}
			b.Answer()
			a.ExpectAnswered()
			hearEachOther(t, a, b)
			a.Hangup()
			b.ExpectEnd()
			if row := a.ExpectRow(); row.Result != "answered" || row.Cause.Name != "normal" {
				t.Errorf("row: %s, %+v", row.Result, row.Cause)
			}
			if !vanished() {
				t.Error("nothing was lost")
			}
		})
	}
}

// matches understands "out INVITE", "in 180" and "in 200 BYE".
func matches(m softphone.Message, what string) bool {
	words := strings.Fields(what)
	if m.Out != (words[0] == "out") {
		return false
	}
	first := m.StartLine()
	if len(words) == 3 {
		return strings.HasPrefix(first, "SIP/2.0 "+words[1]) && m.Method() == words[2]
	}
	return strings.HasPrefix(first, words[1]+" ") || strings.HasPrefix(first, "SIP/2.0 "+words[1]+" ") && m.Method() == "INVITE"
}

// U-turns: whoever rang and was given up on is quiet at once.
func TestACallerWhoCancelsWhileItRingsQuietensThePhone(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	caller, callee := pbx.Phone("2001"), pbx.Phone("2002")
	for range 3 {
		a := caller.Dial("2002")
		b := callee.ExpectRing()
		a.ExpectRinging()
		a.Hangup()
		gone := time.Now()
		if end := b.ExpectEnd(); end.How != "CANCEL" {
			t.Errorf("the callee's call ended as %v, want a CANCEL", end)
		}
		atOnce(t, "the CANCEL", gone)
		if end := a.ExpectEnd(); end.Code != 487 {
			t.Errorf("the caller's INVITE is answered with %v, want 487", end)
		}
		if row := a.ExpectRow(); row.Result != "abandoned" || len(row.Legs) != 2 {
			t.Errorf("row: %s, %d legs", row.Result, len(row.Legs))
		}
	}
	pbx.ExpectIdle()
}

// A graceful stop: no new calls, those in progress go on, and then it is over.
func TestAStopRefusesNewCallsAndWaitsForThoseInProgress(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	third := pbx.Phone("2003")
	a, b := talk(t, pbx.Phone("2001"), pbx.Phone("2002"))
	pbx.Drain()
	eventually(t, "new calls to be refused", func() bool {
		c := third.Dial("2002")
		select {
		case <-c.Done():
		case <-time.After(200 * time.Millisecond):
			c.Hangup()
		}
		end := c.ExpectEnd()
		return end.Code == 503
	})
	hearEachOther(t, a, b)
	a.Hold()
	b.ExpectMusic("default")
	a.Resume()
	hearEachOther(t, a, b)
	a.Hangup()
	b.ExpectEnd()
	pbx.ExpectStopped()
}

// A busy hour in a second: calls of every kind at once, all served, nothing left.
func TestManyCallsAtOnceAllEndWell(t *testing.T) {
	t.Parallel()
	pbx := open(t, "max_wait: 30s", "max_wait: 2s", "ring_timeout: 5s", "ring_timeout: 1s")
	agents := []*hatiftest.Phone{pbx.Phone("2001"), pbx.Phone("2002")}
	for _, a := range agents {
		a.SetPolicy(softphone.AnswerAfter(50 * time.Millisecond))
	}
	caller := pbx.PhoneWith(hatiftest.PhoneOptions{User: "1001"})
	var all sync.WaitGroup
	const callers = 30
	for i := range callers {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*hatiftest.Patience)
			defer cancel()
			c, err := caller.Phone.Dial(ctx, "0777")
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
				return
			}
			if i%3 == 0 { // impatient
				if err := c.Hangup(ctx); err != nil {
					t.Errorf("caller %d hangs up: %v", i, err)
				}
				return
			}
			_ = c.WaitStamp(ctx) // until an agent is heard, or the call is over
			if c.Ended() == nil {
				if err := c.Hangup(ctx); err != nil {
					t.Errorf("caller %d hangs up: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	pbx.ExpectIdle()
	eventually(t, "all rows", func() bool {
		ended := 0
		for _, r := range pbx.Rows() {
			if !r.Ended.IsZero() {
				ended++
			}
		}
		return ended == callers
	})
	for _, r := range pbx.Rows() {
		if r.Result == "failed" || r.Result == "" {
			t.Errorf("row: %q, %+v", r.Result, r.Cause)
		}
	}
	for _, a := range agents { // nobody is lost
		a.SetPolicy(softphone.RingOnly)
	}
}

package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// C7: ring_timeout is one phone's, max_wait is the caller's.
func TestAPhoneRingsForRingTimeoutAndTheCallerWaitsForMaxWait(t *testing.T) {
	t.Parallel()
	pbx := open(t, "ring_timeout: 5s, max_wait: 30s, retry: 1s", "ring_timeout: 1500ms, max_wait: 4s, retry: 10s")
	first, second := pbx.Phone("2001"), pbx.Phone("2002")
	c := pbx.Phone("1001").Dial("0777")
	began := time.Now()
	ring := first.ExpectRing()
	if end := ring.ExpectEnd(); end.How != "CANCEL" {
		t.Errorf("the phone that nobody answered stopped as %v, want a CANCEL", end)
	}
	if d := time.Since(began); d < 1300*time.Millisecond || d > 3500*time.Millisecond {
		t.Errorf("the first phone rang for %v, want 1.5 s", d)
	}
	second.ExpectRing().ExpectEnd()
	c.ExpectPrompt("no-agent-available")
	if d := time.Since(began); d < 3900*time.Millisecond || d > 7*time.Second {
		t.Errorf("the caller waited for %v, want 4 s", d)
	}
	c.ExpectEnd()
	row := c.ExpectRow()
	if row.Result != "no answer" || len(row.Legs) != 3 || len(row.Recordings) != 0 || row.Agent != "" {
		t.Errorf("row: %s with %d legs (%s), %d recordings, agent %q", row.Result, len(row.Legs), legs(row), len(row.Recordings), row.Agent)
	}
}

// C7
func TestACallerWhoHangsUpQuietensTheAgentsPhoneAtOnce(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	caller := pbx.Phone("1001")
	for range 3 {
		c := caller.Dial("0777")
		ring := agent.ExpectRing()
		c.ExpectMusic("default")
		c.Hangup()
		gone := time.Now()
		end := ring.ExpectEnd()
		atOnce(t, "the CANCEL", gone)
		if end.How != "CANCEL" {
			t.Errorf("the agent's call ended as %v, want a CANCEL", end)
		}
		if row := c.ExpectRow(); row.Result != "abandoned" || len(row.Legs) != 2 {
			t.Errorf("row: %s, legs %s", row.Result, legs(row))
		}
	}
}

// C7, and the first lesson of the trackers: who declined is not rung again while others are free.
func TestTheNextAgentIsRungWhenOneDeclinesIsBusyOrCannotBeReached(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]softphone.Policy{
		"declines": softphone.RejectWith(603), "is busy": softphone.RejectWith(486), "fails": softphone.RejectWith(500),
		"has no codec": softphone.RejectWith(488), "is not there": softphone.RejectWith(480), "has moved": softphone.RejectWith(302),
		"is lost": softphone.RejectWith(404), "asks for a password": softphone.RejectWith(401),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pbx := open(t)
			first, second := pbx.Phone("2001"), pbx.Phone("2002")
			first.SetPolicy(policy)
			c := pbx.Phone("1001").Dial("0777")
			began := time.Now()
			first.ExpectRing()
			ring := second.ExpectRing()
			atOnce(t, "the way to the next agent", began)
			ring.Answer()
			hearEachOther(t, c, ring)
			ring.Hangup()
			c.ExpectEnd()
			row := c.ExpectRow()
			if row.Result != "answered" || row.Agent != "2002" || len(row.Legs) != 3 {
				t.Errorf("row: %s by %s, legs %s", row.Result, row.Agent, legs(row))
			}
			first.ExpectNoRing()
		})
	}
}

// A phone whose plug was pulled is still registered: it must not hold the caller for longer than it would ring.
func TestAPhoneThatIsDeadDoesNotHoldTheCaller(t *testing.T) {
	t.Parallel()
	pbx := open(t, "ring_timeout: 5s", "ring_timeout: 1s")
	dead, tcp := pbx.Phone("2001"), pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Transport: "tcp"})
	tcp.Register()
	living := pbx.Phone("2002")
	for _, ph := range []*hatiftest.Phone{dead, tcp} {
		if err := ph.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c := pbx.Phone("1001").Dial("0777")
	ring := living.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
}

// C7
func TestWhoeverHangsUpEndsTheCallForBoth(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	for _, by := range []string{"agent", "caller"} {
		c := caller.Dial("0777")
		ring := agent.ExpectRing()
		ring.Answer()
		hearEachOther(t, c, ring)
		first, last := ring, c
		if by == "caller" {
			first, last = c, ring
		}
		first.Hangup()
		over := time.Now()
		if end := last.ExpectEnd(); end.How != "BYE" || end.ByUs {
			t.Errorf("%s hangs up, the other's call ends as %v, want a BYE", by, end)
		}
		atOnce(t, "the other's BYE", over)
		row := c.ExpectRow()
		if row.Result != "answered" || row.Cause.Name != "normal" || len(row.Legs) != 2 {
			t.Errorf("row: %s, %s, legs %s", row.Result, row.Cause.Name, legs(row))
		}
		hung := map[string]string{"1001": row.Legs[0].HungUpBy, "2001": row.Legs[1].HungUpBy}
		if hung[first.Phone().User()] != "party" || hung[last.Phone().User()] != "hatif" {
			t.Errorf("%s hung up, and the row says %v", by, hung)
		}
	}
}

// C7: a caller who hangs up in the moment in which the agent answers leaves nobody on the line.
func TestACallerWhoLeavesAsTheAgentAnswersLeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	for i := range 15 {
		c := caller.Dial("0777")
		ring := agent.ExpectRing()
		c.ExpectAnswered()
		hung := make(chan struct{})
		go func() {
			defer close(hung)
			time.Sleep(time.Duration(i) * 300 * time.Microsecond) // sweeps over the agent's answer
			c.Hangup()
		}()
		ctx := t.Context()
		_ = ring.Call.Answer(ctx) // the CANCEL may have come first
		<-hung
		ring.ExpectEnd()
		if row := c.ExpectRow(); row.Result != "abandoned" && row.Result != "answered" {
			t.Errorf("row: %s", row.Result)
		}
	}
	pbx.ExpectIdle()
	c := caller.Dial("0777") // and the agent is free
	agent.ExpectRing().Answer()
	c.ExpectAnswered()
}

func TestAFullLineAndAnEmptyRoomAreSaidAtTheDoor(t *testing.T) {
	t.Parallel()
	pbx := open(t, "retry: 1s", "retry: 1s, max_length: 1, join_when_empty: [not_registered]",
		"unanswered: nobody}", "unanswered: nobody, full: busy}")
	caller := pbx.Phone("1001")
	c := caller.Dial("0777")
	c.ExpectPrompt("no-agent-available") // nobody is logged on
	c.ExpectEnd()
	agent := pbx.Phone("2001")
	agent.SetPolicy(softphone.Mute)
	waiting := caller.Dial("0777")
	waiting.ExpectMusic("default")
	pbx.Phone("1002").Dial("0777").ExpectRefused(486)
	waiting.Hangup()
	if row := waiting.ExpectRow(); row.Result != "abandoned" {
		t.Errorf("row: %s", row.Result)
	}
}

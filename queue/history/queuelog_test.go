package history

import (
	"regexp"
	"testing"
	"time"

	"hatif/call"
	"hatif/queue"
)

// documented is what Asterisk's manual says of each event of queue_log: the data behind its name. Numbers are whole.
var documented = map[string]*regexp.Regexp{
	"QUEUESTART":      regexp.MustCompile(`^$`),
	"ENTERQUEUE":      regexp.MustCompile(`^[^|]*\|[^|]*\|\d+$`),      // url|callerid|position
	"CONNECT":         regexp.MustCompile(`^\d+\|[^|]+\|\d+$`),        // holdtime|channel's unique id|ringtime
	"COMPLETEAGENT":   regexp.MustCompile(`^\d+\|\d+\|\d+$`),          // holdtime|calltime|origposition
	"COMPLETECALLER":  regexp.MustCompile(`^\d+\|\d+\|\d+$`),          // holdtime|calltime|origposition
	"BLINDTRANSFER":   regexp.MustCompile(`^[^|]+\|[^|]*(\|\d+){3}$`), // extension|context|holdtime|calltime|origposition
	"ABANDON":         regexp.MustCompile(`^\d+\|\d+\|\d+$`),          // position|origposition|waittime
	"EXITWITHTIMEOUT": regexp.MustCompile(`^\d+\|\d+\|\d+$`),          // position|origposition|waittime
	"EXITEMPTY":       regexp.MustCompile(`^\d+\|\d+\|\d+$`),          // position|origposition|waittime
	"EXITWITHKEY":     regexp.MustCompile(`^[0-9*#]\|\d+\|\d+\|\d+$`), // key|position|origposition|waittime
	"WITHDRAW":        regexp.MustCompile(`^\d+\|\d+\|\d+\|[^|]+$`),   // position|origposition|waittime|info
	"RINGNOANSWER":    regexp.MustCompile(`^\d+$`),                    // milliseconds
	"RINGCANCELED":    regexp.MustCompile(`^\d+$`),                    // milliseconds
	"PAUSE":           regexp.MustCompile(`^[^|]*$`),                  // reason
	"UNPAUSE":         regexp.MustCompile(`^[^|]*$`),                  // reason
	"PAUSEALL":        regexp.MustCompile(`^[^|]*$`),                  // reason
	"UNPAUSEALL":      regexp.MustCompile(`^[^|]*$`),                  // reason
	"ADDMEMBER":       regexp.MustCompile(`^[^|]*$`),                  // paused or not
	"REMOVEMEMBER":    regexp.MustCompile(`^$`),
}

// line is time|call|queue|agent|event|data.
var line = regexp.MustCompile(`^(\d{10})\|([^|]+)\|([^|]+)\|(NONE|SIP/[^|]+)\|([A-Z]+)\|(.*)$`)

func TestEventsAreWrittenAsAsteriskDocumentsThem(t *testing.T) {
	for _, c := range []struct {
		ev   queue.Event
		want string
	}{
		{queue.Event{Kind: queue.FloorOpened}, "NONE|NONE|NONE|QUEUESTART|"},
		{queue.Event{Kind: queue.CallerJoined, Call: "c1", Queue: "arabic", Caller: "1001", Position: 3}, "c1|arabic|NONE|ENTERQUEUE||1001|3"},
		{queue.Event{Kind: queue.CallerJoined, Call: "c1", Queue: "arabic", Caller: "10|01\n", Position: 3}, "c1|arabic|NONE|ENTERQUEUE||1001|3"},
		{queue.Event{Kind: queue.CallerConnected, Call: "c1", Queue: "arabic", Agent: "2001", Position: 1, Entered: 3, Waited: 7900 * time.Millisecond, Rang: 2 * time.Second},
			"c1|arabic|SIP/2001|CONNECT|7|c1-2001|2"},
		{queue.Event{Kind: queue.CallerParted, Call: "c1", Queue: "arabic", Agent: "2001", Entered: 3, Waited: 7 * time.Second, Talked: time.Minute, By: queue.ByAgent},
			"c1|arabic|SIP/2001|COMPLETEAGENT|7|60|3"},
		{queue.Event{Kind: queue.CallerParted, Call: "c1", Queue: "arabic", Agent: "2001", Entered: 3, Waited: 7 * time.Second, Talked: time.Minute, By: queue.ByCaller},
			"c1|arabic|SIP/2001|COMPLETECALLER|7|60|3"},
		{queue.Event{Kind: queue.CallerParted, Call: "c1", Queue: "arabic", Agent: "2001", Entered: 3, Waited: 7 * time.Second, Talked: time.Minute, By: queue.ByAgent, Heir: "3001"},
			"c1|arabic|SIP/2001|BLINDTRANSFER|3001||7|60|3"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.Abandoned, Position: 2, Entered: 3, Waited: 9 * time.Second}, "c1|arabic|NONE|ABANDON|2|3|9"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.TimedOut, Position: 2, Entered: 3, Waited: 9 * time.Second}, "c1|arabic|NONE|EXITWITHTIMEOUT|2|3|9"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.LeftEmpty, Position: 2, Entered: 3, Waited: 9 * time.Second}, "c1|arabic|NONE|EXITEMPTY|2|3|9"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.ByKey, Key: "0", Position: 2, Entered: 3, Waited: 9 * time.Second}, "c1|arabic|NONE|EXITWITHKEY|0|2|3|9"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.Withdrawn, Position: 2, Entered: 3, Waited: 9 * time.Second}, "c1|arabic|NONE|WITHDRAW|2|3|9|withdrawn"},
		{queue.Event{Kind: queue.AgentMissed, Call: "c1", Queue: "arabic", Agent: "2001", Cause: call.NoAnswer, Rang: 15 * time.Second}, "c1|arabic|SIP/2001|RINGNOANSWER|15000"},
		{queue.Event{Kind: queue.AgentReleased, Call: "c1", Queue: "arabic", Agent: "2001", Result: queue.Abandoned, Rang: 1500 * time.Millisecond}, "c1|arabic|SIP/2001|RINGCANCELED|1500"},
		{queue.Event{Kind: queue.AgentLoggedOn, Queue: "arabic", Agent: "2001", Via: queue.ViaPhone}, "NONE|arabic|SIP/2001|ADDMEMBER|"},
		{queue.Event{Kind: queue.AgentLoggedOff, Queue: "arabic", Agent: "2001", Via: queue.ViaPhone}, "NONE|arabic|SIP/2001|REMOVEMEMBER|"},
		{queue.Event{Kind: queue.AgentPaused, Agent: "2001", Reason: "lunch", Via: queue.ViaPhone}, "NONE|NONE|SIP/2001|PAUSEALL|lunch"},
		{queue.Event{Kind: queue.AgentUnpaused, Agent: "2001", Reason: "lunch", Via: queue.ViaPhone}, "NONE|NONE|SIP/2001|UNPAUSEALL|lunch"},
		{queue.Event{Kind: queue.CallerLeft, Call: "c1", Queue: "arabic", Result: queue.Overflowed, Next: "english", Position: 2, Entered: 3, Waited: 9 * time.Second},
			"c1|arabic|NONE|WITHDRAW|2|3|9|overflow"},
		{queue.Event{Kind: queue.AgentReleased, Call: "c1", Queue: "arabic", Agent: "2001"}, ""},
		{queue.Event{Kind: queue.CallerRefused, Call: "c1", Queue: "arabic", Result: queue.Full}, ""},
		{queue.Event{Kind: queue.AgentChanged, Agent: "2001", To: queue.Available}, ""},
		{queue.Event{Kind: queue.FloorClosed}, ""},
	} {
		c.ev.At = nine.Add(300 * time.Millisecond)
		if c.want != "" {
			c.want = "1772442000|" + c.want
		}
		got := QueueLogLine(c.ev)
		if got != c.want {
			t.Errorf("%+v\nis  %s\nnot %s", c.ev, got, c.want)
		}
		if got == "" {
			continue
		}
		m := line.FindStringSubmatch(got)
		if m == nil || documented[m[5]] == nil || !documented[m[5]].MatchString(m[6]) {
			t.Errorf("%s is not what the manual describes", got)
		}
	}
}

// Whatever happens to a caller is a line that belongs to an ENTERQUEUE, and ends one.
func FuzzALineHasItsFields(f *testing.F) {
	f.Add("joined", "c1", "arabic", "2001", "1001", "0")
	f.Add("left", "c|1", "ara\nbic", "", "", "|")
	f.Add("parted", "", "", "\x00", "", "")
	f.Fuzz(func(t *testing.T, kind, id, name, agent, caller, key string) {
		got := QueueLogLine(queue.Event{At: nine, Kind: queue.Kind(kind), Call: id, Queue: name, Agent: agent, Caller: caller, Heir: key})
		if got == "" {
			return
		}
		if regexp.MustCompile(`[\n\r]`).MatchString(got) || !regexp.MustCompile(`^\d+\|[^|]*\|[^|]*\|[^|]+\|[A-Z]+\|`).MatchString(got) {
			t.Errorf("the line of a %s event is %q", kind, got)
		}
	})
}

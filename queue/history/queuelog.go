package history

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hatif/queue"
)

// QueueLogLine is ev as a line of Asterisk's queue_log, without its end:
//
//	time|call|queue|agent|EVENT|data…
//
// It is "" for what Asterisk has no line for: a refused caller, an agent's state. Agents are SIP/<user>, as they would be
// called there.
func QueueLogLine(ev queue.Event) string {
	name, data := lineOf(ev)
	if name == "" {
		return ""
	}
	fields := append([]string{
		strconv.FormatInt(ev.At.Unix(), 10), none(ev.Call), none(ev.Queue), channel(ev.Agent), name,
	}, data...)
	for i := range fields {
		fields[i] = strings.Map(separable, fields[i])
	}
	return strings.Join(fields, "|")
}

// lineOf is the name and the data that Asterisk has for an event.
func lineOf(ev queue.Event) (name string, data []string) {
	waited, talked := whole(ev.Waited), whole(ev.Talked)
	position, entered := strconv.Itoa(ev.Position), strconv.Itoa(ev.Entered)
	switch ev.Kind {
	case queue.FloorOpened:
		return "QUEUESTART", []string{""}
	case queue.CallerJoined:
		return "ENTERQUEUE", []string{"", ev.Caller, position} // the first is a URL, which nobody has
	case queue.CallerConnected:
		return "CONNECT", []string{waited, ev.Call + "-" + ev.Agent, whole(ev.Rang)}
	case queue.CallerParted:
		switch {
		case ev.Heir != "":
			return "BLINDTRANSFER", []string{ev.Heir, "", waited, talked, entered}
		case ev.By == queue.ByAgent:
			return "COMPLETEAGENT", []string{waited, talked, entered}
		}
		return "COMPLETECALLER", []string{waited, talked, entered}
	case queue.CallerLeft:
		return leftAs(ev.Result, ev.Key, []string{position, entered, waited})
	case queue.AgentMissed:
		return "RINGNOANSWER", []string{strconv.FormatInt(ev.Rang.Milliseconds(), 10)}
	case queue.AgentReleased:
		if ev.Result == queue.Abandoned {
			return "RINGCANCELED", []string{strconv.FormatInt(ev.Rang.Milliseconds(), 10)}
		}
	case queue.AgentLoggedOn:
		return "ADDMEMBER", []string{""}
	case queue.AgentLoggedOff:
		return "REMOVEMEMBER", []string{""}
	case queue.AgentPaused:
		return "PAUSEALL", []string{ev.Reason}
	case queue.AgentUnpaused:
		return "UNPAUSEALL", []string{ev.Reason}
	}
	return "", nil
}

// leftAs is how a caller has left the line; where is their place, the one they came to, and their wait.
func leftAs(how queue.Result, key string, where []string) (name string, data []string) {
	switch how {
	case queue.Abandoned:
		return "ABANDON", where
	case queue.TimedOut:
		return "EXITWITHTIMEOUT", where
	case queue.LeftEmpty:
		return "EXITEMPTY", where
	case queue.ByKey:
		return "EXITWITHKEY", append([]string{key}, where...)
	default:
		return "WITHDRAW", append(where, string(how))
	}
}

// none is how the log writes that there is nothing.
func none(s string) string {
	if s == "" {
		return "NONE"
	}
	return s
}

func channel(user string) string {
	if user == "" {
		return "NONE"
	}
	return "SIP/" + user
}

func whole(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// separable leaves out what ends a field or a line.
func separable(r rune) rune {
	if r == '|' || r < ' ' {
		return -1
	}
	return r
}

// WriteQueueLog writes the line of ev, if it has one.
func WriteQueueLog(w io.Writer, ev queue.Event) error {
	line := QueueLogLine(ev)
	if line == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

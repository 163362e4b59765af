package history

import (
	"math"

	"hatif/queue"
)

// QueueSheet puts figures of queues in columns. With intervals the first says when they began.
func QueueSheet(figures []*QueueFigures, every Interval) *Sheet {
	s := &Sheet{columns: append(begins(every), []column{
		{"queue", "QUEUE"}, {"offered", "OFFERED"}, {"answered", "ANSWERED"}, {"answered in time", ""},
		{"abandoned", "ABANDONED"}, {"timed out", "TIMED OUT"}, {"refused", "REFUSED"}, {"overflowed", "OVERFLOWED"}, {"called back", "CALLED BACK"}, {"otherwise left", "OTHER"}, {"pending", ""},
		{"service level", "SERVICE"}, {"service level of answered", "OF ANSWERED"},
		{"average wait", "WAIT"}, {"median wait", ""}, {"wait of 90 percent", "90%"}, {"longest wait", "LONGEST"},
		{"average wait of abandoned", "GAVE UP"}, {"completed", ""}, {"transferred", ""}, {"average talk", "TALK"}, {"talk", ""},
		{"average wrap-up", "WRAP-UP"}, {"wrap-up", ""},
		{"rung", ""}, {"missed", "MISSED"}, {"declined", "DECLINED"}, {"unreachable", ""},
	}...)}
	for _, f := range figures {
		abandoned, timedOut, overflowed := f.Left[queue.Abandoned], f.Left[queue.TimedOut], f.Left[queue.Overflowed]+f.Left[queue.Moved]
		refused := f.Left[queue.Full] + f.Left[queue.Empty] + f.Left[queue.Closed]
		ofAll, ofAnswered := f.ServiceLevel()
		row := []any{
			f.Queue, f.Offered, f.Answered, f.InTime,
			abandoned, timedOut, refused, overflowed, f.Again(),
			f.Unserved() - abandoned - timedOut - refused - overflowed - f.Again(), f.Pending(),
			ratio(ofAll), ratio(ofAnswered),
			f.AverageWait(), f.WaitPercentile(0.5), f.WaitPercentile(0.9), f.WaitPercentile(1),
			f.AverageGivenUp(), f.Completed, f.Transferred, f.AverageTalk(), f.Talk,
			f.AverageWrapUp(), f.WrapUp,
			f.Rung, f.Missed, f.Declined, f.Unreachable,
		}
		if every != Whole {
			row = append([]any{f.Began}, row...)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// AgentSheet puts figures of agents in columns.
func AgentSheet(figures []*AgentFigures, every Interval) *Sheet {
	s := &Sheet{columns: append(begins(every), []column{
		{"agent", "AGENT"}, {"rung", "RUNG"}, {"answered", "ANSWERED"}, {"missed", "MISSED"}, {"declined", "DECLINED"},
		{"unreachable", "UNREACHABLE"}, {"released", ""}, {"completed", ""}, {"transferred", "TRANSFERRED"},
		{"average talk", "TALK"}, {"talk", ""},
		{"logged on", "LOGGED ON"}, {"available", "AVAILABLE"}, {"ringing", ""}, {"talking", "TALKING"}, {"wrap-up", "WRAP-UP"},
		{"paused", "PAUSED"}, {"pauses", ""}, {"on other calls", "OTHER CALLS"}, {"resting", ""}, {"occupancy", "OCCUPANCY"},
	}...)}
	for _, f := range figures {
		row := []any{
			f.Agent, f.Rung, f.Answered, f.Missed, f.Declined,
			f.Unreachable, f.Released, f.Completed, f.Transferred,
			f.AverageTalk(), f.Talk,
			f.LoggedOn(), f.In[queue.Available], f.In[queue.Reserved] + f.In[queue.Ringing], f.In[queue.Talking], f.In[queue.WrapUp],
			f.In[queue.Paused], reasons(f.Pauses), f.In[queue.OnCall], f.In[queue.Resting], ratio(f.Occupancy()),
		}
		if every != Whole {
			row = append([]any{f.Began}, row...)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

func begins(every Interval) []column {
	if every == Whole {
		return nil
	}
	return []column{{"began", "BEGAN"}}
}

// ScoreSheet puts what callers thought in columns.
func ScoreSheet(scores []*Score, every Interval) *Sheet {
	s := &Sheet{columns: append(begins(every), []column{
		{"queue", "QUEUE"}, {"agent", "AGENT"}, {"asked", "ASKED"}, {"rated", "RATED"}, {"mean", "MEAN"}, {"poor", "POOR"},
	}...)}
	for _, c := range scores {
		mean := math.NaN()
		if c.Answered > 0 {
			mean = c.Mean()
		}
		row := []any{c.Queue, c.Agent, c.Asked, c.Answered, ratio(mean), c.Poor}
		if every != Whole {
			row = append([]any{c.Began}, row...)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

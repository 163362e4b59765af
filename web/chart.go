package web

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"hatif/queue"
	"hatif/queue/history"
)

// A chartView is a table whose rows are intervals of time, of which the browser draws a picture: both show the same.
type chartView struct {
	ID      string
	Title   string
	Shape   string // of the picture: lines or bars
	Unit    string // of its axis: count, time, share, or rating
	Columns []string
	Rows    []chartRow
}

type chartRow struct {
	Label string
	Cells []chartCell
}

// A chartCell is a figure as people read it and as the picture needs it: "" where there is none.
type chartCell struct{ Text, Value string }

func count(n int) chartCell { return chartCell{strconv.Itoa(n), strconv.Itoa(n)} }

// waiting is a time that there is none of when nobody waited.
func waiting(d time.Duration, of int) chartCell {
	if of == 0 {
		return chartCell{Text: "–"}
	}
	return spent(d)
}

func spent(d time.Duration) chartCell {
	return chartCell{length(d), strconv.FormatFloat(d.Seconds(), 'f', 0, 64)}
}

func part(of float64) chartCell {
	if math.IsNaN(of) {
		return chartCell{Text: "–"}
	}
	return chartCell{percent(of), strconv.FormatFloat(100*of, 'f', 1, 64)}
}

func percent(of float64) string {
	if math.IsNaN(of) {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*of)
}

// labelOf is an interval's beginning as short as it can be told.
func labelOf(at time.Time, every history.Interval) string {
	if every == history.Hour {
		return at.Format("01-02 15:04")
	}
	return at.Format(time.DateOnly)
}

// reportCharts are the charts of a report, by time.
func reportCharts(l *language, report history.Report, span history.Span) []chartView {
	queues, agents := make(map[int64]*history.QueueFigures), make(map[int64]*history.AgentFigures)
	for _, f := range history.FoldQueues(report.Queues, func(f *history.QueueFigures) (time.Time, string) { return f.Began, "" }) {
		queues[f.Began.UnixNano()] = f
	}
	for _, f := range history.FoldAgents(report.Agents, func(f *history.AgentFigures) (time.Time, string) { return f.Began, "" }) {
		agents[f.Began.UnixNano()] = f
	}
	calls := chartView{ID: "calls", Title: l.say("reports.calls"), Shape: "bars", Unit: "count", Columns: []string{l.say("reports.offered"), l.say("reports.answered"), l.say("reports.abandoned")}}
	waits := chartView{ID: "waits", Title: l.say("reports.waits"), Shape: "lines", Unit: "time", Columns: []string{l.say("reports.mean"), l.say("reports.median"), l.say("reports.ninety"), l.say("reports.longest")}}
	level := chartView{ID: "level", Title: l.say("reports.level"), Shape: "lines", Unit: "share", Columns: []string{l.say("reports.ofAll"), l.say("reports.ofAnswered")}}
	work := chartView{ID: "work", Title: l.say("reports.work"), Shape: "bars", Unit: "time", Columns: []string{l.say("reports.talk"), l.say("reports.wrapUp"), l.say("reports.paused")}}
	busy := chartView{ID: "busy", Title: l.say("reports.occupancy"), Shape: "lines", Unit: "share", Columns: []string{l.say("reports.occupancy")}}
	for _, at := range span.Every.Begins(span.Since, span.Until, span.Zone) {
		q, a := queues[at.UnixNano()], agents[at.UnixNano()]
		if q == nil {
			q = &history.QueueFigures{}
		}
		if a == nil {
			a = &history.AgentFigures{}
		}
		ofAll, ofAnswered := q.ServiceLevel()
		for chart, cells := range map[*chartView][]chartCell{
			&calls: {count(q.Offered), count(q.Answered), count(q.Left[queue.Abandoned])},
			&waits: {waiting(q.AverageWait(), q.Answered), waiting(q.WaitPercentile(0.5), q.Answered), waiting(q.WaitPercentile(0.9), q.Answered), waiting(q.WaitPercentile(1), q.Answered)},
			&level: {part(ofAll), part(ofAnswered)},
			&work:  {spent(a.In[queue.Talking]), spent(a.In[queue.WrapUp]), spent(a.In[queue.Paused])},
			&busy:  {part(a.Occupancy())},
		} {
			chart.Rows = append(chart.Rows, chartRow{labelOf(at, span.Every), cells})
		}
	}
	return []chartView{calls, waits, level, work, busy, ratingChart(l, report.Scores, span)}
}

// ratingChart is what callers thought, by time.
func ratingChart(l *language, scores []*history.Score, span history.Span) chartView {
	at := make(map[int64]*history.Score)
	for _, c := range history.FoldScores(scores, func(c *history.Score) (time.Time, string, string) { return c.Began, "", "" }) {
		at[c.Began.UnixNano()] = c
	}
	chart := chartView{ID: "rated", Title: l.say("menu.ratings"), Shape: "lines", Unit: "rating", Columns: []string{l.say("ratings.mean"), l.say("ratings.given"), l.say("ratings.asked")}}
	for _, began := range span.Every.Begins(span.Since, span.Until, span.Zone) {
		c := at[began.UnixNano()]
		if c == nil {
			c = new(history.Score)
		}
		mean := chartCell{Text: "–"}
		if c.Answered > 0 {
			mean = chartCell{fmt.Sprintf("%.1f", c.Mean()), fmt.Sprintf("%.2f", c.Mean())}
		}
		// How many they were is read, not drawn: it has another axis.
		chart.Rows = append(chart.Rows, chartRow{labelOf(began, span.Every), []chartCell{mean, {Text: strconv.Itoa(c.Answered)}, {Text: strconv.Itoa(c.Asked)}}})
	}
	return chart
}

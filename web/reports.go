package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hatif/queue"
	"hatif/queue/history"
)

// Figures are what happened in the queues, added up; a *history.Ledger is one.
type Figures interface {
	Report(ctx context.Context, s history.Span) (history.Report, error)
	Scores(ctx context.Context, s history.Span) (history.Report, error) // Report of the ratings alone
}

// How many days a report may span: by hour, and otherwise.
const (
	mostHourly = 14
	mostDays   = 186
)

// A reportQuery is what the form above the report holds, as it was filled in.
type reportQuery struct{ From, To, By, Queue, Agent string }

type reportView struct {
	Query   reportQuery
	Bys     []history.Interval
	Queues  []string       // that can be chosen
	Agents  []personView   // that can be chosen
	Wrong   string         // a text: why there is no report
	Missing int            // days that are not added up yet
	Charts  []chartView    // by time
	ByQueue []queueRow     // over the whole span
	ByAgent []agentRow     // over the whole span
	Pauses  []pauseRow     // over the whole span
	CSV     []downloadView // the downloads
	From    time.Time
	To      time.Time // the last day
	Zone    *time.Location
}

type personView struct{ User, Name string }

type downloadView struct{ Path, Text string }

// A queueRow, an agentRow and a pauseRow are one line each of the tables over the whole span.
type queueRow struct {
	*history.QueueFigures
	ofAll, ofAnswered float64
}

func (q queueRow) Level() string    { return percent(q.ofAll) }
func (q queueRow) LevelOf() string  { return percent(q.ofAnswered) }
func (q queueRow) Abandoned() int   { return q.Left[queue.Abandoned] }
func (q queueRow) Typical() string  { return length(q.WaitPercentile(0.5)) }
func (q queueRow) Ninety() string   { return length(q.WaitPercentile(0.9)) }
func (q queueRow) Longest() string  { return length(q.WaitPercentile(1)) }
func (q queueRow) MeanWait() string { return length(q.AverageWait()) }

type agentRow struct {
	*history.AgentFigures
	Name string
}

func (a agentRow) Busy() string { return percent(a.Occupancy()) }

// Part is the occupancy for a meter, from 0 to 1.
func (a agentRow) Part() float64 { return max(0, a.Occupancy()) }

func (a agentRow) Paused() time.Duration { return a.In[queue.Paused] }
func (a agentRow) WrapUp() time.Duration { return a.In[queue.WrapUp] }

type pauseRow struct {
	Reason string
	Time   time.Duration
	Part   float64 // of all pauses
}

func (p pauseRow) Percent() float64 { return 100 * p.Part }

// readReport reads the form and finds the span: the last seven days when it says nothing.
func (s *Server) readReport(v url.Values) (q reportQuery, span history.Span, wrong string) {
	zone := s.Location()
	today := s.now().In(zone)
	get := func(key, otherwise string) string { return cmp.Or(strings.TrimSpace(v.Get(key)), otherwise) }
	q = reportQuery{
		From: get("from", today.AddDate(0, 0, -6).Format(time.DateOnly)), To: get("to", today.Format(time.DateOnly)),
		By: get("by", string(history.Day)), Queue: get("queue", ""), Agent: get("agent", ""),
	}
	from, err := time.ParseInLocation(time.DateOnly, q.From, zone)
	to, err2 := time.ParseInLocation(time.DateOnly, q.To, zone)
	by := history.Interval(q.By)
	switch {
	case err != nil || err2 != nil:
		return q, span, "reports.noDay"
	case to.Before(from):
		return q, span, "reports.backwards"
	case !slices.Contains(reportIntervals, by):
		return q, span, "error.badInput"
	case by == history.Hour && to.Sub(from) > mostHourly*24*time.Hour:
		return q, span, "reports.hoursTooLong"
	case to.Sub(from) > mostDays*24*time.Hour:
		return q, span, "reports.tooLong"
	}
	return q, s.span(from, to, by, q.Queue, q.Agent), ""
}

// span is the time from one day to another, both included, but not the future.
func (s *Server) span(from, to time.Time, by history.Interval, queueName, agent string) history.Span {
	levels := make(map[string]time.Duration)
	for _, q := range s.Floor.Snapshot().Queues {
		levels[q.Name] = q.Config.ServiceLevel
	}
	until := to.AddDate(0, 0, 1)
	if now := s.now(); until.After(now) {
		until = now
	}
	return history.Span{
		Since: from, Until: until, Every: by, Zone: s.Location(), Queue: queueName, Agent: agent,
		InTime: func(name string) time.Duration { return cmp.Or(levels[name], queue.DefaultServiceLevel) },
	}
}

var reportIntervals = []history.Interval{history.Hour, history.Day, history.Week}

func (s *Server) reports(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q, span, wrong := s.readReport(r.URL.Query())
	view := reportView{Query: q, Bys: reportIntervals, Wrong: wrong, Zone: s.Location()}
	names := make(map[string]string)
	floor := s.Floor.Snapshot()
	for _, f := range floor.Queues {
		view.Queues = append(view.Queues, f.Name)
	}
	for _, a := range floor.Agents {
		names[a.User] = a.Name
		view.Agents = append(view.Agents, personView{a.User, a.Name})
	}
	if wrong != "" {
		return s.show(w, r, v, http.StatusUnprocessableEntity, "reports", "menu.reports", view)
	}
	report, err := s.Figures.Report(r.Context(), span)
	if err != nil {
		return err
	}
	view.Missing, view.From, view.To = report.Missing, span.Since, span.Until.Add(-time.Second)
	view.Charts = reportCharts(s.speaks(r, v), report, span)
	view.addTables(report, names)
	for _, of := range []struct{ what, text string }{{"queues", "reports.ofQueues"}, {"agents", "reports.ofAgents"}, {"ratings", "reports.ofRatings"}} {
		values := url.Values{"of": {of.what}, "from": {q.From}, "to": {q.To}, "by": {q.By}, "queue": {q.Queue}, "agent": {q.Agent}}
		view.CSV = append(view.CSV, downloadView{"/reports.csv?" + values.Encode(), of.text})
	}
	return s.show(w, r, v, http.StatusOK, "reports", "menu.reports", view)
}

// addTables adds what is over the whole span.
func (v *reportView) addTables(report history.Report, names map[string]string) {
	for _, f := range history.FoldQueues(report.Queues, func(f *history.QueueFigures) (time.Time, string) { return time.Time{}, f.Queue }) {
		ofAll, ofAnswered := f.ServiceLevel()
		v.ByQueue = append(v.ByQueue, queueRow{f, ofAll, ofAnswered})
	}
	pauses := make(map[string]time.Duration)
	var sum time.Duration
	for _, f := range history.FoldAgents(report.Agents, func(f *history.AgentFigures) (time.Time, string) { return time.Time{}, f.Agent }) {
		if f.LoggedOn() == 0 && f.Rung+f.Answered == 0 {
			continue // was never there
		}
		v.ByAgent = append(v.ByAgent, agentRow{f, names[f.Agent]})
		for reason, d := range f.Pauses {
			pauses[reason] += d
			sum += d
		}
	}
	for reason, d := range pauses {
		v.Pauses = append(v.Pauses, pauseRow{cmp.Or(reason, "pause"), d, d.Seconds() / max(1, sum.Seconds())})
	}
	slices.SortFunc(v.Pauses, func(a, b pauseRow) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Reason, b.Reason)) })
}

// reportsCSV is a report's figures as `hatif stats --csv` writes them, each queue, agent and interval by itself.
func (s *Server) reportsCSV(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, span, wrong := s.readReport(r.URL.Query())
	if wrong != "" {
		return errBadInput
	}
	of := r.URL.Query().Get("of")
	if !slices.Contains([]string{"queues", "agents", "ratings"}, of) {
		return errBadInput
	}
	report, err := s.Figures.Report(r.Context(), span)
	if err != nil {
		return err
	}
	sheet := map[string]func() *history.Sheet{
		"queues":  func() *history.Sheet { return history.QueueSheet(report.Queues, span.Every) },
		"agents":  func() *history.Sheet { return history.AgentSheet(report.Agents, span.Every) },
		"ratings": func() *history.Sheet { return history.ScoreSheet(report.Scores, span.Every) },
	}[of]()
	return s.download(w, r, v, of+".csv", func() error { return sheet.CSV(w, s.Location()) })
}

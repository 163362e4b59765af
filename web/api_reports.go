package web

import (
	"time"

	"hatif/queue/history"
)

// reportData is what the console's page of reports shows.
type reportData struct {
	Since   time.Time        `json:"since"`
	Until   time.Time        `json:"until"`
	Missing int              `json:"missing_days" doc:"Days that are not added up yet, and not in the figures."`
	Queues  []queueInterval  `json:"queues" doc:"By hour, day or week; so for the next two."`
	Agents  []agentInterval  `json:"agents"`
	Ratings []ratingInterval `json:"ratings"`
	Queue   []queueInterval  `json:"queue_totals" doc:"Over the whole span."`
	Agent   []agentInterval  `json:"agent_totals" doc:"Over the whole span, of those who were there."`
}

type ratingInterval struct {
	BeganAt  time.Time `json:"began_at"`
	Queue    string    `json:"queue"`
	Agent    string    `json:"agent"`
	Asked    int       `json:"asked"`
	Answered int       `json:"answered"`
	Poor     int       `json:"poor"`
	Mean     *float64  `json:"mean,omitempty" doc:"Of those given. Left out: there are none."`
}

func (s *Server) reportsAPI() []endpoint {
	words := make([]string, len(reportIntervals))
	for i, by := range reportIntervals {
		words[i] = string(by)
	}
	return []endpoint{get("/reports", "What happened in the queues, to agents and by ratings, by hour, day or week", s.apiReport, seeReports).asking(
		parameter{name: "from", doc: "The first day, 2026-11-23, by the file's timezone. When left out: six days ago."},
		parameter{name: "to", doc: "The last day, included. When left out: today."},
		parameter{name: "by", words: words, doc: "When left out: day."}, parameter{name: "queue"}, parameter{name: "agent"})}
}

// reportTrouble is why there is no report, by the text that the page says it with.
var reportTrouble = map[string]*trouble{
	"reports.noDay":        troubleParameter.of("from", "from and to are days: write them like 2026-11-23"),
	"reports.backwards":    troubleParameter.of("to", "it is before from"),
	"reports.hoursTooLong": troubleParameter.of("from", "a report by hour is of %d days at most", mostHourly),
	"reports.tooLong":      troubleParameter.of("from", "a report is of %d days at most", mostDays),
}

func (s *Server) apiReport(x *exchange) (reportData, error) {
	_, span, wrong := s.readReport(x.r.URL.Query())
	if t := reportTrouble[wrong]; t != nil {
		return reportData{}, t
	}
	if wrong != "" {
		return reportData{}, errBadInput
	}
	found, err := s.Figures.Report(x.r.Context(), span)
	if err != nil {
		return reportData{}, err
	}
	all := reportData{
		Since: span.Since.UTC(), Until: span.Until.UTC(), Missing: found.Missing, Queues: []queueInterval{}, Agents: []agentInterval{},
		Ratings: []ratingInterval{}, Queue: []queueInterval{}, Agent: []agentInterval{},
	}
	for _, f := range found.Queues {
		all.Queues = append(all.Queues, queueIntervalOf(f))
	}
	for _, f := range found.Agents {
		all.Agents = append(all.Agents, agentIntervalOf(f))
	}
	for _, f := range found.Scores {
		one := ratingInterval{BeganAt: f.Began.UTC(), Queue: f.Queue, Agent: f.Agent, Asked: f.Asked, Answered: f.Answered, Poor: f.Poor}
		if mean := f.Mean(); f.Answered > 0 {
			one.Mean = &mean
		}
		all.Ratings = append(all.Ratings, one)
	}
	var totals reportView // as the page adds them up
	totals.addTables(found, nil)
	for _, row := range totals.ByQueue {
		all.Queue = append(all.Queue, queueIntervalOf(row.QueueFigures))
	}
	for _, row := range totals.ByAgent {
		all.Agent = append(all.Agent, agentIntervalOf(row.AgentFigures))
	}
	return all, nil
}

func queueIntervalOf(f *history.QueueFigures) queueInterval {
	level, answered := f.ServiceLevel()
	one := queueInterval{
		BeganAt: f.Began.UTC(), Queue: f.Queue, Offered: f.Offered, Answered: f.Answered, InTime: f.InTime, Left: make(map[string]int),
		Pending: f.Pending(), Level: share(level), LevelAnswered: share(answered), AverageWait: f.AverageWait().Seconds(),
		MedianWait: f.WaitPercentile(0.5).Seconds(), NinetyWait: f.WaitPercentile(0.9).Seconds(), LongestWait: f.WaitPercentile(1).Seconds(),
		AverageAbandoned: f.AverageGivenUp().Seconds(), Completed: f.Completed, Transferred: f.Transferred, Talk: f.Talk.Seconds(),
		WrapUp: f.WrapUp.Seconds(), Rung: f.Rung, Missed: f.Missed, Declined: f.Declined, Unreachable: f.Unreachable,
	}
	for how, n := range f.Left {
		one.Left[string(how)] = n
	}
	return one
}

func agentIntervalOf(f *history.AgentFigures) agentInterval {
	one := agentInterval{
		BeganAt: f.Began.UTC(), Agent: f.Agent, Rung: f.Rung, Answered: f.Answered, Missed: f.Missed, Declined: f.Declined,
		Unreachable: f.Unreachable, Released: f.Released, Completed: f.Completed, Transferred: f.Transferred, Talk: f.Talk.Seconds(),
		LoggedOn: f.LoggedOn().Seconds(), In: make(map[string]float64), Pauses: make(map[string]float64), Occupancy: share(f.Occupancy()),
	}
	for state, d := range f.In {
		one.In[string(state)] = d.Seconds()
	}
	for reason, d := range f.Pauses {
		one.Pauses[reason] = d.Seconds()
	}
	return one
}

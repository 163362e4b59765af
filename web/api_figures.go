package web

import (
	"cmp"
	"math"
	"time"

	"hatif/queue"
	"hatif/queue/history"
)

// figuresMost is the longest time that figures are computed for in one request: they are made from every event.
const figuresMost = 400 * 24 * time.Hour

type queueFigures struct {
	Since  time.Time       `json:"since"`
	Until  time.Time       `json:"until"`
	Queues []queueInterval `json:"queues"`
}

type queueInterval struct {
	BeganAt          time.Time      `json:"began_at,omitzero" doc:"Of the interval. Left out: there is only one."`
	Queue            string         `json:"queue"`
	Offered          int            `json:"offered" doc:"Callers who came, refused ones included."`
	Answered         int            `json:"answered"`
	InTime           int            `json:"answered_in_time"`
	Left             map[string]int `json:"left" doc:"Who came to no agent, by how they left."`
	Pending          int            `json:"pending" doc:"Who has neither come to an agent nor left."`
	Level            *float64       `json:"service_level,omitempty" doc:"The part of all who came that was answered in time. Left out: nobody came."`
	LevelAnswered    *float64       `json:"service_level_of_answered,omitempty"`
	AverageWait      float64        `json:"average_wait_seconds" doc:"Of the answered; so for the next three."`
	MedianWait       float64        `json:"median_wait_seconds"`
	NinetyWait       float64        `json:"wait_of_90_percent_seconds"`
	LongestWait      float64        `json:"longest_wait_seconds"`
	AverageAbandoned float64        `json:"average_wait_of_abandoned_seconds"`
	Completed        int            `json:"completed"`
	Transferred      int            `json:"transferred"`
	Talk             float64        `json:"talk_seconds"`
	WrapUp           float64        `json:"wrap_up_seconds"`
	Rung             int            `json:"rung"`
	Missed           int            `json:"missed"`
	Declined         int            `json:"declined"`
	Unreachable      int            `json:"unreachable"`
}

type agentFigures struct {
	Since  time.Time       `json:"since"`
	Until  time.Time       `json:"until"`
	Agents []agentInterval `json:"agents"`
}

type agentInterval struct {
	BeganAt     time.Time          `json:"began_at,omitzero" doc:"Of the interval. Left out: there is only one."`
	Agent       string             `json:"agent"`
	Rung        int                `json:"rung"`
	Answered    int                `json:"answered"`
	Missed      int                `json:"missed"`
	Declined    int                `json:"declined"`
	Unreachable int                `json:"unreachable"`
	Released    int                `json:"released" doc:"Another answered, or the caller left."`
	Completed   int                `json:"completed"`
	Transferred int                `json:"transferred"`
	Talk        float64            `json:"talk_seconds"`
	LoggedOn    float64            `json:"logged_on_seconds"`
	In          map[string]float64 `json:"state_seconds" doc:"The time by what the agent was doing."`
	Pauses      map[string]float64 `json:"pause_seconds" doc:"By the reason."`
	Occupancy   *float64           `json:"occupancy,omitempty" doc:"The part of the time at the queues' disposal that went into calls. Left out: there was none."`
}

func (s *Server) figuresAPI() []endpoint {
	span := []parameter{
		{name: "since", form: "time", doc: "When left out: the beginning of today, by the file's timezone."},
		{name: "until", form: "time", doc: "When left out: now."},
		{name: "every", words: []string{string(history.Quarter), string(history.Hour), string(history.Day)}, doc: "A row for each quarter (of an hour), hour or day."},
		{name: "within_seconds", form: "number", least: 1, most: 86400, doc: "Who was answered within this was answered in time. When left out: each queue's service_level."},
	}
	return []endpoint{
		get("/figures/queues", "What became of those who came to the queues", s.apiQueueFigures, seeCalls).asking(span...).asking(parameter{name: "queue"}),
		get("/figures/agents", "What agents did", s.apiAgentFigures, seeCalls).asking(span...).asking(parameter{name: "agent"}),
	}
}

// spanOf is what figures are asked for.
func (s *Server) spanOf(x *exchange) (history.Span, error) {
	zone, now := s.Location(), s.now()
	span := history.Span{
		Since: x.moment("since"), Until: x.moment("until"), Every: history.Interval(x.query["every"]), Zone: zone, Queue: x.query["queue"], Agent: x.query["agent"],
	}
	if span.Since.IsZero() {
		today := now.In(zone)
		span.Since = time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, zone)
	}
	if span.Until.IsZero() {
		span.Until = now
	}
	switch {
	case !span.Since.Before(span.Until):
		return span, troubleParameter.of("until", "it is not after since")
	case span.Until.Sub(span.Since) > figuresMost:
		return span, troubleParameter.of("since", "figures are of %d days at most", int(figuresMost.Hours()/24))
	}
	levels := make(map[string]time.Duration)
	for _, q := range s.Floor.Snapshot().Queues {
		levels[q.Name] = q.Config.ServiceLevel
	}
	within := time.Duration(x.number("within_seconds", 0)) * time.Second
	span.InTime = func(name string) time.Duration { return cmp.Or(within, levels[name], queue.DefaultServiceLevel) }
	return span, nil
}

// share is a part of a whole; nil where there is no whole.
func share(part float64) *float64 {
	if math.IsNaN(part) {
		return nil
	}
	return &part
}

func (s *Server) apiQueueFigures(x *exchange) (queueFigures, error) {
	span, err := s.spanOf(x)
	if err != nil {
		return queueFigures{}, err
	}
	queues, _, err := history.Compute(x.r.Context(), s.store, span)
	all := queueFigures{Since: span.Since.UTC(), Until: span.Until.UTC(), Queues: []queueInterval{}}
	for _, f := range queues {
		all.Queues = append(all.Queues, queueIntervalOf(f))
	}
	return all, err
}

func (s *Server) apiAgentFigures(x *exchange) (agentFigures, error) {
	span, err := s.spanOf(x)
	if err != nil {
		return agentFigures{}, err
	}
	_, agents, err := history.Compute(x.r.Context(), s.store, span)
	all := agentFigures{Since: span.Since.UTC(), Until: span.Until.UTC(), Agents: []agentInterval{}}
	for _, f := range agents {
		all.Agents = append(all.Agents, agentIntervalOf(f))
	}
	return all, err
}

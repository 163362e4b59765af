package web

import (
	"cmp"
	"slices"
	"time"

	"hatif/queue/history"
	"hatif/store"
)

type ratingList struct {
	Ratings []store.RatingData `json:"ratings" doc:"The newest first."`
	Next    string             `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

type ratingMeans struct {
	Since  time.Time   `json:"since"`
	Agents []scoreData `json:"agents" doc:"The best first."`
	Queues []scoreData `json:"queues"`
}

type scoreData struct {
	Name  string   `json:"name" doc:"The agent's number, or the queue's name."`
	Asked int      `json:"asked"`
	Given int      `json:"given"`
	Poor  int      `json:"poor" doc:"Below 5."`
	Mean  *float64 `json:"mean,omitempty" doc:"Of those given. Left out: there are none."`
}

func (s *Server) ratingsAPI() []endpoint {
	since := parameter{name: "since", form: "time", doc: "Ratings given then or later."}
	return []endpoint{
		get("/ratings", "What callers thought of their conversations, and who did not say", s.apiRatings, seeRatings).
			asking(since, parameter{name: "agent"}, limitParameter, cursorParameter),
		get("/ratings/means", "The means by agent and by queue", s.apiMeans, seeRatings).
			asking(parameter{name: "since", form: "time", doc: "Of ratings given then or later; 30 days ago when it is left out."}),
	}
}

func (s *Server) apiRatings(x *exchange) (ratingList, error) {
	limit := x.number("limit", apiPage)
	from, err := x.from(2)
	if err != nil {
		return ratingList{}, err
	}
	before := store.Rating{Created: from.at, GivenIn: from.keys[0], Call: from.keys[1]}
	page, last := ratingList{Ratings: []store.RatingData{}}, store.Rating{}
	for r, err := range s.store.RatingsBefore(x.r.Context(), x.query["agent"], x.moment("since"), before, limit) {
		if err != nil {
			return page, err
		}
		page.Ratings, last = append(page.Ratings, r.Data()), r
	}
	if len(page.Ratings) == limit {
		page.Next = place{last.Created, []string{last.GivenIn, last.Call}}.cursor()
	}
	return page, nil
}

func (s *Server) apiMeans(x *exchange) (ratingMeans, error) {
	means := ratingMeans{Since: x.moment("since"), Agents: []scoreData{}, Queues: []scoreData{}}
	if means.Since.IsZero() {
		means.Since = s.now().AddDate(0, 0, -30)
	}
	means.Since = means.Since.UTC()
	scores, err := history.Scores(x.r.Context(), s.store, means.Since, s.now().Add(time.Minute), time.UTC)
	if err != nil {
		return means, err
	}
	byAgent := history.FoldScores(scores, func(c *history.Score) (time.Time, string, string) { return time.Time{}, "", c.Agent })
	byQueue := history.FoldScores(scores, func(c *history.Score) (time.Time, string, string) { return time.Time{}, c.Queue, "" })
	means.Agents, means.Queues = append(means.Agents, scoresOf(byAgent)...), append(means.Queues, scoresOf(byQueue)...)
	return means, nil
}

// scoresOf are those that have a name, the best first.
func scoresOf(all []*history.Score) (told []scoreData) {
	slices.SortStableFunc(all, func(a, b *history.Score) int { return cmp.Compare(b.Mean(), a.Mean()) })
	for _, c := range all {
		d := scoreData{Name: c.Queue + c.Agent, Asked: c.Asked, Given: c.Answered, Poor: c.Poor}
		if d.Name == "" {
			continue
		}
		if mean := c.Mean(); c.Answered > 0 {
			d.Mean = &mean
		}
		told = append(told, d)
	}
	return told
}

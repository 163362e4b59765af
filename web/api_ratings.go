package web

import (
	"slices"
	"time"

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
	agents, queues := make(map[string]*scoreView), make(map[string]*scoreView)
	for r, err := range s.store.Ratings(x.r.Context(), "", means.Since) {
		if err != nil {
			return means, err
		}
		tally(agents, r.Agent, r)
		tally(queues, r.Queue, r)
	}
	means.Agents, means.Queues = slices.AppendSeq(means.Agents, scoresOf(agents)), slices.AppendSeq(means.Queues, scoresOf(queues))
	return means, nil
}

func scoresOf(all map[string]*scoreView) func(yield func(scoreData) bool) {
	return func(yield func(scoreData) bool) {
		for _, v := range scores(all) {
			d := scoreData{Name: v.Name, Asked: v.Asked, Given: v.Answered, Poor: v.Poor}
			if mean := v.Mean(); v.Answered > 0 {
				d.Mean = &mean
			}
			if !yield(d) {
				return
			}
		}
	}
}

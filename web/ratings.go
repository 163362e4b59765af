package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/queue/history"
	"hatif/store"
)

// poor are the ratings that are complaints.
const poor = history.Poor

// The spans of days that the ratings page offers, and how many single ratings it lists at once.
var ratingSpans = []int{1, 7, 30, 90, 365}

const ratingsPage = 100

type ratingsView struct {
	Days     int
	Spans    []int
	Queue    string
	Agent    string
	Queues   []string // that can be chosen
	Agents   []personView
	Complain bool // only those below poor
	Missing  int  // days that are not added up yet
	Chart    chartView
	ByAgent  []*history.Score
	ByQueue  []*history.Score
	Ratings  []ratingView
	Next     string // the address of the next page; ""
	Listens  bool
	Zone     *time.Location
}

// A ratingView is one rating, and the message that was left with it.
type ratingView struct {
	store.Rating
	Message store.Message // ID "": none
}

func (s *Server) ratings(w http.ResponseWriter, r *http.Request, v *visitor) error {
	query := r.URL.Query()
	view := ratingsView{
		Days: 30, Spans: ratingSpans, Queue: query.Get("queue"), Agent: query.Get("agent"), Complain: query.Has("complaints"),
		Listens: v.role.may(listen), Zone: s.Location(),
	}
	if text := query.Get("days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 366 {
			return errBadInput
		}
		view.Days = days
	}
	floor := s.Floor.Snapshot()
	for _, q := range floor.Queues {
		view.Queues = append(view.Queues, q.Name)
	}
	for _, a := range floor.Agents {
		view.Agents = append(view.Agents, personView{a.User, a.Name})
	}
	today := s.now().In(view.Zone)
	first := time.Date(today.Year(), today.Month(), today.Day()-view.Days+1, 0, 0, 0, 0, view.Zone)
	if err := s.addScores(r, v, &view, first, today); err != nil {
		return err
	}
	if err := s.addRatings(r, &view, first); err != nil {
		return err
	}
	if err := s.addMessages(r, &view); err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "ratings", "menu.ratings", view)
}

// addScores adds what callers thought, by time, by queue and by agent.
func (s *Server) addScores(r *http.Request, v *visitor, view *ratingsView, first, today time.Time) error {
	every := history.Day
	switch {
	case view.Days == 1:
		every = history.Hour
	case view.Days > 92:
		every = history.Week
	}
	span := s.span(first, time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, view.Zone), every, view.Queue, view.Agent)
	report, err := s.Figures.Scores(r.Context(), span)
	if err != nil {
		return err
	}
	view.Missing, view.Chart = report.Missing, ratingChart(s.speaks(r, v), report.Scores, span)
	best := func(a, b *history.Score) int { return cmp.Compare(b.Mean(), a.Mean()) }
	named := func(c *history.Score) bool { return c.Queue+c.Agent == "" }
	view.ByQueue = slices.DeleteFunc(history.FoldScores(report.Scores, func(c *history.Score) (time.Time, string, string) { return time.Time{}, c.Queue, "" }), named)
	view.ByAgent = slices.DeleteFunc(history.FoldScores(report.Scores, func(c *history.Score) (time.Time, string, string) { return time.Time{}, "", c.Agent }), named)
	slices.SortStableFunc(view.ByQueue, best)
	slices.SortStableFunc(view.ByAgent, best)
	return nil
}

// addRatings adds a page of single ratings, the newest first.
func (s *Server) addRatings(r *http.Request, view *ratingsView, first time.Time) error {
	query := r.URL.Query()
	var before store.Rating
	if text := query.Get("before"); text != "" {
		parts := strings.SplitN(text, " ", 3)
		us, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil || len(parts) != 3 || parts[1] == "" {
			return errBadInput
		}
		before = store.Rating{Created: time.UnixMicro(us), GivenIn: parts[1], Call: parts[2]}
	}
	found, err := s.store.RatingsPage(r.Context(), first, view.Queue, view.Agent, view.Complain, before, ratingsPage+1)
	if err != nil {
		return err
	}
	if len(found) > ratingsPage {
		found = found[:ratingsPage]
		last := found[ratingsPage-1]
		query.Set("before", fmt.Sprintf("%d %s %s", last.Created.UnixMicro(), last.GivenIn, last.Call))
		view.Next = "/ratings?" + query.Encode()
	}
	for _, rating := range found {
		view.Ratings = append(view.Ratings, ratingView{Rating: rating})
	}
	return nil
}

// addMessages finds the messages that were left with poor ratings: in the call in which the rating was given.
func (s *Server) addMessages(r *http.Request, view *ratingsView) error {
	for i := range view.Ratings {
		rating := &view.Ratings[i]
		if !rating.Answered || rating.Rating.Rating >= poor || rating.GivenIn == "" {
			continue
		}
		left, err := s.store.MessagesOf(r.Context(), rating.GivenIn)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			rating.Message = left[0]
		}
	}
	return nil
}

// ratingsCSV is Complaint.csv: every rating that there is.
func (s *Server) ratingsCSV(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.download(w, r, v, "Complaint.csv", func() error {
		return store.WriteRatingsCSV(w, s.Location(), s.store.Ratings(r.Context(), "", time.Time{}))
	})
}

// download answers with a CSV file that write writes.
func (s *Server) download(w http.ResponseWriter, r *http.Request, v *visitor, name string, write func() error) error {
	if err := s.note(r, v.account.Name, "download", name, r.URL.RawQuery); err != nil {
		return err
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if err := write(); err != nil && r.Context().Err() == nil {
		s.log.Error("a download broke off", "page", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler) // the browser must not take a part for the whole
	}
	return nil
}

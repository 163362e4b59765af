package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hatif/store"
)

// poor are the ratings that are complaints.
const poor = 5

// The spans of days that the ratings page offers, and how many single ratings it lists.
var ratingSpans = []int{1, 7, 30, 90, 365}

const ratingsMost = 200

type ratingsView struct {
	Days     int
	Spans    []int
	Complain bool // only those below poor
	Agents   []scoreView
	Queues   []scoreView
	Ratings  []ratingView
	More     bool
	Listens  bool
	Zone     *time.Location
}

// A scoreView is what callers thought of one agent, or of one queue's agents.
type scoreView struct {
	Name                  string
	Asked, Answered, Poor int
	sum                   int
}

// Mean is the mean of the ratings given; 0 when there are none.
func (s scoreView) Mean() float64 {
	if s.Answered == 0 {
		return 0
	}
	return float64(s.sum) / float64(s.Answered)
}

// A ratingView is one rating, and the message that was left with it.
type ratingView struct {
	store.Rating
	Message store.Message // ID "": none
}

func (s *Server) ratings(w http.ResponseWriter, r *http.Request, v *visitor) error {
	view := ratingsView{Days: 30, Spans: ratingSpans, Complain: r.URL.Query().Has("complaints"), Listens: v.role.may(listen), Zone: s.Location()}
	if text := r.URL.Query().Get("days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 3660 {
			return errBadInput
		}
		view.Days = days
	}
	agents, queues := make(map[string]*scoreView), make(map[string]*scoreView)
	for rating, err := range s.store.Ratings(r.Context(), "", s.now().AddDate(0, 0, -view.Days)) {
		if err != nil {
			return err
		}
		tally(agents, rating.Agent, rating)
		tally(queues, rating.Queue, rating)
		if view.Complain && !(rating.Answered && rating.Rating < poor) {
			continue
		}
		if view.More = len(view.Ratings) == ratingsMost; view.More {
			continue
		}
		view.Ratings = append(view.Ratings, ratingView{Rating: rating})
	}
	if err := s.addMessages(r, &view); err != nil {
		return err
	}
	view.Agents, view.Queues = scores(agents), scores(queues)
	return s.show(w, r, v, http.StatusOK, "ratings", "menu.ratings", view)
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

func tally(all map[string]*scoreView, name string, r store.Rating) {
	if name == "" {
		return
	}
	s := all[name]
	if s == nil {
		s = &scoreView{Name: name}
		all[name] = s
	}
	s.Asked++
	if !r.Answered {
		return
	}
	s.Answered++
	s.sum += r.Rating
	if r.Rating < poor {
		s.Poor++
	}
}

func scores(all map[string]*scoreView) []scoreView {
	list := make([]scoreView, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[name])
	}
	slices.SortStableFunc(list, func(a, b scoreView) int { return cmp.Compare(b.Mean(), a.Mean()) })
	return list
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

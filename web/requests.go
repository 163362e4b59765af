package web

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"

	"hatif/store"
)

// requestStates are the states of a callback request in the order of the work.
var requestStates = []string{store.RequestOpen, store.RequestTaken, store.RequestCalledBack, store.RequestUnreachable}

// requestsBack is how far back requests that are done are shown.
const requestsBack = 30 * 24 * time.Hour

const requestsMost = 500 // shown at once: more of them are in the download

type requestsView struct {
	State    string // ""; those that are still to be called
	States   []string
	Requests []store.Request
	More     bool
	Works    bool   // the visitor may take requests
	Calls    bool   // and be called to call them
	Self     string // by what name
	Taken    string // by whom one is that the visitor wanted
	CSV      string
	Zone     *time.Location
}

// worker is the name under which the visitor takes requests: the agents' extension, where they have one.
func worker(v *visitor) string {
	if v.account.Person != "" {
		return v.account.Person
	}
	return v.account.Name
}

// wanted are the requests in a state, or those that are still to be called: open and taken.
func (s *Server) wanted(ctx context.Context, state string) (iter.Seq2[store.Request, error], error) {
	since := s.now().Add(-requestsBack)
	switch {
	case state == "":
		return s.unanswered(ctx)
	case state == store.RequestOpen || state == store.RequestTaken:
		since = time.Time{}
	case !slices.Contains(requestStates, state):
		return nil, errBadInput
	}
	return s.store.Requests(ctx, state, since), nil
}

// unanswered are the requests that are still to be called, the oldest first: as many as are shown, and one more. Those
// that are done, of which there are ever more, are not looked at.
func (s *Server) unanswered(ctx context.Context) (iter.Seq2[store.Request, error], error) {
	var all []store.Request
	for _, state := range []string{store.RequestOpen, store.RequestTaken} {
		n := 0
		for r, err := range s.store.Requests(ctx, state, time.Time{}) {
			if err != nil {
				return nil, err
			}
			if n++; n > requestsMost+1 {
				break
			}
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b store.Request) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return func(yield func(store.Request, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}, nil
}

func (s *Server) requests(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showRequests(w, r, v, http.StatusOK, "")
}

func (s *Server) showRequests(w http.ResponseWriter, r *http.Request, v *visitor, status int, taken string) error {
	view := requestsView{
		State: r.URL.Query().Get("state"), States: requestStates, Works: v.role.may(callBack), Self: worker(v), Taken: taken,
		Calls: v.role.may(callBack) && s.CallsBack() && v.account.Person != "", CSV: "/requests.csv", Zone: s.Location(),
	}
	wanted, err := s.wanted(r.Context(), view.State)
	if err != nil {
		return err
	}
	for request, err := range wanted {
		if err != nil {
			return err
		}
		if view.More = len(view.Requests) == requestsMost; view.More {
			break
		}
		view.Requests = append(view.Requests, request)
	}
	return s.show(w, r, v, status, "requests", "menu.requests", view)
}

// requestsCSV is Queue.csv: every request that there is.
func (s *Server) requestsCSV(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.download(w, r, v, "Queue.csv", func() error {
		return store.WriteRequestsCSV(w, s.Location(), s.store.Requests(r.Context(), "", time.Time{}))
	})
}

// markRequest puts a request into the state that the form names.
func (s *Server) markRequest(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, state := r.PathValue("id"), r.PostFormValue("state")
	if !slices.Contains(requestStates, state) {
		return errBadInput
	}
	return s.mark(w, r, v, id, state, func() error { return nil })
}

// callRequest takes a request and has the visitor's own phone rung, and then the number.
func (s *Server) callRequest(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, number := r.PathValue("id"), r.PostFormValue("number")
	if !s.CallsBack() || v.account.Person == "" {
		return errForbidden
	}
	var found *store.Request
	for request, err := range s.store.Requests(r.Context(), "", time.Time{}) {
		if err != nil {
			return err
		}
		if request.ID == id {
			found = &request
			break
		}
	}
	if found == nil {
		return errNotFound
	}
	if number == "" || number != found.Number && number != found.Alternative && number != found.Caller {
		return errBadInput // no number but those that were left
	}
	return s.mark(w, r, v, id, store.RequestTaken, func() error {
		return s.CallBack(r.Context(), v.account.Person, number, *found)
	})
}

// mark puts a request into a state and then does what follows.
func (s *Server) mark(w http.ResponseWriter, r *http.Request, v *visitor, id, state string, then func() error) error {
	seize := v.role.may(steer) // who steers may take it from somebody
	switch err := s.store.MarkRequest(r.Context(), id, state, worker(v), s.now(), seize); {
	case errors.Is(err, store.ErrNoRequest):
		return errNotFound
	case errors.Is(err, store.ErrRequestTaken):
		return s.showRequests(w, r, v, http.StatusConflict, id)
	case err != nil:
		return err
	}
	if err := s.note(r, v.account.Name, "mark request", "request "+id, state); err != nil {
		return err
	}
	if err := then(); err != nil {
		return err
	}
	http.Redirect(w, r, "/requests", http.StatusSeeOther)
	return nil
}

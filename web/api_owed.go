package web

import (
	"errors"

	"hatif/store"
)

// owedStates are the states of an owed call.
var owedStates = []string{
	store.OwedWaiting, store.OwedInLine, store.OwedDialling, store.OwedAnswered, store.OwedDone, store.OwedFailed, store.OwedCancelled,
}

type owedList struct {
	Calls []store.OwedCallData `json:"owed_calls" doc:"Those that were promised last first."`
	Next  string               `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

// An OwedOrder asks for a call to somebody, as hatif call does.
type OwedOrder struct {
	To        string            `json:"to" doc:"Whom to call: a user of the file."`
	Run       string            `json:"run" doc:"The context that is run when they answer."`
	At        string            `json:"at,omitempty" doc:"When: RFC 3339, 2026-11-24 10:00, 10:00 (the next time it is that o'clock), 5m (from now), or now, which is what counts when it is left out."`
	Hours     string            `json:"hours,omitempty" doc:"Only within these hours, 09:00-20:00. Left out: at any time."`
	Tries     *int              `json:"tries,omitempty" doc:"At most so many. Left out: as the file's feedback says; so for the next two."`
	Every     *float64          `json:"every_seconds,omitempty" doc:"Between two tries."`
	Ring      *float64          `json:"ring_seconds,omitempty" doc:"How long the phone rings."`
	Language  string            `json:"language,omitempty" doc:"Left out: their own."`
	As        string            `json:"as,omitempty" doc:"The number on their display. Left out: hatif."`
	Variables map[string]string `json:"variables,omitempty" doc:"What the context knows from the start."`
}

func (s *Server) owedAPI() []endpoint {
	return []endpoint{
		get("/owed-calls", "Calls that are still to be made, and those that were", s.apiOwed, seeCalls).
			asking(parameter{name: "state", words: owedStates}, limitParameter, cursorParameter),
		get("/owed-calls/{id}", "One of them", s.apiOneOwed, seeCalls),
		post("/owed-calls", "Have somebody called", s.apiOwe, steer).created(),
		post("/owed-calls/{id}/cancel", "Do not make one", s.apiCancelOwed, steer),
	}
}

func (s *Server) apiOwed(x *exchange) (owedList, error) {
	limit := x.number("limit", apiPage)
	from, err := x.from(1)
	if err != nil {
		return owedList{}, err
	}
	var states []string
	if state := x.query["state"]; state != "" {
		states = append(states, state)
	}
	page, last := owedList{Calls: []store.OwedCallData{}}, store.Owed{}
	for o, err := range s.store.OwedAfter(x.r.Context(), store.Owed{Created: from.at, ID: from.keys[0]}, limit, states...) {
		if err != nil {
			return page, err
		}
		page.Calls, last = append(page.Calls, o.Data()), o
	}
	if len(page.Calls) == limit {
		page.Next = place{last.Created, []string{last.ID}}.cursor()
	}
	return page, nil
}

func (s *Server) apiOneOwed(x *exchange) (store.OwedCallData, error) {
	o, err := s.store.Owed(x.r.Context(), x.r.PathValue("id"))
	if errors.Is(err, store.ErrNoOwed) {
		err = errNotFound
	}
	return o.Data(), err
}

func (s *Server) apiOwe(x *exchange, order OwedOrder) (store.OwedCallData, error) {
	o, err := s.Owe(x.r.Context(), order)
	if err != nil {
		return store.OwedCallData{}, fieldTrouble(err)
	}
	if err := s.note(x.r, x.v.account.Name, "owe call", "owed call "+o.ID, "to "+o.Account+" for "+o.Context); err != nil {
		return store.OwedCallData{}, err
	}
	x.w.Header().Set("Location", apiRoot+"/owed-calls/"+o.ID)
	return o.Data(), nil
}

func (s *Server) apiCancelOwed(x *exchange, _ nothing) (store.OwedCallData, error) {
	id := x.r.PathValue("id")
	late, err := s.Promises.Cancel(x.r.Context(), id, x.v.account.Name)
	if errors.Is(err, store.ErrNoOwed) {
		return store.OwedCallData{}, errNotFound
	}
	if err != nil {
		return store.OwedCallData{}, err
	}
	o, err := s.store.Owed(x.r.Context(), id)
	if err == nil && late {
		err = troubleLate.with("it is %s", o.State)
	}
	if err != nil {
		return store.OwedCallData{}, err
	}
	return o.Data(), s.note(x.r, x.v.account.Name, "cancel owed call", "owed call "+id, "")
}

package web

import (
	"errors"

	"hatif/store"
)

type requestList struct {
	Requests []store.CallbackRequestData `json:"callback_requests" doc:"The oldest first, as they are to be called."`
	Next     string                      `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

type requestMark struct {
	State string `json:"state" enum:"open,taken,called back,unreachable" doc:"taken: you see to it."`
}

type requestCall struct {
	Number string `json:"number" doc:"One of those that the request has."`
}

func (s *Server) requestsAPI() []endpoint {
	return []endpoint{
		get("/callback-requests", "Numbers that callers have left", s.apiRequests, seeRequests).
			asking(parameter{name: "state", words: requestStates}, limitParameter, cursorParameter),
		get("/callback-requests/{id}", "One of them", s.apiRequest, seeRequests),
		post("/callback-requests/{id}/mark", "Take one, close one, open one again", s.apiMark, callBack),
		post("/callback-requests/{id}/call", "Take one, have the person's phone rung, and then the number", s.apiCallRequest, callBack),
	}
}

func (s *Server) apiRequests(x *exchange) (requestList, error) {
	limit := x.number("limit", apiPage)
	from, err := x.from(1)
	if err != nil {
		return requestList{}, err
	}
	page, last := requestList{Requests: []store.CallbackRequestData{}}, store.Request{}
	for r, err := range s.store.RequestsAfter(x.r.Context(), x.query["state"], store.Request{Created: from.at, ID: from.keys[0]}, limit) {
		if err != nil {
			return page, err
		}
		page.Requests, last = append(page.Requests, r.Data()), r
	}
	if len(page.Requests) == limit {
		page.Next = place{last.Created, []string{last.ID}}.cursor()
	}
	return page, nil
}

func (s *Server) apiRequest(x *exchange) (store.CallbackRequestData, error) {
	r, err := s.store.Request(x.r.Context(), x.r.PathValue("id"))
	if errors.Is(err, store.ErrNoRequest) {
		err = errNotFound
	}
	return r.Data(), err
}

func (s *Server) apiMark(x *exchange, m requestMark) (store.CallbackRequestData, error) {
	if err := oneOf("state", m.State, requestStates); err != nil {
		return store.CallbackRequestData{}, err
	}
	id := x.r.PathValue("id")
	err := s.store.MarkRequest(x.r.Context(), id, m.State, worker(x.v), s.now(), x.v.role.may(steer))
	switch {
	case errors.Is(err, store.ErrNoRequest):
		return store.CallbackRequestData{}, errNotFound
	case errors.Is(err, store.ErrRequestTaken):
		return store.CallbackRequestData{}, troubleTaken.with("somebody else has taken it")
	case err != nil:
		return store.CallbackRequestData{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "mark request", "request "+id, m.State); err != nil {
		return store.CallbackRequestData{}, err
	}
	return s.apiRequest(x)
}

func (s *Server) apiCallRequest(x *exchange, c requestCall) (store.CallbackRequestData, error) {
	r, err := s.store.Request(x.r.Context(), x.r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNoRequest):
		return store.CallbackRequestData{}, errNotFound
	case err != nil:
		return store.CallbackRequestData{}, err
	case !s.CallsBack():
		return store.CallbackRequestData{}, troubleState.with("the file's web.call_back names no context")
	case x.v.account.Person == "":
		return store.CallbackRequestData{}, troubleState.with("there is no phone to ring: the token, or the account, has no person")
	case c.Number == "" || c.Number != r.Number && c.Number != r.Alternative && c.Number != r.Caller:
		return store.CallbackRequestData{}, troubleField.of("number", "it is none of those that were left")
	}
	marked, err := s.apiMark(x, requestMark{store.RequestTaken})
	if err != nil {
		return marked, err
	}
	return marked, s.CallBack(x.r.Context(), x.v.account.Person, c.Number, r)
}

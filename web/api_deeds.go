package web

import (
	"errors"

	"hatif/queue"
	"hatif/store"
)

type moveOrder struct {
	Queue string `json:"queue" doc:"Where the caller is to wait."`
}

// deedsAPI is what the board and the page of owed calls do to a call that waits, is in progress, or is still to be made.
func (s *Server) deedsAPI() []endpoint {
	return []endpoint{
		post("/calls/{id}/move", "Take a caller in line to another queue, where they stand as if they had waited there", s.apiMoveCaller, steer),
		post("/calls/{id}/record", "Begin to record a call in progress", s.apiRecord(true), steer),
		post("/calls/{id}/unrecord", "End the recording of a call in progress", s.apiRecord(false), steer),
		post("/owed-calls/{id}/hasten", "Make one now, in place of when it is due", s.apiHastenOwed, seeOwed),
	}
}

func (s *Server) apiMoveCaller(x *exchange, o moveOrder) (nothing, error) {
	id := x.r.PathValue("id")
	switch err := s.Floor.Move(id, o.Queue); {
	case errors.Is(err, queue.ErrUnknown):
		return nothing{}, troubleField.of("queue", "there is no queue %q", o.Queue)
	case errors.Is(err, queue.ErrNotInLine):
		return nothing{}, troubleState.with("call %s does not wait in line", id)
	case errors.Is(err, queue.ErrPickedUp):
		return nothing{}, troubleLate.with("an agent has just answered")
	case errors.Is(err, queue.ErrTakesNobody):
		return nothing{}, troubleState.with("queue %s takes nobody now", o.Queue)
	case errors.Is(err, queue.ErrInThatQueue):
		return nothing{}, troubleState.with("the caller waits in queue %s already", o.Queue)
	case err != nil:
		return nothing{}, err
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "move caller", "call "+id, "to queue "+o.Queue)
}

// apiRecord begins or ends a recording. Whoever reads the call's path later finds who has asked for it.
func (s *Server) apiRecord(on bool) func(*exchange, nothing) (nothing, error) {
	action := map[bool]string{true: "start recording", false: "stop recording"}[on]
	return func(x *exchange, _ nothing) (nothing, error) {
		id := x.r.PathValue("id")
		switch err := s.Record(id, on, x.v.account.Name); {
		case errors.Is(err, ErrNobodyTalks), errors.Is(err, ErrNotNow):
			return nothing{}, troubleState.with("call %s: %v", id, err)
		case err != nil:
			return nothing{}, err
		}
		return nothing{}, s.note(x.r, x.v.account.Name, action, "call "+id, "")
	}
}

func (s *Server) apiHastenOwed(x *exchange, _ nothing) (store.OwedCallData, error) {
	id := x.r.PathValue("id")
	late, err := s.Promises.Hasten(x.r.Context(), id)
	if errors.Is(err, store.ErrNoOwed) {
		return store.OwedCallData{}, errNotFound
	}
	if err != nil {
		return store.OwedCallData{}, err
	}
	o, err := s.store.Owed(x.r.Context(), id)
	if errors.Is(err, store.ErrNoOwed) {
		err = errNotFound
	}
	if err == nil && late {
		err = troubleLate.with("it is %s", o.State)
	}
	if err != nil {
		return store.OwedCallData{}, err
	}
	return o.Data(), s.note(x.r, x.v.account.Name, "hasten owed call", "owed call "+id, "to "+o.Account)
}

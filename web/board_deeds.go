package web

import (
	"errors"
	"net/http"
	"slices"

	"hatif/queue"
)

// Why a conversation is not recorded, or its recording not ended, at somebody's wish; Options.Record returns them.
var (
	ErrNobodyTalks = errors.New("nobody talks in that conversation")
	ErrNotNow      = errors.New("the conversation is changing at this moment")
	ErrNoRecording = errors.New("the recording cannot be made")
)

// The refusals of what the board offers: it may have changed since it was drawn.
var (
	errNotInLine   = &refusal{http.StatusConflict, "board.notInLine"}
	errPickedUp    = &refusal{http.StatusConflict, "board.pickedUp"}
	errTakesNobody = &refusal{http.StatusConflict, "board.takesNobody"}
	errThere       = &refusal{http.StatusConflict, "board.isThere"}
	errNobodyTalks = &refusal{http.StatusConflict, "board.nobodyTalks"}
	errNotNow      = &refusal{http.StatusConflict, "board.notNow"}
	errNoRecording = &refusal{http.StatusInternalServerError, "board.noRecording"}
)

// A moveView is the choice of the queue to which a caller in line is taken.
type moveView struct {
	Caller callerView
	Queues []queueView // the others
}

// movePage asks to which queue a caller in line is to be taken.
func (s *Server) movePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	floor, id := s.Floor.Snapshot(), r.PathValue("id")
	var view moveView
	for _, q := range floor.Queues {
		i := slices.IndexFunc(q.Line, func(c queue.WaiterSnapshot) bool { return c.Call == id && c.Back == "" })
		if i >= 0 {
			view.Caller = callerView{q.Line[i], q.Name}
			continue
		}
		view.Queues = append(view.Queues, viewOf(q, floor.Agents))
	}
	if view.Caller.Call == "" {
		return errNotInLine
	}
	return s.show(w, r, v, http.StatusOK, "move", "move.title", view)
}

// moveCaller takes a caller in line to another queue.
func (s *Server) moveCaller(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, to := r.PathValue("id"), r.FormValue("queue")
	switch err := s.Floor.Move(id, to); {
	case errors.Is(err, queue.ErrUnknown):
		return errBadInput
	case errors.Is(err, queue.ErrNotInLine):
		return errNotInLine
	case errors.Is(err, queue.ErrPickedUp):
		return errPickedUp
	case errors.Is(err, queue.ErrTakesNobody):
		return errTakesNobody
	case errors.Is(err, queue.ErrInThatQueue):
		return errThere
	case err != nil:
		return err
	}
	return s.done(w, r, v, "move caller", "call "+id, "to queue "+to)
}

// recordCall begins or ends the recording of a call in progress.
func (s *Server) recordCall(on bool) answer {
	action := map[bool]string{true: "start recording", false: "stop recording"}[on]
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		id := r.PathValue("id")
		switch err := s.Record(id, on, v.account.Name+" at the console"); {
		case errors.Is(err, ErrNobodyTalks):
			return errNobodyTalks
		case errors.Is(err, ErrNotNow):
			return errNotNow
		case errors.Is(err, ErrNoRecording):
			return errNoRecording
		case err != nil:
			return err
		}
		return s.done(w, r, v, action, "call "+id, "")
	}
}

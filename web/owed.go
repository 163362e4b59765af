package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

// Promises are the calls that are owed, as far as people change them; a *callback.Book is one. What is too late is no
// failure: late reports whether it was.
type Promises interface {
	Cancel(ctx context.Context, id, by string) (late bool, err error)
	Hasten(ctx context.Context, id string) (late bool, err error)
}

// owedOpen are the states from which an owed call goes on, owedOver those in which it is over.
var (
	owedOpen = []string{store.OwedWaiting, store.OwedInLine, store.OwedDialling, store.OwedAnswered}
	owedOver = []string{store.OwedDone, store.OwedFailed, store.OwedCancelled}
)

const (
	owedPage = 50
	owedMost = 500 // of those to come that are shown at once
)

type owedView struct {
	State  string // "": to come
	States []string
	Owed   []owedRow
	More   bool   // there are more to come than are shown
	Next   string // the address of the next page; ""
	Late   bool   // what was wanted was too late
	Zone   *time.Location
}

// An owedRow is one owed call, and what may be done about it.
type owedRow struct{ store.Owed }

// Waits reports whether it can be made at once, and Open whether it can be cancelled.
func (o owedRow) Waits() bool { return o.State == store.OwedWaiting }
func (o owedRow) Open() bool {
	return slices.Contains([]string{store.OwedWaiting, store.OwedInLine, store.OwedDialling}, o.State)
}

// owed is the calls to come, those that are due next first, or those that are over, the last first.
func (s *Server) owed(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showOwed(w, r, v, http.StatusOK, false)
}

func (s *Server) showOwed(w http.ResponseWriter, r *http.Request, v *visitor, status int, late bool) error {
	view := owedView{State: r.URL.Query().Get("state"), States: owedOver, Late: late, Zone: s.Location()}
	var found []store.Owed
	var err error
	switch {
	case view.State == "":
		found, err = s.store.OwedCalls(r.Context(), owedMost+1, owedOpen...)
		if view.More = len(found) > owedMost; view.More {
			found = found[:owedMost]
		}
	case !slices.Contains(owedOver, view.State):
		return errBadInput
	default:
		var before store.Owed
		if text := r.URL.Query().Get("before"); text != "" {
			at, id, _ := strings.Cut(text, ".")
			us, err := strconv.ParseInt(at, 10, 64)
			if err != nil || id == "" {
				return errBadInput
			}
			before = store.Owed{Due: time.UnixMicro(us), ID: id}
		}
		found, err = s.store.OwedPage(r.Context(), view.State, before, owedPage+1)
		if len(found) > owedPage {
			found = found[:owedPage]
			last := found[owedPage-1]
			view.Next = fmt.Sprintf("/owed?state=%s&before=%d.%s", view.State, last.Due.UnixMicro(), last.ID)
		}
	}
	if err != nil {
		return err
	}
	for _, o := range found {
		view.Owed = append(view.Owed, owedRow{o})
	}
	return s.show(w, r, v, status, "owed", "menu.owed", view)
}

// cancelOwed takes a promise back.
func (s *Server) cancelOwed(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.changeOwed(w, r, v, "cancel owed call", func(id string) (bool, error) { return s.Promises.Cancel(r.Context(), id, v.account.Name) })
}

// hastenOwed makes a call due at once.
func (s *Server) hastenOwed(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.changeOwed(w, r, v, "hasten owed call", func(id string) (bool, error) { return s.Promises.Hasten(r.Context(), id) })
}

func (s *Server) changeOwed(w http.ResponseWriter, r *http.Request, v *visitor, action string, do func(id string) (bool, error)) error {
	o, err := s.store.Owed(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNoOwed) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	switch late, err := do(o.ID); {
	case err != nil:
		return err
	case late:
		return s.showOwed(w, r, v, http.StatusConflict, true)
	}
	if err := s.note(r, v.account.Name, action, "owed call "+o.ID, "to "+o.Account); err != nil {
		return err
	}
	http.Redirect(w, r, "/owed", http.StatusSeeOther)
	return nil
}

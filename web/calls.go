package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hatif/call"
	"hatif/store"
)

const callsPage = 50

// callResults are the results that the call log can be searched for.
var callResults = []string{
	string(call.ResultAnswered), string(call.ResultService), string(call.ResultAbandoned), string(call.ResultNoAnswer),
	string(call.ResultCallBack), string(call.ResultBusy), string(call.ResultFailed), string(call.ResultRefused), store.ResultInterrupted,
}

type callsView struct {
	Query   callQuery
	Calls   []store.Call
	Next    string // the address of the next page; ""
	CSV     string // the address of all of it
	Own     bool   // an agent's own calls alone
	Results []string
	Zone    *time.Location
}

// A callQuery is what the form above the call log holds, as it was filled in.
type callQuery struct{ From, To, Number, Agent, Queue, Result, After string }

func readCallQuery(v url.Values) callQuery {
	get := func(key string) string { return strings.TrimSpace(v.Get(key)) }
	return callQuery{get("from"), get("to"), get("number"), get("agent"), get("queue"), get("result"), v.Get("after")}
}

// values is the query as an address has it; after is the last call of the page before.
func (q callQuery) values(after string) url.Values {
	v := make(url.Values)
	for key, value := range map[string]string{
		"from": q.From, "to": q.To, "number": q.Number, "agent": q.Agent, "queue": q.Queue, "result": q.Result, "after": after,
	} {
		if value != "" {
			v.Set(key, value)
		}
	}
	return v
}

// filter is what the store is asked for; days are those of the zone, the last one included.
func (q callQuery) filter(zone *time.Location) (store.Filter, error) {
	f := store.Filter{Number: q.Number, Agent: q.Agent, Queue: q.Queue, Result: q.Result, After: q.After}
	for _, day := range []struct {
		text string
		to   *time.Time
		more int
	}{{q.From, &f.Since, 0}, {q.To, &f.Until, 1}} {
		if day.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.text, zone)
		if err != nil {
			return f, errBadInput
		}
		*day.to = t.AddDate(0, 0, day.more)
	}
	return f, nil
}

// filterFor is the query as far as the visitor may see: agents their own calls.
func (s *Server) filterFor(r *http.Request, v *visitor) (q callQuery, f store.Filter, own bool, err error) {
	q = readCallQuery(r.URL.Query())
	switch {
	case v.role.may(seeCalls):
	case v.role.may(seeOwnCalls) && v.account.Person != "":
		own, q.Agent = true, v.account.Person
	default:
		return q, f, false, errForbidden
	}
	f, err = q.filter(s.Location())
	return q, f, own, err
}

func (s *Server) calls(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q, f, own, err := s.filterFor(r, v)
	if err != nil {
		return err
	}
	f.Limit = callsPage + 1
	calls, err := s.store.Calls(r.Context(), f)
	if errors.Is(err, store.ErrCursor) {
		return errBadInput
	}
	if err != nil {
		return err
	}
	view := callsView{Query: q, Own: own, Results: callResults, Zone: s.Location(), CSV: "/calls.csv?" + q.values("").Encode()}
	if len(calls) > callsPage {
		calls = calls[:callsPage]
		view.Next = "/calls?" + q.values(calls[callsPage-1].Cursor()).Encode()
	}
	view.Calls = calls
	return s.show(w, r, v, http.StatusOK, "calls", "menu.calls", view)
}

// callsCSV is the whole of what is looked for, as a download.
func (s *Server) callsCSV(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, f, _, err := s.filterFor(r, v)
	if err != nil {
		return err
	}
	return s.download(w, r, v, "calls.csv", func() error {
		return store.WriteCallsCSV(w, s.Location(), s.store.AllCalls(r.Context(), f))
	})
}

type callView struct {
	store.Call
	Steps   []step
	Files   []recordingView
	Pauses  []pausedStretch
	Listens bool
	Ladder  *ladder // nil: not for the visitor, or there is none
	Goes    bool    // it is in progress
	Zone    *time.Location
}

// A step is one line of the call's path.
type step struct {
	After time.Duration // since the call began
	Text  string
}

// callOf is a call of the log, or one in progress, which ends now as far as is known.
func (s *Server) callOf(ctx context.Context, id string) (c store.Call, goes bool, err error) {
	c, err = s.store.Call(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return c, false, err
	}
	if c, goes = s.CallInProgress(id); !goes {
		return c, false, errNotFound
	}
	c.Ended = s.now()
	return c, true, nil
}

func (s *Server) call(w http.ResponseWriter, r *http.Request, v *visitor) error {
	c, goes, err := s.callOf(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.role.may(seeCalls) && !s.took(c, v) {
		return errNotFound // not told apart from one that there is not
	}
	view := callView{Call: c, Listens: v.role.may(listen) && !goes, Goes: goes, Zone: s.Location()}
	if view.Listens && len(c.Recordings) > 0 {
		marks, err := s.store.RecordingMarks(r.Context(), c.Recordings)
		if err != nil {
			return err
		}
		view.Files, view.Pauses = filesOf(c, marks), stretches(c)
	}
	for _, n := range c.Path {
		view.Steps = append(view.Steps, step{n.At.Sub(c.Began), n.Text})
	}
	if view.Ladder, err = s.ladderFor(r, v, c); err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "call", "call.title", view)
}

// took reports whether the visitor was a party to the call.
func (s *Server) took(c store.Call, v *visitor) bool {
	person := v.account.Person
	return v.role.may(seeOwnCalls) && person != "" &&
		(c.Agent == person || slices.ContainsFunc(c.Legs, func(l store.Leg) bool { return l.User == person }))
}

package web

import (
	"bytes"
	"html/template"
	"reflect"
	"sync"
	"time"

	"hatif/queue"
)

// boardFresh is how old a drawing may be that is sent to somebody who watches.
const boardFresh = boardEvery / 2

// drawings are the boards as they were drawn last: those who look at the same one share it, and what has not changed is
// not drawn again.
type drawings struct {
	mu  sync.Mutex
	all map[drawing]*drawn // guarded by mu
}

// A drawing is which board it is.
type drawing struct {
	language     string
	steers, wall bool
}

type drawn struct {
	mu   sync.Mutex
	view boardView // guarded by mu
	rows boardRows // guarded by mu
	html []byte    // guarded by mu; nil: not drawn yet. Not changed, once made
	at   time.Time // guarded by mu
}

func (d *drawings) of(which drawing) *drawn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = make(map[drawing]*drawn)
	}
	if d.all[which] == nil {
		d.all[which] = new(drawn)
	}
	return d.all[which]
}

// drawBoard is the board for a visitor, no older than age.
func (s *Server) drawBoard(l *language, v *visitor, wall bool, age time.Duration) ([]byte, error) {
	d := s.drawn.of(drawing{l.Tag, v.role.may(steer), wall})
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.html != nil && time.Since(d.at) < age {
		return d.html, nil
	}
	view := s.view(v, wall)
	d.at = time.Now()
	if d.html != nil && reflect.DeepEqual(view, d.view) {
		return d.html, nil
	}
	html, rows, err := s.draw(l, view, d.rows)
	if err == nil {
		d.view, d.rows, d.html = view, rows, html
	}
	return html, err
}

// boardRows are the rows of callers, agents and calls as they were drawn last: from one look to the next few have changed.
type boardRows map[rowName]boardRow

type rowName struct{ template, id string }

type boardRow struct {
	of   any // what is shown
	html template.HTML
}

// A drawnView is a board of which only what is around the rows has to be drawn.
type drawnView struct {
	boardView
	Lines               []drawnCaller
	AgentRows, CallRows []template.HTML
}

// A drawnCaller is a row that stays as it is when those before it leave the line.
type drawnCaller struct {
	Position int
	Row      template.HTML
}

// What the templates of the rows are given.
type (
	boardWaiter struct {
		callerView
		Steers, Moves bool
	}
	boardAgent struct {
		queue.AgentSnapshot
		Steers  bool
		Reasons []string
	}
	boardCall struct {
		liveView
		Steers bool
	}
)

// draw draws a board, with the rows of the last drawing where they show the same.
func (s *Server) draw(l *language, view boardView, last boardRows) ([]byte, boardRows, error) {
	rows := make(boardRows, len(view.Line)+len(view.Agents)+len(view.Calls))
	row := func(name rowName, of any) (template.HTML, error) {
		r, drawn := last[name]
		if !drawn || !reflect.DeepEqual(of, r.of) {
			html, err := s.render(l, name.template, of)
			if err != nil {
				return "", err
			}
			r = boardRow{of, template.HTML(bytes.TrimSpace(html))}
		}
		rows[name] = r
		return r.html, nil
	}
	b := drawnView{boardView: view}
	for _, w := range view.Line {
		position := w.Position
		w.Position = 0
		html, err := row(rowName{"board-waiter", w.Call}, boardWaiter{w, view.Steers, len(view.Queues) > 1})
		if err != nil {
			return nil, nil, err
		}
		b.Lines = append(b.Lines, drawnCaller{position, html})
	}
	for _, a := range view.Agents {
		html, err := row(rowName{"board-agent", a.User}, boardAgent{a, view.Steers, view.Reasons})
		if err != nil {
			return nil, nil, err
		}
		b.AgentRows = append(b.AgentRows, html)
	}
	for _, c := range view.Calls {
		html, err := row(rowName{"board-call", c.ID}, boardCall{c, view.Steers})
		if err != nil {
			return nil, nil, err
		}
		b.CallRows = append(b.CallRows, html)
	}
	html, err := s.render(l, "board-body", b)
	return html, rows, err
}

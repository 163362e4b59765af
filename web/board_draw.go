package web

import (
	"reflect"
	"sync"
	"time"
)

// boardFresh is how old a drawing may be that is shown to another visitor.
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

// drawBoard is the board as it is, or was a moment ago, for a visitor.
func (s *Server) drawBoard(l *language, v *visitor, wall bool) ([]byte, error) {
	d := s.drawn.of(drawing{l.Tag, v.role.may(steer), wall})
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.html != nil && time.Since(d.at) < boardFresh {
		return d.html, nil
	}
	view := s.view(v, wall)
	d.at = time.Now()
	if d.html != nil && reflect.DeepEqual(view, d.view) {
		return d.html, nil
	}
	html, err := s.render(l, "board-body", view)
	if err == nil {
		d.view, d.html = view, html
	}
	return html, err
}

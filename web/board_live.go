package web

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

const (
	boardEvery = 500 * time.Millisecond // how often the board is looked at; what has not changed is not sent
	boardAlive = 20 * time.Second       // something is sent at least so often, so that nobody in between closes the line
	boardCheck = 10 * time.Second       // how often it is asked whether the visitor may still look
)

// boardLive sends the board whenever it has changed, as server-sent events, until the browser or hatif leaves.
func (s *Server) boardLive(w http.ResponseWriter, r *http.Request, v *visitor) error {
	stream := http.NewResponseController(w)
	if err := stream.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies pass it on at once
	wall, l := r.URL.Query().Has("wall"), s.speaks(r, v)
	tick := time.NewTicker(boardEvery)
	defer tick.Stop()
	var last []byte
	var sent, checked time.Time
	for now := s.now(); ; now = s.now() {
		if now.Sub(checked) > boardCheck {
			if checked = now; !s.stillMay(r, seeBoard) {
				return nil
			}
		}
		html, err := s.drawBoard(l, v, wall, boardFresh)
		if err != nil {
			s.log.Error("the board could not be drawn", "error", err)
			return nil // the page is half sent: the browser comes again
		}
		var message []byte
		switch {
		case !bytes.Equal(html, last):
			message = event("board", html)
		case now.Sub(sent) > boardAlive:
			message = []byte(": still here\n\n")
		}
		if message != nil {
			last, sent = html, now
			if _, err := w.Write(message); err != nil {
				return nil //nolint:nilerr // the browser has gone
			}
			if err := stream.Flush(); err != nil {
				return nil //nolint:nilerr // the browser has gone
			}
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return nil
		case <-s.leaving.Done():
			return nil
		}
	}
}

// stillMay reports whether the visitor has not been logged off, nor lost the right.
func (s *Server) stillMay(r *http.Request, what right) bool {
	v, err := s.visitor(r)
	if err != nil {
		s.log.Error("a session could not be looked up", "error", err)
	}
	return err == nil && v != nil && !v.account.Once && v.role.may(what)
}

// event is one server-sent event (WHATWG HTML, 9.2): each line of its data has the field's name before it.
func event(name string, data []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n", name)
	for line := range bytes.Lines(data) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

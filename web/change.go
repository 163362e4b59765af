package web

import (
	"bytes"
	"errors"
	"net/http"
)

// A change of the file is shown before it is made: its difference, and a button that makes it.
type change struct {
	title  string      // a text
	action string      // where the form goes
	back   string      // where who thinks better of it goes
	fields [][2]string // of the form
	shown  []string    // secrets that the difference may show; nil: all
	notes  []string    // what happens beside the difference
	make   func(text []byte) ([]byte, error)

	// again shows the form with what is wrong with it; nil: the mistakes stand with the difference.
	again func(m Mistakes) error
	// done tells that the change is made: it is in the audit log when done returns, and the browser goes elsewhere.
	done func(restart []string) error
}

type changeView struct {
	Action, Back string
	Fields       [][2]string
	Notes        []string
	Typed        string // a text that was typed, kept in the form
	Sum          string // of what the difference was made from
	Diff         []DiffLine
	Stale        bool       // the file has changed since the form was opened
	Meanwhile    []DiffLine // how
	Mistakes     Mistakes
}

// carryOut shows what a change would do, or makes it when the browser says that it was shown just that.
func (s *Server) carryOut(w http.ResponseWriter, r *http.Request, v *visitor, c change) error {
	text, sum, err := s.File.Open()
	if err != nil {
		return err
	}
	seen := r.PostFormValue("sum")
	after, err := c.make(text)
	if err == nil {
		if bytes.Equal(after, text) {
			http.Redirect(w, r, c.back, http.StatusSeeOther)
			return nil
		}
		_, err = s.File.Read(after)
	}
	if err == nil && r.PostFormValue("deed") == "apply" && seen == sum {
		var restart []string
		if restart, err = s.File.Apply(v.account.Name, sum, after); err == nil {
			return c.done(restart)
		}
		if errors.Is(err, ErrFileChanged) {
			if text, sum, err = s.File.Open(); err == nil {
				after, err = c.make(text)
			}
		}
	}
	var wrong Mistakes
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	if wrong != nil && c.again != nil {
		return c.again(wrong)
	}
	view := changeView{Action: c.action, Back: c.back, Fields: c.fields, Notes: c.notes, Sum: sum, Mistakes: wrong, Stale: seen != "" && seen != sum}
	if after != nil {
		view.Diff = s.File.Diff(text, after, c.shown)
	}
	status := http.StatusOK
	if view.Stale {
		status = http.StatusConflict
		if before, ok := s.File.Seen(seen); ok {
			view.Meanwhile = s.File.Diff(before, text, c.shown)
		}
	}
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	if r.Form.Has("text") {
		view.Typed = r.PostFormValue("text")
	}
	return s.show(w, r, v, status, "change", c.title, view)
}

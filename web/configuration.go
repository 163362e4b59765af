package web

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// mostFile is how many bytes a browser may send as the file.
const mostFile = 4 << 20

type configurationView struct {
	Text    string
	Sum     string
	Verdict verdict
	Applied bool
	Restart string
}

// A verdict is what is to be said of a text.
type verdict struct {
	Mistakes Mistakes
	Warnings []string
}

// judge reads a text and touches nothing.
func (s *Server) judge(text []byte) (verdict, error) {
	var v verdict
	reading, err := s.File.Read(text)
	switch {
	case errors.As(err, &v.Mistakes):
		return v, nil
	case err != nil:
		return v, err
	}
	v.Warnings = reading.Warnings
	return v, nil
}

// configuration is the file in an editor. It has everybody's secrets in it, so that whoever opens it is noted.
func (s *Server) configuration(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	text, sum, err := s.File.Open()
	if err != nil {
		return err
	}
	view := configurationView{Sum: sum, Text: strings.TrimPrefix(string(text), "\ufeff"), Applied: r.URL.Query().Has("applied"), Restart: r.URL.Query().Get("restart")}
	if view.Verdict, err = s.judge(text); err != nil {
		return err
	}
	if !utf8.Valid(text) { // a browser would send something else back
		view.Text = ""
	}
	if err := s.note(r, v.account.Name, "open file", "", ""); err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "configuration", "menu.configuration", view)
}

// editConfiguration goes on with a text that was typed, as a change of the file whose sum the browser was told.
func (s *Server) editConfiguration(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	view := configurationView{Sum: r.PostFormValue("sum"), Text: strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")}
	var err error
	if view.Verdict, err = s.judge([]byte(view.Text)); err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "configuration", "menu.configuration", view)
}

// checkConfiguration tells what is wrong with what has been typed so far.
func (s *Server) checkConfiguration(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	said, err := s.judge([]byte(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")))
	if err != nil {
		return err
	}
	html, err := s.render(s.speaks(r, v), "verdict", said)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(html)
	return err
}

// saveConfiguration shows the difference that the editor's text makes, and applies it.
func (s *Server) saveConfiguration(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	typed := r.PostFormValue("text")
	if strings.TrimSpace(typed) == "" {
		return errBadInput
	}
	return s.carryOut(w, r, v, change{
		title: "configuration.change", action: "/configuration", back: "/configuration",
		make: func(text []byte) ([]byte, error) { return s.File.Typed(text, typed), nil },
		done: func(restart []string) error {
			if err := s.note(r, v.account.Name, "change file", "", ""); err != nil {
				return err
			}
			return s.applied(w, r, "/configuration?applied", restart)
		},
	})
}

type versionsView struct {
	Versions []Version
	Zone     *time.Location
}

// versions are those that the file has had.
func (s *Server) versions(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	all, err := s.File.Versions()
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "versions", "configuration.versions", versionsView{all, s.Location()})
}

// restore shows what going back to a version would change, and does it.
func (s *Server) restore(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	id := r.PostFormValue("version")
	kept, err := s.File.Version(id)
	if errors.Is(err, fs.ErrNotExist) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return s.carryOut(w, r, v, change{
		title: "configuration.restore", action: "/configuration/restore", back: "/configuration/versions", fields: [][2]string{{"version", id}},
		make: func([]byte) ([]byte, error) { return kept, nil },
		done: func(restart []string) error {
			if err := s.note(r, v.account.Name, "restore file", id, ""); err != nil {
				return err
			}
			return s.applied(w, r, "/configuration?applied", restart)
		},
	})
}

type explainView struct {
	From, To, Keys, Path, Fault string
	People                      []Person
}

// explain tells what would happen to a call, by the file on the disk.
func (s *Server) explain(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if s.File == nil {
		return errNotFound
	}
	text, _, err := s.File.Open()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	view := explainView{From: strings.TrimSpace(q.Get("from")), To: strings.TrimSpace(q.Get("to")), Keys: strings.TrimSpace(q.Get("keys"))}
	if reading, err := s.File.Read(text); err == nil {
		view.People = reading.People
	}
	if view.From != "" && view.To != "" {
		if view.Path, err = s.File.Explain(text, view.From, view.To, view.Keys); err != nil {
			view.Fault = err.Error()
		}
	}
	return s.show(w, r, v, http.StatusOK, "explain", "configuration.explain", view)
}

// place is where a mistake is: "12:3".
func (m Mistake) Place() string {
	if m.Line == 0 {
		return ""
	}
	return strconv.Itoa(m.Line) + ":" + strconv.Itoa(m.Column)
}

// Mark is a line below Source that points at the column.
func (m Mistake) Mark() string {
	if m.Column < 1 {
		return ""
	}
	var b strings.Builder
	for i, c := range []rune(m.Source) {
		if i >= m.Column-1 {
			break
		}
		if c != '\t' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return b.String() + "^"
}

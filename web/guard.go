package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"hatif/store"
)

// policy lets a page use what the console itself serves, and nothing else: no script or style is written into a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// harden adds what every answer carries.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// An answer serves one request. An error that is no refusal is a failure of ours: it is logged, and the visitor is
// told that something went wrong.
type answer func(w http.ResponseWriter, r *http.Request, v *visitor) error

// A refusal is an error that the visitor is told: a status and a text of texts/.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

var (
	errForbidden = &refusal{http.StatusForbidden, "error.forbidden"}
	errNotFound  = &refusal{http.StatusNotFound, "error.notFound"}
	errBadInput  = &refusal{http.StatusBadRequest, "error.badInput"}
)

// open answers anybody; v is nil for who has not logged on.
func (s *Server) open(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(mostForm)
		switch { // nothing is read before it is known who sends it
		case strings.HasPrefix(r.URL.Path, "/configuration"):
			most = mostFile
		case strings.HasPrefix(r.URL.Path, "/prompts/"):
			most = mostUpload
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		v, err := s.visitor(r)
		if err == nil {
			err = a(w, r, v)
		}
		if err != nil {
			s.refuse(w, r, v, err)
		}
	})
}

// known answers whoever has logged on; others are sent to do so, and whoever must choose a password to do that.
func (s *Server) known(a answer) http.Handler {
	return s.open(func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		switch {
		case v == nil && r.Header.Get("HX-Request") != "":
			w.Header().Set("HX-Redirect", "/logon")
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		case v == nil:
			http.Redirect(w, r, "/logon", http.StatusSeeOther)
			return nil
		case v.account.Once && r.URL.Path != "/password" && r.URL.Path != "/logoff":
			http.Redirect(w, r, "/password", http.StatusSeeOther)
			return nil
		}
		return a(w, r, v)
	})
}

// with answers whoever has the right.
func (s *Server) with(what right, a answer) http.Handler {
	return s.known(func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if !v.role.may(what) {
			return errForbidden
		}
		return a(w, r, v)
	})
}

// refuse shows an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, v *visitor, err error) {
	status, text := http.StatusInternalServerError, "error.ours"
	var told *refusal
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &told):
		status, text = told.status, told.text
	case errors.As(err, &large):
		status, text = http.StatusRequestEntityTooLarge, "error.badInput"
	case r.Context().Err() != nil:
		return // the browser has gone
	default:
		s.log.Error("a page of the console failed", "page", r.URL.Path, "error", err)
	}
	if r.Header.Get("HX-Request") != "" { // the page stays, and says why
		w.Header().Set("HX-Trigger", `{"refused":{"text":`+strconv.QuoteToASCII(s.speaks(r, v).say(text))+`}}`)
	}
	if err := s.show(w, r, v, status, "error", "error.title", map[string]any{"Text": text}); err != nil {
		s.log.Debug("an error could not be shown", "page", r.URL.Path, "error", err)
	}
}

// note writes what the visitor has done into the audit log; that they listen, before they hear anything.
func (s *Server) note(r *http.Request, account, action, subject, detail string) error {
	return s.store.AddDeed(r.Context(), store.Deed{
		ID: rand.Text(), At: s.now(), Account: account, Remote: s.remote(r), Action: action, Subject: subject, Detail: detail,
	})
}

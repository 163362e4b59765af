package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

// tokenSpans are for how many days the page offers a token; 0: for ever.
var tokenSpans = []int{0, 7, 30, 90, 365}

type tokensView struct {
	Tokens []store.Token
	New    tokenForm
	Spans  []int
	Fresh  freshPassword // a token that is shown once
	Now    time.Time
	Zone   *time.Location
}

// A tokenForm is the form that makes a token, as it was filled in.
type tokenForm struct {
	Name, Role, Person string
	Days               int
	Error              string // a text
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showTokens(w, r, v, http.StatusOK, tokenForm{Role: string(Quality)}, freshPassword{})
}

func (s *Server) showTokens(w http.ResponseWriter, r *http.Request, v *visitor, status int, form tokenForm, fresh freshPassword) error {
	all, err := s.store.Tokens(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v, status, "tokens", "menu.tokens",
		tokensView{Tokens: all, New: form, Spans: tokenSpans, Fresh: fresh, Now: s.now(), Zone: s.Location()})
}

func (s *Server) addToken(w http.ResponseWriter, r *http.Request, v *visitor) error {
	form := tokenForm{Name: strings.TrimSpace(r.PostFormValue("name")), Role: r.PostFormValue("role"), Person: strings.TrimSpace(r.PostFormValue("person"))}
	var err error
	if form.Days, err = strconv.Atoi(r.PostFormValue("days")); err != nil || form.Days < 0 || form.Days > 3660 {
		return errBadInput
	}
	order := tokenOrder{Name: form.Name, Role: Role(form.Role), Person: form.Person}
	if form.Days > 0 {
		order.ExpiresAt = s.now().AddDate(0, 0, form.Days)
	}
	t, token, err := s.makeToken(r, v, order)
	var wrong *trouble
	if errors.As(err, &wrong) {
		form.Error = map[string]string{"name": "accounts.badName", "person": s.personFault(order.Role, order.Person)}[wrong.Field]
		if wrong.Code == troubleTaken.code {
			form.Error = "tokens.taken"
		}
		if form.Error == "" {
			return errBadInput
		}
		return s.showTokens(w, r, v, http.StatusUnprocessableEntity, form, freshPassword{})
	}
	if err != nil {
		return err
	}
	return s.showTokens(w, r, v, http.StatusOK, tokenForm{Role: string(Quality)}, freshPassword{t.Name, token})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := s.dropToken(r, v, r.PathValue("name")); err != nil {
		return err
	}
	http.Redirect(w, r, "/tokens", http.StatusSeeOther)
	return nil
}

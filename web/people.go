package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hatif/queue"
)

type peopleView struct {
	People   []personRow
	Reading  *Reading
	Kinds    []string // contexts in which there are people
	Query    url.Values
	Mistakes Mistakes
	Applied  bool
	Restart  string
}

type personRow struct {
	Person
	Phones int // that have logged on
}

// reading is the file on the disk: its sum, and what it means. Its mistakes are returned, too, for the page to show.
func (s *Server) reading() (sum string, reading *Reading, wrong Mistakes, err error) {
	if s.File == nil {
		return "", nil, nil, errNotFound
	}
	text, sum, err := s.File.Open()
	if err != nil {
		return "", nil, nil, err
	}
	if reading, err = s.File.Read(text); errors.As(err, &wrong) {
		return sum, new(Reading), wrong, nil
	}
	return sum, reading, nil, err
}

// kinds are the contexts in which there are people, in the order of the file.
func (r *Reading) kinds() []string {
	var all []string
	for _, p := range r.People {
		if !slices.Contains(all, p.Complete.Context) {
			all = append(all, p.Complete.Context)
		}
	}
	return all
}

// people lists who is in the file.
func (s *Server) people(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	view := peopleView{Reading: reading, Kinds: reading.kinds(), Query: q, Mistakes: wrong, Applied: q.Has("applied"), Restart: q.Get("restart")}
	for _, p := range reading.People {
		if row := (personRow{p, s.File.Phones(p.Number)}); row.matches(q) {
			view.People = append(view.People, row)
		}
	}
	return s.show(w, r, v, http.StatusOK, "people", "menu.people", view)
}

func (p personRow) matches(q url.Values) bool {
	text := strings.ToLower(strings.TrimSpace(q.Get("q")))
	is := func(key, value string) bool { return q.Get(key) == "" || q.Get(key) == value }
	return strings.Contains(strings.ToLower(p.Number+" "+p.Complete.Name), text) &&
		is("type", p.Complete.Type) && is("context", p.Complete.Context) &&
		(q.Get("queue") == "" || slices.Contains(p.Complete.Queues, q.Get("queue"))) &&
		(q.Get("phone") == "" || (q.Get("phone") == "yes") == (p.Phones > 0))
}

// newPerson is the form that adds somebody of a kind, with all that can be proposed filled in.
func (s *Server) newPerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sum, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	kind := r.URL.Query().Get("context")
	if kinds := reading.kinds(); kind == "" && len(kinds) > 0 {
		kind = kinds[0]
	}
	form := personForm{New: true, Sum: sum, Reading: reading, Mistakes: wrong}
	form.Entry = Entry{Context: kind, Mailbox: reading.mostHaveMailbox(kind)}
	if name := r.URL.Query().Get("queue"); name != "" {
		form.Entry.Queues = []string{name}
	}
	if form.Entry.Secret, form.Entry.PIN, err = s.File.Fresh(); err != nil {
		return err
	}
	form.Number, form.Entry.Language = reading.free(kind, form.Entry.Queues), reading.spoken(kind, form.Entry.Queues)
	return s.showPerson(w, r, v, http.StatusOK, form)
}

// spoken is the language that is written with all who have the context and serve the queues; "": they differ, or say none.
func (r *Reading) spoken(kind string, queues []string) string {
	language, found := "", false
	for _, p := range r.People {
		if p.Complete.Context != kind || !slices.Equal(p.Complete.Queues, queues) {
			continue
		}
		if found && p.Written.Language != language {
			return ""
		}
		language, found = p.Written.Language, true
	}
	return language
}

// mostHaveMailbox reports whether somebody of the kind is likely to want one.
func (r *Reading) mostHaveMailbox(kind string) bool {
	with, all := 0, 0
	for _, p := range r.People {
		if p.Complete.Context == kind {
			all++
			if p.Complete.Mailbox {
				with++
			}
		}
	}
	return 2*with > all
}

// person is the form that changes somebody.
func (s *Server) person(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sum, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	p := reading.person(r.PathValue("number"))
	if p == nil && wrong == nil {
		return errNotFound
	}
	form := personForm{Sum: sum, Reading: reading, Number: r.PathValue("number"), Mistakes: wrong}
	if p != nil {
		form.Entry = p.Written
		form.Typed = skillText(p.Written.Skills)
	}
	form.Entry.Secret, form.Entry.PIN = "", "" // they stay unless others are given
	return s.showPerson(w, r, v, http.StatusOK, form)
}

func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, v *visitor, status int, form personForm) error {
	title := "people.change"
	if form.New {
		title = "people.add"
	}
	return s.show(w, r, v, status, "person", title, form)
}

// savePerson takes the form of somebody new, or of somebody in the file.
func (s *Server) savePerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	form, err := formOf(r, reading)
	if err != nil {
		return err
	}
	again := func(m Mistakes) error {
		form.Mistakes = m
		return s.showPerson(w, r, v, http.StatusUnprocessableEntity, form)
	}
	if wrong != nil {
		return again(wrong)
	}
	switch r.PostFormValue("deed") {
	case "number":
		form.Number = reading.free(form.Entry.Context, form.Entry.Queues)
		return s.showPerson(w, r, v, http.StatusOK, form)
	case "secret":
		secret, pin, err := s.File.Fresh()
		if err != nil {
			return err
		}
		if form.Entry.Secret = secret; form.Entry.PIN == "" && form.New {
			form.Entry.PIN = pin
		}
		return s.showPerson(w, r, v, http.StatusOK, form)
	}
	p := reading.person(form.Number)
	if p == nil && !form.New {
		return errNotFound
	}
	if form.Entry.Skills, err = queue.ParseSkills(form.Typed); err != nil {
		return again(Mistakes{{Key: "skills", Text: err.Error()}})
	}
	var notes []string
	if form.To != "" {
		text, _, err := s.File.Open()
		if err != nil {
			return err
		}
		named, err := s.claimsOn(r.Context(), text, form.Number)
		if err != nil {
			return err
		}
		if m := named.hinder(s.speaks(r, v), form.Number); m != nil {
			return again(m)
		}
		notes = named.moving(s.speaks(r, v), form.To)
	}
	deed, detail, title := "add person", form.Entry.Context, "people.add"
	if !form.New {
		deed, detail, title = "change person", strings.Join(form.Entry.differs(p.Written), ", "), "people.change"
	}
	c := change{
		title: title, action: "/people", back: "/people", fields: form.fields(), shown: []string{form.Entry.Secret, form.Entry.PIN}, again: again, notes: notes,
		make: func(text []byte) ([]byte, error) {
			return s.File.Edit(text, PersonEdit{Number: form.Number, To: form.To, Add: form.New, Entry: form.Entry})
		},
		done: func(restart []string) error {
			if form.To != "" {
				if err := s.renumber(r, v, form.Number, form.To); err != nil {
					return err
				}
			}
			if form.To == "" || detail != "" {
				if err := s.note(r, v.account.Name, deed, form.Wanted(), detail); err != nil {
					return err
				}
			}
			to := "/people?applied"
			if form.Entry.Secret != "" || form.To != "" {
				to = "/people/" + url.PathEscape(form.Wanted()) + "/phone?applied"
			}
			return s.applied(w, r, to, restart)
		},
	}
	if !form.New {
		c.action = "/people/" + url.PathEscape(form.Number)
	}
	return s.carryOut(w, r, v, c)
}

// applied sends the browser on; the page there says that the change is in force.
func (s *Server) applied(w http.ResponseWriter, r *http.Request, to string, restart []string) error {
	if len(restart) > 0 {
		to += "&restart=" + url.QueryEscape(strings.Join(restart, ", "))
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// removePerson takes somebody out of the file.
func (s *Server) removePerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	number := r.PathValue("number")
	if wrong == nil && reading.person(number) == nil {
		return errNotFound
	}
	var named claims
	if wrong == nil {
		text, _, err := s.File.Open()
		if err != nil {
			return err
		}
		if named, err = s.claimsOn(r.Context(), text, number); err != nil {
			return err
		}
	}
	return s.carryOut(w, r, v, change{
		title: "people.remove", action: r.URL.Path, back: "/people", shown: []string{}, notes: named.leaving(s.speaks(r, v), number),
		make: func(text []byte) ([]byte, error) {
			return s.File.Edit(text, PersonEdit{Number: number, Remove: true})
		},
		done: func(restart []string) error {
			if err := s.forget(r, v, named, number); err != nil {
				return err
			}
			return s.applied(w, r, "/people?applied", restart)
		},
	})
}

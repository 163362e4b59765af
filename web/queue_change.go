package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hatif/queue"
)

// newQueue is the form that adds a queue.
func (s *Server) newQueue(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sum, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	return s.showQueue(w, r, v, http.StatusOK, &queueForm{New: true, Sum: sum, Fields: queueFields(nil, reading.Queues), Mistakes: wrong})
}

// changeQueue is the form that changes a queue as it stands in the file.
func (s *Server) changeQueue(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sum, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	form := &queueForm{Sum: sum, Name: r.PathValue("name"), Mistakes: wrong}
	if wrong == nil {
		if !slices.Contains(reading.Queues, form.Name) {
			return errNotFound
		}
		form.Fields = reading.queueFields(form.Name)
	}
	return s.showQueue(w, r, v, http.StatusOK, form)
}

// queueFields are the fields of a queue of the file.
func (r *Reading) queueFields(name string) []queueField {
	return queueFields(r.Said[name], slices.DeleteFunc(slices.Clone(r.Queues), func(other string) bool { return other == name }))
}

func (s *Server) showQueue(w http.ResponseWriter, r *http.Request, v *visitor, status int, form *queueForm) error {
	title := "queues.change"
	if form.New {
		title = "queues.add"
	}
	return s.show(w, r, v, status, "queue", title, form)
}

// saveQueue takes the form of a new queue, or of one in the file.
func (s *Server) saveQueue(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errBadInput
	}
	form := &queueForm{Sum: r.PostFormValue("sum"), Name: r.PathValue("name")}
	if form.Name == "" {
		form.New, form.Name = true, strings.TrimSpace(r.PostFormValue("name"))
	}
	before := reading.queueFields(form.Name)
	if form.New { // Edit says that it is there already
		before = queueFields(nil, reading.Queues)
	}
	form.Fields = slices.Clone(before)
	form.fill(r)
	again := func(m Mistakes) error {
		form.blame(m)
		return s.showQueue(w, r, v, http.StatusUnprocessableEntity, form)
	}
	switch {
	case wrong != nil:
		return again(wrong)
	case !form.New && !slices.Contains(reading.Queues, form.Name):
		return errNotFound
	case form.New && !queueName.MatchString(form.Name):
		form.Unnamed = true
		return again(nil)
	}
	if form.wrong() {
		return again(nil)
	}
	set, keys := form.changes(before)
	at := "/queues/" + url.PathEscape(form.Name)
	deed, title, action, back := "change queue", "queues.change", at+"/settings", at
	if form.New {
		deed, title, action, back = "add queue", "queues.add", "/queues", "/queues"
	}
	return s.carryOut(w, r, v, change{
		title: title, action: action, back: back, fields: form.fields(), shown: []string{}, again: again,
		make: func(text []byte) ([]byte, error) {
			return s.File.EditQueue(text, QueueEdit{Name: form.Name, Add: form.New, Set: set})
		},
		done: func(restart []string) error {
			if err := s.note(r, v.account.Name, deed, "queue "+form.Name, strings.Join(keys, ", ")); err != nil {
				return err
			}
			return s.applied(w, r, at+"?applied", restart)
		},
	})
}

// removeQueue takes a queue out of the file that nobody serves or waits in. One that is named elsewhere in the file is
// refused by the file's own check, with the places.
func (s *Server) removeQueue(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	if wrong == nil && !slices.Contains(reading.Queues, name) {
		return errNotFound
	}
	if s.inUse(name) {
		return errQueueInUse
	}
	return s.carryOut(w, r, v, change{
		title: "queues.remove", action: r.URL.EscapedPath(), back: "/queues/" + url.PathEscape(name), shown: []string{},
		make: func(text []byte) ([]byte, error) { return s.File.EditQueue(text, QueueEdit{Name: name, Remove: true}) },
		done: func(restart []string) error {
			if err := s.note(r, v.account.Name, "remove queue", "queue "+name, ""); err != nil {
				return err
			}
			return s.applied(w, r, "/queues?applied", restart)
		},
	})
}

var errQueueInUse = &refusal{http.StatusConflict, "queues.inUse"}

// inUse reports whether somebody serves the queue, also by having logged on at the phone, or waits in it.
func (s *Server) inUse(name string) bool {
	return slices.ContainsFunc(s.Floor.Snapshot().Queues, func(q queue.QueueSnapshot) bool {
		return q.Name == name && len(q.Members)+len(q.Line) > 0
	})
}

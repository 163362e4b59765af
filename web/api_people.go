package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"strings"
)

type peopleList struct {
	Sum    string       `json:"sum" doc:"Of the file that they stand in, for a change that is to be refused when it is another by then."`
	People []personData `json:"people" doc:"In the order of the file."`
}

// personData is somebody of the file, without what is secret.
type personData struct {
	Number   string    `json:"number"`
	Written  entryData `json:"written" doc:"As their entry is written; this is what PUT takes."`
	Complete entryData `json:"complete" doc:"With the defaults."`
	Phones   int       `json:"phones_logged_on"`
}

type entryData struct {
	Name     string   `json:"name,omitempty"`
	Type     string   `json:"type,omitempty"`
	Context  string   `json:"context,omitempty" doc:"What they may dial."`
	Language string   `json:"language,omitempty"`
	Host     string   `json:"host,omitempty"`
	Queues   []string `json:"queues,omitempty"`
	Codecs   []string `json:"codecs,omitempty"`
	Most     int      `json:"phones,omitempty" doc:"How many phones may log on."`
	Mailbox  bool     `json:"mailbox,omitempty"`

	entryTerms
}

// What is left out of these in a change stays, since programs may not know them yet; what is empty goes.
type entryTerms struct {
	Music     *string            `json:"music,omitempty" doc:"What those hear whom they put on hold. Left out of a change: it stays."`
	Skills    map[string]int     `json:"skills,omitempty" doc:"With their levels. Left out of a change: they stay; empty: they go."`
	Penalties map[string]int     `json:"penalties,omitempty" doc:"By queue. Left out of a change: they stay."`
	WrapUps   map[string]float64 `json:"wrap_up_seconds,omitempty" doc:"Their own, by queue. Left out of a change: they stay."`
	LoggedOff []string           `json:"logged_off_queues,omitempty" doc:"Queues that they serve only once they have logged on. Left out of a change: they stay."`
}

// What is not written stays out of the file, except for a secret and a PIN.
type personOrder struct {
	Number string `json:"number"`
	entryData
	Secret string `json:"secret,omitempty" doc:"Of the phone. Left out: one is made, and told this once."`
	PIN    string `json:"pin,omitempty" doc:"Of the mailbox. Left out: one is made, and told this once."`
}

type personChange struct {
	Number string `json:"number,omitempty" doc:"Another extension that they are to have from now on. Their console accounts and tokens go along; 409 wrong-state, with the places, when something else names the old one."`
	entryData
	Secret string `json:"secret,omitempty" doc:"Left out: it stays."`
	PIN    string `json:"pin,omitempty" doc:"Left out: it stays."`
}

type changedPerson struct {
	personData
	Sum     string   `json:"sum" doc:"Of the file as it is now."`
	Restart []string `json:"restart_needed" doc:"Keys that have changed and take effect at the next start only."`
}

type freshPerson struct {
	changedPerson
	Secret string `json:"secret,omitempty" doc:"That was made. It is shown this once."`
	PIN    string `json:"pin,omitempty" doc:"That was made. It is shown this once."`
}

func (s *Server) peopleAPI() []endpoint {
	sum := parameter{name: "sum", doc: "Of the file as it was read: when it is another by now, nothing is changed. Left out: the change is made in the file as it is."}
	return []endpoint{
		get("/people", "Who stands in the file, without secrets", s.apiPeople, changeFile),
		get("/people/{number}", "One of them", s.apiPerson, changeFile),
		post("/people", "Write somebody into the file, and put it in force", s.apiAddPerson, changeFile).created().asking(sum),
		takes(http.MethodPut, "/people/{number}", "Write somebody's entry anew", s.apiChangePerson, changeFile).asking(sum),
		takes(http.MethodDelete, "/people/{number}", "Take somebody out of the file", s.apiRemovePerson, changeFile).asking(sum),
	}
}

func (s *Server) personOf(p Person) personData {
	return personData{Number: p.Number, Written: entryOf(p.Written), Complete: entryOf(p.Complete), Phones: s.File.Phones(p.Number)}
}

// fileTrouble turns what is wrong with the file, or with what it is to become, into trouble; other errors stay.
func fileTrouble(err error) error {
	var mistakes Mistakes
	switch {
	case errors.Is(err, ErrFileChanged):
		return troubleLate.of("sum", "the file has changed meanwhile: read it again")
	case errors.As(err, &mistakes):
		t := troubleFile.with("%s", mistakes.Error())
		t.Mistakes = mistakes
		return t
	}
	return err
}

// apiReading is the file on the disk. One with mistakes tells of nobody.
func (s *Server) apiReading() (string, *Reading, error) {
	sum, reading, wrong, err := s.reading()
	if wrong != nil {
		err = fileTrouble(wrong)
	}
	return sum, reading, err
}

func (s *Server) apiPeople(*exchange) (peopleList, error) {
	sum, reading, err := s.apiReading()
	if err != nil {
		return peopleList{}, err
	}
	all := peopleList{Sum: sum, People: []personData{}}
	for _, p := range reading.People {
		all.People = append(all.People, s.personOf(p))
	}
	return all, nil
}

func (s *Server) apiPerson(x *exchange) (changedPerson, error) {
	sum, reading, err := s.apiReading()
	if err != nil {
		return changedPerson{}, err
	}
	p := reading.person(x.r.PathValue("number"))
	if p == nil {
		return changedPerson{}, errNotFound
	}
	return changedPerson{personData: s.personOf(*p), Sum: sum, Restart: []string{}}, nil
}

// editFile makes one change of the file as it is on the disk and puts it in force. changed: it makes a difference.
func (s *Server) editFile(x *exchange, e PersonEdit) (restart []string, changed bool, err error) {
	text, sum, err := s.File.Open()
	if err != nil {
		return nil, false, err
	}
	if seen := x.query["sum"]; seen != "" && seen != sum {
		return nil, false, fileTrouble(ErrFileChanged)
	}
	after, err := s.File.Edit(text, e)
	if err == nil && !bytes.Equal(after, text) {
		changed = true
		if _, err = s.File.Read(after); err == nil {
			restart, err = s.File.Apply(x.v.account.Name, sum, after)
		}
	}
	return restart, changed, fileTrouble(err)
}

// edited tells of somebody as they are after a change.
func (s *Server) edited(number string, restart []string) (changedPerson, error) {
	sum, reading, err := s.apiReading()
	if err != nil {
		return changedPerson{}, err
	}
	p := reading.person(number)
	if p == nil { // and somebody has removed them by now
		return changedPerson{}, errNotFound
	}
	return changedPerson{s.personOf(*p), sum, list(restart)}, nil
}

func (s *Server) apiAddPerson(x *exchange, o personOrder) (freshPerson, error) {
	_, reading, err := s.apiReading()
	switch {
	case err != nil:
		return freshPerson{}, err
	case o.Number == "":
		return freshPerson{}, troubleField.of("number", "it is empty")
	case reading.person(o.Number) != nil:
		return freshPerson{}, troubleTaken.of("number", "the file has somebody of this number")
	case o.PIN != "" && !o.Mailbox:
		return freshPerson{}, troubleField.of("pin", "it is of a mailbox, and there is none")
	}
	secret, pin, err := s.File.Fresh()
	if err != nil {
		return freshPerson{}, err
	}
	var fresh freshPerson
	if o.Secret == "" {
		o.Secret, fresh.Secret = secret, secret
	}
	if o.Mailbox && o.PIN == "" {
		o.PIN, fresh.PIN = pin, pin
	}
	entry, err := o.entry(o.Secret, o.PIN, Entry{})
	if err != nil {
		return freshPerson{}, err
	}
	restart, _, err := s.editFile(x, PersonEdit{Number: o.Number, Add: true, Entry: entry})
	if err != nil {
		return freshPerson{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "add person", o.Number, o.Context); err != nil {
		return freshPerson{}, err
	}
	fresh.changedPerson, err = s.edited(o.Number, restart)
	return fresh, err
}

func (s *Server) apiChangePerson(x *exchange, c personChange) (changedPerson, error) {
	_, reading, err := s.apiReading()
	if err != nil {
		return changedPerson{}, err
	}
	p := reading.person(x.r.PathValue("number"))
	switch {
	case p == nil:
		return changedPerson{}, errNotFound
	case c.PIN != "" && !c.Mailbox:
		return changedPerson{}, troubleField.of("pin", "it is of a mailbox, and there is none")
	}
	entry, err := c.entry(c.Secret, c.PIN, p.Written)
	if err != nil {
		return changedPerson{}, err
	}
	to, err := s.anotherNumber(x, reading, p.Number, c.Number)
	if err != nil {
		return changedPerson{}, err
	}
	restart, changed, err := s.editFile(x, PersonEdit{Number: p.Number, To: to, Entry: entry})
	if err != nil {
		return changedPerson{}, err
	}
	if to != "" {
		if err := s.renumber(x.r, x.v, p.Number, to); err != nil {
			return changedPerson{}, err
		}
	}
	if what := entry.differs(p.Written); changed && (to == "" || len(what) > 0) {
		if err := s.note(x.r, x.v.account.Name, "change person", cmp.Or(to, p.Number), strings.Join(what, ", ")); err != nil {
			return changedPerson{}, err
		}
	}
	return s.edited(cmp.Or(to, p.Number), restart)
}

package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A cabinet is a file that is changed: its text is a JSON list of people.
type cabinet struct {
	File
	text    []byte
	named   string
	queues  []string
	edits   []QueueEdit
	kept    []string // versions, by their number
	meddle  bool     // somebody changes the file while it is applied
	applied []string
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (f *cabinet) Open() ([]byte, string, error)          { return f.text, sumOf(f.text), nil }
func (f *cabinet) Phones(number string) int               { return len(number) - 3 }
func (f *cabinet) Fresh() (secret, pin string, err error) { return "fr3sh-secret", "90125", nil }

// Mentions is one place, of the number that is named.
func (f *cabinet) Mentions(_ []byte, number string) (Mistakes, error) {
	if f.named != number {
		return nil, nil
	}
	return Mistakes{{File: "hatif.yaml", Line: 9, Column: 2, Key: "contexts.a.5"}}, nil
}

func (f *cabinet) EditQueue(text []byte, e QueueEdit) ([]byte, error) {
	f.edits = append(f.edits, e)
	if e.Add {
		f.queues = append(f.queues, e.Name)
	} else if e.Remove {
		f.queues = slices.DeleteFunc(f.queues, func(name string) bool { return name == e.Name })
	}
	return append(slices.Clone(text), '\n'), nil
}

func (f *cabinet) Diff(before, after []byte, _ []string) []DiffLine {
	return []DiffLine{{Kind: '@'}, {Kind: '-', Old: 1, Text: string(before)}, {Kind: '+', New: 1, Text: string(after)}, {Kind: ' ', Old: 2, New: 2}}
}

func (f *cabinet) Versions() (all []Version, err error) {
	for i := range f.kept {
		all = append(all, Version{ID: strconv.Itoa(i), At: time.Unix(int64(i), 0), By: "boss", Now: f.kept[i] == string(f.text)})
	}
	return all, nil
}

func (f *cabinet) Version(id string) ([]byte, error) {
	i, err := strconv.Atoi(id)
	if err != nil || i >= len(f.kept) {
		return nil, fs.ErrNotExist
	}
	return []byte(f.kept[i]), nil
}

func (f *cabinet) Explain(_ []byte, from, to, keys string) (string, error) {
	if from == "nobody" {
		return "", errors.New("there is no account nobody")
	}
	return from + " dials " + to + " and presses " + keys, nil
}

// Read finds one mistake: a context that there is not.
func (f *cabinet) Read(text []byte) (*Reading, error) {
	r := &Reading{Queues: f.queues, Said: map[string]map[string]any{"arabic": {"max_wait": "90s", "weight": "3", "to_agent": map[string]any{"wait": "false"}}}}
	if err := json.Unmarshal(text, &r.People); err != nil {
		return nil, Mistakes{{File: "hatif.yaml", Text: "no list"}}
	}
	for i := range r.People {
		p := &r.People[i]
		if p.Complete = p.Written; p.Complete.Language == "" {
			p.Complete.Language = "ar"
		}
		if p.Written.Context == "nowhere" {
			return nil, Mistakes{{File: "hatif.yaml", Line: 3, Column: 2, Key: "users." + p.Number + ".context", Text: "there is no such context"}}
		}
	}
	return r, nil
}

func (f *cabinet) Edit(text []byte, e PersonEdit) ([]byte, error) {
	r, err := f.Read(text)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.People, func(p Person) bool { return p.Number == e.Number })
	switch {
	case e.Add:
		r.People = append(r.People, Person{Number: e.Number, Written: e.Entry})
	case e.Remove:
		r.People = slices.Delete(r.People, i, i+1)
	default:
		old := r.People[i].Written
		if r.People[i].Written = e.Entry; e.Entry.Secret == "" {
			r.People[i].Written.Secret = old.Secret
		}
		if e.To != "" {
			r.People[i].Number = e.To
		}
		if e.Entry.Mailbox && e.Entry.PIN == "" {
			r.People[i].Written.PIN = old.PIN
		}
	}
	for i := range r.People {
		r.People[i].Complete = Entry{}
	}
	return json.Marshal(r.People)
}

func (f *cabinet) Apply(by, sum string, text []byte) ([]string, error) {
	if f.meddle || sum != sumOf(f.text) {
		return nil, ErrFileChanged
	}
	f.kept = append(f.kept, string(text))
	f.text, f.applied = text, append(f.applied, by)
	return []string{"sip"}, nil
}

// cabinet gives the desk a file with one person.
func (d *desk) cabinet() *cabinet {
	d.t.Helper()
	text, err := json.Marshal([]Person{{Number: "2001", Written: Entry{Name: "Amal", Secret: "s3cret", Context: "agents", Queues: []string{"arabic"}, Mailbox: true, PIN: "4711"}}})
	if err != nil {
		d.t.Fatal(err)
	}
	f := &cabinet{text: text, queues: []string{"arabic", "spare"}, kept: []string{string(text), "[]"}}
	d.s.File = f
	return f
}

func (f *cabinet) person(t *testing.T, number string) Entry {
	t.Helper()
	r, err := f.Read(f.text)
	if err != nil {
		t.Fatal(err)
	}
	if p := r.person(number); p != nil {
		return p.Written
	}
	return Entry{}
}

func TestPeopleAreAddedChangedAndRemovedByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	p := d.token("hr", Administrator, "")
	secrets := func(got page) {
		t.Helper()
		for _, secret := range []string{"s3cret", "4711", "ch0sen", "90125", "fr3sh-secret"} {
			if strings.Contains(got.text, secret) {
				t.Errorf("a secret is told: %s", got.text)
			}
		}
	}
	got := p.get("/people")
	secrets(got)
	all := read[peopleList](t, got, http.StatusOK)
	if len(all.People) != 1 || all.People[0].Number != "2001" || all.People[0].Complete.Language != "ar" || all.People[0].Written.Language != "" || all.People[0].Phones != 1 {
		t.Errorf("the people are %+v", all)
	}

	made := read[freshPerson](t, p.post("/people", `{"number":"2002","name":"Karim","context":"agents","queues":["arabic"],"mailbox":true}`), http.StatusCreated)
	if made.Secret != "fr3sh-secret" || made.PIN != "90125" || made.Number != "2002" || !slices.Equal(made.Restart, []string{"sip"}) {
		t.Errorf("made %+v", made)
	}
	if e := f.person(t, "2002"); e.Secret != made.Secret || e.PIN != made.PIN || e.Name != "Karim" || !slices.Equal(e.Queues, []string{"arabic"}) {
		t.Errorf("the file has %+v", e)
	}
	secrets(p.get("/people"))
	secrets(p.get("/people/2002"))
	secrets(p.post("/people", `{"number":"2003","context":"agents","secret":"ch0sen"}`)) // who chooses a secret knows it
	if e := f.person(t, "2003"); e.Secret != "ch0sen" || e.PIN != "" {
		t.Errorf("the file has %+v", e)
	}

	got = p.send(http.MethodPut, "/people/2001", `{"name":"Amal Haddad","context":"agents","mailbox":true}`)
	secrets(got)
	if c := read[changedPerson](t, got, http.StatusOK); c.Written.Name != "Amal Haddad" || len(c.Written.Queues) != 0 || c.Sum != sumOf(f.text) {
		t.Errorf("changed: %+v", c)
	}
	if e := f.person(t, "2001"); e.Secret != "s3cret" || e.PIN != "4711" {
		t.Errorf("the secrets have not stayed: %+v", e)
	}
	read[changedPerson](t, p.send(http.MethodPut, "/people/2001", `{"name":"Amal Haddad","context":"agents","mailbox":true}`), http.StatusOK) // the same again
	read[removedPerson](t, p.send(http.MethodDelete, "/people/2002?sum="+sumOf(f.text), ""), http.StatusOK)
	p.get("/people/2002").troubled(t, troubleNotFound, "")
	if want := []string{"token:hr", "token:hr", "token:hr", "token:hr"}; !slices.Equal(f.applied, want) {
		t.Errorf("applied by %q", f.applied)
	}
	d.did("remove person 2002 by token:hr", "change person 2001 by token:hr", "add person 2003 by token:hr", "add person 2002 by token:hr")
}

func TestAChangeOfPeopleThatCannotBeIsRefusedByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	p := d.token("hr", Administrator, "")
	before := string(f.text)
	p.post("/people", `{"number":"2001"}`).troubled(t, troubleTaken, "number")
	p.post("/people", `{"number":""}`).troubled(t, troubleField, "number")
	p.post("/people", `{"number":"2002","pin":"1"}`).troubled(t, troubleField, "pin")
	p.post("/people", `{"number":"2002","colour":"red"}`).troubled(t, troubleUnknownField, "colour")
	wrong := p.post("/people", `{"number":"2002","context":"nowhere"}`)
	wrong.troubled(t, troubleFile, "")
	if told := read[trouble](t, wrong, http.StatusUnprocessableEntity); len(told.Mistakes) != 1 || told.Mistakes[0].Key != "users.2002.context" || told.Mistakes[0].Line != 3 {
		t.Errorf("told %+v", told)
	}
	p.send(http.MethodPut, "/people/2001", `{"context":"nowhere"}`).troubled(t, troubleFile, "")
	p.send(http.MethodPut, "/people/2009", `{"context":"agents"}`).troubled(t, troubleNotFound, "")
	p.send(http.MethodDelete, "/people/2009", "").troubled(t, troubleNotFound, "")
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/people?sum=old", `{"number":"2002"}`}, {http.MethodPut, "/people/2001?sum=old", `{"name":"x"}`}, {http.MethodDelete, "/people/2001?sum=old", ""},
	} {
		p.send(c.method, c.path, c.body).troubled(t, troubleLate, "sum")
	}
	f.meddle = true
	p.send(http.MethodDelete, "/people/2001", "").troubled(t, troubleLate, "sum")
	f.meddle = false
	if string(f.text) != before || len(d.deeds()) != 0 {
		t.Errorf("the file is %s, and the audit log has %q", f.text, d.deeds())
	}
	f.text = []byte("{")
	p.get("/people").troubled(t, troubleFile, "")
	p.send(http.MethodDelete, "/people/2001", "").troubled(t, troubleFile, "")
	d.s.File = nil
	p.get("/people").troubled(t, troubleNotFound, "")
}

func TestTheTermsOfSomebodyAreChangedByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	p := d.token("hr", Administrator, "")
	const terms = `"queues":["arabic"],"music":"jazz","skills":{"billing":3},"penalties":{"arabic":2},"wrap_up_seconds":{"arabic":90},"logged_off_queues":["arabic"]`
	put := func(body string) Entry {
		t.Helper()
		c := read[changedPerson](t, p.send(http.MethodPut, "/people/2001", `{"context":"agents",`+body+`}`), http.StatusOK)
		e := f.person(t, "2001")
		if music := c.Written.Music; (music == nil) != (e.Music == "") || c.Written.Penalties["arabic"] != e.Terms["arabic"].Penalty {
			t.Errorf("told %+v of %+v", c, e)
		}
		return e
	}
	want := Entry{Music: "jazz", Skills: map[string]int{"billing": 3}, Terms: map[string]Terms{"arabic": {2, "1m30s", true}}}
	same := func(e Entry) {
		t.Helper()
		if e.Music != want.Music || !maps.Equal(e.Skills, want.Skills) || !maps.Equal(e.Terms, want.Terms) {
			t.Errorf("the file has %+v, want %+v", e, want)
		}
	}
	same(put(terms))
	same(put(`"queues":["arabic"]`)) // by a program that does not know them
	want = Entry{Terms: map[string]Terms{"arabic": {WrapUp: "0s"}}}
	same(put(`"queues":["arabic"],"music":"","skills":{},"penalties":{},"wrap_up_seconds":{"arabic":0},"logged_off_queues":[]`))
	p.send(http.MethodPut, "/people/2001", `{"queues":["arabic"],"penalties":{"english":1}}`).troubled(t, troubleField, "penalties")
	p.send(http.MethodPut, "/people/2001", `{"wrap_up_seconds":{"arabic":1}}`).troubled(t, troubleField, "wrap_up_seconds")
	p.send(http.MethodPut, "/people/2001", `{"logged_off_queues":["arabic"]}`).troubled(t, troubleField, "logged_off_queues")
}

func TestSomebodyIsGivenAnotherNumberByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	d.account("amal", Agent, "2001")
	d.account("boss", Manager, "2001")
	p := d.token("hr", Administrator, "")
	d.token("her own", Agent, "2001")
	const body = `{"number":"2011","context":"agents"}`
	f.named = "2001"
	refused := p.send(http.MethodPut, "/people/2001", body)
	refused.troubled(t, troubleState, "number")
	if told := read[trouble](t, refused, http.StatusConflict); len(told.Mistakes) != 1 || told.Mistakes[0].Line != 9 {
		t.Errorf("told %+v", told)
	}
	f.named = ""
	d.message("m1", "2001", "")
	p.send(http.MethodPut, "/people/2001", body).troubled(t, troubleState, "number")
	if err := d.db.DropMessage(t.Context(), "m1"); err != nil {
		t.Fatal(err)
	}
	amal := d.as("amal")
	if c := read[changedPerson](t, p.send(http.MethodPut, "/people/2001", body), http.StatusOK); c.Number != "2011" || f.person(t, "2001").Context != "" {
		t.Errorf("changed %+v", c)
	}
	for _, name := range []string{"amal", "boss"} {
		if a, err := d.db.ConsoleAccount(t.Context(), name); err != nil || a.Person != "2011" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	amal.get("/board").wants(t, http.StatusOK)

	f.named = "2011"
	gone := read[removedPerson](t, p.send(http.MethodDelete, "/people/2011", ""), http.StatusOK)
	if !slices.Equal(gone.Accounts, []string{"amal"}) || !slices.Equal(gone.Tokens, []string{"her own"}) || len(gone.Named) != 1 || gone.Named[0].Line != 9 {
		t.Errorf("gone %+v", gone)
	}
	if a, err := d.db.ConsoleAccount(t.Context(), "boss"); err != nil || a.Person != "" {
		t.Errorf("boss: %+v %v", a, err)
	}
	amal.get("/board").wants(t, http.StatusSeeOther)
	d.did("log on by amal", "revoke token token:her own by token:hr", "remove account amal by token:hr", "remove person 2011 by token:hr", "change person 2011 by token:hr", "renumber person 2001 by token:hr")
}

func TestWhoMayChangePeopleByTheAPI(t *testing.T) {
	const ok, made, no = http.StatusOK, http.StatusCreated, http.StatusForbidden
	rightsBy(t, func(d *desk) { d.cabinet() }, []rightsCase{
		{"GET", "/people", "", [4]int{ok, no, no, no}},
		{"GET", "/people/2001", "", [4]int{ok, no, no, no}},
		{"POST", "/people", `{"number":"2002"}`, [4]int{made, no, no, no}},
		{"PUT", "/people/2002", `{"name":"x"}`, [4]int{ok, no, no, no}},
		{"DELETE", "/people/2002", "", [4]int{ok, no, no, no}},
	})
}

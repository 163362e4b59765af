package web

import (
	"slices"
	"strings"
	"time"
)

func entryOf(e Entry) entryData {
	all := entryData{
		Name: e.Name, Type: e.Type, Context: e.Context, Language: e.Language, Host: e.Host, Queues: e.Queues, Codecs: e.Codecs, Most: e.Phones,
		Mailbox: e.Mailbox, entryTerms: entryTerms{Skills: e.Skills},
	}
	if e.Music != "" {
		all.Music = &e.Music
	}
	for _, q := range e.Queues {
		t := e.Terms[q]
		if t.Penalty != 0 {
			put(&all.Penalties, q, t.Penalty)
		}
		if d, err := time.ParseDuration(t.WrapUp); err == nil {
			put(&all.WrapUps, q, d.Seconds())
		}
		if t.LoggedOff {
			all.LoggedOff = append(all.LoggedOff, q)
		}
	}
	return all
}

func put[T any](m *map[string]T, key string, value T) {
	if *m == nil {
		*m = make(map[string]T)
	}
	(*m)[key] = value
}

// entry is what is to stand in the file; old is what stands there.
func (e entryData) entry(secret, pin string, old Entry) (Entry, error) {
	is := Entry{
		Name: e.Name, Secret: secret, Type: e.Type, Context: e.Context, Language: e.Language, Host: e.Host, PIN: pin, Queues: given(e.Queues),
		Codecs: given(e.Codecs), Phones: e.Most, Mailbox: e.Mailbox, Music: old.Music, Skills: old.Skills,
	}
	if e.Music != nil {
		is.Music = *e.Music
	}
	if e.Skills != nil {
		is.Skills = e.Skills
	}
	named := func(field, queue string) error {
		if !slices.Contains(is.Queues, queue) {
			return troubleField.of(field, "queue %q is none of their queues", queue)
		}
		return nil
	}
	for q := range e.Penalties {
		if err := named("penalties", q); err != nil {
			return is, err
		}
	}
	for q := range e.WrapUps {
		if err := named("wrap_up_seconds", q); err != nil {
			return is, err
		}
	}
	for _, q := range e.LoggedOff {
		if err := named("logged_off_queues", q); err != nil {
			return is, err
		}
	}
	for _, q := range is.Queues {
		t := old.Terms[q]
		if e.Penalties != nil {
			t.Penalty = e.Penalties[q]
		}
		if e.WrapUps != nil {
			seconds, is := e.WrapUps[q]
			if t.WrapUp = ""; is {
				t.WrapUp = shortly(time.Duration(seconds * float64(time.Second)))
			}
		}
		if e.LoggedOff != nil {
			t.LoggedOff = slices.Contains(e.LoggedOff, q)
		}
		if t != (Terms{}) {
			put(&is.Terms, q, t)
		}
	}
	return is, nil
}

// anotherNumber is the number that somebody is to have; "": theirs. It is refused where something else names the old one.
func (s *Server) anotherNumber(x *exchange, reading *Reading, from, to string) (string, error) {
	switch {
	case to == "" || to == from:
		return "", nil
	case reading.person(to) != nil:
		return "", troubleTaken.of("number", "the file has somebody of this number")
	}
	text, _, err := s.File.Open()
	if err != nil {
		return "", err
	}
	named, err := s.claimsOn(x.r.Context(), text, from)
	if err != nil {
		return "", err
	}
	if m := named.hinder(s.pages.languages[0], from); m != nil {
		t := troubleState.of("number", "%s", m.Error())
		t.Mistakes = m
		return "", t
	}
	return to, nil
}

// removedPerson is what is left of somebody, and what went with them.
type removedPerson struct {
	Sum      string    `json:"sum" doc:"Of the file as it is now."`
	Restart  []string  `json:"restart_needed" doc:"Keys that have changed and take effect at the next start only."`
	Accounts []string  `json:"accounts_removed" doc:"Of the console, of the role agent: they are logged off, too. Others stay, without an extension."`
	Tokens   []string  `json:"tokens_revoked" doc:"Of the role agent. Others stay, and work for nobody."`
	Messages int       `json:"messages_left" doc:"In the mailbox: whoever is given the number later can hear them."`
	Owed     int       `json:"owed_calls_left" doc:"To the number, which will fail."`
	Named    []mention `json:"named_at" doc:"Where the file still names the number."`
}

// A mention is a place of the file.
type mention struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
}

func (s *Server) apiRemovePerson(x *exchange, _ nothing) (removedPerson, error) {
	_, reading, err := s.apiReading()
	if err != nil {
		return removedPerson{}, err
	}
	number := x.r.PathValue("number")
	if reading.person(number) == nil {
		return removedPerson{}, errNotFound
	}
	text, _, err := s.File.Open()
	if err != nil {
		return removedPerson{}, err
	}
	named, err := s.claimsOn(x.r.Context(), text, number)
	if err != nil {
		return removedPerson{}, err
	}
	restart, _, err := s.editFile(x, PersonEdit{Number: number, Remove: true})
	if err != nil {
		return removedPerson{}, err
	}
	if err := s.forget(x.r, x.v, named, number); err != nil {
		return removedPerson{}, err
	}
	_, sum, err := s.File.Open()
	gone := removedPerson{sum, list(restart), list(named.nothing), list(named.void), named.messages, named.owed, []mention{}}
	for _, m := range named.places {
		gone.Named = append(gone.Named, mention{m.Line, strings.TrimSpace(m.Key)})
	}
	return gone, err
}

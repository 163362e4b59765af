package app

import (
	"slices"

	"hatif/config"
	"hatif/web"
)

// entryOf is a user as the console knows them.
func entryOf(u config.User) web.Entry {
	e := web.Entry{
		Name: u.Name, Secret: u.Secret, Type: u.Type, Context: u.Context, Language: u.Language, Host: u.Host,
		Codecs: u.Codecs, Phones: u.Phones, Mailbox: u.Mailbox != nil, Music: u.Music, Skills: u.Skills, Terms: termsOf(u),
	}
	for _, served := range u.Queue {
		e.Queues = append(e.Queues, served.Queue)
	}
	if u.Mailbox != nil {
		e.PIN = string(u.Mailbox.PIN)
	}
	return e
}

// Edit implements web.File.
func (f *file) Edit(is []byte, e web.PersonEdit) ([]byte, error) {
	edit := config.Edit{User: e.Number, Add: e.Add, Remove: e.Remove}
	if e.To != e.Number {
		edit.Rename = e.To
	}
	switch {
	case e.Remove:
	case e.Add:
		edit.Set = settingsOf(web.Entry{}, e.Entry, nil)
	default:
		read, err := f.Read(is)
		if err != nil {
			return nil, err
		}
		cfg, err := config.Parse(f.path, is)
		if err != nil {
			return nil, mistakes(err)
		}
		for _, p := range read.People {
			if p.Number == e.Number {
				edit.Set = settingsOf(p.Written, e.Entry, cfg.Said("users", p.Number))
			}
		}
	}
	changed, err := edit.Apply(f.path, is)
	return changed, mistakes(err)
}

// settingsOf are what makes one entry of the other, in the order of the shipped file; said is what the file says of it.
func settingsOf(old, e web.Entry, said map[string]any) (set config.Settings) {
	text := func(key, was, is string) {
		switch {
		case was == is:
		case is == "":
			set = append(set, config.Setting{Key: key})
		default:
			set = append(set, config.Setting{Key: key, Value: is})
		}
	}
	text("name", old.Name, e.Name)
	if e.Secret != "" {
		text("secret", old.Secret, e.Secret)
	}
	text("type", old.Type, e.Type)
	text("context", old.Context, e.Context)
	set = append(append(set, queueOf(old, e, said["queue"])...), skillsOf(old, e, said["skills"])...)
	text("language", old.Language, e.Language)
	if !slices.Equal(old.Codecs, e.Codecs) {
		s := config.Setting{Key: "codecs"}
		if len(e.Codecs) > 0 {
			s.Value = e.Codecs
		}
		set = append(set, s)
	}
	text("host", old.Host, e.Host)
	if old.Phones != e.Phones {
		s := config.Setting{Key: "phones"}
		if e.Phones != 0 {
			s.Value = e.Phones
		}
		set = append(set, s)
	}
	text("music", old.Music, e.Music)
	return append(set, mailboxOf(old, e)...)
}

func mailboxOf(old, e web.Entry) config.Settings {
	switch {
	case old.Mailbox && !e.Mailbox:
		return config.Settings{{Key: "mailbox"}}
	case e.Mailbox && e.PIN != "" && e.PIN != old.PIN:
		return config.Settings{{Key: "mailbox", Value: config.Settings{{Key: "pin", Value: config.Digits(e.PIN)}}}}
	case e.Mailbox && !old.Mailbox:
		return config.Settings{{Key: "mailbox", Value: config.Settings{}}}
	}
	return nil
}

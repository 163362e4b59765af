package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A personForm is the form of one person, as it was filled in.
type personForm struct {
	New      bool
	Number   string
	Sum      string // of the file that it was made from
	Entry    Entry
	Reading  *Reading
	Mistakes Mistakes
}

// formOf reads the form of a request. The number of somebody who is in the file stands in the address.
func formOf(r *http.Request, reading *Reading) (personForm, error) {
	if err := r.ParseForm(); err != nil {
		return personForm{}, errBadInput
	}
	value := func(key string) string { return strings.TrimSpace(r.PostFormValue(key)) }
	form := personForm{Number: r.PathValue("number"), Sum: value("sum"), Reading: reading, Entry: Entry{
		Name: value("name"), Secret: value("secret"), Type: value("type"), Context: value("context"), Language: value("language"),
		Host: value("host"), Mailbox: value("mailbox") != "", Queues: given(r.PostForm["queue"]),
		Codecs: given(strings.FieldsFunc(value("codecs"), func(c rune) bool { return c == ',' || c == ' ' })),
	}}
	if form.Number == "" {
		form.New, form.Number = true, value("number")
	}
	if form.Entry.Mailbox {
		form.Entry.PIN = value("pin")
	}
	if n := value("phones"); n != "" {
		var err error
		if form.Entry.Phones, err = strconv.Atoi(n); err != nil {
			return form, errBadInput
		}
	}
	return form, nil
}

// given leaves out what is empty.
func given(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
}

// fields are the form once more, for the page that asks whether that is meant.
func (f personForm) fields() [][2]string {
	e := f.Entry
	all := [][2]string{
		{"number", f.Number}, {"name", e.Name}, {"secret", e.Secret}, {"type", e.Type}, {"context", e.Context}, {"language", e.Language},
		{"host", e.Host}, {"codecs", strings.Join(e.Codecs, ", ")}, {"pin", e.PIN},
	}
	for _, q := range e.Queues {
		all = append(all, [2]string{"queue", q})
	}
	if e.Mailbox {
		all = append(all, [2]string{"mailbox", "yes"})
	}
	if e.Phones != 0 {
		all = append(all, [2]string{"phones", strconv.Itoa(e.Phones)})
	}
	return all
}

// Serves reports whether a queue is ticked.
func (f personForm) Serves(queue string) bool { return slices.Contains(f.Entry.Queues, queue) }

// CodecList is the codecs as they are typed.
func (f personForm) CodecList() string { return strings.Join(f.Entry.Codecs, ", ") }

// differs names the keys that would change: what the audit log says, which never has a secret in it.
func (e Entry) differs(old Entry) []string {
	var all []string
	for _, k := range []struct {
		key string
		is  bool
	}{
		{"name", e.Name != old.Name}, {"secret", e.Secret != "" && e.Secret != old.Secret}, {"type", e.Type != old.Type},
		{"context", e.Context != old.Context}, {"queue", !slices.Equal(sorted(e.Queues), sorted(old.Queues))}, {"language", e.Language != old.Language},
		{"codecs", !slices.Equal(e.Codecs, old.Codecs)}, {"host", e.Host != old.Host}, {"phones", e.Phones != old.Phones},
		{"mailbox", e.Mailbox != old.Mailbox}, {"pin", e.Mailbox && e.PIN != "" && e.PIN != old.PIN},
	} {
		if k.is {
			all = append(all, k.key)
		}
	}
	return all
}

func sorted(all []string) []string { return slices.Sorted(slices.Values(all)) }

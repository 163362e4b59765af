package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A personForm is the form of one person, as it was filled in.
type personForm struct {
	New      bool
	Number   string
	To       string // the number that was typed for somebody who is in the file; "": theirs
	Typed    string // skills, as they were typed
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
	} else if to := value("number"); to != form.Number {
		form.To = to
	}
	form.Entry.Music, form.Typed = value("music"), value("skills")
	for _, q := range form.Entry.Queues {
		t := Terms{WrapUp: value("wrap_up." + q), LoggedOff: value("logged_off."+q) != ""}
		if n := value("penalty." + q); n != "" {
			var err error
			if t.Penalty, err = strconv.Atoi(n); err != nil {
				return form, errBadInput
			}
		}
		if t.WrapUp == "0" {
			t.WrapUp = "0s"
		}
		if t != (Terms{}) {
			if form.Entry.Terms == nil {
				form.Entry.Terms = make(map[string]Terms)
			}
			form.Entry.Terms[q] = t
		}
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
		{"number", cmp.Or(f.To, f.Number)}, {"music", e.Music}, {"skills", f.Typed}, {"name", e.Name}, {"secret", e.Secret}, {"type", e.Type}, {"context", e.Context}, {"language", e.Language},
		{"host", e.Host}, {"codecs", strings.Join(e.Codecs, ", ")}, {"pin", e.PIN},
	}
	for _, q := range e.Queues {
		all = append(all, [2]string{"queue", q})
		t := e.Terms[q]
		if t.Penalty != 0 {
			all = append(all, [2]string{"penalty." + q, strconv.Itoa(t.Penalty)})
		}
		if t.WrapUp != "" {
			all = append(all, [2]string{"wrap_up." + q, t.WrapUp})
		}
		if t.LoggedOff {
			all = append(all, [2]string{"logged_off." + q, "yes"})
		}
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

// Terms are those of a queue, as they are written.
func (f personForm) Terms(queue string) Terms { return f.Entry.Terms[queue] }

// Wanted is the number that they have, or are to have.
func (f personForm) Wanted() string { return cmp.Or(f.To, f.Number) }

// skillText is skills as one types them: "billing:3, vip:1".
func skillText(skills map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(skills)) {
		all = append(all, name+":"+strconv.Itoa(skills[name]))
	}
	return strings.Join(all, ", ")
}

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
		{"context", e.Context != old.Context}, {"queue", !slices.Equal(sorted(e.Queues), sorted(old.Queues))}, {"terms", termsDiffer(e, old)}, {"skills", !maps.Equal(e.Skills, old.Skills)},
		{"music", e.Music != old.Music}, {"language", e.Language != old.Language},
		{"codecs", !slices.Equal(e.Codecs, old.Codecs)}, {"host", e.Host != old.Host}, {"phones", e.Phones != old.Phones},
		{"mailbox", e.Mailbox != old.Mailbox}, {"pin", e.Mailbox && e.PIN != "" && e.PIN != old.PIN},
	} {
		if k.is {
			all = append(all, k.key)
		}
	}
	return all
}

// termsDiffer reports whether a queue that somebody serves before and after has other terms.
func termsDiffer(e, old Entry) bool {
	return slices.ContainsFunc(e.Queues, func(q string) bool { return e.Terms[q] != old.Terms[q] })
}

func sorted(all []string) []string { return slices.Sorted(slices.Values(all)) }

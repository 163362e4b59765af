package web

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/queue"
)

// A queueForm is the settings of one queue, as they were filled in.
type queueForm struct {
	New      bool
	Name     string
	Sum      string // of the file that it was made from
	Fields   []queueField
	Mistakes Mistakes // that belong to no field
	Unnamed  bool     // Name is none that a queue can have
	Whole    bool     // the visitor may change the whole file
}

// A queueField is one key that the form changes. What is empty, or not ticked, is not written.
type queueField struct {
	Key      string // "max_wait"; "to_agent.wait" stands below to_agent
	Kind     string // "text", "time", "number", "choice", "ticks", "yes"
	Words    string // the key whose words tell what it means
	Choices  []string
	Value    string   // as it is typed; "yes" where it is ticked
	Values   []string // that are ticked
	Default  string
	Mistakes Mistakes
	Fixed    bool // it is not changed here: Value is what stands in the file
}

// choices are the keys that have a few values. The first is what "" means.
func choices(key string) []string {
	switch key {
	case "strategy":
		return queue.Strategies()
	case "on_misses":
		return []string{queue.OnMissesPause, queue.OnMissesLogOff}
	case "join_when_empty", "leave_when_empty":
		var all []string
		for _, s := range queue.Excusable() {
			all = append(all, string(s))
		}
		return all
	}
	return nil
}

// queueFields are the fields of a queue, in the order of queue.Config; of what is written in a way of its own there is one
// that shows it.
func queueFields(c queue.Config) []queueField {
	return queueFieldsBelow(reflect.ValueOf(c), reflect.ValueOf(queue.Defaults()), "")
}

func queueFieldsBelow(is, otherwise reflect.Value, above string) []queueField {
	var all []queueField
	for i := range is.NumField() {
		key := yamlKey(is.Type().Field(i))
		f := queueField{Key: above + key, Words: above + key, Choices: choices(key), Default: written(otherwise.Field(i)), Value: written(is.Field(i))}
		if above != "" {
			f.Words = strings.TrimSuffix(above, ".") + "_" + key
		}
		value := is.Field(i)
		switch {
		case value.Type() == reflect.TypeFor[queue.ToAgent]():
			all = append(all, queueFieldsBelow(value, otherwise.Field(i), key+".")...)
			continue
		case value.Type() == reflect.TypeFor[time.Duration]():
			f.Kind = "time"
		case value.Kind() == reflect.Int:
			f.Kind = "number"
		case value.Kind() == reflect.Bool:
			if f.Kind = "yes"; value.Bool() {
				f.Value = "yes"
			}
		case value.Kind() == reflect.String && f.Choices != nil:
			f.Kind = "choice"
		case value.Kind() == reflect.String:
			f.Kind = "text"
		case value.Kind() == reflect.Slice && f.Choices != nil:
			f.Kind = "ticks"
			for j := range value.Len() {
				f.Values = append(f.Values, value.Index(j).String())
			}
		default:
			f.Fixed = true
		}
		all = append(all, f)
	}
	return all
}

// fill takes what was typed. A field that the form does not have stays as it is; one of ticks tells of itself by
// "has", since ticks that are not set are not sent.
func (f *queueForm) fill(r *http.Request) {
	for i := range f.Fields {
		one := &f.Fields[i]
		typed, sent := r.PostForm[one.Key]
		switch {
		case one.Fixed || !sent && !slices.Contains(r.PostForm["has"], one.Key):
		case one.Kind == "ticks":
			one.Values = given(typed)
		case !sent:
			one.Value = ""
		default:
			one.Value = strings.TrimSpace(typed[0])
		}
	}
}

// fields are the form once more, for the page that asks whether that is meant.
func (f *queueForm) fields() [][2]string {
	var all [][2]string
	if f.New {
		all = append(all, [2]string{"name", f.Name})
	}
	for _, one := range f.Fields {
		switch {
		case one.Fixed:
			continue
		case one.Kind == "ticks":
			for _, v := range one.Values {
				all = append(all, [2]string{one.Key, v})
			}
		case one.Kind != "yes" || one.Value != "":
			all = append(all, [2]string{one.Key, one.Value})
		}
		if one.Kind == "ticks" || one.Kind == "yes" {
			all = append(all, [2]string{"has", one.Key})
		}
	}
	return all
}

// differs reports whether f says something else than it did.
func (f queueField) differs(old queueField) bool {
	return !f.Fixed && (f.Value != old.Value && f.Kind != "ticks" || !slices.Equal(sorted(f.Values), sorted(old.Values)))
}

// value is what is to stand in the file. What is no number stays text, so that the file's own check says what is wrong.
func (f queueField) value() any {
	switch {
	case f.Kind == "ticks" && len(f.Values) > 0:
		return f.Values
	case f.Kind == "ticks" || f.Value == "":
		return nil
	case f.Kind == "yes":
		return true
	case f.Kind == "number":
		if n, err := strconv.Atoi(f.Value); err == nil {
			return n
		}
	}
	return f.Value
}

// changes are what makes of a queue what the form says, those that go at the end, and the keys for the audit log.
func (f *queueForm) changes(old queue.Config) (set []QueueValue, keys []string) {
	before := queueFields(old)
	var gone, below []QueueValue
	kept := false // something is left to stand below to_agent
	for i, one := range f.Fields {
		_, key, nested := strings.Cut(one.Key, ".")
		kept = kept || nested && one.value() != nil
		if !one.differs(before[i]) {
			continue
		}
		keys = append(keys, one.Key)
		switch v := one.value(); {
		case nested:
			below = append(below, QueueValue{key, v})
		case v == nil:
			gone = append(gone, QueueValue{one.Key, nil})
		default:
			set = append(set, QueueValue{one.Key, v})
		}
	}
	switch {
	case len(below) > 0 && kept:
		set = append(set, QueueValue{"to_agent", below})
	case len(below) > 0:
		gone = append(gone, QueueValue{"to_agent", nil})
	}
	return append(set, gone...), keys
}

// blame shows each mistake at its field, and those of other places above the form.
func (f *queueForm) blame(wrong Mistakes) {
	for _, m := range wrong {
		key, own := strings.CutPrefix(m.Key, "queues."+f.Name+".")
		i := slices.IndexFunc(f.Fields, func(one queueField) bool {
			return own && !one.Fixed && (one.Key == key || strings.HasPrefix(key, one.Key+"."))
		})
		if i < 0 {
			f.Mistakes = append(f.Mistakes, m)
			continue
		}
		f.Fields[i].Mistakes = append(f.Fields[i].Mistakes, m)
	}
}

// Ticked reports whether a choice is ticked.
func (f queueField) Ticked(choice string) bool { return slices.Contains(f.Values, choice) }

// queueName is what a queue of the console may be called: it stands in addresses and in the dialplan.
var queueName = regexp.MustCompile(`^[\pL\pN][\pL\pN\pM _-]{0,39}$`)

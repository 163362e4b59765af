package web

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/queue"
)

// A queueField is one key that the form changes. What is empty is not written: it is as by default.
type queueField struct {
	Key      string // "max_wait"; "to_agent.wait" stands below to_agent
	Group    string // what it stands below; ""
	Kind     string // "text", "time", "number", "choice", "flag", "ticks", "list", "rows", "there"
	Words    string // the key whose words tell what it means
	Choices  []string
	Columns  []string   // of rows
	Value    string     // as it is typed
	Values   []string   // that are ticked
	Rows     [][]string // a value for each column
	Default  string
	Mistakes Mistakes
}

// choices are the keys that have a few values. The first is what "" means.
func choices(key string) []string {
	switch key {
	case "strategy":
		return queue.Strategies()
	case "on_misses":
		return []string{queue.OnMissesPause, queue.OnMissesLogOff}
	case "join_when_empty", "leave_when_empty", "overflow.empty":
		var all []string
		for _, s := range queue.Excusable() {
			all = append(all, string(s))
		}
		return all
	}
	return nil
}

// columns are those of what is written in rows: a list of keys and values, or keys and values that are not known before.
var columns = map[string][]string{
	"tiers": {"after", "penalty"}, "hours.open": {"days", "times"}, "hours.except": {"dates", "times"},
}

// queueFields are the fields of a queue, in the order of queue.Config, with what the file says of it. others are the queues
// that it can overflow to.
func queueFields(said map[string]any, others []string) []queueField {
	all := queueFieldsBelow(reflect.ValueOf(queue.Defaults()), said, "")
	for i := range all {
		if all[i].Key == "overflow.to" {
			all[i].Kind, all[i].Choices = "choice", others
		}
	}
	return all
}

func queueFieldsBelow(otherwise reflect.Value, said map[string]any, group string) []queueField {
	var all []queueField
	for i := range otherwise.NumField() {
		key, value := yamlKey(otherwise.Type().Field(i)), otherwise.Field(i)
		f := queueField{Key: key, Group: group, Words: key, Default: written(value)}
		if group != "" {
			f.Key, f.Words = group+"."+key, group+"_"+key
		}
		f.Choices, f.Columns = choices(f.Key), columns[f.Key]
		kind := value.Type().Kind()
		switch {
		case f.Columns != nil:
			f.Kind = "rows"
		case kind == reflect.Pointer: // its being there says something
			f.Kind, f.Group, f.Default = "there", key, ""
			f.take(said[key])
			below, _ := said[key].(map[string]any)
			all = append(append(all, f), queueFieldsBelow(reflect.ValueOf(queue.CallBackDefaults()), below, key)...)
			continue
		case kind == reflect.Struct:
			below, _ := said[key].(map[string]any)
			all = append(all, queueFieldsBelow(value, below, key)...)
			continue
		case value.Type() == reflect.TypeFor[time.Duration]():
			f.Kind = "time"
		case kind == reflect.Int:
			f.Kind = "number"
		case kind == reflect.Bool:
			f.Kind, f.Choices, f.Default = "flag", []string{"true", "false"}, strconv.FormatBool(value.Bool())
		case kind == reflect.Slice && f.Choices != nil:
			f.Kind = "ticks"
		case kind == reflect.Slice:
			f.Kind = "list"
		case f.Choices != nil:
			f.Kind = "choice"
		default:
			f.Kind = "text"
		}
		f.take(said[key])
		all = append(all, f)
	}
	return all
}

// take is what the file says of the field.
func (f *queueField) take(said any) {
	var items []string
	switch said := said.(type) {
	case string:
		f.Value = said
	case []any:
		for _, one := range said {
			switch one := one.(type) {
			case string:
				items = append(items, one)
			case map[string]any:
				row := make([]string, len(f.Columns))
				for i, column := range f.Columns {
					row[i], _ = one[column].(string)
				}
				f.Rows = append(f.Rows, row)
			}
		}
	case map[string]any:
		if f.Kind == "there" {
			f.Value = "yes"
			return
		}
		for key, value := range said {
			text, _ := value.(string)
			f.Rows = append(f.Rows, []string{key, text})
		}
		slices.SortFunc(f.Rows, slices.Compare)
	}
	if f.Kind == "ticks" {
		f.Values = items
	} else if items != nil {
		f.Value = strings.Join(items, ", ")
	}
}

// fill takes what was typed. A field that the form does not have stays as it is; one of ticks tells of itself by
// "has", since ticks that are not set are not sent.
func (f *queueField) fill(r *http.Request) {
	if f.Kind == "rows" {
		f.fillRows(r)
		return
	}
	typed, sent := r.PostForm[f.Key]
	switch {
	case !sent && !slices.Contains(r.PostForm["has"], f.Key):
	case f.Kind == "ticks":
		f.Values = given(typed)
	case !sent:
		f.Value = ""
	default:
		if f.Value = strings.TrimSpace(typed[0]); f.Kind == "time" && f.Value == "0" {
			f.Value = "0s"
		}
	}
}

func (f *queueField) fillRows(r *http.Request) {
	var rows [][]string
	sent := false
	for i, column := range f.Columns {
		typed, is := r.PostForm[f.Key+"."+column]
		sent = sent || is
		for n, value := range typed {
			for n >= len(rows) {
				rows = append(rows, make([]string, len(f.Columns)))
			}
			rows[n][i] = strings.TrimSpace(value)
		}
	}
	if sent {
		f.Rows = slices.DeleteFunc(rows, func(row []string) bool { return strings.Join(row, "") == "" })
	}
}

// hidden is the field once more, for the page that asks whether that is meant.
func (f queueField) hidden() (all [][2]string) {
	switch f.Kind {
	case "ticks":
		for _, v := range f.Values {
			all = append(all, [2]string{f.Key, v})
		}
		return append(all, [2]string{"has", f.Key})
	case "rows":
		for _, row := range append(slices.Clone(f.Rows), make([]string, len(f.Columns))) {
			for i, column := range f.Columns {
				all = append(all, [2]string{f.Key + "." + column, row[i]})
			}
		}
		return all
	}
	return [][2]string{{f.Key, f.Value}}
}

// differs reports whether f says something else than it did.
func (f queueField) differs(old queueField) bool {
	return f.Value != old.Value || !slices.Equal(sorted(f.Values), sorted(old.Values)) || !slices.EqualFunc(f.Rows, old.Rows, slices.Equal)
}

// value is what is to stand in the file; nil: nothing. What is no number stays text, so that the file's own check says what
// is wrong.
func (f queueField) value() any {
	switch {
	case f.Kind == "rows":
		return f.rows()
	case f.Kind == "ticks" && len(f.Values) > 0:
		return f.Values
	case f.Kind == "ticks" || f.Value == "":
		return nil
	case f.Kind == "list":
		var items []string
		for _, item := range strings.Split(f.Value, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		return given(items)
	case f.Kind == "flag" && slices.Contains(f.Choices, f.Value):
		return f.Value == "true"
	case f.Kind == "number":
		return number(f.Value)
	}
	return f.Value
}

func number(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return text
}

// rows are the value of rows.
func (f queueField) rows() any {
	if len(f.Rows) == 0 {
		return nil
	}
	if f.Key != "tiers" {
		var all []QueueValue
		for _, row := range f.Rows {
			all = append(all, QueueValue{row[0], row[1]})
		}
		return all
	}
	var all [][]QueueValue
	for _, row := range f.Rows {
		var one []QueueValue
		if row[0] != "" {
			one = append(one, QueueValue{"after", row[0]})
		}
		if row[1] != "" {
			one = append(one, QueueValue{"penalty", number(row[1])})
		}
		all = append(all, one)
	}
	return all
}

// changed is what makes of old what f says. Of rows that are keys and values only those that differ are named.
func (f queueField) changed(old queueField) any {
	now, keyed := f.value().([]QueueValue)
	if !keyed || len(old.Rows) == 0 {
		return f.value()
	}
	var all []QueueValue
	for i, one := range now {
		if !slices.ContainsFunc(old.Rows, func(row []string) bool { return slices.Equal(row, f.Rows[i]) }) {
			all = append(all, one)
		}
	}
	for _, row := range old.Rows {
		if !slices.ContainsFunc(now, func(one QueueValue) bool { return one.Key == row[0] }) {
			all = append(all, QueueValue{row[0], nil})
		}
	}
	return all
}

// twice is a key that stands in two rows.
func (f queueField) twice() (string, bool) {
	for i, row := range f.Rows {
		if f.Key != "tiers" && slices.ContainsFunc(f.Rows[:i], func(other []string) bool { return other[0] == row[0] }) {
			return row[0], true
		}
	}
	return "", false
}

// Ticked reports whether a choice is ticked.
func (f queueField) Ticked(choice string) bool { return slices.Contains(f.Values, choice) }

const spareRows = 2

// Shown are the rows with some empty ones.
func (f queueField) Shown() [][]string {
	all := slices.Clone(f.Rows)
	for range spareRows {
		all = append(all, make([]string, len(f.Columns)))
	}
	return all
}

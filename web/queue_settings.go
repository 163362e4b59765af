package web

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"hatif/queue"
)

// A setting is one key of a queue, as the file says it. A form can be drawn from it as well as a list.
type setting struct {
	Key     string // of the file: "max_wait"
	Value   string // as the file would write it; "": nothing
	Default string // what holds where the file is silent; "": nothing
	Written bool   // the file says it, and something else than the default
}

// settingsOf are all keys of a queue, in the order of queue.Config.
func settingsOf(c queue.Config) []setting {
	is, otherwise := reflect.ValueOf(c), reflect.ValueOf(queue.Defaults())
	var all []setting
	for i := range is.NumField() {
		s := setting{Key: yamlKey(is.Type().Field(i)), Value: written(is.Field(i)), Default: written(otherwise.Field(i))}
		s.Written = s.Value != "" && s.Value != s.Default
		all = append(all, s)
	}
	return all
}

func yamlKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

// written is a value as one writes it in the file, "" where it says nothing.
func written(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if d, is := v.Interface().(time.Duration); is {
		return shortly(d)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if text := written(v.Elem()); text != "" {
			return text
		}
		return "{}"
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, written(v.Index(i)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		entries := make(map[string]string)
		for _, k := range v.MapKeys() {
			entries[fmt.Sprint(k)] = written(v.MapIndex(k))
		}
		var items []string
		for _, k := range slices.Sorted(maps.Keys(entries)) {
			items = append(items, k+": "+entries[k])
		}
		return "{" + strings.Join(items, ", ") + "}"
	case reflect.Struct:
		var items []string
		for i := range v.NumField() {
			if text := written(v.Field(i)); text != "" {
				items = append(items, yamlKey(v.Type().Field(i))+": "+text)
			}
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return fmt.Sprint(v.Interface())
}

// shortly is a duration without what is nothing: "1m30s", "1m", "2h".
func shortly(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A field is one of a JSON object, as the struct that it is read from or written from has it.
type field struct {
	name, doc string
	words     []string // the only ones that there are; nil: any
	anyOf     []string // schemas of the document, one of which it has; nil: that of its type
	kind      reflect.Type
	optional  bool
}

// fieldsOf lists the fields of a struct with those of the structs that it embeds.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			all = append(all, fieldsOf(f.Type)...)
			continue
		}
		name, how, _ := strings.Cut(f.Tag.Get("json"), ",")
		one := field{name: name, doc: f.Tag.Get("doc"), kind: f.Type, optional: how != ""}
		if words := f.Tag.Get("enum"); words != "" {
			one.words = strings.Split(words, ",")
		}
		if names := f.Tag.Get("anyof"); names != "" {
			one.anyOf = strings.Split(names, ",")
		}
		all = append(all, one)
	}
	return all
}

// schemas are the JSON schemas of structs by their names in the document.
type schemas map[string]any

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// nameOf is a struct's name in the document.
func nameOf(t reflect.Type) string {
	name := []rune(strings.TrimSuffix(strings.TrimSuffix(t.Name(), "Data"), "View"))
	name[0] = unicode.ToUpper(name[0])
	return string(name)
}

// of is the schema of a type; that of a struct is put into all and referred to.
func (all schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return all.of(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": all.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": all.of(t.Elem())}
	case reflect.Struct:
		return all.refer(t)
	}
	panic("api: no schema for " + t.String()) // found by the first test: the types are ours
}

func (all schemas) refer(t reflect.Type) object {
	name := nameOf(t)
	if _, known := all[name]; !known {
		all[name] = nil // it may lead back to itself
		properties, required := object{}, []string{}
		for _, f := range fieldsOf(t) {
			properties[f.name] = all.property(f)
			if !f.optional {
				required = append(required, f.name)
			}
		}
		schema := object{"type": "object", "properties": properties}
		if len(required) > 0 {
			schema["required"] = required
		}
		all[name] = schema
	}
	return reference("schemas", name)
}

func (all schemas) property(f field) object {
	schema := maps.Clone(all.of(f.kind))
	if f.words != nil {
		schema["enum"] = f.words
	}
	if f.anyOf != nil {
		var any []object
		for _, name := range f.anyOf {
			any = append(any, reference("schemas", name))
		}
		schema = object{"anyOf": any}
	}
	if f.doc != "" {
		schema["description"] = f.doc
	}
	return schema
}

func reference(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

// schema is that of a parameter.
func (p parameter) schema() object {
	switch {
	case p.form == "time":
		return object{"type": "string", "format": "date-time"}
	case p.form == "number":
		return object{"type": "integer", "minimum": p.least, "maximum": p.most}
	case p.words != nil:
		return object{"type": "string", "enum": slices.Clone(p.words)}
	}
	return object{"type": "string"}
}

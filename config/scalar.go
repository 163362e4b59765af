package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hatif/internal/fault"
	"hatif/queue"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	servesType   = reflect.TypeFor[Serves]()
)

// misread finds, in what is to be read into a t, the values that YAML or Go would take for something else than is
// written there: text that reads as a number, and times that are none. The library alone would change the first in
// silence (0123 is 83), and tells neither the key nor the column of the second.
func misread(n ast.Node, t reflect.Type, path []string) []*fault.Fault {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n = bare(n)
	if n == nil {
		return nil
	}
	scalar, isScalar := n.(ast.ScalarNode)
	switch {
	case t == durationType:
		if isScalar {
			return badTime(scalar, path)
		}
	case t == servesType: // written as a map it holds the terms of each queue
		t = reflect.TypeFor[map[string]queue.Membership]()
		fallthrough
	case t.Kind() == reflect.Map:
		if readsItself(t) {
			return nil
		}
		var found []*fault.Fault
		for _, v := range entries(n) {
			found = append(found, misread(v.Value, t.Elem(), within(path, keyOf(v)))...)
		}
		return found
	case readsItself(t):
	case t.Kind() == reflect.String:
		if isScalar {
			return badText(scalar, path)
		}
	case t.Kind() == reflect.Slice:
		var found []*fault.Fault
		if list, ok := n.(*ast.SequenceNode); ok {
			for i, item := range list.Values {
				found = append(found, misread(item, t.Elem(), within(path, fmt.Sprint(i)))...)
			}
		}
		return found
	case t.Kind() == reflect.Struct:
		var found []*fault.Fault
		fields := fieldsByKey(reflect.New(t).Elem())
		for _, v := range entries(n) {
			if field, known := fields[keyOf(v)]; known {
				found = append(found, misread(v.Value, field.Type(), within(path, keyOf(v)))...)
			}
		}
		return found
	}
	return nil
}

// within is path with one more key, in memory of its own.
func within(path []string, key string) []string {
	return append(append([]string(nil), path...), key)
}

// readsItself reports whether a t decides on its own what its text means.
func readsItself(t reflect.Type) bool {
	for _, method := range []string{"UnmarshalYAML", "UnmarshalText"} {
		if _, has := reflect.PointerTo(t).MethodByName(method); has {
			return true
		}
	}
	return false
}

// badText finds digits that would not be kept as they stand. The text is not repeated: it may be a secret.
func badText(n ast.ScalarNode, path []string) []*fault.Fault {
	switch n.Type() {
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		if written := n.GetToken().Value; fmt.Sprint(n.GetValue()) != written {
			return []*fault.Fault{fault.Errorf(path, "without quotes this is read as a number and becomes another text: write it in quotes")}
		}
	}
	return nil
}

// badTime finds what is no time.
func badTime(n ast.ScalarNode, path []string) []*fault.Fault {
	if n.Type() == ast.NullType {
		return nil
	}
	written := n.GetToken().Value
	if _, err := time.ParseDuration(written); err == nil && n.Type() == ast.StringType {
		return nil
	}
	hint := "write a number with its unit and no space between, such as 500ms, 10s, 5m or 1h30m"
	if n.Type() == ast.IntegerType || n.Type() == ast.FloatType {
		if _, err := time.ParseDuration(written + "s"); err == nil {
			hint = fmt.Sprintf("write its unit too, such as %ss or %sm", strings.TrimPrefix(written, "+"), strings.TrimPrefix(written, "+"))
		}
	} else if d, err := time.ParseDuration(strings.TrimSuffix(strings.ReplaceAll(written, " ", ""), "ec")); err == nil && d >= 0 {
		hint = "write " + strings.TrimSuffix(strings.ReplaceAll(written, " ", ""), "ec")
	}
	return []*fault.Fault{fault.Errorf(path, "%q is no time: %s", written, hint)}
}

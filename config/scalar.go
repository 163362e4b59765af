package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hatif/callback"
	"hatif/internal/fault"
	"hatif/queue"
	"hatif/sip"
	"hatif/voicemail"
)

// zeroMeansDefault are the numbers and times that have a default in the place of 0: whoever writes 0 there means
// something else than they get.
var zeroMeansDefault = map[reflect.Type][]string{
	reflect.TypeFor[queue.Config]():     {"ring_timeout", "retry", "service_level", "ring_progressively_delay"},
	reflect.TypeFor[queue.CallBack]():   {"offer", "first", "after", "tries", "every", "ring", "at_once"},
	reflect.TypeFor[queue.Announce]():   {"first"},
	reflect.TypeFor[queue.Messages]():   {"first"},
	reflect.TypeFor[callback.Config]():  {"after", "tries", "every", "ring", "at_once"},
	reflect.TypeFor[sip.Config]():       {"min_expiry", "max_expiry", "default_expiry", "max_contacts", "session_expires", "min_se"},
	reflect.TypeFor[voicemail.Config](): {"max_messages", "max_length", "min_length", "max_silence", "max_greeting"},
	reflect.TypeFor[User]():             {"phones"},
}

// isZero reports whether nothing is written there as a number or a time: 0, 0s.
func isZero(n ast.Node) bool {
	s, ok := bare(n).(ast.ScalarNode)
	if !ok || s.Type() == ast.NullType {
		return false
	}
	d, err := time.ParseDuration(s.GetToken().Value)
	return err == nil && d == 0
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	servesType   = reflect.TypeFor[Serves]()
)

// misread finds, in what is to be read into a t, the values that YAML or Go would take for something else than is
// written there: text that reads as a number, times that are none, and a 0 that would be the default. The library alone
// would change the first in silence (0123 is 83), and tells neither the key nor the column of the second.
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
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		if isScalar {
			return badNumber(scalar, path)
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
				if slices.Contains(zeroMeansDefault[t], keyOf(v)) && isZero(v.Value) {
					found = append(found, fault.Errorf(within(path, keyOf(v)), "%s cannot be 0: write more, or leave the key out for its default", keyOf(v)))
					continue
				}
				if field.Type() == servesType && bare(v.Value).Type() == ast.NullType {
					found = append(found, fault.Errorf(within(path, keyOf(v)), "no queue is named: name one, or take the key away"))
					continue
				}
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

// badNumber finds what is no whole number, which would be cut down to one (2.5 to 2), and what has too many digits.
func badNumber(n ast.ScalarNode, path []string) []*fault.Fault {
	written := n.GetToken().Value
	switch n.Type() {
	case ast.FloatType, ast.InfinityType, ast.NanType:
		return []*fault.Fault{fault.Errorf(path, "%s is no whole number", written)}
	}
	if _, err := strconv.ParseInt(written, 0, 32); errors.Is(err, strconv.ErrRange) {
		return []*fault.Fault{fault.Errorf(path, "%s is too big a number", written)}
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

// Package fault says where in the configuration file a mistake is.
//
// A feature checks its own options and knows their place as a path of keys ("queues", "arabic", "wrap_up"),
// not as a line; config knows the lines and turns each Fault into file:line:column with the source line.
// The package holds no rules of its own.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// A Fault is one mistake at one place of the file.
type Fault struct {
	Path []string // keys from the top of the file; a list's index is its decimal number from 0
	Msg  string   // a sentence without the place: `queue "arabc" is not defined`
	Key  bool     // the last key itself is wrong, not what stands behind it
}

// Errorf makes a Fault at path. The path is copied.
func Errorf(path []string, format string, args ...any) *Fault {
	return &Fault{Path: append([]string(nil), path...), Msg: fmt.Sprintf(format, args...)}
}

// KeyErrorf makes a Fault of the last key of path, whatever stands behind it.
func KeyErrorf(path []string, format string, args ...any) *Fault {
	f := Errorf(path, format, args...)
	f.Key = true
	return f
}

// Error is "queues.arabic.wrap_up: message".
func (f *Fault) Error() string {
	if len(f.Path) == 0 {
		return f.Msg
	}
	return strings.Join(f.Path, ".") + ": " + f.Msg
}

// All returns every Fault in err's tree (errors.Join included), in order.
func All(err error) []*Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Fault
		for _, e := range many.Unwrap() {
			all = append(all, All(e)...)
		}
		return all
	}
	if errors.As(err, &f) {
		return []*Fault{f}
	}
	return nil
}

// Under returns err with every Fault in it moved below the keys of prefix; other errors stay as they are.
func Under(err error, prefix ...string) error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var moved []error
		for _, e := range many.Unwrap() {
			moved = append(moved, Under(e, prefix...))
		}
		return errors.Join(moved...)
	}
	var f *Fault
	if errors.As(err, &f) {
		return &Fault{Path: append(append([]string(nil), prefix...), f.Path...), Msg: f.Msg, Key: f.Key}
	}
	return err
}

package config

import (
	"maps"
	"slices"
	"strings"

	"hatif/internal/fault"
	"hatif/queue"
)

// Serves is the queues of one user: `arabic`, `[arabic, english]`, or with the terms of each,
// `{arabic: {penalty: 1}, english: {}}`.
type Serves []Served

// A Served is one queue of a user.
type Served struct {
	Queue string
	queue.Membership
}

// UnmarshalYAML takes a name, a list of names, or a map of names to terms.
func (s *Serves) UnmarshalYAML(decode func(any) error) error {
	var written any
	if err := decode(&written); err != nil {
		return err
	}
	*s = Serves{} // not nil: what is written and empty is a mistake
	switch written.(type) {
	case map[string]any:
		var terms map[string]queue.Membership
		if err := decode(&terms); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(terms)) {
			*s = append(*s, Served{Queue: name, Membership: terms[name]})
		}
	case []any:
		var names []string
		if err := decode(&names); err != nil {
			return err
		}
		for _, name := range names {
			*s = append(*s, Served{Queue: name})
		}
	default:
		var name string
		if err := decode(&name); err != nil {
			return err
		}
		*s = Serves{{Queue: name}}
	}
	return nil
}

// String is the names of the queues, for people.
func (s Serves) String() string {
	names := make([]string, len(s))
	for i, served := range s {
		names[i] = served.Queue
	}
	return strings.Join(names, ", ")
}

// checkServes finds the mistakes of a user's queues and skills; known are those of the file.
func checkServes(number string, u User, known []string) (errs []error) {
	path := []string{"users", number, "queue"}
	if u.Queue != nil && len(u.Queue) == 0 {
		errs = append(errs, fault.Errorf(path, "user %s serves no queue: name one, or take the key away", number))
	}
	if len(u.Queue) > 0 && u.Type == "user" {
		errs = append(errs, fault.Errorf(path, "user %s only calls (type: user) and cannot serve a queue", number))
	}
	for i, served := range u.Queue {
		if !slices.Contains(known, served.Queue) {
			errs = append(errs, fault.Errorf(path, "queue %q is not defined%s", served.Queue, fault.DidYouMean(served.Queue, known)))
		}
		if slices.ContainsFunc(u.Queue[:i], func(other Served) bool { return other.Queue == served.Queue }) {
			errs = append(errs, fault.Errorf(path, "queue %q stands here twice", served.Queue))
		}
		errs = append(errs, fault.Under(served.Validate(), append(slices.Clone(path), served.Queue)...))
	}
	errs = append(errs, fault.Under(u.Skills.Validate(), "users", number, "skills"))
	return errs
}

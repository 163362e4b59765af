package app

import (
	"maps"
	"slices"

	"hatif/config"
	"hatif/web"
)

// termsOf are the terms of a user's queues that are not those of everybody.
func termsOf(u config.User) map[string]web.Terms {
	all := make(map[string]web.Terms)
	for _, served := range u.Queue {
		t := web.Terms{Penalty: served.Penalty, LoggedOff: served.LoggedOff}
		if served.WrapUp != nil {
			t.WrapUp = served.WrapUp.String()
		}
		if t != (web.Terms{}) {
			all[served.Queue] = t
		}
	}
	return all
}

// queueOf is what makes the queues of one entry those of the other; said is what the file says of them. Where it says names
// alone, and no terms are to be written, names they stay.
func queueOf(old, e web.Entry, said any) config.Settings {
	was, is := slices.Sorted(slices.Values(old.Queues)), slices.Sorted(slices.Values(e.Queues))
	terms := func(e web.Entry, name string) web.Terms { return e.Terms[name] }
	same := slices.Equal(was, is) && !slices.ContainsFunc(is, func(name string) bool { return terms(old, name) != terms(e, name) })
	switch {
	case same:
		return nil
	case len(is) == 0:
		return config.Settings{{Key: "queue"}}
	}
	_, keyed := said.(map[string]any)
	if !keyed && !slices.ContainsFunc(is, func(name string) bool { return terms(e, name) != web.Terms{} }) {
		return config.Settings{{Key: "queue", Value: config.Names(e.Queues)}}
	}
	var set config.Settings
	for _, name := range e.Queues {
		if t := terms(e, name); !keyed || !slices.Contains(was, name) || t == (web.Terms{}) && t != terms(old, name) {
			set = append(set, config.Setting{Key: name, Value: changesOf(web.Terms{}, t)})
		} else if t != terms(old, name) {
			set = append(set, config.Setting{Key: name, Value: changesOf(terms(old, name), t)})
		}
	}
	for _, name := range was {
		if keyed && !slices.Contains(is, name) {
			set = append(set, config.Setting{Key: name})
		}
	}
	return config.Settings{{Key: "queue", Value: set}}
}

// changesOf are the keys that make other terms of some.
func changesOf(was, is web.Terms) config.Settings {
	set, gone := config.Settings{}, config.Settings{}
	one := func(key string, differs, silent bool, value any) {
		switch {
		case differs && silent:
			gone = append(gone, config.Setting{Key: key})
		case differs:
			set = append(set, config.Setting{Key: key, Value: value})
		}
	}
	one("penalty", was.Penalty != is.Penalty, is.Penalty == 0, is.Penalty)
	one("wrap_up", was.WrapUp != is.WrapUp, is.WrapUp == "", is.WrapUp)
	one("logged_off", was.LoggedOff != is.LoggedOff, !is.LoggedOff, true)
	return append(set, gone...)
}

// skillsOf is the same for skills.
func skillsOf(old, e web.Entry, said any) config.Settings {
	names := slices.Sorted(maps.Keys(e.Skills))
	_, keyed := said.(map[string]any)
	switch {
	case maps.Equal(old.Skills, e.Skills):
		return nil
	case len(names) == 0:
		return config.Settings{{Key: "skills"}}
	case !keyed && !slices.ContainsFunc(names, func(name string) bool { return e.Skills[name] != 1 }):
		return config.Settings{{Key: "skills", Value: config.Names(names)}}
	}
	var set config.Settings
	for _, name := range names {
		if level, had := old.Skills[name]; !keyed || !had || level != e.Skills[name] {
			set = append(set, config.Setting{Key: name, Value: e.Skills[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old.Skills)) {
		if _, still := e.Skills[name]; keyed && !still {
			set = append(set, config.Setting{Key: name})
		}
	}
	return config.Settings{{Key: "skills", Value: set}}
}

// Mentions implements web.File.
func (f *file) Mentions(is []byte, number string) (web.Mistakes, error) {
	found, err := config.Mentions(f.path, is, number)
	if err != nil || len(found) == 0 {
		return nil, mistakes(err)
	}
	var told web.Mistakes
	for _, e := range found {
		told = append(told, web.Mistake{File: e.File, Line: e.Line, Column: e.Column, Key: e.Key, Source: e.Source})
	}
	return told, nil
}

package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// A queueForm is the settings of one queue, as they were filled in.
type queueForm struct {
	New      bool
	Name     string
	Sum      string // of the file that it was made from
	Fields   []queueField
	Mistakes Mistakes // that belong to no field
	Unnamed  bool     // Name is none that a queue can have
}

// A queueGroup is fields that stand below one key; "": each by itself.
type queueGroup struct {
	Key    string
	Fields []queueField
}

// Says reports whether the file says something of the group, or is to, or something is wrong with it.
func (g queueGroup) Says() bool {
	return slices.ContainsFunc(g.Fields, func(one queueField) bool { return one.value() != nil || one.Mistakes != nil })
}

// Groups are the fields in their order, those that belong together in one.
func (f *queueForm) Groups() []queueGroup {
	var all []queueGroup
	for _, one := range f.Fields {
		if last := len(all) - 1; last < 0 || all[last].Key != one.Group {
			all = append(all, queueGroup{Key: one.Group})
		}
		g := &all[len(all)-1]
		g.Fields = append(g.Fields, one)
	}
	return all
}

// fill takes what was typed.
func (f *queueForm) fill(r *http.Request) {
	for i := range f.Fields {
		one := &f.Fields[i]
		one.fill(r)
		if key, is := one.twice(); is {
			one.Mistakes = Mistakes{{Key: one.Key, Text: fmt.Sprintf("%q stands here twice", key)}}
		}
	}
}

// wrong reports whether a field has a mistake before the file is asked.
func (f *queueForm) wrong() bool {
	return slices.ContainsFunc(f.Fields, func(one queueField) bool { return one.Mistakes != nil })
}

// fields are the form once more, for the page that asks whether that is meant.
func (f *queueForm) fields() [][2]string {
	var all [][2]string
	if f.New {
		all = append(all, [2]string{"name", f.Name})
	}
	for _, one := range f.Fields {
		all = append(all, one.hidden()...)
	}
	return all
}

// changes are what makes of a queue what the form says, those that go at the end, and the keys for the audit log.
func (f *queueForm) changes(before []queueField) (set []QueueValue, keys []string) {
	was := queueForm{Fields: before}
	var gone []QueueValue
	for i, old := range was.Groups() {
		g := f.Groups()[i]
		below, left, differ := g.changes(old)
		keys = append(keys, differ...)
		switch {
		case len(differ) == 0:
		case g.Key == "":
			for _, one := range below {
				if one.Value == nil {
					gone = append(gone, one)
				} else {
					set = append(set, one)
				}
			}
		case g.absent(old):
			gone = append(gone, QueueValue{g.Key, nil})
		case !left: // nothing of it is said but that it is there
			set = append(set, QueueValue{g.Key, []QueueValue{}})
		default:
			set = append(set, QueueValue{g.Key, below})
		}
	}
	return append(set, gone...), keys
}

// changes are those of single keys, what comes before what goes; left: something is said.
func (g queueGroup) changes(old queueGroup) (all []QueueValue, left bool, differ []string) {
	var gone []QueueValue
	for i, one := range g.Fields {
		left = left || one.Kind != "there" && one.value() != nil
		if !one.differs(old.Fields[i]) {
			continue
		}
		differ = append(differ, one.Key)
		value := QueueValue{strings.TrimPrefix(one.Key, g.Key+"."), one.changed(old.Fields[i])}
		switch {
		case one.Kind == "there":
		case value.Value == nil:
			gone = append(gone, value)
		default:
			all = append(all, value)
		}
	}
	return append(all, gone...), left, differ
}

// absent reports whether the file is to say nothing of the group. Of one whose being there says something the first
// field decides; where it was not there, any of the others brings it.
func (g queueGroup) absent(old queueGroup) bool {
	silent := !slices.ContainsFunc(g.Fields, func(one queueField) bool { return one.value() != nil })
	if g.Fields[0].Kind == "there" && old.Fields[0].Value != "" {
		return g.Fields[0].Value == ""
	}
	return silent
}

// blame shows each mistake at its field, or at the first of its group, and those of other places above the form.
func (f *queueForm) blame(wrong Mistakes) {
	for _, m := range wrong {
		key, own := strings.CutPrefix(m.Key, "queues."+f.Name+".")
		i := slices.IndexFunc(f.Fields, func(one queueField) bool {
			return own && one.Kind != "there" && (one.Key == key || strings.HasPrefix(key, one.Key+"."))
		})
		if i < 0 {
			i = slices.IndexFunc(f.Fields, func(one queueField) bool { return own && one.Group == key })
		}
		if i < 0 {
			f.Mistakes = append(f.Mistakes, m)
			continue
		}
		f.Fields[i].Mistakes = append(f.Fields[i].Mistakes, m)
	}
}

// queueName is what a queue of the console may be called: it stands in addresses and in the dialplan.
var queueName = regexp.MustCompile(`^[\pL\pN][\pL\pN\pM _-]{0,39}$`)

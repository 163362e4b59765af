package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"hatif/internal/fault"
)

// An Edit is a change of one user, or of one queue, in the text of the file. What it does not name keeps every byte:
// comments, spacing, quotes, line ends.
type Edit struct {
	User   string
	Queue  string // in place of User
	Add    bool   // the entry must not be there yet
	Remove bool   // the whole entry goes, with what is written on its lines
	Rename string // what the entry is called from now on; "": as before
	Set    []Setting
}

// A Setting is a key of an entry, and what is to stand there.
type Setting struct {
	Key string

	// Value is text; Digits; an int; a bool; Names; a list of text, or of Settings; Settings of the keys below; or nil, and the
	// key goes.
	// Names and Settings of what is written as keys and values change it key by key: what they do not name stays.
	Value any
}

type (
	// Digits are text that is always written in quotes.
	Digits string
	// Names are one name, or a list of them.
	Names []string
	// Settings are keys and values.
	Settings []Setting
)

// Apply returns the changed text. It is read again and compared: a change that would mean anything else than what was
// asked for is refused, and so is one of what is written with anchors. Whether the file is valid is for Parse to say.
func (e Edit) Apply(name string, text []byte) ([]byte, error) {
	f, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	before, err := f.tree()
	if err != nil {
		return nil, err
	}
	want, err := e.expected(before)
	if err != nil {
		return nil, err
	}
	mark := text[:len(text)-len(f.text)] // what Windows editors begin with stays
	for _, step := range e.steps() {
		s := newSheet(f)
		if err := step(s); err != nil {
			return nil, fault.Under(err, e.path()...)
		}
		if f, err = parse(name, s.done()); err != nil {
			return nil, e.unfit(err)
		}
	}
	after, err := f.tree()
	if err == nil && !reflect.DeepEqual(after, want) {
		err = errors.New("it would come to mean something else")
	}
	if err != nil {
		return nil, e.unfit(err)
	}
	return append(slices.Clone(mark), f.text...), nil
}

func (e Edit) unfit(err error) error {
	return fmt.Errorf("%s %s: the entry is written in a way that cannot be changed here; change it in the file: %w", e.kind(), e.name(), err)
}

// sections hold the entries that an Edit changes.
var sections = []string{"users", "queues"}

func (e Edit) section() string { return e.kind() + "s" }

func (e Edit) kind() string {
	if e.Queue != "" {
		return "queue"
	}
	return "user"
}

func (e Edit) name() string { return cmp.Or(e.Queue, e.User) }

// path is where the entry stands.
func (e Edit) path() []string { return []string{e.section(), e.name()} }

// steps are the changes one by one. Each is made of a text that is read anew, so that places are always true.
func (e Edit) steps() []func(s *sheet) error {
	switch {
	case e.Add:
		return []func(*sheet) error{e.add}
	case e.Remove:
		return []func(*sheet) error{func(s *sheet) error {
			all, err := s.table([]string{e.section()})
			if err != nil {
				return err
			}
			return all.remove(e.name())
		}}
	}
	var all []func(*sheet) error
	for _, set := range e.Set {
		for _, one := range e.single(set) {
			all = append(all, func(s *sheet) error { return s.set(one.path, one.value) })
		}
	}
	if e.Rename != "" {
		all = append(all, e.rename)
	}
	return all
}

// rename writes another key in front of the entry, in the quotes that the old one has.
func (e Edit) rename(s *sheet) error {
	all, err := s.table([]string{e.section()})
	if err != nil {
		return err
	}
	v := all.pairs[all.index(e.name())]
	from, err := s.at(v.Key.GetToken())
	if err != nil {
		return err
	}
	end, err := s.scalarEnd(from, v.Key.GetToken())
	if err != nil {
		return err
	}
	s.cut(from, end, key(e.Rename, s.quoteOf(v)))
	return nil
}

// A single change is that of one value at one path.
type single struct {
	path  []string
	value any
}

// single takes a setting apart. What is not there below is written whole by the first of them.
func (e Edit) single(set Setting) []single {
	return set.single(e.path())
}

func (set Setting) single(above []string) []single {
	path := within(above, set.Key)
	below, ok := set.Value.(Settings)
	if !ok || len(below) == 0 {
		return []single{{path, set.Value}}
	}
	var all []single
	for _, b := range below {
		all = append(all, b.single(path)...)
	}
	return all
}

// add writes a new entry after its neighbour: whose number is the nearest smaller one, or the last.
func (e Edit) add(s *sheet) error {
	top, err := s.table(nil)
	if err != nil {
		return err
	}
	at := top.index(e.section())
	if at < 0 {
		entry := s.entry(e, nil, 0)
		if top.flow {
			return top.insert(len(top.pairs)-1, e.section()+": {"+entry+"}")
		}
		s.append(e.section() + ":" + s.eol + "  " + entry)
		return nil
	}
	if bare(top.pairs[at].Value).Type() == ast.NullType {
		return s.addFirst(top.pairs[at], s.entry(e, nil, 0))
	}
	all, err := s.table([]string{e.section()})
	if err != nil {
		return err
	}
	i := all.neighbour(e.name())
	if i < 0 {
		return all.insert(-1, s.entry(e, nil, 0))
	}
	return all.insert(i, s.entry(e, all, i))
}

// neighbour is the pair after which an entry belongs; -1: there is none at all. Only numbers have an order.
func (t *table) neighbour(name string) int {
	best := len(t.pairs) - 1
	if strings.Trim(name, "0123456789") != "" {
		return best
	}
	found := ""
	for i, v := range t.pairs {
		if key := keyOf(v); len(key) == len(name) && key < name && key > found {
			best, found = i, key
		}
	}
	return best
}

// expected is the tree after the change.
func (e Edit) expected(before map[string]any) (map[string]any, error) {
	all, _ := before[e.section()].(map[string]any)
	entry, is := all[e.name()]
	switch {
	case e.Add && is:
		return nil, fault.KeyErrorf(e.path(), "there is a %s %s already", e.kind(), e.name())
	case !e.Add && !is:
		return nil, fault.Errorf([]string{e.section()}, "there is no %s %s", e.kind(), e.name())
	}
	after, changed := maps.Clone(before), maps.Clone(all)
	if changed == nil {
		changed = make(map[string]any)
	}
	after[e.section()] = changed
	switch {
	case e.Add:
		changed[e.name()] = treeOf(Settings(e.Set))
	case e.Remove:
		delete(changed, e.name())
	default:
		old, ok := entry.(map[string]any)
		if !ok && entry != nil {
			return nil, fault.Errorf(e.path(), "the entry is not written as keys and values of its own: change it in the file")
		}
		changed[e.name()] = merged(old, e.Set)
	}
	if e.Rename != "" {
		if _, is := all[e.Rename]; is {
			return nil, fault.KeyErrorf([]string{e.section(), e.Rename}, "there is a %s %s already", e.kind(), e.Rename)
		}
		changed[e.Rename] = changed[e.name()]
		delete(changed, e.name())
	}
	return after, nil
}

// merged is a tree of keys and values after settings.
func merged(old map[string]any, set Settings) map[string]any {
	after := maps.Clone(old)
	if after == nil {
		after = make(map[string]any)
	}
	for _, one := range set {
		below, nested := after[one.Key].(map[string]any)
		switch v := one.Value.(type) {
		case nil:
			delete(after, one.Key)
			continue
		case Settings:
			if nested && len(v) > 0 {
				after[one.Key] = merged(below, v)
				continue
			}
		case Names:
			if nested {
				after[one.Key] = merged(below, v.among(slices.Collect(maps.Keys(below))))
				continue
			}
		}
		after[one.Key] = treeOf(one.Value)
	}
	return after
}

// among is what makes of the keys that are there those of n.
func (n Names) among(there []string) Settings {
	var all Settings
	slices.Sort(there)
	for _, name := range n { // first those to come, so that it is never empty
		if !slices.Contains(there, name) {
			all = append(all, Setting{name, Settings{}})
		}
	}
	for _, name := range there {
		if !slices.Contains(n, name) {
			all = append(all, Setting{name, nil})
		}
	}
	return all
}

// A leaf is a scalar of a tree.
type leaf struct{ kind, value string }

// treeOf is the tree that a value is read as.
func treeOf(value any) any {
	text := func(s string) leaf { return leaf{"string", s} }
	switch v := value.(type) {
	case string:
		return text(v)
	case Digits:
		return text(string(v))
	case int:
		return leaf{ast.IntegerType.String(), fmt.Sprint(v)}
	case bool:
		return leaf{ast.BoolType.String(), fmt.Sprint(v)}
	case Names:
		if len(v) == 1 {
			return text(v[0])
		}
		return treeOf([]string(v))
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = text(v[i])
		}
		return list
	case []Settings:
		list := make([]any, len(v))
		for i := range v {
			list[i] = treeOf(v[i])
		}
		return list
	case Settings:
		m := make(map[string]any)
		for _, one := range v {
			m[one.Key] = treeOf(one.Value)
		}
		return m
	}
	return nil
}

// tree is what the file says, without how. Anchors and aliases are not followed: they are what they are. A section or an
// entry with nothing in it is one of no keys, however that is written.
func (f *file) tree() (map[string]any, error) {
	m := make(map[string]any)
	if f.top != nil && bare(f.top).Type() != ast.NullType {
		grown, err := f.grow(f.top)
		if err != nil {
			return nil, err
		}
		var ok bool
		if m, ok = grown.(map[string]any); !ok {
			return nil, Errors{f.errorAt(nil, "the file must be keys and values at the top")}
		}
	}
	for _, section := range sections {
		if m[section] == nil {
			m[section] = map[string]any{}
		}
		all, _ := m[section].(map[string]any) // else a mistake of the file
		for name, entry := range all {
			if entry == nil {
				all[name] = map[string]any{}
			}
		}
	}
	return m, nil
}

func (f *file) grow(n ast.Node) (any, error) {
	switch n := n.(type) {
	case *ast.AnchorNode:
		below, err := f.grow(n.Value)
		return []any{"&" + n.Name.String(), below}, err
	case *ast.AliasNode:
		return "*" + n.Value.String(), nil
	case *ast.TagNode:
		below, err := f.grow(n.Value)
		return []any{n.Start.Value, below}, err
	case *ast.NullNode, nil:
		return nil, nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i := range n.Values {
			var err error
			if list[i], err = f.grow(n.Values[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *ast.LiteralNode:
		return leaf{"string", n.Value.Value}, nil
	case *ast.StringNode:
		return leaf{"string", n.Value}, nil
	case ast.ScalarNode:
		return leaf{n.Type().String(), fmt.Sprint(n.GetValue())}, nil
	}
	m := make(map[string]any)
	for _, v := range entries(n) {
		if _, twice := m[keyOf(v)]; twice {
			e := &Error{File: f.name, Msg: fmt.Sprintf("%q is defined twice", keyOf(v))}
			f.place(e, v.Key.GetToken())
			return nil, Errors{e}
		}
		below, err := f.grow(v.Value)
		if err != nil {
			return nil, err
		}
		m[keyOf(v)] = below
	}
	return m, nil
}

// entry is a new entry as text, in the way of its neighbour.
func (s *sheet) entry(e Edit, all *table, neighbour int) string {
	set := Settings(e.Set)
	if all == nil {
		quote := byte('"') // numbers stand in quotes
		if e.Queue != "" {
			quote = 0
		}
		return key(e.name(), quote) + ": " + flow(set, "", 0)
	}
	v := all.pairs[neighbour]
	name := key(e.name(), s.quoteOf(v))
	below, err := s.tableOf(v.Value)
	switch {
	case err != nil || len(below.pairs) == 0 || len(set) == 0:
		return name + ": " + flow(set, "", 0)
	case below.flow:
		return name + ": " + flow(set, below.padding(), s.column(all))
	}
	indent, err := s.indent(below.pairs[0])
	if err != nil {
		return name + ": " + flow(set, "", 0)
	}
	var b strings.Builder
	b.WriteString(name + ":")
	for _, one := range set {
		b.WriteString(s.eolAt(below.place()) + indent + key(one.Key, 0) + ": " + flow(one.Value, "", 0))
	}
	return b.String()
}

// quoteOf is the quote that a key stands in; 0: none.
func (s *sheet) quoteOf(v *ast.MappingValueNode) byte {
	switch from, err := s.at(v.Key.GetToken()); {
	case err != nil:
		return '"'
	case isOneOf(s.text, from, `"'`):
		return s.text[from]
	}
	return 0
}

// place is somewhere in the line of the first key.
func (t *table) place() int {
	at, err := t.s.at(t.pairs[0].Key.GetToken())
	if err != nil {
		return 0
	}
	return at
}

// padding is what stands between a brace and what it holds.
func (t *table) padding() string {
	rest := t.s.text[t.open:]
	return string(rest[:len(rest)-len(bytes.TrimLeft(rest, " "))])
}

// column is where the second key of each entry begins, counted from the first, where entries on one line stand in
// columns; 0 where they do not.
func (s *sheet) column(all *table) (width int) {
	for _, v := range all.pairs {
		entry, err := s.tableOf(v.Value)
		if err != nil || !entry.flow || len(entry.pairs) < 2 {
			continue
		}
		first, err1 := s.measure(entry.pairs[0])
		second, err2 := s.at(entry.pairs[1].Key.GetToken())
		if err1 != nil || err2 != nil || bytes.IndexByte(s.text[first.from:second], '\n') >= 0 {
			continue
		}
		if bytes.Count(s.text[first.to:second], []byte(" ")) > 1 {
			width = max(width, utf8.RuneCount(s.text[first.from:second]))
		}
	}
	return width
}

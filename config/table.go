package config

import (
	"bytes"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A table is keys and values in the text: in braces, or each at the beginning of a line.
type table struct {
	s     *sheet
	flow  bool
	open  int // in braces: after the first, and at the last
	close int
	pairs []*ast.MappingValueNode
}

func (s *sheet) tableOf(n ast.Node) (*table, error) {
	t := &table{s: s}
	switch n := n.(type) {
	case *ast.MappingNode:
		t.flow, t.pairs = n.IsFlowStyle, n.Values
		if t.flow {
			from, to, err := s.braces(n.Start, n.End)
			if err != nil {
				return nil, err
			}
			t.open, t.close = from+1, to-1
		}
	case *ast.MappingValueNode:
		t.pairs = []*ast.MappingValueNode{n}
	case nil:
	default:
		return nil, s.strange(n.GetToken(), "this is not keys and values of its own")
	}
	return t, nil
}

func (t *table) index(key string) int {
	return slices.IndexFunc(t.pairs, func(v *ast.MappingValueNode) bool { return keyOf(v) == key })
}

// set makes value stand at path, whose last key may not be there yet; nil takes the key away.
func (s *sheet) set(path []string, value any) error {
	last := len(path) - 1
	n := s.file.top
	for _, key := range path[:last] {
		if n != nil {
			n, _ = below(n, key)
		}
	}
	if n == nil || n.Type() == ast.NullType {
		if value == nil {
			return nil
		}
		return s.set(path[:last], Settings{{path[last], value}}) // `mailbox:` with nothing behind it, or no such key
	}
	if _, list := n.(*ast.SequenceNode); (list || n.Type() == ast.StringType) && value != nil {
		return s.set(path[:last], Settings{{path[last], value}}) // `queue: arabic` becomes keys and values
	}
	holder, err := s.tableOf(n)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(holder.pairs, isMerge); i >= 0 {
		return s.strange(holder.pairs[i].Key.GetToken(), "a part of this is merged from elsewhere (<<)")
	}
	i := holder.index(path[last])
	switch {
	case i < 0 && value == nil:
		return nil
	case i < 0:
		return holder.insert(holder.after(path), key(path[last], 0)+": "+flow(value, "", 0))
	case value == nil:
		return holder.remove(path[last])
	}
	v := holder.pairs[i]
	if names, is := value.(Names); is && len(entries(v.Value)) > 0 {
		return s.rename(path, names, entries(v.Value))
	}
	return s.replace(v, value)
}

func isMerge(v *ast.MappingValueNode) bool {
	_, is := v.Key.(*ast.MergeKeyNode)
	return is
}

// rename makes names the keys of what is written as keys and values, one by one: what the others say stays.
func (s *sheet) rename(path []string, names Names, there []*ast.MappingValueNode) error {
	var present []string
	for _, v := range there {
		present = append(present, keyOf(v))
	}
	for _, one := range names.among(present) {
		f, err := parse(s.file.name, s.done())
		if err != nil {
			return err
		}
		*s = *newSheet(f)
		if err := s.set(within(path, one.Key), one.Value); err != nil {
			return err
		}
	}
	return nil
}

// order is that of an entry's keys in the shipped file, by section.
var order = map[string][]string{
	"users": {"name", "secret", "type", "context", "queue", "skills", "language", "codecs", "host", "phones", "music", "mailbox"},
	"queues": {
		"strategy", "ring_timeout", "max_wait", "music", "wrap_up", "retry", "ring_progressively_delay", "tiers", "relax_skills", "weight", "last_agent",
		"to_agent", "max_misses", "on_misses", "max_length", "join_when_empty", "leave_when_empty", "service_level", "announce", "messages", "call_back",
		"keep_place", "hours", "overflow",
	},
}

// after is the pair after which the new key at path belongs.
func (t *table) after(path []string) int {
	keys := order[path[0]]
	place := slices.Index(keys, path[len(path)-1])
	best, rank := len(t.pairs)-1, -1
	for i, v := range t.pairs {
		if r := slices.Index(keys, keyOf(v)); r >= 0 && r < place && r > rank {
			best, rank = i, r
		}
	}
	return best
}

// replace changes a value.
func (s *sheet) replace(v *ast.MappingValueNode, value any) error {
	p, err := s.measure(v)
	if err != nil {
		return err
	}
	grown, err := s.file.grow(v.Value)
	if err != nil {
		return err
	}
	if same(grown, treeOf(value)) {
		return nil
	}
	if anchored(v.Value) {
		return s.strange(v.Value.GetToken(), "this is written with an anchor or a tag")
	}
	if !p.silent && s.comments(p) {
		return s.strange(v.Key.GetToken(), "comments stand within this, and would be lost")
	}
	text := s.like(v.Value, p, value)
	switch {
	case p.silent:
		s.cut(p.colon, p.colon, " "+text)
	case s.lineStart(p.value) == s.lineStart(p.colon):
		s.cut(p.value, p.to, text)
	default: // a block below its key: the comment beside the key stays
		s.cut(p.colon, p.colon, " "+text)
		s.cut(s.lineEnd(p.colon), p.to, "")
	}
	return nil
}

// like is a value as text, in quotes where what it replaces is in quotes.
func (s *sheet) like(old ast.Node, p span, value any) string {
	text, isText := value.(string)
	if _, was := old.(*ast.StringNode); was && isText && !p.silent {
		switch s.text[p.value] {
		case '"':
			return quotedText(text)
		case '\'':
			if !strings.ContainsAny(text, "\r\n\t") {
				return "'" + strings.ReplaceAll(text, "'", "''") + "'"
			}
		}
	}
	return flow(value, "", 0)
}

// anchored reports whether n, or what is below it, can be meant elsewhere too.
func anchored(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.TagNode:
		return true
	case *ast.SequenceNode:
		return slices.ContainsFunc(n.Values, anchored)
	}
	return slices.ContainsFunc(entries(n), func(v *ast.MappingValueNode) bool { return anchored(v.Value) })
}

// addFirst writes the first entry behind a key with nothing, or null, behind it.
func (s *sheet) addFirst(v *ast.MappingValueNode, entry string) error {
	p, err := s.measure(v)
	switch {
	case err != nil:
		return err
	case !p.silent:
		s.cut(p.value, p.to, "{"+entry+"}")
	case !s.alone(p.from): // in braces
		s.cut(p.colon, p.colon, " {"+entry+"}")
	default:
		end := s.lineEnd(p.colon)
		s.cut(end, end, s.eolAt(p.colon)+string(s.text[s.lineStart(p.from):p.from])+"  "+entry)
	}
	return nil
}

// insert writes a pair after pair i; i is -1 where there is none.
func (t *table) insert(i int, pair string) error {
	s := t.s
	if i < 0 {
		if !t.flow {
			return s.strange(nil, "there is nothing beside which it could stand")
		}
		s.cut(t.open, t.open, pair)
		return nil
	}
	p, err := s.measure(t.pairs[i])
	if err != nil {
		return err
	}
	line := s.eolAt(p.to) + string(s.text[s.lineStart(p.from):p.from]) + pair
	if !t.flow {
		if _, err := s.indent(t.pairs[i]); err != nil {
			return err
		}
		if !s.quiet(p.to) {
			return s.strange(t.pairs[i].Key.GetToken(), "something follows in the same line")
		}
		end := s.lineEnd(p.to)
		s.cut(end, end, line)
		return nil
	}
	next := s.beyond(p.to)
	comma := isOneOf(s.text, next, ",")
	switch {
	case comma && s.alone(p.from) && s.quiet(next+1):
		end := s.lineEnd(next)
		s.cut(end, end, line+",")
	case comma:
		s.cut(next+1, next+1, " "+pair+",")
	case s.alone(p.from) && s.quiet(p.to):
		end := s.lineEnd(p.to)
		s.cut(p.to, p.to, ",")
		s.cut(end, end, line)
	default:
		s.cut(p.to, p.to, ", "+pair)
	}
	return nil
}

// remove takes the pair of a key away: its lines, or what stands of it between the commas.
func (t *table) remove(key string) error {
	s, i := t.s, t.index(key)
	if i < 0 {
		return s.strange(nil, "there is none")
	}
	v := t.pairs[i]
	if anchored(v.Value) {
		return s.strange(v.Key.GetToken(), "this is written with an anchor, which others may use")
	}
	p, err := s.measure(v)
	if err != nil {
		return err
	}
	if !t.flow {
		if !s.alone(p.from) || !s.quiet(p.to) {
			return s.strange(v.Key.GetToken(), "this does not have its lines for itself")
		}
		s.cutLines(p.from, p.to)
		return nil
	}
	next := s.beyond(p.to)
	comma := isOneOf(s.text, next, ",")
	end := p.to
	if comma {
		end = next + 1
	}
	before := -1 // the comma before it
	if i > 0 {
		q, err := s.measure(t.pairs[i-1])
		if err != nil {
			return err
		}
		if before = s.beyond(q.to); !isOneOf(s.text, before, ",") {
			return s.strange(v.Key.GetToken(), "no comma stands before this")
		}
	}
	ownLines := s.alone(p.from) && s.quiet(end)
	if ownLines && before >= 0 && !comma {
		s.cut(before, before+1, "")
	}
	switch {
	case ownLines:
		s.cutLines(p.from, end)
	case comma && before >= 0 && len(bytes.Trim(s.text[before+1:p.from], " ")) == 0:
		s.cut(before+1, end, "")
	case comma && i+1 < len(t.pairs):
		s.cut(p.from, end+len(s.text[end:])-len(bytes.TrimLeft(s.text[end:], " ")), "")
	case comma || before < 0:
		s.cut(p.from, end, "")
	default:
		s.cut(before, p.to, "")
	}
	return nil
}

// cutLines takes the lines away that from and to stand in; of the last line of a file that ends without a line end, the
// one before it.
func (s *sheet) cutLines(from, to int) {
	begin, end := s.lineStart(from), s.lineAfter(to)
	if end == len(s.text) && begin > 0 && s.text[end-1] != '\n' {
		begin--
		if begin > 0 && s.text[begin-1] == '\r' {
			begin--
		}
	}
	s.cut(begin, end, "")
}

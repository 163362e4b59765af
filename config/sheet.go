package config

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"hatif/internal/fault"
)

// A sheet is the text of the file with the places of its tree, on which cuts are marked.
type sheet struct {
	file  *file
	text  []byte
	lines []int  // where each begins
	eol   string // how lines end here
	cuts  []cut
}

// A cut replaces a stretch of the text.
type cut struct {
	from, to int
	with     string
}

func newSheet(f *file) *sheet {
	s := &sheet{file: f, text: f.text, lines: []int{0}, eol: "\n"}
	for i, b := range f.text {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	if first := bytes.IndexByte(f.text, '\n'); first > 0 && f.text[first-1] == '\r' {
		s.eol = "\r\n"
	}
	return s
}

func (s *sheet) cut(from, to int, with string) { s.cuts = append(s.cuts, cut{from, to, with}) }

// append adds lines at the end, which has a line end after it only if it had one before.
func (s *sheet) append(lines string) {
	switch n := len(s.text); {
	case n == 0 || s.text[n-1] == '\n':
		s.cut(n, n, lines+s.eol)
	default:
		s.cut(n, n, s.eol+lines)
	}
}

// done is the text after the cuts, which do not overlap.
func (s *sheet) done() []byte {
	slices.SortStableFunc(s.cuts, func(a, b cut) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, c := range s.cuts {
		out = append(append(out, s.text[at:c.from]...), c.with...)
		at = c.to
	}
	return append(out, s.text[at:]...)
}

// strange is the refusal to change what is written in a way that a cut could damage.
func (s *sheet) strange(t *token.Token, what string) error {
	e := &Error{File: s.file.name, Msg: what + ": change it in the file"}
	if t != nil && t.Position != nil {
		s.file.place(e, t)
	}
	return Errors{e}
}

// at is where a token begins.
func (s *sheet) at(t *token.Token) (int, error) {
	if t == nil || t.Position == nil || t.Position.Line < 1 || t.Position.Line > len(s.lines) {
		return 0, s.strange(nil, "its place is not known")
	}
	at := s.lines[t.Position.Line-1]
	for range t.Position.Column - 1 {
		if at >= len(s.text) || s.text[at] == '\n' {
			return 0, s.strange(t, "its place is not known")
		}
		_, size := utf8.DecodeRune(s.text[at:])
		at += size
	}
	return at, nil
}

// scalarEnd is where the scalar that begins at from ends.
func (s *sheet) scalarEnd(from int, t *token.Token) (int, error) {
	rest := s.text[from:]
	switch {
	case len(rest) == 0:
	case rest[0] == '"':
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return from + i + 1, nil
			}
		}
	case rest[0] == '\'':
		for i := 1; i < len(rest); i++ {
			if rest[i] != '\'' {
				continue
			}
			if i+1 < len(rest) && rest[i+1] == '\'' {
				i++
				continue
			}
			return from + i + 1, nil
		}
	case t.Value != "" && bytes.HasPrefix(rest, []byte(t.Value)):
		return from + len(t.Value), nil
	}
	return 0, s.strange(t, "this is written over several lines")
}

// A span is where a key and its value stand.
type span struct {
	from   int // the key
	colon  int // after the colon
	value  int // the value; the end of the colon where it is empty
	to     int // after the value
	silent bool
}

// measure finds the span of a key and its value.
func (s *sheet) measure(v *ast.MappingValueNode) (p span, err error) {
	t := v.Key.GetToken()
	if isMerge(v) {
		return p, s.strange(t, "this is merged from elsewhere (<<)")
	}
	if p.from, err = s.at(t); err != nil {
		return p, err
	}
	end, err := s.scalarEnd(p.from, t)
	if err != nil {
		return p, err
	}
	for end < len(s.text) && (s.text[end] == ' ' || s.text[end] == '\t') {
		end++
	}
	if end >= len(s.text) || s.text[end] != ':' {
		return p, s.strange(t, "no colon follows here")
	}
	p.colon = end + 1
	p.value, p.to, err = s.extent(v.Value, p.colon)
	p.silent = p.to == p.colon
	return p, err
}

// extent is where a node begins and ends that stands after a place.
func (s *sheet) extent(n ast.Node, after int) (from, to int, err error) {
	if n == nil {
		return after, after, nil
	}
	switch n := n.(type) {
	case *ast.NullNode:
		at, err := s.at(n.GetToken())
		if written := n.GetToken().Value; err == nil && at >= after && bytes.HasPrefix(s.text[at:], []byte(written)) {
			return at, at + len(written), nil
		}
		return after, after, nil
	case *ast.MappingNode:
		if n.IsFlowStyle {
			return s.braces(n.Start, n.End)
		}
		return s.block(n.Values, after)
	case *ast.MappingValueNode:
		return s.block([]*ast.MappingValueNode{n}, after)
	case *ast.SequenceNode:
		if n.IsFlowStyle {
			return s.braces(n.Start, n.End)
		}
		if from, err = s.at(n.Start); err != nil {
			return 0, 0, err
		}
		if len(n.Values) == 0 {
			return 0, 0, s.strange(n.Start, "this list is empty")
		}
		_, to, err = s.extent(n.Values[len(n.Values)-1], from+1)
		return from, to, err
	case *ast.AnchorNode:
		if from, err = s.at(n.Start); err != nil {
			return 0, 0, err
		}
		_, to, err = s.extent(n.Value, from+1)
		return from, to, err
	case *ast.AliasNode:
		if from, err = s.at(n.Start); err != nil {
			return 0, 0, err
		}
		_, to, err = s.extent(n.Value, from+1)
		return from, to, err
	case *ast.TagNode, *ast.LiteralNode, *ast.MergeKeyNode:
		return 0, 0, s.strange(n.GetToken(), "this is written with "+n.Type().YAMLName())
	}
	if from, err = s.at(n.GetToken()); err != nil {
		return 0, 0, err
	}
	to, err = s.scalarEnd(from, n.GetToken())
	return from, to, err
}

func (s *sheet) braces(open, closed *token.Token) (from, to int, err error) {
	if from, err = s.at(open); err != nil {
		return 0, 0, err
	}
	if to, err = s.at(closed); err != nil {
		return 0, 0, err
	}
	if !isOneOf(s.text, from, "{[") || !isOneOf(s.text, to, "}]") {
		return 0, 0, s.strange(open, "its place is not known")
	}
	return from, to + 1, nil
}

func isOneOf(text []byte, at int, bytesOf string) bool {
	return at < len(text) && bytes.IndexByte([]byte(bytesOf), text[at]) >= 0
}

func (s *sheet) block(values []*ast.MappingValueNode, after int) (from, to int, err error) {
	if len(values) == 0 {
		return after, after, nil
	}
	first, err := s.measure(values[0])
	if err != nil {
		return 0, 0, err
	}
	last, err := s.measure(values[len(values)-1])
	return first.from, last.to, err
}

// lineStart is where the line begins that at stands in.
func (s *sheet) lineStart(at int) int { return bytes.LastIndexByte(s.text[:at], '\n') + 1 }

// lineEnd is where that line ends, before its line end.
func (s *sheet) lineEnd(at int) int {
	end := len(s.text)
	if i := bytes.IndexByte(s.text[at:], '\n'); i >= 0 {
		end = at + i
		if end > at && s.text[end-1] == '\r' {
			end--
		}
	}
	return end
}

// eolAt is how the line ends that at stands in; the last one may have no end of its own.
func (s *sheet) eolAt(at int) string {
	if end := s.lineEnd(at); end < len(s.text) {
		return string(s.text[end:s.lineAfter(at)])
	}
	return s.eol
}

// lineAfter is where the next line begins.
func (s *sheet) lineAfter(at int) int {
	if i := bytes.IndexByte(s.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(s.text)
}

// quiet reports whether nothing but spaces and a comment stands from at to the end of the line.
func (s *sheet) quiet(at int) bool {
	rest := bytes.TrimLeft(s.text[at:s.lineEnd(at)], " \t")
	return len(rest) == 0 || rest[0] == '#' && len(rest) < s.lineEnd(at)-at
}

// comments reports whether a comment stands within a value of several lines: beside its key or after it one is kept.
func (s *sheet) comments(p span) bool {
	var quote byte
	for at := p.value; at < p.to; at++ {
		b, before := s.text[at], byte(' ')
		if at > p.value {
			before = s.text[at-1]
		}
		begins := bytes.IndexByte([]byte(" \t\n[{,:"), before) >= 0
		switch {
		case quote == '"' && b == '\\':
			at++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case begins && (b == '"' || b == '\''):
			quote = b
		case begins && b == '#':
			return true
		}
	}
	return false
}

// alone reports whether nothing stands before at in its line.
func (s *sheet) alone(at int) bool { return len(bytes.Trim(s.text[s.lineStart(at):at], " ")) == 0 }

// indent is what stands before a key that begins its line.
func (s *sheet) indent(v *ast.MappingValueNode) (string, error) {
	from, err := s.at(v.Key.GetToken())
	if err != nil {
		return "", err
	}
	if !s.alone(from) {
		return "", s.strange(v.Key.GetToken(), "this does not begin its line")
	}
	return string(s.text[s.lineStart(from):from]), nil
}

// beyond is the next thing at or after at that is no space, line end or comment.
func (s *sheet) beyond(at int) int {
	for at < len(s.text) {
		switch b := s.text[at]; {
		case b == ' ' || b == '\t' || b == '\r' || b == '\n':
			at++
		case b == '#' && at > 0 && bytes.IndexByte([]byte(" \t\n"), s.text[at-1]) >= 0:
			at = s.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// table finds the keys and values at a path.
func (s *sheet) table(path []string) (*table, error) {
	n := s.file.top
	for _, key := range path {
		if n, _ = below(n, key); n == nil {
			return nil, fault.Errorf(path, "there is none")
		}
	}
	return s.tableOf(n)
}

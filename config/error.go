package config

import (
	"fmt"
	"strings"
)

// An Error is one mistake and where it stands.
type Error struct {
	File   string // path as given
	Line   int    // from 1; 0: the file as a whole
	Column int    // from 1
	Key    string // "users.2001.context"; "" when the file cannot be read as YAML
	Msg    string
	Source string // the line itself, without secrets
}

// Error is `file:line:column: key: message`, then the source line with a mark under the place.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Msg)
	if e.Source != "" {
		fmt.Fprintf(&b, "\n%6d | %s\n       | %s^", e.Line, e.Source, indent(e.Source, e.Column-1))
	}
	return b.String()
}

// indent is as wide as the first n columns of line, with its tabs.
func indent(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= n {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Errors is every mistake found in one reading, in the order of the file.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

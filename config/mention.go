package config

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// mentioning are the sections that name people by their number, or hold numbers of the same kind.
var mentioning = []string{"contexts", "mailboxes"}

// Mentions are the places at which a text of the file names a number, outside of its own entry: as a key, or as a word of a
// value. Msg is empty.
func Mentions(name string, text []byte, number string) (Errors, error) {
	f, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	word, err := regexp.Compile(`(^|[^\pL\pN._-])` + regexp.QuoteMeta(number) + `($|[^\pL\pN._-])`)
	if err != nil {
		return nil, err
	}
	var found Errors
	at := func(t *token.Token, path []string) {
		if word.MatchString(t.Value) {
			e := &Error{File: name, Key: strings.Join(path, ".")}
			f.place(e, t)
			found = append(found, e)
		}
	}
	var walk func(n ast.Node, path []string)
	walk = func(n ast.Node, path []string) {
		switch n := bare(n).(type) {
		case nil, *ast.AliasNode: // what it stands for is found where it is written
		case *ast.SequenceNode:
			for _, item := range n.Values {
				walk(item, path)
			}
		case *ast.LiteralNode:
			at(n.Value.GetToken(), path)
		case ast.ScalarNode:
			at(n.GetToken(), path)
		default:
			for _, v := range entries(n) {
				below := within(path, keyOf(v))
				at(v.Key.GetToken(), below)
				walk(v.Value, below)
			}
		}
	}
	for _, section := range mentioning {
		if n, _ := below(f.top, section); n != nil {
			walk(n, []string{section})
		}
	}
	return found, nil
}

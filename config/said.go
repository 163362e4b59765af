package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Said is what the file says at a path of keys, as it is written there: text for each value, []any for lists, map[string]any
// for keys and values, nil for a key with nothing behind it. So 0s, which means what silence means, is told from silence.
// nil: the file says nothing, or no keys and values.
func (c *Config) Said(path ...string) map[string]any {
	if c.file == nil {
		return nil
	}
	said, _ := said(c.file.at(path)).(map[string]any)
	return said
}

func said(n ast.Node) any {
	switch n := bare(n).(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i := range n.Values {
			list[i] = said(n.Values[i])
		}
		return list
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.BoolNode:
		return strings.ToLower(n.GetToken().Value)
	case ast.ScalarNode:
		return n.GetToken().Value
	}
	m := make(map[string]any)
	for _, v := range entries(n) {
		m[keyOf(v)] = said(v.Value)
	}
	return m
}

package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"hatif/internal/fault"
)

// maxAliased bounds how many values stand in the file by an alias: aliases of aliases grow without end.
const maxAliased = 100_000

// aliases puts in the place of each alias what its anchor names, and merged keys in the place of <<, once for the whole
// file: the sections are read one by one, and in one of them nothing is known of an anchor in another.
type aliases struct {
	file    *file
	named   map[string]ast.Node
	aliased int
	found   Errors
}

// resolve is n with its aliases and those below it gone.
func (a *aliases) resolve(n ast.Node, path []string) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		n.Value = a.resolve(n.Value, path) // before it has its name: what names itself would have no end
		a.named[n.Name.GetToken().Value] = n.Value
	case *ast.TagNode:
		n.Value = a.resolve(n.Value, path)
	case *ast.AliasNode:
		return a.stands(n, path)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			n.Values[i] = a.resolve(v, within(path, fmt.Sprint(i)))
		}
	case *ast.MappingValueNode:
		m := &ast.MappingNode{BaseNode: n.BaseNode, Start: n.GetToken(), Values: []*ast.MappingValueNode{n}}
		if a.mapping(m, path); len(m.Values) != 1 || m.Values[0] != n {
			return m
		}
	case *ast.MappingNode:
		a.mapping(n, path)
	}
	return n
}

// stands is what the alias stands for.
func (a *aliases) stands(n *ast.AliasNode, path []string) ast.Node {
	name := n.Value.GetToken().Value
	to, known := a.named[name]
	if !known {
		a.mistake(n.Start, path, "what begins with * is written in quotes: \"*%s\" (without them it is an alias, and nothing above has the anchor &%s)", name, name)
		return n
	}
	if a.aliased += size(to); a.aliased > maxAliased {
		a.mistake(n.Start, path, "the aliases stand for more than %d values", maxAliased)
		return n
	}
	return to
}

// mapping resolves the values of n, and merges into it what << names: its own keys come first.
func (a *aliases) mapping(n *ast.MappingNode, path []string) {
	own := make(map[string]bool)
	for _, v := range n.Values {
		own[keyOf(v)] = true
	}
	var values []*ast.MappingValueNode
	for _, v := range n.Values {
		v.Value = a.resolve(v.Value, within(path, keyOf(v)))
		if _, merges := v.Key.(*ast.MergeKeyNode); !merges {
			values = append(values, v)
			continue
		}
		from := []ast.Node{v.Value}
		if list, several := bare(v.Value).(*ast.SequenceNode); several {
			from = list.Values
		}
		for _, m := range from {
			if bare(m).Type() != ast.MappingType && bare(m).Type() != ast.MappingValueType {
				a.mistake(v.Key.GetToken(), path, "<< takes keys and values of an anchor: <<: *name")
			}
			for _, merged := range entries(m) {
				if !own[keyOf(merged)] {
					own[keyOf(merged)] = true
					values = append(values, merged)
				}
			}
		}
	}
	n.Values = values
}

func (a *aliases) mistake(at *token.Token, path []string, format string, args ...any) {
	if len(a.found) > 0 && a.aliased > maxAliased {
		return // once is enough
	}
	e := &Error{File: a.file.name, Key: strings.Join(path, "."), Msg: fault.Errorf(nil, format, args...).Msg}
	a.file.place(e, at)
	a.found = append(a.found, e)
}

// size counts the values below n, n among them.
func size(n ast.Node) int {
	total := 1
	if list, ok := bare(n).(*ast.SequenceNode); ok {
		for _, v := range list.Values {
			total += size(v)
		}
	}
	for _, v := range entries(n) {
		total += size(v.Value)
	}
	return total
}

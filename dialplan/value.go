package dialplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"hatif/internal/fault"
)

// kind is what a value of the file is.
type kind int

const (
	empty   kind = iota // nothing was written
	scalar              // one word, number or text
	list                // - a, or [a]
	mapping             // a: b, or {a: b}
)

func (k kind) String() string {
	return [...]string{"nothing", "a word", "a list", "a set of keys"}[k]
}

// A value is one piece of the contexts as it was written: the text of a scalar unchanged (0777 stays 0777),
// the keys of a mapping in their order, and the path that leads there, for faults.
type value struct {
	path   []string
	kind   kind
	text   string // scalar
	items  []*value
	fields []field
}

// A field is one key of a mapping.
type field struct {
	key   string
	value *value
}

func (v *value) fault(format string, args ...any) *fault.Fault {
	return fault.Errorf(v.path, format, args...)
}

// keyFault is fault of the key that v stands behind.
func (v *value) keyFault(format string, args ...any) *fault.Fault {
	return fault.KeyErrorf(v.path, format, args...)
}

// field returns the value under key, nil when the key was not written.
func (v *value) field(key string) *value {
	for _, f := range v.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// Limits of what one file may unfold to: aliases can make much out of little.
const (
	maxValues = 100_000
	maxDepth  = 100
)

// A reader turns goccy's tree into values and collects what cannot be turned.
type reader struct {
	anchors map[string]ast.Node
	count   int
	faults  []*fault.Fault
}

func (r *reader) faultf(path []string, format string, args ...any) {
	r.faults = append(r.faults, fault.Errorf(path, format, args...))
}

// read returns the value of n at path. What is wrong is noted and read as empty.
func (r *reader) read(n ast.Node, path []string) *value {
	v := &value{path: path}
	if r.count++; r.count == maxValues+1 {
		r.faultf(path, "the contexts unfold to more than %d values", maxValues)
	}
	if r.count > maxValues {
		return v
	}
	if len(path) > maxDepth {
		r.faultf(path[:3], "nested deeper than %d levels", maxDepth)
		return v
	}
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
	case *ast.MappingNode:
		r.mapping(v, n.Values)
	case *ast.MappingValueNode:
		r.mapping(v, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		v.kind = list
		for i, item := range n.Values {
			v.items = append(v.items, r.read(item, at(path, fmt.Sprint(i))))
		}
	case *ast.AnchorNode:
		v = r.read(n.Value, path)
		r.anchors[n.Name.GetToken().Value] = n.Value // after reading: an anchor cannot hold itself
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, known := r.anchors[name]
		if !known {
			r.faultf(path, "alias *%s: no anchor &%s stands before it in the contexts", name, name)
			break
		}
		return r.read(target, path)
	case *ast.TagNode:
		return r.read(n.Value, path)
	case *ast.LiteralNode:
		v.kind, v.text = scalar, n.Value.Value
	case *ast.StringNode:
		v.kind, v.text = scalar, n.Value
	default:
		v.kind, v.text = scalar, n.GetToken().Value
		r.plain(n, path)
	}
	return v
}

func (r *reader) mapping(v *value, entries []*ast.MappingValueNode) {
	v.kind = mapping
	for _, e := range entries {
		key := e.Key.GetToken().Value
		path := at(v.path, key)
		switch k := e.Key.(type) {
		case *ast.MergeKeyNode:
			r.faultf(path, "merge keys (<<) are not understood here: use include, or write it out")
			continue
		case ast.Node:
			r.plain(k, path)
		}
		if v.field(key) != nil {
			r.faults = append(r.faults, fault.KeyErrorf(path, "%q stands here twice", key))
			continue
		}
		v.fields = append(v.fields, field{key, r.read(e.Value, path)})
	}
}

// plain notes numbers that other YAML programs, and people, read differently from what is written.
func (r *reader) plain(n ast.Node, path []string) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return
	}
	written := n.GetToken().Value
	if read := fmt.Sprint(i.Value); read != written {
		r.faultf(path, "write it in quotes: %q (without them YAML reads the number %s)", written, read)
	}
}

// at returns path with key added, sharing nothing with other extensions of path.
func at(path []string, key ...string) []string {
	return append(slices.Clip(slices.Clone(path)), key...)
}

// readNode reads n as the top of the contexts.
func readNode(n ast.Node) (*value, []*fault.Fault) {
	r := reader{anchors: make(map[string]ast.Node)}
	v := r.read(n, nil)
	return v, r.faults
}

// quoted joins words for a sentence: "a", "b" or "c".
func quoted(words []string, last string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = fmt.Sprintf("%q", w)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " " + last + " " + q[len(q)-1]
}

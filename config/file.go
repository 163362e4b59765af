package config

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"hatif/internal/fault"
)

// file is the text as read, with its tree: it knows where every key stands.
type file struct {
	name string
	text []byte
	top  ast.Node // nil: an empty file
}

// parse reads a text as it is written: what stands in it by an alias is found by resolve.
func parse(name string, text []byte) (*file, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows editors begin a UTF-8 file with it
	f := &file{name: name, text: text}
	if bad := notUTF8(text); bad >= 0 {
		e := &Error{File: name, Line: 1 + bytes.Count(text[:bad], []byte("\n"))}
		e.Column = 1 + utf8.RuneCount(text[bytes.LastIndexByte(text[:bad], '\n')+1:bad])
		e.Msg = "this letter is not written in UTF-8: save the file with the encoding UTF-8"
		return nil, Errors{e}
	}
	unix := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // the parser counts the line end after a comment twice
	tree, err := parser.ParseBytes(unix, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{f.decodeError(err, nil, nil)}
	}
	if len(tree.Docs) > 1 {
		e := &Error{File: name, Msg: "the file holds more than one YAML document (a line with --- begins another)"}
		if second := tree.Docs[1].Start; second != nil {
			f.place(e, second)
		}
		return nil, Errors{e}
	}
	if len(tree.Docs) == 1 && tree.Docs[0].Body != nil {
		f.top = tree.Docs[0].Body
	}
	return f, nil
}

// resolve puts what they stand for in the place of aliases: the tree is no longer as the text is written.
func (f *file) resolve() error {
	if f.top == nil {
		return nil
	}
	as := &aliases{file: f, named: make(map[string]ast.Node)}
	if f.top = as.resolve(f.top, nil); len(as.found) > 0 {
		return as.found
	}
	return nil
}

// notUTF8 is where the first byte is that no UTF-8 text has there; -1: nowhere.
func notUTF8(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
	return -1
}

// entries are the keys and values of a mapping, in the order of the file.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := bare(n).(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// bare is n without its anchor or tag.
func bare(n ast.Node) ast.Node {
	for {
		switch t := n.(type) {
		case *ast.AnchorNode:
			n = t.Value
		case *ast.TagNode:
			n = t.Value
		default:
			return n
		}
	}
}

func keyOf(v *ast.MappingValueNode) string { return v.Key.GetToken().Value }

// locate finds the deepest place of the file that path reaches: the value, or the key where the value is a block.
func (f *file) locate(path []string) *token.Token {
	var at *token.Token
	n := f.top
	for _, key := range path {
		next, found := below(n, key)
		if next == nil {
			break
		}
		n, at = next, found
	}
	return at
}

// at is what stands at path; nil: nothing.
func (f *file) at(path []string) ast.Node {
	n := f.top
	for _, key := range path {
		if n, _ = below(n, key); n == nil {
			return nil
		}
	}
	return n
}

// pathTo is the path of the value below n, which has the given path, that t begins; nil: none.
func pathTo(n ast.Node, t *token.Token, path []string) []string {
	if n == nil {
		return nil
	}
	if bare(n).GetToken() == t {
		return path
	}
	if list, ok := bare(n).(*ast.SequenceNode); ok {
		for i, item := range list.Values {
			if found := pathTo(item, t, within(path, strconv.Itoa(i))); found != nil {
				return found
			}
		}
	}
	for _, v := range entries(n) {
		if found := pathTo(v.Value, t, within(path, keyOf(v))); found != nil {
			return found
		}
	}
	return nil
}

// locateKey finds the last key of path itself, the latest where it stands twice.
func (f *file) locateKey(path []string) *token.Token {
	n := f.top
	last := len(path) - 1
	for _, key := range path[:last] {
		n, _ = below(n, key)
	}
	for _, v := range slices.Backward(entries(n)) {
		if keyOf(v) == path[last] {
			return v.Key.GetToken()
		}
	}
	return f.locate(path)
}

// below is what stands in n under a key, or as the item of a number, and where; nil: nothing.
func below(n ast.Node, key string) (next ast.Node, at *token.Token) {
	if seq, ok := bare(n).(*ast.SequenceNode); ok {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(seq.Values) {
			return nil, nil
		}
		next = seq.Values[i]
		if vs := entries(next); len(vs) > 0 {
			return next, vs[0].Key.GetToken()
		}
		return next, next.GetToken()
	}
	i := slices.IndexFunc(entries(n), func(v *ast.MappingValueNode) bool { return keyOf(v) == key })
	if i < 0 {
		return nil, nil
	}
	v := entries(n)[i]
	if scalar, ok := bare(v.Value).(ast.ScalarNode); ok && scalar.Type() != ast.NullType {
		return v.Value, scalar.GetToken()
	}
	return v.Value, v.Key.GetToken()
}

// errorAt makes the Error of a mistake at path.
func (f *file) errorAt(path []string, msg string) *Error {
	return f.errorOf(&fault.Fault{Path: path, Msg: msg})
}

// errorOf makes the Error of a fault.
func (f *file) errorOf(ft *fault.Fault) *Error {
	e := &Error{File: f.name, Key: strings.Join(ft.Path, "."), Msg: ft.Msg}
	locate := f.locate
	if ft.Key && len(ft.Path) > 0 {
		locate = f.locateKey
	}
	if t := locate(ft.Path); t != nil {
		f.place(e, t)
	}
	return e
}

func (f *file) place(e *Error, t *token.Token) {
	e.Line, e.Column = t.Position.Line, t.Position.Column
	lines := strings.Split(string(f.text), "\n")
	if e.Line >= 1 && e.Line <= len(lines) {
		e.Source = maskedAt(lines, e.Line-1)
	}
}

// decodeError is a mistake that the YAML library found below path, in what was to be read into to.
func (f *file) decodeError(err error, path []string, to any) *Error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return f.errorAt(path, err.Error())
	}
	e := &Error{File: f.name, Key: strings.Join(path, "."), Msg: plain(err, y, to)}
	if t := y.GetToken(); t != nil && t.Position != nil && t.Position.Line > 0 {
		if deeper := pathTo(f.at(path), t, path); deeper != nil {
			e.Key = strings.Join(deeper, ".")
		}
		f.place(e, t)
	} else if t := f.locate(path); t != nil {
		f.place(e, t)
	}
	return e
}

// plain says in an administrator's words what the library says in a programmer's.
func plain(err error, y yaml.Error, to any) string {
	var mismatch *yaml.TypeError
	var unexpected *yaml.UnexpectedNodeTypeError
	var unknown *yaml.UnknownFieldError
	var duplicate *yaml.DuplicateKeyError
	switch {
	case errors.As(err, &unknown):
		if t := y.GetToken(); t != nil {
			return unknownKey(t.Value, keysOf(reflect.TypeOf(to)))
		}
	case errors.As(err, &duplicate):
		if t := y.GetToken(); t != nil {
			return strconv.Quote(t.Value) + " is defined twice"
		}
	case errors.As(err, &mismatch):
		return "this must be " + wanted(mismatch.DstType.String()) + ", not " + wanted(mismatch.SrcType.String())
	case errors.As(err, &unexpected):
		return "this must be " + named(unexpected.Expected) + ", not " + named(unexpected.Actual)
	}
	for said, meant := range map[string]string{
		"found character '\t'":                 "a tab stands here: YAML is indented with spaces",
		"value is not allowed in this context": "this does not belong here: is it exactly below its neighbours, and every quote before it closed?",
		"non-map value is specified":           "this is not `key: value`: a quote or a colon is missing",
		"unexpected key name":                  "this is not `key: value`: a colon, or the space behind it, is missing",
		"',' or '}' must be specified":         "a comma, or the } of what was begun with {, is missing before this",
		"',' or ']' must be specified":         "a comma, or the ] of what was begun with [, is missing before this",
	} {
		if strings.Contains(y.GetMessage(), said) {
			return meant
		}
	}
	return y.GetMessage()
}

// named is a kind of node in the words of wanted.
func named(t ast.NodeType) string {
	switch t {
	case ast.MappingType, ast.MappingValueType:
		return "keys and values"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	case ast.NullType:
		return "nothing"
	}
	return strings.ToLower(t.YAMLName())
}

// unknownKey is the sentence about a key that nobody reads.
func unknownKey(key string, known []string) string {
	return "unknown key " + strconv.Quote(key) + fault.DidYouMean(key, known)
}

// keysOf lists the keys that may stand in what is read into a t, at any depth.
func keysOf(t reflect.Type) []string {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return keysOf(t.Elem())
	case reflect.Struct:
		var keys []string
		for i := range t.NumField() {
			key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			switch {
			case key != "" && key != "-":
				keys = append(append(keys, key), keysOf(t.Field(i).Type)...)
			case t.Field(i).Anonymous:
				keys = append(keys, keysOf(t.Field(i).Type)...)
			}
		}
		return keys
	}
	return nil
}

func wanted(goType string) string {
	switch {
	case goType == "string":
		return "text"
	case goType == "bool":
		return "true or false"
	case goType == "time.Duration":
		return "a time such as 10s or 5m"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"), strings.HasPrefix(goType, "float"):
		return "a number"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map["):
		return "keys and values"
	}
	return "keys and values"
}

// errors turns what the checks found into Errors with places, sorted as the file is.
func (f *file) errors(err error) error {
	if err == nil {
		return nil
	}
	var es Errors
	for _, ft := range fault.All(err) {
		es = append(es, f.errorOf(ft))
	}
	if len(es) == 0 {
		return err
	}
	slices.SortStableFunc(es, func(a, b *Error) int { return a.Line - b.Line })
	return es
}

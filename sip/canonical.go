package sip

import (
	"bytes"
	"strings"
)

// A grammar is how much of a header's value may be spelled in more than one way (RFC 3261 §7.3.1, §25.1).
type grammar uint8

const (
	opaque    grammar = iota // left as it is but for folding
	words                    // white space between two words is one space: CSeq
	parameter                // white space around ; = and , means nothing, the case of a parameter's name neither
	viaList                  // so, and around / and : as well; a list is as good as a header for each
)

// spelling are the headers that are parsed, here or by sipgo; names in lower case. What is not among them is echoed
// or read as text.
var spelling = map[string]grammar{
	"cseq": words, "via": viaList, "v": viaList,
	"from": parameter, "f": parameter, "to": parameter, "t": parameter, "contact": parameter, "m": parameter,
	"route": parameter, "record-route": parameter, "refer-to": parameter, "r": parameter,
	"referred-by": parameter, "b": parameter, "replaces": parameter, "event": parameter, "o": parameter,
	"session-expires": parameter, "x": parameter, "content-type": parameter, "c": parameter,
	"content-disposition": parameter,
}

const longestSpelling = len("content-disposition")

// canonical writes the head of a message as sipgo's parser wants it and leaves the body alone. It says the same: each
// header on one line, no white space where none is needed, names of parameters in lower case. What has no end of its
// head, and what cannot be read, comes back as it is. b is not changed.
func canonical(b []byte) []byte {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return b
	}
	first, head, found := bytes.Cut(b[:end+2], []byte("\r\n"))
	if !found || len(first) == 0 {
		return b
	}
	out := make([]byte, 0, len(b)+64) // room for the Vias of a list
	out = append(append(out, first...), "\r\n"...)
	for len(head) > 0 {
		var line []byte
		line, head = unfold(head)
		out = append(canonicalHeader(out, line), "\r\n"...)
	}
	return append(out, b[end+2:]...)
}

const whiteSpace = " \t"

// unfold cuts the first header off a head, of which every line ends with CRLF. A header that is folded over several
// lines is on one line then (RFC 3261 §7.3.1).
func unfold(head []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(head, []byte("\r\n"))
	folded := false
	for len(rest) > 0 && strings.IndexByte(whiteSpace, rest[0]) >= 0 {
		if !folded {
			line, folded = bytes.Clone(line), true // what follows it is the caller's
		}
		var more []byte
		more, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		line = append(append(bytes.TrimRight(line, whiteSpace), ' '), bytes.Trim(more, whiteSpace)...)
	}
	return line, rest
}

// canonicalHeader appends one header without its line end.
func canonicalHeader(out, line []byte) []byte {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return append(out, line...)
	}
	name, value = bytes.Trim(name, whiteSpace), bytes.Trim(value, whiteSpace)
	out = append(append(out, name...), ": "...)
	switch how := spellingOf(name); how {
	case opaque:
		return append(out, value...)
	case words:
		if !bytes.Contains(value, []byte("  ")) && bytes.IndexByte(value, '\t') < 0 {
			return append(out, value...)
		}
		return append(out, bytes.Join(bytes.FieldsFunc(value, blank), []byte(" "))...)
	default:
		return canonicalParameters(out, name, value, how == viaList)
	}
}

// spellingOf looks a name up in any case.
func spellingOf(name []byte) grammar {
	var small [longestSpelling]byte
	if len(name) > len(small) {
		return opaque
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		small[i] = c
	}
	return spelling[string(small[:len(name)])]
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

// canonicalParameters appends a value with parameters. Quoted text and what stands between < and > are nobody's to
// change.
func canonicalParameters(out, name, value []byte, via bool) []byte {
	marks := ";=,"
	if via {
		marks += "/:"
	}
	bare := true    // nothing but white space since the last mark
	naming := false // within the name of a parameter
	for len(value) > 0 {
		switch c := value[0]; {
		case c == '"' || c == '<' && !via:
			n := quotedLen(value)
			out, value, bare = append(out, value[:n]...), value[n:], false
			continue
		case c == ' ' || c == '\t':
			rest := bytes.TrimLeft(value, whiteSpace)
			if !bare && len(rest) > 0 && strings.IndexByte(marks, rest[0]) < 0 {
				if via {
					out = append(out, ' ')
				} else {
					out = append(out, value[:len(value)-len(rest)]...)
				}
			}
			value = rest
			continue
		case c == ',' && via:
			out = append(append(append(out, "\r\n"...), name...), ": "...)
			bare, naming = true, false
		case strings.IndexByte(marks, c) >= 0:
			out = append(out, c)
			bare, naming = true, c == ';'
		default:
			if naming && 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			out = append(out, c)
			bare = false
		}
		value = value[1:]
	}
	return out
}

// quotedLen is how long the quoted text or the URI in angle brackets is that s begins with: all of s when it has no
// end.
func quotedLen(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[0] == '<' && s[i] == '>', s[0] == '"' && s[i] == '"':
			return i + 1
		case s[0] == '"' && s[i] == '\\':
			i++
		}
	}
	return len(s)
}

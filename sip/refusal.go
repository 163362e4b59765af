package sip

import (
	"bytes"
	"strings"
)

// plainRefusal is the 400 to a request of which not even the parts can be read that every response repeats, such as a CSeq
// beyond 32 bits or a name whose quote does not end (RFC 4475 §3.1.2): it repeats them as they are written, with a tag of ours
// where To has none. nil when b is no request that is answered, or lacks one of them.
func plainRefusal(b []byte, tag string) []byte {
	start, head, found := bytes.Cut(b, []byte("\r\n"))
	words := bytes.Split(start, []byte(" "))
	if !found || len(words) != 3 || string(words[2]) != "SIP/2.0" || string(words[0]) == "ACK" {
		return nil
	}
	head, _, found = bytes.Cut(head, []byte("\r\n\r\n"))
	if !found {
		return nil
	}
	out := []byte("SIP/2.0 400 Bad Request\r\n")
	lacking := map[string]bool{"via": true, "from": true, "to": true, "call-id": true, "cseq": true}
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		key := fullName(string(bytes.TrimSpace(name)))
		first, wanted := lacking[key]
		if wanted && (first || key == "via") {
			lacking[key] = false
			out = append(out, line...)
			if key == "to" && !tagged(line) {
				out = append(append(out, ";tag="...), tag...)
			}
			out = append(out, "\r\n"...)
		}
	}
	for _, lacks := range lacking {
		if lacks {
			return nil
		}
	}
	return append(out, "Content-Length: 0\r\n\r\n"...)
}

// tagged reports whether a To has a tag behind its URI.
func tagged(line []byte) bool {
	parameters := line[bytes.LastIndexByte(line, '>')+1:]
	return bytes.Contains(bytes.ToLower(bytes.ReplaceAll(parameters, []byte(" "), nil)), []byte(";tag="))
}

// fullName is a header's name in lower case, without the short forms of those that a response repeats (RFC 3261 §7.3.3).
func fullName(name string) string {
	switch name = strings.ToLower(name); name {
	case "v":
		return "via"
	case "f":
		return "from"
	case "t":
		return "to"
	case "i":
		return "call-id"
	}
	return name
}

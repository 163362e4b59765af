package sip

import (
	"bytes"
	"errors"
	"strconv"
)

var errTooLarge = errors.New("message larger than 65535 bytes")

// A framer cuts a TCP stream into messages (RFC 3261 §18.3) and finds the keep-alives between them (RFC 5626 §4.4.1).
// sipgo's stream parser is not used because it cannot tell a ping from the end of a header that arrives alone.
type framer struct {
	buf []byte
	off int // what lies before has been handed out
}

// add appends what was read. Slices that next returned before are no longer good.
func (f *framer) add(b []byte) {
	if f.off > 0 {
		f.buf = f.buf[:copy(f.buf, f.buf[f.off:])]
		f.off = 0
	}
	f.buf = append(f.buf, b...)
}

// next returns the next whole message, or nil when more must be read. ping is true when a keep-alive came before it.
func (f *framer) next() (message []byte, ping bool, err error) {
	rest := f.buf[f.off:]
	blank := 0
	for blank < len(rest) && (rest[blank] == '\r' || rest[blank] == '\n') {
		blank++
	}
	ping = bytes.Contains(rest[:blank], []byte("\r\n\r\n"))
	// Half a ping may still grow: one CRLF before a message is to be ignored (RFC 3261 §7.5), so it is kept only
	// while nothing follows.
	if blank < len(rest) || ping {
		f.off += blank
		rest = rest[blank:]
	}
	if blank > maxMessage {
		return nil, ping, errTooLarge
	}
	end := bytes.Index(rest, []byte("\r\n\r\n"))
	if end < 0 {
		if len(rest) > maxMessage {
			return nil, ping, errTooLarge
		}
		return nil, ping, nil
	}
	length, err := contentLength(rest[:end+2])
	if err != nil {
		return nil, ping, err
	}
	total := end + 4 + length
	if total > maxMessage {
		return nil, ping, errTooLarge
	}
	if len(rest) < total {
		return nil, ping, nil
	}
	f.off += total
	return rest[:total], ping, nil
}

// contentLength finds the length of the body in a message's head. A message without the header has no body: it must
// have one on a stream, but nothing else can be meant.
func contentLength(head []byte) (int, error) {
	for len(head) > 0 {
		var line []byte
		line, head = unfold(head)
		name, value, found := bytes.Cut(line, []byte(":"))
		name = bytes.TrimSpace(name)
		if !found || !(bytes.EqualFold(name, []byte("Content-Length")) || len(name) == 1 && name[0]|0x20 == 'l') {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil {
			return 0, errorf("content length %q: %w", value, err)
		}
		return int(n), nil
	}
	return 0, nil
}

package sip

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// An Info is the body of an INFO request.
type Info struct {
	ContentType string // without parameters, in lower case
	Body        []byte
	Key         byte          // application/dtmf-relay, application/dtmf: '0'-'9', '*', '#', 'A'-'D', '!' (flash); 0: not a key
	Held        time.Duration // as the party says; 0 when it does not
}

// info takes an INFO request (RFC 6086 in its legacy use: a key pressed).
func (d *Dialog) info(req *sip.Request, tx *serverTx) {
	d.mu.Lock()
	f := d.onInfo
	d.mu.Unlock()
	in := Info{ContentType: mediaType(req), Body: req.Body()}
	switch in.ContentType {
	case "application/dtmf-relay":
		in.Key, in.Held = parseRelay(in.Body)
	case "application/dtmf":
		in.Key = parseKey(string(in.Body))
	}
	switch {
	case len(in.Body) == 0: // RFC 6086 §4.2.2: a ping
		d.refuse(req, tx, sip.StatusOK)
	case f == nil || in.Key == 0:
		d.refuse(req, tx, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
	default:
		d.refuse(req, tx, sip.StatusOK)
		f(in)
	}
}

// parseRelay reads `Signal=5` and `Duration=160` (milliseconds), in any order and with any spaces.
func parseRelay(body []byte) (key byte, held time.Duration) {
	for line := range strings.Lines(string(body)) {
		name, value, found := strings.Cut(line, "=")
		if !found {
			name, value, _ = strings.Cut(line, ":")
		}
		switch strings.ToLower(trim(name)) {
		case "signal":
			key = parseKey(value)
		case "duration":
			if ms, err := strconv.ParseUint(trim(value), 10, 16); err == nil {
				held = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return key, held
}

// parseKey reads a key: itself, or its number in RFC 4733 §3.2 (10 is *, 11 is #, 12 to 15 are A to D, 16 is flash).
// 0 is no key.
func parseKey(text string) byte {
	const keys = "0123456789*#ABCD!"
	text = strings.ToUpper(trim(text))
	if len(text) == 1 && strings.IndexByte(keys, text[0]) >= 0 {
		return text[0]
	}
	if n, err := strconv.ParseUint(text, 10, 8); err == nil && int(n) < len(keys) {
		return keys[n]
	}
	return 0
}

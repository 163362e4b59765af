package sip

import "strings"

// credentials are the fields of an Authorization header of the Digest scheme (RFC 7616 §3.4), unquoted.
type credentials struct {
	username, realm, nonce, uri, response string
	algorithm, qop, count, cnonce         string
}

// parseCredentials reads the value of an Authorization header. It reports false for another scheme and
// for text that is not a list of parameters. Unknown parameters are skipped; of one that is there twice
// the last counts.
func parseCredentials(text string) (c credentials, ok bool) {
	const scheme = "digest"
	text = strings.TrimLeft(text, " \t")
	if len(text) <= len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) || !isBlank(text[len(scheme)]) {
		return c, false
	}
	rest := text[len(scheme):]
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return c, true
		}
		var name, value string
		if name, value, rest, ok = nextParam(rest); !ok {
			return credentials{}, false
		}
		if field := c.field(name); field != nil {
			*field = value
		}
	}
}

// field finds the place of a parameter; names are case-insensitive (RFC 3261 §7.3.1).
func (c *credentials) field(name string) *string {
	switch strings.ToLower(name) {
	case "username":
		return &c.username
	case "realm":
		return &c.realm
	case "nonce":
		return &c.nonce
	case "uri":
		return &c.uri
	case "response":
		return &c.response
	case "algorithm":
		return &c.algorithm
	case "qop":
		return &c.qop
	case "nc":
		return &c.count
	case "cnonce":
		return &c.cnonce
	}
	return nil
}

// nextParam takes name=value or name="value" from the front of text.
func nextParam(text string) (name, value, rest string, ok bool) {
	name, rest, ok = strings.Cut(text, "=")
	name, rest = strings.Trim(name, " \t"), strings.TrimLeft(rest, " \t")
	if !ok || name == "" || strings.ContainsAny(name, "\", \t") {
		return "", "", "", false
	}
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexByte(rest, ',')
		if end < 0 {
			end = len(rest)
		}
		return name, strings.TrimRight(rest[:end], " \t"), rest[end:], true
	}
	rest = rest[1:]
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++ // quoted-pair: the next byte is no end
		case '"':
			after := strings.TrimLeft(rest[i+1:], " \t")
			return name, unescape(rest[:i]), after, after == "" || after[0] == ','
		}
	}
	return "", "", "", false
}

// unescape removes the backslashes of quoted-pairs (RFC 3261 §25.1).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

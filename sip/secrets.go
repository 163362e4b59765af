package sip

import (
	"bytes"
)

// hidden stands for each byte that nobody is to read: a message is as long as it was, and its Content-Length stays true.
const hidden = 'x'

// withoutSecrets is a message without what would let its reader act as the sender or listen to the call: proofs of a
// password (RFC 8760), keys of encrypted sound (RFC 4568), and the keys that somebody has pressed, which may be a PIN.
// text is not changed; without a secret in it, it is what is returned.
func withoutSecrets(text []byte) []byte {
	out := text
	hide := func(from, to int) {
		if from >= to {
			return
		}
		if &out[0] == &text[0] {
			out = bytes.Clone(text)
		}
		for i := from; i < to; i++ {
			out[i] = hidden
		}
	}
	keys := bytes.HasPrefix(text, []byte("INFO "))
	body := false
	for at := 0; at < len(text); {
		end := len(text)
		if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n
		}
		line := bytes.TrimRight(text[at:end], "\r")
		switch {
		case len(line) == 0:
			body = true
		case !body:
			hideProof(line, at, hide)
		default:
			hideKey(line, at, keys, hide)
		}
		at = end + 1
	}
	return out
}

// proofs are the headers that prove that their sender knows a password, and the parameters that do.
var proofs = [][]byte{[]byte("authorization"), []byte("proxy-authorization"), []byte("authentication-info"), []byte("proxy-authentication-info")}

var proving = [][]byte{[]byte("response="), []byte("rspauth=")}

func hideProof(line []byte, at int, hide func(from, to int)) {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return
	}
	lower := bytes.ToLower(bytes.TrimSpace(name))
	is := false
	for _, proof := range proofs {
		is = is || bytes.Equal(lower, proof)
	}
	if !is {
		return
	}
	first := at + len(name) + 1
	if scheme := bytes.ToLower(bytes.TrimSpace(value)); !bytes.HasPrefix(scheme, []byte("digest")) && bytes.HasSuffix(lower, []byte("authorization")) {
		hide(first, first+len(value)) // Basic has the password itself
		return
	}
	small := bytes.ToLower(value)
	if len(small) != len(value) { // letters of other alphabets
		hide(first, first+len(value))
		return
	}
	for _, parameter := range proving {
		for from := 0; ; {
			n := bytes.Index(small[from:], parameter)
			if n < 0 {
				break
			}
			from += n + len(parameter)
			length := len(value) - from
			if from < len(value) && value[from] == '"' {
				from++
				if length = bytes.IndexByte(value[from:], '"'); length < 0 {
					length = len(value) - from
				}
			} else if n := bytes.IndexAny(value[from:], ", \t"); n >= 0 {
				length = n
			}
			hide(first+from, first+from+length)
			from += length
		}
	}
}

// keyed are the lines of a session description that hold a key from the mark on.
var keyed = []struct{ begins, mark []byte }{
	{[]byte("a=crypto:"), []byte("inline:")}, {[]byte("a=key-mgmt:"), []byte(" ")}, {[]byte("a=ice-pwd:"), []byte(":")}, {[]byte("k="), []byte("=")},
}

func hideKey(line []byte, at int, keys bool, hide func(from, to int)) {
	for _, k := range keyed {
		if !bytes.HasPrefix(line, k.begins) {
			continue
		}
		if n := bytes.Index(line, k.mark); n >= 0 {
			hide(at+n+len(k.mark), at+len(line))
		}
	}
	if !keys {
		return
	}
	// application/dtmf-relay says "Signal=5", application/dtmf only "5".
	name, value, found := bytes.Cut(line, []byte("="))
	switch {
	case !found:
		hide(at, at+len(line))
	case bytes.EqualFold(bytes.TrimSpace(name), []byte("signal")):
		hide(at+len(name)+1, at+len(name)+1+len(value))
	}
}

package sip

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// acceptedBodies are the types of body that a call may carry.
const acceptedBodies = typeSDP + ", multipart/mixed, multipart/alternative"

// maxNesting is how deep a multipart body may lie within others.
const maxNesting = 3

// sessionBody returns the session description of a message, nil when it has none. ok is false when the message has
// something else that we would have to understand (RFC 3261 §8.2.3).
func sessionBody(m sip.Message) (sdp []byte, ok bool) {
	if len(m.Body()) == 0 {
		return nil, true
	}
	return sessionPart(func(names ...string) string { return strings.Join(values(m, names...), ",") }, m.Body(), 0)
}

// sessionPart is sessionBody for a body or a part of one; header gives a header by its names, the long one first.
func sessionPart(header func(names ...string) string, body []byte, depth int) (sdp []byte, ok bool) {
	disposition := strings.Split(header("content-disposition"), ";")
	optional := false // RFC 3261 §20.11: handling=required is what counts without a word
	for _, p := range disposition[1:] {
		if key, value, _ := strings.Cut(p, "="); strings.EqualFold(trim(key), "handling") {
			optional = strings.EqualFold(trim(value), "optional")
		}
	}
	kind := header("content-type", "c")
	name, _, _ := strings.Cut(kind, ";")
	name = strings.ToLower(trim(name))
	encoding, transfer := trim(header("content-encoding", "e")), strings.ToLower(trim(header("content-transfer-encoding")))
	switch {
	case encoding != "" && !strings.EqualFold(encoding, "identity"), transfer == "base64", transfer == "quoted-printable":
		return nil, optional
	case strings.HasPrefix(name, "multipart/") && depth < maxNesting:
		sdp, ok = sessionParts(kind, name == "multipart/alternative", body, depth+1)
		return sdp, ok || optional
	case name != typeSDP && (name != "" || depth > 0):
		return nil, optional
	case strings.EqualFold(trim(disposition[0]), "early-session"): // RFC 3959: another session than the call's
		return nil, optional
	}
	return body, true
}

// sessionParts looks into a multipart body. Of alternatives one has to be understood, and the last is the best; of
// any other kind of list all (RFC 5621 §3).
func sessionParts(kind string, alternative bool, body []byte, depth int) (sdp []byte, ok bool) {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil || params["boundary"] == "" {
		return nil, false
	}
	ok = !alternative
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return sdp, ok
		}
		if err != nil {
			return sdp, false
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return sdp, false
		}
		header := func(names ...string) string { return part.Header.Get(names[0]) } // compact names are SIP's
		found, fits := sessionPart(header, text, depth)
		switch {
		case alternative && fits:
			sdp, ok = found, true
		case !alternative:
			if sdp == nil {
				sdp = found
			}
			ok = ok && fits
		}
	}
}

// unsupportedType is the refusal of a body that is no session description.
func (ua *UA) unsupportedType(req *sip.Request) *sip.Response {
	return ua.response(req, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", acceptedBodies), sip.NewHeader("Accept-Encoding", "identity"))
}

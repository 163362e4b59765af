package sip

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/emiago/sipgo/sip"
)

// parts writes a multipart body: each part is headers, an empty line and its text.
func parts(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString("--b1\r\n" + t + "\r\n")
	}
	return b.String() + "--b1--\r\n"
}

const (
	sdpPart      = "Content-Type: application/sdp\r\n\r\n" + sdpA
	optionalPart = "Content-Type: text/plain\r\nContent-Disposition: render; Handling = optional\r\n\r\nhello"
	unknownPart  = "Content-Type: application/isup\r\n\r\n\x01\x02"
	earlySession = "Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n\r\n" + sdpC
	mixed        = `Content-Type: multipart/mixed;boundary="b1"`
	alternative  = "c: multipart/alternative; boundary=b1"
)

func TestTheSessionIsFoundInTheBodyAndTheRestMayBeOptional(t *testing.T) {
	for name, c := range map[string]struct {
		headers, body string
		sdp           string
		ok            bool
	}{
		"none":                     {"Content-Type: text/html", "", "", true},
		"a session":                {"Content-Type: application/sdp", sdpA, sdpA, true},
		"a body of no type":        {"X: y", sdpA, sdpA, true},
		"another type":             {"Content-Type: text/html", "x", "", false},
		"another that is optional": {"c: text/html\r\nContent-Disposition: render;handling=optional", "x", "", true},
		"another that is required": {"c: text/html\r\nContent-Disposition: render;handling=required", "x", "", false},
		"packed":                   {"Content-Type: application/sdp\r\ne: gzip", "x", "", false},
		"a list":                   {mixed, parts(sdpPart), sdpA, true},
		"an optional part":         {mixed, parts(optionalPart, earlySession, sdpPart), sdpA, true},
		"a part we need to know":   {mixed, parts(sdpPart, unknownPart), sdpA, false},
		"an optional list":         {mixed + "\r\nContent-Disposition: x;handling=optional", parts(unknownPart), "", true},
		"alternatives":             {alternative, parts(unknownPart, sdpPart, unknownPart), sdpA, true},
		"no good alternative":      {alternative, parts(unknownPart), "", false},
		"a list in a list": {mixed, parts("Content-Type: multipart/alternative;boundary=b2\r\n\r\n" +
			strings.ReplaceAll(parts(sdpPart), "b1", "b2")), sdpA, true},
		"a list without boundary": {"Content-Type: multipart/mixed", parts(sdpPart), "", false},
		"a list without end":      {mixed, "--b1\r\n" + sdpPart, "", false},
	} {
		text := "INVITE sip:1@h SIP/2.0\r\n" + c.headers + "\r\n\r\n" + c.body
		m, err := sip.ParseMessage([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sdp, ok := sessionBody(m)
		if want := strings.TrimSuffix(c.sdp, "\r\n"); strings.TrimSuffix(string(sdp), "\r\n") != want || ok != c.ok {
			t.Errorf("%s: %q, %v", name, sdp, ok)
		}
	}
}

func TestACallMayCarryMoreThanItsSession(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", mixed, "", parts(sdpPart, optionalPart))
		p.want("SIP/2.0 100")
		d := <-calls
		if got := string(d.Offer()); got != sdpA {
			t.Errorf("offer %q", got)
		}
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		p.ack(p.cseq)
		synctest.Wait()
		p.send("UPDATE", "Content-Type: text/plain", "Content-Disposition: render;handling=optional", "", "hello")
		p.want("SIP/2.0 200") // no offer, though it has a body
		p.send("BYE")
		p.want("SIP/2.0 200")
		ends(t, d)
	})
}

// FuzzSessionBody reads bodies: nothing may panic, and a session is a piece of the body.
func FuzzSessionBody(f *testing.F) {
	f.Add(mixed, parts(sdpPart, optionalPart))
	f.Add(alternative, parts(unknownPart, sdpPart))
	f.Fuzz(func(t *testing.T, headers, body string) {
		m, err := sip.ParseMessage([]byte("INVITE sip:1@h SIP/2.0\r\n" + headers + "\r\n\r\n" + body))
		if err != nil {
			return
		}
		if sdp, _ := sessionBody(m); len(sdp) > len(m.Body()) || !strings.Contains(string(m.Body()), string(sdp)) {
			t.Errorf("%q in %q", sdp, m.Body())
		}
	})
}

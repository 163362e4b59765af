package sip

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHeadersAreReadHoweverTheyAreSpelled(t *testing.T) {
	for written, want := range map[string]string{
		"From: <sip:1@h>;\r\n tag=a":                  "From: <sip:1@h>;tag=a",
		"From: <sip:1@h>; tag = a":                    "From: <sip:1@h>;tag=a",
		"f:<sip:1@h>;TAG=A":                           "f: <sip:1@h>;tag=A",
		"TO :\r\n sip:v@h ;   tag    = 1918181833n":   "TO: sip:v@h;tag=1918181833n",
		"To: Bob  Smith  <sip:A;B=C@h;D = E> ; F":     "To: Bob  Smith  <sip:A;B=C@h;D = E>;f",
		`From: "A ; \" = B" <sip:1@h>`:                `From: "A ; \" = B" <sip:1@h>`,
		"From: \"unclosed ; A = b":                    "From: \"unclosed ; A = b",
		"m: <sip:1@h> ; Q = 0.3 , \"X\" <sip:2@h>;r":  "m: <sip:1@h>;q=0.3,\"X\" <sip:2@h>;r",
		"Contact:  *  ":                               "Contact: *",
		"Via: SIP/2.0/UDP h:1 ;branch=z":              "Via: SIP/2.0/UDP h:1;branch=z",
		"Via: SIP / 2.0 /\r\n\tUDP \t h : 1 ; RPORT":  "Via: SIP/2.0/UDP h:1;rport",
		"v: SIP/2.0/TCP a , SIP/2.0/UDP [::1]:5;R=\"": "v: SIP/2.0/TCP a\r\nv: SIP/2.0/UDP [::1]:5;r=\"",
		"cseq: 0009\r\n  \t INVITE":                   "cseq: 0009 INVITE",
		"Subject: a ; B = c\r\n   and  more ":         "Subject: a ; B = c and  more",
		"Subject :":                                   "Subject: ",
		"Session-Expires: 90 ; Refresher = uas":       "Session-Expires: 90;refresher=uas",
		"no colon ":                                   "no colon ",
	} {
		const first, body = "INVITE sip:A;B = C@h SIP/2.0\r\n", "\r\n\r\nVia : x ; Y = z\r\n folded\r\n\r\n"
		given := []byte(first + written + body)
		if got := string(canonical(given)); got != first+want+body {
			t.Errorf("%q\nbecame %q\nwant   %q", written, got, first+want+body)
		}
		if string(given) != first+written+body {
			t.Errorf("%q was changed in place", written)
		}
	}
	for _, odd := range []string{"", "\r\n\r\n", "INVITE", "INVITE sip:1@h SIP/2.0\r\nVia : x ; Y", "\r\nA : b\r\n\r\n"} {
		if got := string(canonical([]byte(odd))); got != odd {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

// tortured is the message of RFC 4475 §3.1.1.1 in our words: every white space that the grammar allows.
const tortured = "INVITE sip:0777@192.0.2.1 SIP/2.0\r\n" +
	"TO :\r\n sip:0777@hatif.test \t\r\n" +
	"MaX-fOrWaRdS: 0068\r\n" +
	"from   : \"J \\\\\\\"\"       <sip:1001@hatif.test>\r\n  ;\r\n  TAG = 98asjd8\r\n" +
	"Call-ID: wsinv\r\nCSeq: 0009\r\n  INVITE\r\n" +
	"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.7:5070 ;BRANCH=z9hG4bK390 ; rport\r\n" +
	"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n" +
	"m:\"Quoted string \\\"\\\"\" <sip:1001@192.0.2.7:5070> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n" +
	"Content-Type: application/sdp\r\nContent-Length\t:\r\n  "

func TestACallerMaySpellItsInviteAsTheGrammarAllows(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		text := tortured + strconv.Itoa(len(sdpA)) + "\r\n\r\n" + sdpA
		p.raw(text)
		p.want("SIP/2.0 100")
		d := <-calls
		if from := d.From(); from.Number != "1001" || string(d.Offer()) != sdpA {
			t.Errorf("from %+v, offer %q", from, d.Offer())
		}
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		ok := p.want("SIP/2.0 200")
		vias := strings.Join(ok.all("Via"), " | ")
		want := "SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK390;rport=5070;received=192.0.2.7" +
			" | SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8 | SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239"
		if vias != want {
			t.Errorf("Via: %s\nwant %s", vias, want)
		}
		if ok.param("From", "tag") != "98asjd8" || ok.get("CSeq") != "9 INVITE" {
			t.Errorf("200 is:\n%s", ok)
		}
		p.callID, p.tag = "wsinv", "98asjd8"
		ack := func(text string) string { // the same in the rest of the call
			return strings.NewReplacer(";tag=", " ; TAG = ", ";branch=", "\r\n ; Branch = ", "CSeq: 9 ", "CSeq: 9   ").Replace(text)
		}
		p.raw(ack(p.request("ACK", p.branch(), 9)))
		p.silence(time.Minute) // or the 200 is sent again
		p.raw(ack(p.request("BYE", p.branch(), 10)))
		p.want("SIP/2.0 200")
		if end := ends(t, d); end.By != ByParty || end.Code != 200 {
			t.Errorf("ended with %+v", *end)
		}
	})
}

func TestAMessageWithAFoldedLengthIsCutFromAStream(t *testing.T) {
	var f framer
	f.add([]byte("BYE sip:1@h SIP/2.0\r\nContent-Length :\r\n  3\r\n\r\nabcBYE"))
	m, _, err := f.next()
	if err != nil || !bytes.HasSuffix(m, []byte("\r\n\r\nabc")) {
		t.Errorf("%q, %v", m, err)
	}
}

// FuzzCanonical wants the body as it was, the head in its one spelling, and no line more than the lists of Vias make.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(tortured + "3\r\n\r\na ;\r\n b"))
	f.Add([]byte("A\r\n b : c\r\n\td\r\nVia: , \"a,\\\"\" , <x\r\nTo: <a;B>;C = \"\\\r\n\r\n\r\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		given := bytes.Clone(message)
		out := canonical(message)
		if !bytes.Equal(given, message) {
			t.Fatal("the message was changed in place")
		}
		if again := canonical(out); !bytes.Equal(again, out) {
			t.Fatalf("%q became %q and then %q", message, out, again)
		}
		head, body, whole := bytes.Cut(message, []byte("\r\n\r\n"))
		newHead, newBody, stillWhole := bytes.Cut(out, []byte("\r\n\r\n"))
		if whole != stillWhole || !bytes.Equal(body, newBody) {
			t.Fatalf("the body of %q became %q", message, newBody)
		}
		ends := func(b []byte) int { return bytes.Count(b, []byte("\r\n")) }
		if ends(newHead) > ends(head)+bytes.Count(head, []byte(",")) {
			t.Fatalf("%q has new lines in %q", message, newHead)
		}
		// Nothing is lost but white space and, of headers that are folded, line ends.
		bare := func(b []byte) int {
			return len(b) - bytes.Count(b, []byte(" ")) - bytes.Count(b, []byte("\t")) - 2*ends(b)
		}
		if bytes.IndexByte(head, ',') < 0 && (bare(newHead) != bare(head)) {
			t.Fatalf("%q became %q", head, newHead)
		}
	})
}

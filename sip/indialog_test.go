package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestKeysInInfoRequestsArriveInOrder(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		p.send("INFO", "Content-Type: application/dtmf", "", "5")
		p.want("SIP/2.0 415") // nobody listens
		var keys []byte
		var held time.Duration
		d.OnInfo(func(i Info) { keys, held = append(keys, i.Key), held+i.Held })
		const sequence = "1234567890*#ABCD1234567890*#ABCD"
		for i, key := range sequence {
			if i%2 == 0 {
				p.send("INFO", "Content-Type: application/dtmf-relay", "", fmt.Sprintf("Signal= %c", key), "Duration=160", "")
			} else {
				p.send("INFO", "Content-Type: application/dtmf;x=y", "", string(key))
			}
		}
		for range sequence {
			p.want("SIP/2.0 200")
		}
		synctest.Wait()
		if string(keys) != sequence || held != time.Duration(len(sequence)/2)*160*time.Millisecond {
			t.Errorf("got %q held for %v, want %q", keys, held, sequence)
		}
		p.send("INFO", "Content-Type: application/media_control+xml", "", "<x/>")
		p.want("SIP/2.0 415")
		p.send("INFO")
		p.want("SIP/2.0 200")
		if string(keys) != sequence {
			t.Errorf("keys out of nothing: %q", keys)
		}
	})
}

func TestACallbackThatPanicsCostsOneRequest(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		keys := make(chan byte, 1)
		d.OnInfo(func(i Info) { keys <- i.Key })
		d.OnOffer(func([]byte) ([]byte, error) { panic("bug") })
		p.send("UPDATE", withBody(sdpC)...)
		p.send("INFO", "Content-Type: application/dtmf", "", "5")
		p.want("SIP/2.0 500")
		p.want("SIP/2.0 200")
		if key := <-keys; key != '5' || d.End() != nil {
			t.Errorf("key %q, end %v", key, d.End())
		}
		d.OnOffer(func([]byte) ([]byte, error) { return []byte(sdpB), nil })
		p.send("UPDATE", withBody(sdpC)...)
		p.want("SIP/2.0 200")
		if n := w.ua.stats.panics.Swap(0); n != 1 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestKeysAreReadAsPhonesWriteThem(t *testing.T) {
	for text, want := range map[string]byte{
		"5": '5', " 5 \r\n": '5', "*": '*', "#": '#', "10": '*', "11": '#', "a": 'A', "12": 'A', "15": 'D', "16": '!', "!": '!',
		"": 0, "17": 0, "E": 0, "55": 0, "5 5": 0, "-1": 0, "256": 0,
	} {
		if got := parseKey(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if key, held := parseRelay([]byte("Duration: 250\r\nSIGNAL : #\r\n")); key != '#' || held != 250*time.Millisecond {
		t.Errorf("got %q for %v", key, held)
	}
}

func TestATransferIsAcceptedAndReportedOn(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		p.send("REFER", "Refer-To: <sip:2001@hatif.test>")
		p.want("SIP/2.0 603") // nobody listens
		refers := make(chan *Refer, 1)
		d.OnRefer(func(r *Refer) { refers <- r })
		p.send("REFER", "Refer-To: <sip:2001@hatif.test;user=phone?Replaces=abc%40host%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs>",
			`Referred-By: "A, B" <sip:1001@hatif.test>`)
		ok := p.want("SIP/2.0 202")
		if ok.get("Contact") == "" {
			t.Errorf("202 is:\n%s", ok)
		}
		notify := func(status, state string) {
			t.Helper()
			m := p.want("NOTIFY")
			if m.get("Event") != fmt.Sprintf("refer;id=%d", p.cseq) || !strings.HasPrefix(m.get("Subscription-State"), state) ||
				!strings.HasPrefix(m.get("Content-Type"), "message/sipfrag") || m.body != "SIP/2.0 "+status+"\r\n" || m.get("Contact") == "" {
				t.Errorf("NOTIFY is:\n%s", m)
			}
			p.reply(m, "200 OK")
		}
		notify("100 Trying", "active")
		r := <-refers
		if r.To != "2001" || r.URI != "sip:2001@hatif.test;user=phone" || r.ReferredBy != `"A, B" <sip:1001@hatif.test>` ||
			r.Replaces == nil || *r.Replaces != (DialogID{"abc@host", "ours", "theirs"}) {
			t.Errorf("REFER was read as %+v, Replaces %+v", r, r.Replaces)
		}
		r.Notify(180)
		notify("180 Ringing", "active")
		r.Notify(200)
		notify("200 OK", "terminated")
		r.Notify(200) // said already
		p.silence(time.Minute)
		for _, lines := range [][]string{
			{}, {"Refer-To: <sip:1@h>", "Refer-To: <sip:2@h>"}, {"Refer-To: <http://x>"}, {"Refer-To: <sip:hatif.test>"},
			{"Refer-To: <sip:1@h?Replaces=abc>"}, {"Refer-To: <sip:1@h?Replaces=%zz>"}, {"Refer-To: <sips:1@h>"},
		} {
			p.send("REFER", lines...)
			p.want("SIP/2.0 400")
		}
		p.send("REFER", "Refer-To: <sip:2003@hatif.test;method=BYE>")
		p.want("SIP/2.0 403")
		p.send("REFER", "Refer-To: <sip:2002@h;Method=invite>", "Refer-Sub: false") // RFC 4488
		if m := p.want("SIP/2.0 202"); m.get("Refer-Sub") != "false" {
			t.Errorf("202 is:\n%s", m)
		}
		(<-refers).Notify(200)
		p.silence(time.Minute)
		if w.ua.FindDialog(d.ID()) != d || w.ua.FindDialog(DialogID{d.CallID(), d.ID().LocalTag, "x"}) != nil {
			t.Error("FindDialog does not find the dialog, or another")
		}
	})
}

func TestOtherRequestsWithinACallAreAnswered(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		for _, c := range []struct{ method, want, header string }{
			{"OPTIONS", "200", "Supported"}, {"NOTIFY", "489", "Allow-Events"}, {"SUBSCRIBE", "489", "Allow-Events"},
			{"MESSAGE", "405", "Allow"}, {"PRACK", "405", "Allow"}, {"PUBLISH", "405", "Allow"}, {"FROBNICATE", "501", "Allow"},
		} {
			p.send(c.method)
			if m := p.want("SIP/2.0 " + c.want); m.get(c.header) == "" {
				t.Errorf("%s: no %s in\n%s", c.method, c.header, m)
			}
		}
		if d.End() != nil {
			t.Errorf("the call ended: %v", d.End())
		}
	})
}

func TestAStrangerWhoKnowsTheNamesOfACallHasToProveWhoItIs(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p, q := w.party("192.0.2.7:5070"), w.party("192.0.2.66:5070")
		d := w.answered(p, w.calls())
		q.callID, q.tag, q.remoteTag, q.cseq = p.callID, p.tag, p.remoteTag, p.cseq
		q.send("BYE")
		q.want("SIP/2.0 401")
		q.send("REFER", "Refer-To: <sip:0900@evil>")
		q.want("SIP/2.0 401")
		if d.End() != nil {
			t.Errorf("a stranger ended the call: %v", d.End())
		}
	})
}

func TestASecondByeHasNothingLeftToEnd(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		branch := p.send("BYE")
		p.want("SIP/2.0 200")
		ends(t, d)
		p.raw(p.request("BYE", branch, p.cseq)) // the first again
		p.want("SIP/2.0 200")
		p.send("BYE")
		p.want("SIP/2.0 481") // RFC 3261 §15.1.2
	})
}

func TestByesThatCrossAreBothAnswered(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, w.calls())
		d.Bye(End{Q850: 17})
		bye := p.want("BYE")
		p.send("BYE")
		p.want("SIP/2.0 200")
		p.reply(bye, "481 Call/Transaction Does Not Exist")
		if end := ends(t, d); end.Q850 != 17 || end.By != ByUs {
			t.Errorf("ended with %+v", *end)
		}
		p.send("INFO")
		p.want("SIP/2.0 481")
		time.Sleep(5 * time.Minute)
		p.send("OPTIONS") // turns the memory of ended calls over
		p.want("SIP/2.0 481")
	})
}

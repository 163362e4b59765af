package sip

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// firstLines are the messages of a trace in short: "< INVITE sip:… SIP/2.0" is one that was received.
func firstLines(messages []Message) (lines []string) {
	for _, m := range messages {
		line, _, _ := strings.Cut(string(m.Text), "\r\n")
		mark := "> "
		if m.Received {
			mark = "< "
		}
		lines = append(lines, mark+line)
	}
	return lines
}

func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("the trace is\n%s\nwant lines that begin with\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestATraceHasEveryMessageOfACallInOrderAndItsEnd(t *testing.T) {
	inWorld(t, Config{Guests: true, Trace: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		p.want("SIP/2.0 180")
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		p.ack(p.cseq)
		synctest.Wait()
		p.send("BYE")
		p.want("SIP/2.0 200")
		synctest.Wait()
		m := w.ua.Trace(p.callID, p.callID, "another")
		expectLines(t, firstLines(m), "< INVITE", "> SIP/2.0 100", "> SIP/2.0 180", "> SIP/2.0 200", "< ACK", "< BYE", "> SIP/2.0 200")
		if m[0].Remote != netip.MustParseAddrPort("192.0.2.7:5070") || m[0].Local != netip.MustParseAddrPort(uaAddr) || m[0].Network != "UDP" {
			t.Errorf("the INVITE came from %v to %v over %s", m[0].Remote, m[0].Local, m[0].Network)
		}
		if !bytes.HasSuffix(m[0].Text, []byte(sdpA)) || !bytes.HasSuffix(m[3].Text, []byte(sdpB)) {
			t.Error("the messages have lost their bodies")
		}
		w.ua.ForgetTrace(p.callID)
		if left := w.ua.Trace(p.callID); left != nil || w.ua.traces.bytes != 0 {
			t.Errorf("%d messages, %d bytes are left", len(left), w.ua.traces.bytes)
		}
	})
}

func TestACallMadeForAnotherIsInItsTrace(t *testing.T) {
	inWorld(t, Config{Guests: true, Trace: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		caller, phone := w.party("192.0.2.7:5070"), w.party("192.0.2.8:5070")
		caller.send("INVITE", withBody(sdpA)...)
		caller.want("SIP/2.0 100")
		in := <-calls
		out, err := w.ua.Invite(t.Context(), Outgoing{URI: "sip:2001@192.0.2.8:5070", SDP: []byte(sdpB), For: in.CallID()})
		if err != nil {
			t.Fatal(err)
		}
		invite := phone.want("INVITE")
		phone.take(invite)
		phone.reply(invite, "486 Busy Here")
		phone.want("ACK")
		synctest.Wait()
		in.Reject(End{Code: 486})
		caller.want("SIP/2.0 486")
		synctest.Wait()
		expectLines(t, firstLines(w.ua.Trace(in.CallID())), "< INVITE", "> SIP/2.0 100", "> INVITE", "< SIP/2.0 486", "> ACK", "> SIP/2.0 486")
		expectLines(t, firstLines(w.ua.Trace(out.CallID())), "< INVITE", "> SIP/2.0 100", "> INVITE", "< SIP/2.0 486", "> ACK", "> SIP/2.0 486")
	})
}

func TestTheTraceOfAQuietCallIsPackedAndReadsTheSame(t *testing.T) {
	inWorld(t, Config{Guests: true, Trace: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		d := w.answered(p, calls)
		for range 3 { // the party asks whether we are there
			p.send("OPTIONS")
			p.want("SIP/2.0 200")
		}
		before, bytesBefore := w.ua.Trace(d.CallID()), w.ua.traces.bytes
		w.ua.PackTraces()
		if w.ua.traces.bytes != bytesBefore {
			t.Error("a call in which something has just been said is packed")
		}
		time.Sleep(packAfter + time.Second)
		w.ua.PackTraces()
		w.ua.PackTraces()
		if now := w.ua.traces.bytes; now > bytesBefore*2/3 {
			t.Errorf("%d bytes have become %d", bytesBefore, now)
		}
		p.send("BYE")
		p.want("SIP/2.0 200")
		synctest.Wait()
		after := w.ua.Trace(d.CallID())
		if len(after) != len(before)+2 {
			t.Fatalf("%d messages have become %d, want two more", len(before), len(after))
		}
		for i, m := range before {
			if !bytes.Equal(m.Text, after[i].Text) || m.At != after[i].At {
				t.Errorf("message %d was\n%s\nand is\n%s", i, m.Text, after[i].Text)
			}
		}
		w.ua.ForgetTrace(d.CallID())
		if w.ua.traces.bytes != 0 {
			t.Errorf("%d bytes are left", w.ua.traces.bytes)
		}
	})
}

func TestWithoutTraceNothingIsKept(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		(<-calls).Reject(End{Code: 486})
		p.want("SIP/2.0 486")
		if m := w.ua.Trace(p.callID); m != nil {
			t.Errorf("%d messages are kept", len(m))
		}
	})
}

func TestStrangersCannotFillTheMemoryWithTraces(t *testing.T) {
	ts := newTraces()
	f := flow{wire: &udpSocket{}, remote: netip.MustParseAddrPort("192.0.2.7:5070")}
	held := ts.hold("ours", "")
	ts.note(held, f, true, make([]byte, 1000))
	for i := range 20 * maxLoose {
		id := fmt.Sprint("stranger ", i)
		ts.seen(id)
		for range 20 {
			ts.note(ts.byCall[id], f, true, make([]byte, 4000))
		}
	}
	if len(ts.byCall) > maxLoose+1 || len(ts.loose) > maxLoose || ts.bytes > maxTracing {
		t.Errorf("%d traces, %d let go, %d bytes", len(ts.byCall), len(ts.loose), ts.bytes)
	}
	if ts.byCall["ours"] != held || len(held.messages) != 1 {
		t.Error("a call in progress has given way to strangers")
	}
	for range 2 * maxTraced {
		ts.note(held, f, true, make([]byte, 1000))
	}
	if len(held.messages) > maxTraced || held.bytes > maxTraceBytes {
		t.Errorf("one call keeps %d messages, %d bytes", len(held.messages), held.bytes)
	}
	ts.letGo(held)
	for i := range 2 * maxLoose {
		ts.seen(fmt.Sprint("later ", i))
	}
	if ts.byCall["ours"] != nil {
		t.Error("what nobody asks for is kept for ever")
	}
}

func TestSecretsAreNotInATrace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"digest": {
			"INVITE sip:1 SIP/2.0\r\nAuthorization: Digest username=\"1001\", nonce=\"abc\", response=\"0123456789abcdef\", qop=auth\r\n\r\n",
			"INVITE sip:1 SIP/2.0\r\nAuthorization: Digest username=\"1001\", nonce=\"abc\", response=\"xxxxxxxxxxxxxxxx\", qop=auth\r\n\r\n",
		},
		"proxy, without quotes": {
			"BYE sip:1 SIP/2.0\r\nproxy-AUTHORIZATION : digest RESPONSE=0123, uri=\"x\"\r\n\r\n",
			"BYE sip:1 SIP/2.0\r\nproxy-AUTHORIZATION : digest RESPONSE=xxxx, uri=\"x\"\r\n\r\n",
		},
		"basic":                {"INVITE sip:1 SIP/2.0\r\nAuthorization: Basic QWxh\r\n\r\n", "INVITE sip:1 SIP/2.0\r\nAuthorization:xxxxxxxxxxx\r\n\r\n"},
		"answer of the server": {"SIP/2.0 200 OK\r\nAuthentication-Info: rspauth=\"6629\"\r\n\r\n", "SIP/2.0 200 OK\r\nAuthentication-Info: rspauth=\"xxxx\"\r\n\r\n"},
		"keys of sound": {
			"SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf|2^20\r\nk=clear:pass\r\na=ice-pwd:abc\r\n",
			"SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxxx\r\nk=xxxxxxxxxx\r\na=ice-pwd:xxx\r\n",
		},
		"pressed keys": {
			"INFO sip:1 SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n",
			"INFO sip:1 SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=x\r\nDuration=160\r\n",
		},
		"one pressed key": {"INFO sip:1 SIP/2.0\r\n\r\n7", "INFO sip:1 SIP/2.0\r\n\r\nx"},
	} {
		before := c.text
		text := []byte(c.text)
		if got := string(withoutSecrets(text)); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, c.want)
		}
		if string(text) != before {
			t.Errorf("%s: the message itself was changed", name)
		}
	}
	plain := []byte("INVITE sip:response=1@h SIP/2.0\r\nContact: <sip:1>;response=2\r\n\r\na=rtpmap:0 PCMU/8000\r\n")
	if got := withoutSecrets(plain); &got[0] != &plain[0] || !bytes.Equal(got, plain) {
		t.Error("a message without secrets is not as it was")
	}
}

// FuzzWithoutSecrets: a message stays as long as it was, and hiding twice changes nothing.
func FuzzWithoutSecrets(f *testing.F) {
	f.Add([]byte("INVITE sip:1 SIP/2.0\r\nAuthorization: Digest response=\"01\", response=2\r\n\r\na=crypto:1 inline:x\r\nk="))
	f.Add([]byte("INFO sip:1 SIP/2.0\r\nAuthorization: Digest İ response=\r\n\r\nSignal=\r\n5"))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		once := withoutSecrets(text)
		if len(once) != len(text) || !bytes.Equal(text, before) {
			t.Fatalf("%q has become %q", before, once)
		}
		if twice := withoutSecrets(once); !bytes.Equal(once, twice) {
			t.Fatalf("%q is not what it says: %q", once, twice)
		}
	})
}

// BenchmarkTrace is what the trace adds to a call of twenty messages.
func BenchmarkTrace(b *testing.B) {
	ts := newTraces()
	f := flow{wire: &udpSocket{}, remote: netip.MustParseAddrPort("192.0.2.7:5070")}
	text := bytes.Repeat([]byte("x"), 700)
	b.ReportAllocs()
	for b.Loop() {
		ts.seen("one")
		in, out := ts.hold("one", ""), ts.hold("two", "one")
		for range 20 {
			ts.note(in, f, true, text)
		}
		ts.letGo(in)
		ts.letGo(out)
		ts.mu.Lock()
		ts.forget(in)
		ts.mu.Unlock()
	}
}

func TestSipTimesFillTheRightBuckets(t *testing.T) {
	var ts times
	for _, d := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, time.Hour} {
		ts.add(d)
	}
	if got := ts.read(); got.Count != 4 || got.Buckets != [len(TimeBounds)]uint64{2, 1} || got.Sum != time.Hour+3*time.Millisecond {
		t.Errorf("%+v", got)
	}
}

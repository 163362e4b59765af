package sip

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
)

// deafConn is a socket that sends nowhere and notes what it would have sent.
type deafConn struct {
	mu   sync.Mutex
	sent [][]byte // guarded by mu
}

func (c *deafConn) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error) {
	return 0, netip.AddrPort{}, net.ErrClosed
}
func (c *deafConn) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, bytes.Clone(b))
	return len(b), nil
}
func (c *deafConn) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(uaAddr))
}
func (c *deafConn) Close() error { return nil }

// FuzzReceive feeds packets into the path from the socket: nothing may panic, and nothing but SIP comes out.
func FuzzReceive(f *testing.F) {
	p := &party{transport: "UDP", addr: "192.0.2.7:5070", user: "1001", callID: "c", tag: "party", uri: "sip:0777@" + uaAddr}
	for _, method := range methods {
		f.Add([]byte(p.request(string(method), "z9hG4bK1", 1, withBody(sdpA)...)))
	}
	p.remoteTag = "TAG"
	for _, m := range []string{"BYE", "INFO", "REFER", "UPDATE", "INVITE", "ACK", "NOTIFY"} {
		f.Add([]byte(p.request(m, "z9hG4bK2", 2, "Refer-To: <sip:2@h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>",
			"Session-Expires: 90;refresher=uac", "Supported: timer", "Content-Type: application/dtmf-relay", "", "Signal=1\r\nDuration=5")))
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours\r\nFrom: <sip:1@h>;tag=TAG\r\nTo: <sip:2@h>;tag=x\r\n" +
		"Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:2@192.0.2.7>\r\nRecord-Route: <sip:192.0.2.8>\r\nSession-Expires: 90\r\nContent-Length: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		conn := &deafConn{}
		log := slog.New(slog.NewTextHandler(io.Discard, nil))
		ua, err := newUA(Config{Guests: true}.withDefaults(), []packetConn{conn}, nil, nil, log)
		if err != nil {
			t.Fatal(err)
		}
		ua.base, ua.life = context.Background(), context.Background()
		ua.OnInvite(func(d *Dialog) {
			d.OnInfo(func(Info) {})
			d.OnOffer(func([]byte) ([]byte, error) { return []byte(sdpB), nil })
			d.OnRefer(func(r *Refer) { r.Notify(200) })
		})
		from := flow{ua.udp[0], netip.MustParseAddrPort("192.0.2.7:5070")}
		// A call of ours that is answered, and one that rings, for the packet to fall into.
		d, err := ua.Invite(context.Background(), Outgoing{URI: "sip:2001@192.0.2.7:5070", SDP: []byte(sdpB)})
		if err != nil {
			t.Fatal(err)
		}
		invite := parseText(conn.sent[0])
		ua.receive([]byte(p.response(invite, "200 OK", "x", "Contact: <sip:1@192.0.2.7>")), from)
		if _, err := ua.Invite(context.Background(), Outgoing{URI: "sip:2001@192.0.2.7:5070", SDP: []byte(sdpB)}); err != nil {
			t.Fatal(err)
		}
		ringing := parseText(conn.sent[len(conn.sent)-1])
		conn.sent = nil
		for _, names := range [][2]string{{"TAG", d.localTag}, {"z9hG4bKours", ringing.param("Via", "branch")}} {
			packet = bytes.ReplaceAll(packet, []byte(names[0]), []byte(names[1]))
		}
		packet = bytes.ReplaceAll(packet, []byte("Call-ID: c"), []byte("Call-ID: "+d.callID))
		for range 2 { // and its retransmission
			ua.receive(packet, from)
		}
		for _, d := range ua.dialogs.all() {
			d.Bye(End{})
		}
		ua.mu.Lock()
		ua.closing = true
		ua.mu.Unlock()
		ua.wg.Wait()
		ua.txs.stop()
		if n := ua.stats.panics.Load(); n != 0 {
			t.Fatalf("%d panics", n)
		}
		for _, b := range conn.sent {
			head, _, whole := bytes.Cut(b, []byte("\r\n\r\n"))
			if !whole || bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
				t.Fatalf("we sent %q", b)
			}
			for line := range strings.SplitSeq(string(head), "\r\n") {
				if !strings.Contains(line, ":") && !strings.Contains(line, "SIP/2.0") {
					t.Fatalf("we sent the line %q in %q", line, b)
				}
			}
		}
	})
}

// FuzzFramer cuts a stream in two different ways and wants the same messages.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("\r\n\r\nOPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabcBYE sip:a SIP/2.0\r\nContent-Length:0\r\n\r\n\r\n"), 7)
	f.Add([]byte("A\r\nContent-Length: -1\r\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		cut := func(size int) (messages []string, failed bool) {
			var fr framer
			for chunk := range slices.Chunk(stream, size) {
				fr.add(chunk)
				for {
					m, _, err := fr.next()
					if err != nil {
						return messages, true
					}
					if m == nil {
						break
					}
					if !bytes.Contains(m, []byte("\r\n\r\n")) {
						t.Fatalf("a message without an end: %q", m)
					}
					messages = append(messages, string(m))
				}
			}
			return messages, false
		}
		whole, failed := cut(max(len(stream), 1))
		pieces, failedToo := cut(min(max(piece, 1), max(len(stream), 1)))
		if strings.Join(whole, "|") != strings.Join(pieces, "|") || failed != failedToo {
			t.Fatalf("whole: %q, %v; in pieces of %d: %q, %v", whole, failed, piece, pieces, failedToo)
		}
	})
}

// FuzzHeaders reads the headers that we take apart ourselves.
func FuzzHeaders(f *testing.F) {
	f.Add(`Q.850;cause=16;text="a \"b\" ; c", SIP;cause=200`, "Signal=5\r\nDuration=160", "abc%40h;to-tag=a;from-tag=b", "a%20b")
	f.Fuzz(func(t *testing.T, reason, relay, replaces, user string) {
		for _, v := range splitQuoted(reason, ',') {
			if _, cause, _ := parseReason(v); cause < 0 || cause > 65535 {
				t.Errorf("cause %d", cause)
			}
		}
		if key, held := parseRelay([]byte(relay)); held < 0 || key != 0 && !strings.ContainsRune("0123456789*#ABCD!", rune(key)) {
			t.Errorf("key %q held %v", key, held)
		}
		if id := parseReplaces(replaces); id != nil && (id.CallID == "" || id.LocalTag == "" || id.RemoteTag == "") {
			t.Errorf("replaces %+v", id)
		}
		if escaped := escapeUser(user); !strings.Contains(user, ";") && unescapeUser(escaped) != user && !strings.Contains(user, "%") {
			t.Errorf("%q became %q and then %q", user, escaped, unescapeUser(escaped))
		}
		if quoted := quoteName(user); !strings.ContainsAny(user, "\r\n\x00") && unquoteName(quoted) != user {
			t.Errorf("%q became %q and then %q", user, quoted, unquoteName(quoted))
		}
		for _, s := range []string{"udp://" + user, user} {
			_, _ = parseListen(s)
			_, _, _ = parseAdvertise(s)
		}
	})
}

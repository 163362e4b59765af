package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// runUA serves on loopback until the test ends, and then checks that nothing of the user agent is left.
func runUA(t testing.TB, c Config) *UA {
	t.Helper()
	if c.Listen == nil {
		c.Listen = []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}
	}
	c.Realm = testRealm
	before := runtime.NumGoroutine()
	ua, err := New(c, nil, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ua.Run(ctx) }()
	for range 1000 { // Run has begun
		if ua.running() != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if s := ua.Stats(); s.Dialogs+s.Transactions+s.Connections != 0 || s.Panics != 0 {
			t.Errorf("left behind: %+v", s)
		}
		until := time.Now().Add(5 * time.Second)
		for runtime.NumGoroutine() > before && time.Now().Before(until) {
			time.Sleep(5 * time.Millisecond) // timers that are just ending, the test's own readers
		}
		if n := runtime.NumGoroutine(); n > before {
			buf := make([]byte, 1<<16)
			t.Errorf("%d goroutines, %d before:\n%s", n, before, buf[:runtime.Stack(buf, true)])
		}
	})
	return ua
}

func portOf(ua *UA) string { return fmt.Sprintf("127.0.0.1:%d", ua.udp[0].at.Port()) }

type udpWire struct {
	conn *net.UDPConn
	buf  []byte
}

func (w udpWire) send(b []byte) error { _, err := w.conn.Write(b); return err }

func (w udpWire) recv(within time.Duration) ([]byte, bool) {
	if err := w.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, false
	}
	n, err := w.conn.Read(w.buf)
	return w.buf[:n], err == nil
}

// tcpWire cuts messages by their Content-Length; it is the test's own code, not a framer.
type tcpWire struct {
	conn net.Conn
	buf  *[]byte
}

func (w tcpWire) send(b []byte) error { _, err := w.conn.Write(b); return err }

func (w tcpWire) recv(within time.Duration) ([]byte, bool) {
	deadline := time.Now().Add(within)
	chunk := make([]byte, 8192)
	for {
		if head, _, found := bytes.Cut(*w.buf, []byte("\r\n\r\n")); found {
			m := parseText(append(bytes.Clone(head), "\r\n\r\n"...))
			var length int
			_, _ = fmt.Sscan(m.get("Content-Length"), &length)
			if total := len(head) + 4 + length; len(*w.buf) >= total {
				whole := bytes.Clone((*w.buf)[:total])
				*w.buf = (*w.buf)[total:]
				return whole, true
			}
		}
		if err := w.conn.SetReadDeadline(deadline); err != nil {
			return nil, false
		}
		n, err := w.conn.Read(chunk)
		if err != nil {
			return nil, false
		}
		*w.buf = append(*w.buf, chunk[:n]...)
	}
}

func newParty(t testing.TB, wire partyWire, transport, addr, user, ua string) *party {
	return &party{
		t: t, wire: wire, transport: transport, addr: addr, user: user, callID: fmt.Sprintf("%s-%s", user, addr),
		tag: "party", uri: "sip:0777@" + ua, cseq: 1, patience: 5 * time.Second,
	}
}

func udpParty(t testing.TB, ua *UA, user string) *party {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(portOf(ua))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return newParty(t, udpWire{conn, make([]byte, maxMessage)}, "UDP", conn.LocalAddr().String(), user, portOf(ua))
}

func tcpParty(t testing.TB, ua *UA, user string) *party {
	t.Helper()
	conn, err := net.Dial("tcp", portOf(ua))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return newParty(t, tcpWire{conn, new([]byte)}, "TCP", conn.LocalAddr().String(), user, portOf(ua))
}

// register logs the party on; its Contact is the address contact.
func (p *party) register(contact string) {
	p.t.Helper()
	addr := p.addr
	p.addr = contact
	defer func() { p.addr = addr }()
	p.logOn("600")
}

// logOn registers the party at the address that it says it has.
func (p *party) logOn(seconds string) {
	p.t.Helper()
	uri := p.uri
	p.uri = "sip:" + testRealm
	defer func() { p.uri, p.remoteTag = uri, "" }()
	p.remoteTag = ""
	lines := []string{"Expires: " + seconds}
	p.to(lines...)
	challenge := p.want("SIP/2.0 401")
	c, err := digest.ParseChallenge(challenge.all("WWW-Authenticate")[0])
	if err != nil {
		p.t.Fatal(err)
	}
	cred, err := digest.Digest(c, digest.Options{Method: "REGISTER", URI: p.uri, Username: p.user, Password: "s-" + p.user, Count: 1})
	if err != nil {
		p.t.Fatal(err)
	}
	p.to(append(lines, "Authorization: "+cred.String())...)
	p.want("SIP/2.0 200")
}

// to sends a REGISTER of the party's own address of record.
func (p *party) to(lines ...string) {
	p.cseq++
	text := p.request("REGISTER", p.branch(), p.cseq, lines...)
	p.raw(strings.Replace(text, "To: <sip:0777@", "To: <sip:"+p.user+"@", 1))
}

func TestTheAddressesAreBoundAsAsked(t *testing.T) {
	ua, err := New(Config{Listen: []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}}, nil, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	addrs := ua.Addrs()
	udp, foundUDP := strings.CutPrefix(addrs[0], "udp://127.0.0.1:")
	tcp, foundTCP := strings.CutPrefix(addrs[1], "tcp://127.0.0.1:")
	if !foundUDP || !foundTCP || udp != tcp || udp == "0" {
		t.Errorf("bound %v, want one port for both", addrs)
	}
	for _, taken := range addrs {
		_, err := New(Config{Listen: []string{"udp://127.0.0.1:0", taken}}, nil, testLog(t))
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "in use") {
			t.Errorf("a port in use: %v", err)
		}
	}
	if err := errors.Join(ua.Close(), ua.Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
	again, err := New(Config{Listen: addrs}, nil, testLog(t))
	if err != nil {
		t.Fatalf("the sockets were not given back: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := again.Run(t.Context()); err == nil {
		t.Error("a closed user agent runs")
	}
	if _, err := again.Invite(t.Context(), Outgoing{URI: "sip:1@127.0.0.1", SDP: []byte(sdpA)}); err == nil {
		t.Error("a closed user agent makes calls")
	}
}

func TestPhonesOnConnectionsCallEachOther(t *testing.T) {
	ua := runUA(t, Config{T1: 100 * time.Millisecond})
	ua.SetAccounts(testAccounts(Account{User: "1001"}, Account{User: "2001"}))
	// The Contacts cannot be reached: only the connections can (RFC 5626).
	a, b, c := tcpParty(t, ua, "2001"), tcpParty(t, ua, "2001"), tcpParty(t, ua, "1001")
	a.register("10.0.0.1:5060;transport=tcp")
	b.register("10.0.0.2:5060;transport=tcp")
	if n := len(ua.Registrar().Contacts("2001")); n != 2 {
		t.Fatalf("%d phones registered", n)
	}
	calls := make(chan *Dialog, 1)
	ua.OnInvite(func(d *Dialog) { calls <- d })
	c.register(c.addr)
	c.send("INVITE", withBody(sdpA)...)
	challenge := c.want("SIP/2.0 401")
	c.raw(c.request("ACK", c.branch(), c.cseq))
	c.remoteTag = ""
	c.send("INVITE", withBody(sdpA, c.credentials(challenge, "INVITE", "s-1001"))...)
	c.want("SIP/2.0 100")
	in := <-calls

	phones := []*party{a, b}
	var outs []*Dialog
	for _, binding := range ua.Registrar().Contacts("2001") {
		out, err := ua.Invite(t.Context(), Outgoing{Binding: binding, From: Party{"1001", ""}, SDP: []byte(sdpB)})
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, out)
	}
	var invites []message
	for _, p := range phones {
		m := p.want("INVITE sip:2001@10.0.0.")
		if !strings.HasPrefix(m.get("Via"), "SIP/2.0/TCP "+portOf(ua)+";") || m.get("Contact") != "<sip:1001@"+portOf(ua)+";transport=tcp>" {
			t.Errorf("INVITE over TCP:\n%s", m)
		}
		p.take(m)
		p.reply(m, "180 Ringing", "Contact: <sip:2001@10.0.0.9:5060;transport=tcp>")
		invites = append(invites, m)
	}
	for _, out := range outs {
		<-out.Provisionals()
	}
	winner := 0
	if outs[0].CallID() != invites[0].get("Call-ID") {
		outs[0], outs[1] = outs[1], outs[0]
	}
	phones[winner].reply(invites[winner], "200 OK", withBody(sdpA, "Contact: <sip:2001@10.0.0.9:5060;transport=tcp>")...)
	if _, err := outs[winner].WaitAnswer(t.Context()); err != nil {
		t.Fatal(err)
	}
	phones[winner].want("ACK sip:2001@10.0.0.9:5060;transport=tcp")
	outs[1].Cancel(AnsweredElsewhere)
	phones[1].reply(phones[1].want("CANCEL"), "200 OK")
	phones[1].reply(invites[1], "487 Request Terminated")
	phones[1].want("ACK")

	go func() { _, _ = in.Answer(t.Context(), []byte(sdpB)) }()
	c.want("SIP/2.0 200")
	c.ack(c.cseq)
	outs[winner].Bye(End{})
	phones[winner].reply(phones[winner].want("BYE"), "200 OK")
	c.send("BYE")
	c.want("SIP/2.0 200")
	ends(t, in)
}

func TestAConnectionCarriesKeepAlivesPiecesAndManyMessages(t *testing.T) {
	ua := runUA(t, Config{Guests: true})
	p := tcpParty(t, ua, "1001")
	conn := p.wire.(tcpWire).conn
	pong := func() {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 10)
		if n, err := conn.Read(b); err != nil || string(b[:n]) != "\r\n" {
			t.Fatalf("a ping was answered with %q, %v", b[:n], err)
		}
	}
	p.raw("\r\n\r\n") // RFC 5626 §4.4.1
	pong()
	p.raw("\r\n")
	p.raw("\r\n")
	pong()
	text := p.request("OPTIONS", p.branch(), 2)
	for i := range len(text) { // as slow as can be
		p.raw(text[i : i+1])
	}
	p.want("SIP/2.0 200")
	p.remoteTag = ""
	p.raw(p.request("OPTIONS", p.branch(), 3) + "\r\n" + p.request("OPTIONS", p.branch(), 4, "", strings.Repeat("x", 50000)) + p.request("OPTIONS", p.branch(), 5))
	for n := 3; n <= 5; n++ {
		if m := p.want("SIP/2.0 200"); m.get("CSeq") != fmt.Sprint(n, " OPTIONS") {
			t.Errorf("response %d is:\n%s", n, m)
		}
	}
	p.raw("OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")
	if b, ok := p.wire.recv(5 * time.Second); ok {
		t.Errorf("a stream without boundaries goes on: %q", b)
	}
}

func TestAClosedConnectionFailsWhatWaitsOnIt(t *testing.T) {
	ua := runUA(t, Config{})
	ua.SetAccounts(testAccounts(Account{User: "2001"}))
	p := tcpParty(t, ua, "2001")
	p.register("10.0.0.1:5060;transport=tcp")
	d, err := ua.Invite(t.Context(), Outgoing{Binding: ua.Registrar().Contacts("2001")[0], SDP: []byte(sdpB)})
	if err != nil {
		t.Fatal(err)
	}
	p.want("INVITE")
	if err := p.wire.(tcpWire).conn.Close(); err != nil {
		t.Fatal(err)
	}
	var refused *Refused
	if _, err := d.WaitAnswer(t.Context()); !errors.As(err, &refused) || refused.Code != 503 || refused.Q850 != 27 {
		t.Errorf("WaitAnswer: %v", err)
	}
	if end := ends(t, d); end.By != ByNetwork {
		t.Errorf("ended with %+v", *end)
	}
}

func TestAPhoneThatListensIsConnectedTo(t *testing.T) {
	ua := runUA(t, Config{T1: 50 * time.Millisecond})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	d, err := ua.Invite(t.Context(), Outgoing{URI: "sip:3001@" + l.Addr().String() + ";transport=tcp", SDP: []byte(sdpB)})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := newParty(t, tcpWire{conn, new([]byte)}, "TCP", l.Addr().String(), "3001", portOf(ua))
	invite := p.want("INVITE")
	p.take(invite)
	p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:3001@"+l.Addr().String()+";transport=tcp>")...)
	if _, err := d.WaitAnswer(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want("ACK")
	// The connection is lost: the BYE opens another one to the Contact.
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	noConnections(ua)
	d.Bye(End{})
	again, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	q := newParty(t, tcpWire{again, new([]byte)}, "TCP", l.Addr().String(), "3001", portOf(ua))
	q.tag = p.tag
	q.reply(q.want("BYE"), "200 OK")
	if err := again.Close(); err != nil {
		t.Error(err)
	}

	noConnections(ua)
	nobody := l.Addr().String()
	_ = l.Close()
	var refused *Refused
	if _, err := ua.Invite(t.Context(), Outgoing{URI: "sip:3001@" + nobody + ";transport=tcp", SDP: []byte(sdpB)}); !errors.As(err, &refused) || refused.Code != 503 {
		t.Errorf("a call to nobody: %v", err)
	}
}

func TestAPhoneBehindNATIsCalledWhereItsPacketsComeFrom(t *testing.T) {
	ua := runUA(t, Config{T1: 50 * time.Millisecond})
	ua.SetAccounts(testAccounts(Account{User: "2001"}))
	p := udpParty(t, ua, "2001")
	p.register("192.168.7.7:5060")
	binding := ua.Registrar().Contacts("2001")[0]
	d, err := ua.Invite(t.Context(), Outgoing{Binding: binding, SDP: []byte(sdpB)})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.want("INVITE sip:2001@192.168.7.7:5060")
	p.take(invite)
	p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:2001@192.168.7.7:5060>")...)
	if _, err := d.WaitAnswer(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want("ACK sip:2001@192.168.7.7:5060")
	d.Bye(End{})
	p.reply(p.want("BYE sip:2001@192.168.7.7:5060"), "200 OK")
}

func TestLargeMessagesPassOverUDP(t *testing.T) {
	ua := runUA(t, Config{Guests: true, T1: 50 * time.Millisecond})
	calls := make(chan *Dialog, 1)
	ua.OnInvite(func(d *Dialog) { calls <- d })
	p := udpParty(t, ua, "1001")
	long := sdpA + strings.Repeat("a=x:0123456789012345678901234567890123456789\r\n", 400) // 18 kB
	p.send("INVITE", withBody(long)...)
	p.want("SIP/2.0 100")
	d := <-calls
	if string(d.Offer()) != long {
		t.Errorf("%d bytes of %d arrived", len(d.Offer()), len(long))
	}
	go func() { _, _ = d.Answer(t.Context(), []byte(long)) }()
	if m := p.want("SIP/2.0 200"); m.body != long {
		t.Errorf("%d bytes of %d came back", len(m.body), len(long))
	}
	p.ack(p.cseq)
	p.send("BYE")
	p.want("SIP/2.0 200")
}

func TestTheAdvertisedAddressIsTheOneThatTheFileSays(t *testing.T) {
	for advertise, want := range map[string]string{
		"": "127.0.0.1:%d", "auto": "127.0.0.1:%d", "pbx.example.com": "pbx.example.com:%d",
		"203.0.113.5:6060": "203.0.113.5:6060", "[2001:db8::1]:6060": "[2001:db8::1]:6060",
	} {
		t.Run(advertise, func(t *testing.T) {
			ua := runUA(t, Config{Advertise: advertise, Listen: []string{"udp://0.0.0.0:0"}, T1: 10 * time.Millisecond})
			conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			d, err := ua.Invite(t.Context(), Outgoing{URI: "sip:2001@" + conn.LocalAddr().String(), From: Party{Number: "7"}, SDP: []byte(sdpB)})
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 4000)
			n, err := conn.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(want, "%d") {
				want = fmt.Sprintf(want, ua.udp[0].at.Port())
			}
			m := parseText(b[:n])
			if !strings.HasPrefix(m.get("Via"), "SIP/2.0/UDP "+want+";") || m.get("Contact") != "<sip:7@"+want+">" {
				t.Errorf("want %s in Via and Contact:\n%s", want, m)
			}
			d.Cancel(End{})
		})
	}
}

// noConnections waits until the user agent has noticed that its connections are closed.
func noConnections(ua *UA) {
	for until := time.Now().Add(5 * time.Second); ua.Stats().Connections > 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
}

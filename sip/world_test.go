package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A memNet is a network in memory: datagrams arrive at once, or never when lose says so.
type memNet struct {
	mu    sync.Mutex
	hosts map[netip.AddrPort]*memConn
	lose  func(from, to netip.AddrPort, b []byte) bool // called with mu held
}

type memConn struct {
	net  *memNet
	addr netip.AddrPort
	in   chan memPacket // as a socket buffer, what does not fit is lost
	once sync.Once
	gone chan struct{}
}

type memPacket struct {
	from netip.AddrPort
	b    []byte
}

func newMemNet() *memNet { return &memNet{hosts: make(map[netip.AddrPort]*memConn)} }

func (n *memNet) listen(addr string) *memConn {
	c := &memConn{net: n, addr: netip.MustParseAddrPort(addr), in: make(chan memPacket, 1024), gone: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[c.addr] = c
	return c
}

func (c *memConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-c.in:
		return copy(b, p.b), p.from, nil
	case <-c.gone:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (c *memConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.net.mu.Lock()
	peer := c.net.hosts[to]
	lost := peer == nil || c.net.lose != nil && c.net.lose(c.addr, to, b)
	c.net.mu.Unlock()
	if lost {
		return len(b), nil
	}
	select {
	case peer.in <- memPacket{c.addr, bytes.Clone(b)}:
	default:
	}
	return len(b), nil
}

func (c *memConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }
func (c *memConn) Close() error        { c.once.Do(func() { close(c.gone) }); return nil }

// A world is a user agent in virtual time, alone with scripted parties.
type world struct {
	t   *testing.T
	net *memNet
	ua  *UA
}

const uaAddr = "192.0.2.1:5060"

// inWorld runs a story in a bubble and checks afterwards that the user agent left nothing behind.
func inWorld(t *testing.T, c Config, story func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: newMemNet()}
		c.Realm = testRealm
		ua, err := newUA(c.withDefaults(), []packetConn{w.net.listen(uaAddr)}, nil, nil, testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		w.ua = ua
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- ua.Run(ctx) }()
		defer func() { // also when the story fails: nothing may stay in the bubble
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
			s := ua.Stats()
			if s.Dialogs != 0 || s.Subscriptions != 0 || s.Transactions != 0 || s.Panics != 0 {
				t.Errorf("left behind: %d dialogs, %d subscriptions, %d transactions, %d panics",
					s.Dialogs, s.Subscriptions, s.Transactions, s.Panics)
			}
		}()
		synctest.Wait()
		story(t, w)
	})
}

// testLog shows what the UA says when a test fails.
func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// calls collects what OnInvite gets.
func (w *world) calls() chan *Dialog {
	c := make(chan *Dialog, 16)
	w.ua.OnInvite(func(d *Dialog) { c <- d })
	return c
}

// A message is SIP text taken apart without the code under test.
type message struct {
	first   string
	headers []string
	body    string
	at      time.Time
}

func parseText(b []byte) message {
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	return message{lines[0], lines[1:], body, time.Now()}
}

// all returns the values of a header, in order.
func (m message) all(name string) (values []string) {
	for _, h := range m.headers {
		if n, v, _ := strings.Cut(h, ":"); strings.EqualFold(strings.TrimSpace(n), name) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

func (m message) get(name string) string { return strings.Join(m.all(name), ", ") }

// param is a parameter of a header: the tag of To.
func (m message) param(header, name string) string {
	_, rest, found := strings.Cut(m.get(header), ";"+name+"=")
	if !found {
		return ""
	}
	if i := strings.IndexAny(rest, ";>, "); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

func (m message) String() string {
	return m.first + "\n" + strings.Join(m.headers, "\n") + "\n\n" + m.body
}

// A partyWire is how a party's bytes travel.
type partyWire interface {
	send(b []byte) error
	recv(within time.Duration) ([]byte, bool)
}

type memWire struct {
	conn *memConn
	to   netip.AddrPort
}

func (w memWire) send(b []byte) error {
	_, err := w.conn.WriteToUDPAddrPort(b, w.to)
	return err
}

func (w memWire) recv(within time.Duration) ([]byte, bool) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case p := <-w.conn.in:
		return p.b, true
	case <-timer.C:
		return nil, false
	}
}

// A party is a phone whose every message is written by the test.
type party struct {
	t         testing.TB
	wire      partyWire
	transport string // "UDP"
	addr      string // what it writes into Via and Contact
	user      string
	callID    string
	tag       string
	remoteTag string // the UA's
	uri       string // Request-URI within the dialog
	cseq      int
	branches  int
	patience  time.Duration
}

func (w *world) party(addr string) *party {
	conn := w.net.listen(addr)
	return &party{
		t: w.t, wire: memWire{conn, netip.MustParseAddrPort(uaAddr)}, transport: "UDP", addr: addr, user: "1001",
		callID: "call-" + addr, tag: "party", uri: "sip:0777@" + uaAddr, cseq: 100, patience: time.Minute,
	}
}

// request writes a request; lines are further headers, and the body after an empty one.
func (p *party) request(method, branch string, cseq int, lines ...string) string {
	to := "<sip:0777@hatif.test>"
	if p.remoteTag != "" {
		to += ";tag=" + p.remoteTag
	}
	name, _, _ := strings.Cut(method, "|")
	body := ""
	for i, l := range lines {
		if l == "" {
			body = strings.Join(lines[i+1:], "\r\n")
			lines = lines[:i]
			break
		}
	}
	head := []string{
		name + " " + p.uri + " SIP/2.0",
		"Via: SIP/2.0/" + p.transport + " " + p.addr + ";branch=" + branch + ";rport",
		"Max-Forwards: 70",
		`From: "Caller \"One\"" <sip:` + p.user + `@hatif.test>;tag=` + p.tag,
		"To: " + to,
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", cseq, name),
		"Contact: <sip:" + p.user + "@" + p.addr + ">",
	}
	head = append(head, lines...)
	return strings.Join(head, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func (p *party) branch() string {
	p.branches++
	return fmt.Sprintf("z9hG4bK%s-%d", p.callID, p.branches)
}

// raw sends text as it is.
func (p *party) raw(text string) {
	p.t.Helper()
	if err := p.wire.send([]byte(text)); err != nil {
		p.t.Fatalf("%s: send: %v", p.addr, err)
	}
}

// send sends a new request and returns its branch.
func (p *party) send(method string, lines ...string) string {
	p.t.Helper()
	p.cseq++
	branch := p.branch()
	p.raw(p.request(method, branch, p.cseq, lines...))
	return branch
}

// ack acknowledges a 2xx to the request with the given number.
func (p *party) ack(cseq int, lines ...string) {
	p.t.Helper()
	p.raw(p.request("ACK", p.branch(), cseq, lines...))
}

// reply answers a request of the UA.
func (p *party) reply(to message, status string, lines ...string) {
	p.t.Helper()
	p.raw(p.response(to, status, p.tag, lines...))
}

func (p *party) response(to message, status, tag string, lines ...string) string {
	head := []string{"SIP/2.0 " + status}
	for _, v := range to.all("Via") {
		head = append(head, "Via: "+v)
	}
	toHeader := to.get("To")
	if !strings.Contains(toHeader, ";tag=") && tag != "" {
		toHeader += ";tag=" + tag
	}
	body := ""
	for i, l := range lines {
		if l == "" {
			body = strings.Join(lines[i+1:], "\r\n")
			lines = lines[:i]
			break
		}
	}
	head = append(head, "From: "+to.get("From"), "To: "+toHeader, "Call-ID: "+to.get("Call-ID"), "CSeq: "+to.get("CSeq"))
	head = append(head, lines...)
	return strings.Join(head, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// want is the next message, which must begin so.
func (p *party) want(first string) message {
	p.t.Helper()
	b, ok := p.wire.recv(p.patience)
	if !ok {
		p.t.Fatalf("%s: nothing came, want %q", p.addr, first)
	}
	m := parseText(b)
	if !strings.HasPrefix(m.first, first) {
		p.t.Fatalf("%s: want %q, got:\n%s", p.addr, first, m)
	}
	if tag := m.param("To", "tag"); strings.HasPrefix(m.first, "SIP/2.0 ") && tag != "" && !strings.HasPrefix(m.first, "SIP/2.0 4") {
		p.remoteTag = tag
	}
	return m
}

// silence fails when anything comes within d.
func (p *party) silence(d time.Duration) {
	p.t.Helper()
	if b, ok := p.wire.recv(d); ok {
		p.t.Fatalf("%s: want silence, got:\n%s", p.addr, parseText(b))
	}
}

const (
	sdpA = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
	sdpB = "v=0\r\no=- 2 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4002 RTP/AVP 8\r\n"
	sdpC = "v=0\r\no=- 1 2 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=sendonly\r\n"
)

// withBody are the lines that carry a session description.
func withBody(sdp string, lines ...string) []string {
	return append(lines, "Content-Type: application/sdp", "", sdp)
}

// answered makes a call from the party and answers it.
func (w *world) answered(p *party, calls chan *Dialog, lines ...string) *Dialog {
	p.t.Helper()
	p.send("INVITE", withBody(sdpA, lines...)...)
	p.want("SIP/2.0 100")
	d := <-calls
	done := make(chan error, 1)
	go func() {
		_, err := d.Answer(w.t.Context(), []byte(sdpB))
		done <- err
	}()
	p.want("SIP/2.0 200")
	p.ack(p.cseq)
	if err := <-done; err != nil {
		p.t.Fatalf("Answer: %v", err)
	}
	return d
}

// called makes a call to the party and lets it answer.
func (w *world) called(p *party, lines ...string) *Dialog {
	p.t.Helper()
	d, err := w.ua.Invite(w.t.Context(), Outgoing{
		URI: "sip:" + p.user + "@" + p.addr, From: Party{"0777", "Hotline"}, SDP: []byte(sdpB),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	invite := p.want("INVITE")
	p.take(invite)
	p.reply(invite, "200 OK", withBody(sdpA, append(lines, "Contact: <sip:"+p.user+"@"+p.addr+">")...)...)
	if _, err := d.WaitAnswer(w.t.Context()); err != nil {
		p.t.Fatalf("WaitAnswer: %v", err)
	}
	p.want("ACK")
	return d
}

// take learns the dialog's names from an INVITE to the party.
func (p *party) take(invite message) {
	p.callID, p.remoteTag = invite.get("Call-ID"), invite.param("From", "tag")
	p.uri = strings.Trim(invite.get("Contact"), "<>")
}

// ends waits for the dialog's end and returns it.
func ends(t testing.TB, d *Dialog) *End {
	t.Helper()
	select {
	case <-d.Context().Done():
	case <-time.After(2 * time.Minute):
		t.Fatal("the dialog does not end")
	}
	var end *End
	if !errors.As(context.Cause(d.Context()), &end) {
		t.Fatalf("the dialog's cause is %v, want an *End", context.Cause(d.Context()))
	}
	if end != d.End() {
		t.Errorf("End() is %v, the context's cause %v", d.End(), end)
	}
	return end
}

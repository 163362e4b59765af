package stories_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
)

// A wire is a UDP socket that says to the PBX exactly what a story writes: a stranger, or a broken phone.
type wire struct {
	t    testing.TB
	conn *net.UDPConn
	n    int
}

func newWire(t testing.TB, pbx *hatiftest.PBX) *wire {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", pbx.Addr())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &wire{t: t, conn: conn}
}

// request writes a request outside of any dialog; user is the Request-URI's, lines are further headers.
func (w *wire) request(method, user, from string, lines ...string) string {
	w.n++
	local := w.conn.LocalAddr()
	head := []string{
		fmt.Sprintf("%s sip:%s@%s SIP/2.0", method, user, w.conn.RemoteAddr()),
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d-%d;rport", local, time.Now().UnixNano(), w.n),
		fmt.Sprintf("From: <sip:%s@example.com>;tag=w%d", from, w.n),
		fmt.Sprintf("To: <sip:%s@example.com>", user),
		fmt.Sprintf("Call-ID: wire-%d-%d", time.Now().UnixNano(), w.n),
		fmt.Sprintf("CSeq: 1 %s", method),
		fmt.Sprintf("Contact: <sip:%s@%s>", from, local),
		"Max-Forwards: 70",
	}
	head = append(head, lines...)
	return strings.Join(head, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

func (w *wire) send(text string) {
	w.t.Helper()
	if _, err := w.conn.Write([]byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// answer waits for a final response and returns it whole.
func (w *wire) answer() string {
	w.t.Helper()
	buf := make([]byte, 64<<10)
	if err := w.conn.SetReadDeadline(time.Now().Add(hatiftest.Patience)); err != nil {
		w.t.Fatal(err)
	}
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			w.t.Fatalf("no final response: %v", err)
		}
		if text := string(buf[:n]); !strings.HasPrefix(text, "SIP/2.0 1") {
			return text
		}
	}
}

// code asks and returns the status of the final response.
func (w *wire) code(request string) string {
	w.t.Helper()
	w.send(request)
	status, _, _ := strings.Cut(strings.TrimPrefix(w.answer(), "SIP/2.0 "), " ")
	return status
}

//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// ask sends a request from a fresh socket and returns the final answer.
func ask(t *testing.T, p *pbx, text string) string {
	t.Helper()
	conn, err := net.Dial("udp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 65536)
	for {
		n, err := conn.Read(b)
		if err != nil {
			t.Fatalf("no answer to\n%s: %v", text, err)
		}
		if answer := string(b[:n]); !strings.HasPrefix(answer, "SIP/2.0 1") {
			return answer
		}
	}
}

var requests atomic.Uint32

// request is one as scanners send it, of a stranger to an extension.
func request(p *pbx, method, from, to string, headers ...string) string {
	serial := strconv.FormatUint(uint64(requests.Add(1)), 10)
	lines := append([]string{
		method + " sip:" + to + "@" + p.addr + " SIP/2.0",
		"Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-" + serial + ";rport",
		"Max-Forwards: 70",
		"From: <sip:" + from + "@" + p.addr + ">;tag=1c48",
		"To: <sip:" + to + "@" + p.addr + ">",
		"Call-ID: scan-" + serial,
		"CSeq: 1 " + method,
		"Contact: <sip:" + from + "@127.0.0.1:5061>",
		"User-Agent: friendly-scanner",
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

var chance = regexp.MustCompile(`(nonce="|tag=|rport=|Date: |branch=|scan-)[^";\r]*`)

// plain is an answer without what differs each time, and with one name for every extension.
func plain(answer, extension string) string {
	return strings.ReplaceAll(chance.ReplaceAllString(answer, "$1"), extension, "EXT")
}

// A scan as svwar makes it: no answer tells an extension that exists from one that does not.
func TestAScanOfExtensionsLearnsNothing(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	startBaresip(t, p, "2001", "udp", "500") // one that is even logged on
	guess := func(user string) string {
		return fmt.Sprintf(`Authorization: Digest username=%q, realm="hatif", nonce="x", uri="sip:%s", response="0123456789abcdef0123456789abcdef", algorithm=MD5`, user, p.addr)
	}
	for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "REFER", "BYE", "NOTIFY", "PUBLISH"} {
		for name, of := range map[string]func(string) string{
			"as the extension":              func(e string) string { return request(p, method, e, e) },
			"to the extension":              func(e string) string { return request(p, method, "100", e) },
			"to it with a guessed secret":   func(e string) string { return request(p, method, e, e, guess(e)) },
			"from it with a guessed secret": func(e string) string { return request(p, method, e, "100", guess(e)) },
		} {
			want := plain(ask(t, p, of("9999")), "9999")
			for _, extension := range []string{"2001", "2002", "0777", "9998"} {
				if got := plain(ask(t, p, of(extension)), extension); got != want {
					t.Errorf("%s %s: %s is answered\n%s\nand 9999\n%s", method, name, extension, got, want)
				}
			}
		}
	}
	if list := p.calls(); len(list) != 0 {
		t.Errorf("strangers left %d rows in the log", len(list))
	}
}

// sipsak, as admins and scanners use it.
func TestSipsakSeesAServerAndNothingElse(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	sipsak := func(args ...string) string {
		out, err := exec.Command("sipsak", args...).CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatalf("sipsak %v: %v", args, err)
		}
		return string(out)
	}
	if got := sipsak("-v", "-s", "sip:"+p.addr); !strings.Contains(got, "200 OK") && !strings.Contains(got, "SIP/2.0 200") {
		t.Errorf("sipsak's OPTIONS is answered %q", got)
	}
	known, unknown := sipsak("-vv", "-s", "sip:2001@"+p.addr), sipsak("-vv", "-s", "sip:9999@"+p.addr)
	first := func(s string) string {
		line, _, _ := strings.Cut(s[max(0, strings.Index(s, "SIP/2.0")):], "\n")
		return line
	}
	if first(known) != first(unknown) {
		t.Errorf("sipsak sees %q of 2001 and %q of 9999", first(known), first(unknown))
	}
	if got := sipsak("-v", "-U", "-C", "sip:2001@127.0.0.1:5099", "-a", "guess", "-s", "sip:2001@"+p.addr); strings.Contains(got, "200 OK") {
		t.Errorf("a guessed secret logs on: %s", got)
	}
}

// Garbage is answered or dropped, and hatif goes on.
func TestGarbageHarmsNobody(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	caller, agent := talkingPair(t, p)
	long := strings.Repeat("x", 60000)
	for _, text := range []string{
		"", "\r\n\r\n", "\x00\x01\x00\x00", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "INVITE\r\n\r\n", "INVITE sip:0777 SIP/2.0\r\n\r\n",
		"SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 999 \r\nVia: x\r\n\r\n", strings.Repeat("\xff", 1400), long,
		request(p, "INVITE", long[:3000], "0777"),
		strings.Replace(request(p, "INVITE", "100", "0777"), "Content-Length: 0", "Content-Length: -1", 1),
		strings.Replace(request(p, "INVITE", "100", "0777"), "Content-Length: 0", "Content-Length: 99999", 1),
		strings.Replace(request(p, "INVITE", "100", "0777"), "CSeq: 1 INVITE", "CSeq: 99999999999 INVITE", 1),
		strings.Replace(request(p, "INVITE", "100", "0777"), "CSeq: 1 INVITE", "CSeq: 1 BYE", 1),
		strings.Replace(request(p, "INVITE", "100", "0777"), "Via:", "Vai:", 1),
		strings.Replace(request(p, "INVITE", "100", "0777"), "SIP/2.0\r\n", "SIP/7.0\r\n", 1),
		request(p, "INVITE", "100", "0777", "Authorization: Digest username="),
		request(p, "INVITE", "100", "0777", "Require: nothing-we-know"),
		request(p, "FROBNICATE", "100", "0777"),
		request(p, "ACK", "100", "0777"), request(p, "CANCEL", "100", "0777"),
	} {
		for _, network := range []string{"udp", "tcp"} {
			conn, err := net.Dial(network, p.addr)
			if err != nil {
				t.Fatal(err)
			}
			conn.Write([]byte(text)) // a datagram may be too long, a connection be closed meanwhile
			conn.Close()
		}
	}
	if got := ask(t, p, request(p, "OPTIONS", "100", "100")); !strings.HasPrefix(got, "SIP/2.0 200") {
		t.Errorf("OPTIONS after the garbage: %s", got)
	}
	talk(time.Second)
	caller.hangup()
	agent.expectClosed()
	agent.heard().expectTones(t, "what the agent heard through the garbage", 900*time.Millisecond, callerTone)
	if text, _ := p.so(); strings.Contains(text, "panic") {
		t.Error("hatif panicked")
	}
}

//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A baresip is baresip with a folder of its own, which says a tone, keeps what it hears, and is told what to do over
// its control socket: netstrings of JSON.
type baresip struct {
	*process
	dir     string
	account string // its address of record
	conn    net.Conn
	events  *transcript // every message of the control socket, a line each
}

// startBaresip starts a phone and waits until it has logged on. transport is "udp" or "tcp".
func startBaresip(t *testing.T, p *pbx, user, transport, tone string) *baresip {
	t.Helper()
	b := launchBaresip(t, p, user, p.secret(user), transport, tone)
	b.expect("200 OK () [", 0)
	return b
}

// launchBaresip starts a phone and leaves it to itself whether it can log on.
func launchBaresip(t *testing.T, p *pbx, user, secret, transport, tone string) *baresip {
	t.Helper()
	b := &baresip{dir: shortDir(t), account: "sip:" + user + "@" + p.addr, events: newTranscript(t, "baresip "+user)}
	ports := freePorts(t, 3) // SIP, SIP over TLS, control
	rtp := freePorts(t, 8)
	b.file("config", fmt.Sprintf(`
sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
rtp_ports %d-%d
call_local_timeout 120
audio_path /nonexistent
audio_source aufile,%s
audio_player aubridge,nobody
audio_alert aubridge,nobody
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
jitter_buffer_delay 1-5
snd_path %s
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app mwi.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:%d
`, ports, rtp, rtp+7, toneFile(t, b.dir, tone), b.dir, ports+2))
	b.file("accounts", "")
	b.file("contacts", "")
	b.process = start(t, b.dir, nil, "baresip", "-4", "-s", "-f", b.dir)
	b.expect("baresip is ready", 0)
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports+2))
	if err != nil {
		t.Fatal(err)
	}
	b.conn = conn
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read(bufio.NewReader(conn))
	}()
	t.Cleanup(func() {
		conn.Close()
		<-read
		if t.Failed() {
			text, _ := b.events.so()
			t.Logf("baresip %s told:\n%s", user, tail(text, 2000))
		}
	})
	// Baresip 1.0 must not log on within its first milliseconds: its module mwi would subscribe without end.
	talk(10 * time.Millisecond)
	b.tell("uanew", fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_user=%s;auth_pass=%s;regint=60;answermode=manual",
		user, p.addr, transport, user, secret))
	return b
}

func (b *baresip) file(name, text string) {
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// read takes netstrings until the connection ends.
func (b *baresip) read(r *bufio.Reader) {
	for {
		length, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil {
			return
		}
		message := make([]byte, n+1) // and its comma
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		message[n] = '\n'
		b.events.Write(message)
	}
}

// tell gives a command.
func (b *baresip) tell(command, params string) {
	b.t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": command})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(b.conn, "%d:%s,", len(text), text); err != nil {
		b.t.Fatalf("baresip: %s: %v", command, err)
	}
}

// dial calls and waits for the answer.
func (b *baresip) dial(uri string) {
	b.t.Helper()
	from := b.events.end()
	b.tell("dial", uri)
	b.events.expect("CALL_ESTABLISHED", from)
}

// press sends a key as RFC 4733.
func (b *baresip) press(key string) {
	b.tell("sndcode", key)
	talk(200 * time.Millisecond) // for as long as a finger stays on it
	b.tell("sndcode", "")
}

// expectRing waits for a call from number.
func (b *baresip) expectRing(number string, limit time.Duration) {
	b.t.Helper()
	at := b.events.expectWithin("CALL_INCOMING", 0, limit)
	b.events.expect(`"peeruri":"sip:`+number+`@`, at)
}

func (b *baresip) answer() {
	b.t.Helper()
	from := b.events.end()
	b.tell("accept", "")
	b.events.expect("CALL_ESTABLISHED", from)
}

func (b *baresip) hangup() { b.tell("hangup", "") }

// hold and resume are the keys x and X; the other side has agreed when they return.
func (b *baresip) hold()   { b.t.Helper(); b.reoffer("hold") }
func (b *baresip) resume() { b.t.Helper(); b.reoffer("resume") }

func (b *baresip) reoffer(command string) {
	b.t.Helper()
	from := b.events.end()
	b.tell(command, "")
	b.events.expect("CALL_REMOTE_SDP", from)
}

// expectKey waits for a key that the other side has pressed.
func (b *baresip) expectKey(key string) {
	b.t.Helper()
	at := b.events.expect("CALL_DTMF_START", 0)
	b.events.expect(`"param":"`+key+`"`, at)
}

// transfer is the key t: a REFER. Baresip 1.0 has no attended transfer.
func (b *baresip) transfer(uri string) { b.tell("transfer", uri) }

func (b *baresip) expectTransferred() { b.t.Helper(); b.events.expect(`"param":"Call transfered"`, 0) }

// expectLamp waits until the phone shows so many new and old messages, after from, and returns the place behind it.
func (b *baresip) expectLamp(fresh, old, from int) int {
	b.t.Helper()
	lit := "no"
	if fresh > 0 {
		lit = "yes"
	}
	return b.events.expect(fmt.Sprintf(`"type":"MWI_NOTIFY","class":"mwi","accountaor":"%s","param":"Messages-Waiting: %s\r\nVoice-Message: %d\/%d`,
		b.account, lit, fresh, old), from)
}

// expectClosed waits for the end of the call.
func (b *baresip) expectClosed() { b.t.Helper(); b.events.expect("CALL_CLOSED", 0) }

// heard is what the phone heard in its one call, which is over.
func (b *baresip) heard() sound {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	if err != nil || len(files) != 1 {
		b.t.Fatalf("baresip kept %d calls, want 1 (%v)", len(files), err)
	}
	return readWAV(b.t, files[0])
}

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A linphone is linphonec with a home of its own, which says a tone and keeps what it hears. It is told what to do on
// its standard input.
type linphone struct {
	*process
	dir string
}

// startLinphone starts a phone and waits until it has logged on. transport is "udp" or "tcp".
func startLinphone(t *testing.T, p *pbx, user, transport, tone string, args ...string) *linphone {
	t.Helper()
	l := launchLinphone(t, tone, "", args...)
	l.say(fmt.Sprintf("register sip:%s@%s sip:%s;transport=%s %s", user, p.addr, p.addr, transport, p.secret(user)))
	l.expectLoggedOn()
	return l
}

// provisionLinphone starts a phone that knows only where its settings are, and waits until it has logged on.
func provisionLinphone(t *testing.T, address, tone string) *linphone {
	t.Helper()
	l := launchLinphone(t, tone, "[misc]\nconfig-uri="+address+"\n")
	l.expectLoggedOn()
	return l
}

func launchLinphone(t *testing.T, tone, more string, args ...string) *linphone {
	t.Helper()
	l := &linphone{dir: t.TempDir()}
	for _, folder := range []string{".local/share/linphone", ".config/linphone"} { // it fails without them
		if err := os.MkdirAll(filepath.Join(l.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	rc := filepath.Join(l.dir, "linphonerc")
	rtp := freePorts(t, 8)
	settings := fmt.Sprintf("[sip]\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\nbind_address=127.0.0.1\n[rtp]\naudio_rtp_port=%d-%d\n[net]\nmtu=1300\n",
		rtp, rtp+7) + more
	if err := os.WriteFile(rc, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + l.dir, "XDG_DATA_HOME=" + l.dir + "/.local/share", "XDG_CONFIG_HOME=" + l.dir + "/.config"}
	l.process = start(t, l.dir, env, "linphonec", append([]string{"-c", rc, "-d", "0"}, args...)...)
	l.say("soundcard use files")
	l.expect("Using wav files", 0)
	l.say("play " + toneFile(t, l.dir, tone))
	l.say("record " + filepath.Join(l.dir, "heard.wav"))
	return l
}

func (l *linphone) expectLoggedOn() {
	l.t.Helper()
	eventually(l.t, "linphone has logged on", func() bool {
		from := l.end()
		l.say("status register")
		at := l.expect("registered", from)
		text, _ := l.so()
		return len(text) > at && text[at] == ','
	})
}

// dial calls and waits for the answer.
func (l *linphone) dial(uri string) {
	l.t.Helper()
	l.say("call " + uri)
	l.expect("connected.", 0)
}

// press sends a key, as RFC 4733.
func (l *linphone) press(key string) { l.say(key) }

// expectRing waits for a call from someone, as the display has it.
func (l *linphone) expectRing(display string, limit time.Duration) {
	l.t.Helper()
	at := l.expectWithin("Receiving new incoming call from", 0, limit)
	l.expect(display, at)
}

func (l *linphone) answer() {
	l.t.Helper()
	l.say("answer")
	l.expect("connected.", 0)
}

func (l *linphone) hangup() { l.say("terminate") }

// hold and resume are the commands pause and resume; the other side has agreed when they return.
func (l *linphone) hold() {
	l.t.Helper()
	from := l.end()
	l.say("pause")
	l.expect("is now paused.", from)
}

func (l *linphone) resume() {
	l.t.Helper()
	from := l.end()
	l.say("resume")
	l.expect("Media streams established", from)
}

// transfer is the command transfer: a REFER.
func (l *linphone) transfer(uri string) { l.say("transfer " + uri) }

func (l *linphone) expectTransferred() { l.t.Helper(); l.expect("has been transfered", 0) }

// expectNotice waits in the phone's log for a NOTIFY with the body and its 200, and returns the place behind it.
func (l *linphone) expectNotice(body string, from int) int {
	l.t.Helper()
	at := l.expect(body, from)
	return l.expect("SIP/2.0 200 Ok", at)
}

// expectClosed waits for the end of the call.
func (l *linphone) expectClosed() { l.t.Helper(); l.expect(" ended", 0) }

// heard is what the phone heard in its one call, which is over.
func (l *linphone) heard() sound {
	l.t.Helper()
	l.say("quit") // the file is finished then
	select {
	case <-l.done:
	case <-time.After(patience):
		l.t.Error("linphone does not quit")
	}
	return readWAV(l.t, filepath.Join(l.dir, "heard.wav"))
}

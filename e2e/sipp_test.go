//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

// A sipp is SIPp as one account at one port. SIPp 3.6 knows MD5 alone and reads the first challenge alone.
type sipp struct {
	t    *testing.T
	p    *pbx
	dir  string
	port int
	args []string
}

func newSIPp(t *testing.T, p *pbx, user string, args ...string) *sipp {
	t.Helper()
	s := &sipp{t: t, p: p, dir: t.TempDir(), port: freePorts(t, 4), args: args}
	users := fmt.Sprintf("SEQUENTIAL\n%s;[authentication username=%s password=%s]\n", user, user, p.secret(user))
	if err := os.WriteFile(filepath.Join(s.dir, "users.csv"), []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	tone := filepath.Join(s.dir, "tone.ul") // the scenarios' rtp_stream
	out, err := exec.Command("sox", "-n", "-r", "8000", "-c1", "-e", "u-law", "-t", "raw", tone, "synth", "10", "sine", "440", "gain", "-9").CombinedOutput()
	if err != nil {
		t.Fatalf("sox: %v\n%s", err, out)
	}
	return s
}

// run plays a scenario of the folder sipp to number and returns what SIPp complains of, and all messages.
func (s *sipp) run(scenario, number string, args ...string) (complaint, messages string) {
	s.t.Helper()
	file, err := filepath.Abs(filepath.Join("sipp", scenario+".xml"))
	if err != nil {
		s.t.Fatal(err)
	}
	args = append([]string{s.p.addr, "-s", number, "-sf", file, "-inf", "users.csv", "-i", "127.0.0.1", "-mi", "127.0.0.1",
		"-p", strconv.Itoa(s.port), "-mp", strconv.Itoa(s.port + 1), "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error",
		"-trace_err", "-error_file", "errors", "-trace_msg", "-message_file", "messages"}, append(s.args, args...)...)
	for _, name := range []string{"errors", "messages"} {
		if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
			s.t.Fatal(err)
		}
	}
	r := start(s.t, s.dir, nil, "sipp", args...)
	select {
	case <-r.done:
	case <-time.After(30 * time.Second):
		s.t.Fatalf("sipp %s does not end", scenario)
	}
	trace, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
	if r.err != nil {
		errors, _ := os.ReadFile(filepath.Join(s.dir, "errors"))
		return fmt.Sprintf("%v\n%s", r.err, tail(string(errors), 3000)), string(trace)
	}
	return "", string(trace)
}

func (s *sipp) mustRun(scenario, number string, args ...string) (messages string) {
	s.t.Helper()
	complaint, messages := s.run(scenario, number, args...)
	if complaint != "" {
		s.t.Errorf("sipp %s: %s\n%s", scenario, complaint, tail(messages, 4000))
	}
	return messages
}

// known lets SIPp fail at two challenges, so that it is offered MD5 alone from then on. It leaves a row.
func (s *sipp) known() {
	s.t.Helper()
	if complaint, _ := s.run("late-offer", "0777"); !strings.Contains(complaint, "must use MD5") {
		s.t.Fatalf("SIPp is to give up at the first challenge, SHA-256; it says %q", complaint)
	}
	s.mustRun("late-offer", "0777")
	s.p.row(1)
}

func TestSIPpTellsAwkwardStories(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			p := startPBX(t)
			s := newSIPp(t, p, "1001")
			if transport == "tcp" {
				s.args = []string{"-t", "t1"}
			}
			s.known()
			rows := len(p.calls())

			s.mustRun("story", "0777")
			c := p.row(rows + 1)
			expectWay(t, c, "0777", "menu welcome", "digit 1", "language ar", "playback recorded-for-quality")
			if q := c.Legs[0].Quality; q.PacketsReceived < 50 || q.PacketsLost != 0 {
				t.Errorf("SIPp's audio: %+v", q)
			}

			s.mustRun("no-codec", "0777")

			if transport == "udp" { // on TCP nothing is sent twice
				trace := s.mustRun("twice", "0777")
				if n := strings.Count(trace, "UDP message received"); n < 6 || strings.Count(trace, "SIP/2.0 200 OK") < 4 {
					t.Errorf("the 200 was not sent again until its ACK:\n%s", trace)
				}
				if c := p.row(rows + 2); c.Number != "1001" || len(c.Legs) != 1 {
					t.Errorf("row: %+v", c)
				}
			}
			if got := p.calls(); len(got) > rows+3 {
				t.Errorf("the log has %d rows", len(got))
			}
		})
	}
}

// row waits for the n-th row and returns the newest.
func (p *pbx) row(n int) store.Call {
	p.t.Helper()
	var list []store.Call
	eventually(p.t, fmt.Sprintf("the log has %d rows", n), func() bool {
		list = p.calls()
		return len(list) >= n
	})
	return list[0]
}

// A caller who gives up while a phone rings stops it.
func TestSIPpCancelsWhileBaresipRings(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	agent := startBaresip(t, p, "2001", "udp", "700")
	s := newSIPp(t, p, "2002")
	s.run("cancel", "2001") // gives up at the first challenge
	s.mustRun("cancel", "2001")
	agent.expectRing("2002", patience)
	agent.expectClosed()
	agent.expect("CANCEL sip:", 0)
	if c := p.row(1); c.Result == "answered" || c.Number != "2002" || len(c.Legs) != 2 {
		t.Errorf("row: %+v", c)
	}
}

// Fifty callers at once, each with digest, an answer, and a hang-up.
func TestSIPpCallsFiftyAtATime(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	s := newSIPp(t, p, "1001")
	s.known()
	before := len(p.calls())
	began := time.Now()
	s.mustRun("short", "0777", "-m", "50", "-l", "50", "-r", "25")
	took := time.Since(began)
	p.row(before + 50)
	if got := len(p.calls()) - before; got != 50 {
		t.Errorf("50 calls left %d rows", got)
	}
	t.Logf("50 calls of 2 s, 25 a second: %v, 50 rows", took.Round(time.Millisecond))
}

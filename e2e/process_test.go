//go:build e2e

package e2e

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that should happen at once.
const patience = 10 * time.Second

// A transcript is what a program has said so far; tests wait for parts of it.
type transcript struct {
	t    *testing.T
	name string

	mu   sync.Mutex
	text strings.Builder // guarded by mu
	more chan struct{}   // closed at each addition; guarded by mu
}

func newTranscript(t *testing.T, name string) *transcript {
	return &transcript{t: t, name: name, more: make(chan struct{})}
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b)
	close(s.more)
	s.more = make(chan struct{})
	return len(b), nil
}

func (s *transcript) so() (text string, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.more
}

// expect waits until part stands in the transcript at or after from, and returns the place behind it.
func (s *transcript) expect(part string, from int) int {
	s.t.Helper()
	return s.expectWithin(part, from, patience)
}

func (s *transcript) expectWithin(part string, from int, limit time.Duration) int {
	s.t.Helper()
	late := time.After(limit)
	for {
		text, more := s.so()
		if i := strings.Index(text[min(from, len(text)):], part); i >= 0 {
			return from + i + len(part)
		}
		select {
		case <-more:
		case <-late:
			s.t.Fatalf("%s did not say %q within %v. It said:\n%s", s.name, part, limit, tail(text, 3000))
		}
	}
}

// end is the place where the transcript ends now.
func (s *transcript) end() int {
	text, _ := s.so()
	return len(text)
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// A process is a program that is killed when the test ends, whatever happened.
type process struct {
	*transcript
	cmd  *exec.Cmd
	in   io.WriteCloser
	done chan struct{} // closed when it has ended
	err  error         // valid after done
}

func start(t *testing.T, dir string, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{transcript: newTranscript(t, name), done: make(chan struct{})}
	p.cmd = exec.Command(name, args...)
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		<-p.done
		if t.Failed() {
			text, _ := p.so()
			t.Logf("%s said at last:\n%s", name, tail(text, 4000))
		}
	})
	return p
}

// shortDir is a folder whose path does not hold the test's name: baresip writes nothing where a path has more than
// 128 characters.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "phone-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("%s: signal %v: %v", p.name, s, err)
	}
}

// say writes a line to the program's standard input.
func (p *process) say(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatalf("%s: %q: %v", p.name, line, err)
	}
}

// expectEnd waits for the program to end, well.
func (p *process) expectEnd(limit time.Duration) {
	p.t.Helper()
	select {
	case <-p.done:
		if p.err != nil {
			p.t.Fatalf("%s ended with %v", p.name, p.err)
		}
	case <-time.After(limit):
		p.t.Fatalf("%s has not ended within %v", p.name, limit)
	}
}

var nextPort atomic.Uint32

// freePorts finds n ports in a row that are free on loopback for UDP and TCP, below those that the kernel gives to
// sockets without one: nobody takes them in the moment before they are bound. The first is even: phones that choose
// their RTP port among them round it down.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for range 200 {
		mine := n + n%2
		first := 21000 + (os.Getpid()*38+int(nextPort.Add(uint32(mine)))-mine)%9000
		free := true
		for port := first; port < first+n; port++ {
			free = free && isFree(port)
		}
		if free {
			return first
		}
	}
	t.Fatal("no free ports")
	return 0
}

func isFree(port int) bool {
	addr := net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	u, err := net.ListenUDP("udp", &addr)
	if err != nil {
		return false
	}
	defer u.Close()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: addr.IP, Port: port})
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// talk lets people talk, wait or listen for a while. It is what the story takes, and no wait for a condition.
func talk(d time.Duration) { time.Sleep(d) }

// eventually waits for a condition that nothing announces.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for tick := time.NewTicker(50 * time.Millisecond); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

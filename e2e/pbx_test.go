//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

// A pbx is hatif as a user runs it: the binary in a folder of its own, with the file that it wrote itself.
type pbx struct {
	*process
	dir  string
	addr string // host:port of SIP
}

// startPBX writes the shipped file, moves it to a free port of loopback, and starts hatif.
func startPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{dir: t.TempDir(), addr: fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1))}
	cmd := exec.Command(binary, "init")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("hatif init: %v\n%s", err, out)
	}
	p.edit(t, func(text string) string {
		return strings.NewReplacer("0.0.0.0:5060", p.addr, "127.0.0.1:8080", "127.0.0.1:0").Replace(text)
	})
	p.start(t)
	return p
}

// start runs hatif in the folder, again after it ended.
func (p *pbx) start(t *testing.T) {
	t.Helper()
	p.process = start(t, p.dir, nil, binary)
	p.expect("hatif is ready", 0)
}

// edit changes the file.
func (p *pbx) edit(t *testing.T, change func(string) string) {
	t.Helper()
	file := filepath.Join(p.dir, "hatif.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(string(text))
	if changed == string(text) {
		t.Fatal("the edit changes nothing")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// secret reads the secret of an account from the file, as the user does; pin the PIN of its mailbox.
func (p *pbx) secret(user string) string { p.t.Helper(); return p.entry(user, `secret: *([^,} ]+)`) }
func (p *pbx) pin(user string) string    { p.t.Helper(); return p.entry(user, `pin: "(\d+)"`) }

func (p *pbx) entry(user, pattern string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "hatif.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	found := regexp.MustCompile(`"` + user + `":.*` + pattern).FindSubmatch(text)
	if found == nil {
		p.t.Fatalf("%s has no %s in the file", user, pattern)
	}
	return string(found[1])
}

// calls lists the call log, newest first.
func (p *pbx) calls() []store.Call {
	p.t.Helper()
	cmd := exec.Command(binary, "calls", "--json", "--limit=0")
	cmd.Dir = p.dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("hatif calls: %v\n%s", err, &complaint)
	}
	var list []store.Call
	for dec := json.NewDecoder(&out); ; {
		var c store.Call
		switch err := dec.Decode(&c); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			p.t.Fatalf("hatif calls --json: %v", err)
		}
		list = append(list, c)
	}
}

// onlyCall waits for the log's one row.
func (p *pbx) onlyCall() store.Call {
	p.t.Helper()
	var list []store.Call
	eventually(p.t, "the call is in the log", func() bool {
		list = p.calls()
		return len(list) > 0 && !list[0].Ended.IsZero()
	})
	if len(list) != 1 {
		p.t.Fatalf("the log has %d rows, want 1: %+v", len(list), list)
	}
	return list[0]
}

// recording reads a recording of the call and returns its file as well.
func (p *pbx) recording(c store.Call) (file string, w sound) {
	p.t.Helper()
	if len(c.Recordings) != 1 {
		p.t.Fatalf("the call has %d recordings, want 1", len(c.Recordings))
	}
	file = filepath.Join(p.dir, "data", "recordings", c.Recordings[0])
	return file, readWAV(p.t, file)
}

// expectPlayable plays a file with sox.
func expectPlayable(t *testing.T, file string) {
	t.Helper()
	out, err := exec.Command("sox", file, "-n", "stat").CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("WARN")) {
		t.Errorf("sox cannot play %s: %v\n%s", filepath.Base(file), err, out)
	}
}

// way is the path of a call.
func way(c store.Call) string {
	var notes []string
	for _, n := range c.Path {
		notes = append(notes, n.Text)
	}
	return strings.Join(notes, " > ")
}

// expectWay looks for the parts of a path in their order.
func expectWay(t *testing.T, c store.Call, parts ...string) {
	t.Helper()
	rest := way(c)
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("the path lacks %q at its place: %s", part, way(c))
			return
		}
		rest = after
	}
}

// talked is how long the caller spoke with a person.
func talked(c store.Call) time.Duration {
	if c.Connected.IsZero() {
		return 0
	}
	return c.Ended.Sub(c.Connected)
}

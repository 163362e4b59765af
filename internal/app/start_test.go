package app

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/config"
	"hatif/store"
)

const small = `
users: {"1001": {secret: verysecret, context: incoming}}
contexts: {incoming: {"0777": echo}}
`

// TestAStartThatFailsLeavesNothing starts what cannot start, and counts files and open descriptors after it.
func TestAStartThatFailsLeavesNothing(t *testing.T) {
	packets, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	streams, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer streams.Close()
	const free = "sip: {listen: [\"udp://127.0.0.1:0\", \"tcp://127.0.0.1:0\"]}\n"

	for _, c := range []struct {
		name string
		text string
		lay  string // files that lie in the way
		want string // of the error
	}{
		{"a UDP port that is taken", fmt.Sprintf("sip: {listen: [\"tcp://127.0.0.1:0\", \"udp://%s\"]}\n", packets.LocalAddr()), "", "in use"},
		{"a TCP port that is taken", fmt.Sprintf("sip: {listen: [\"udp://127.0.0.1:0\", \"tcp://%s\"]}\n", streams.Addr()), "", "in use"},
		{"a console's port that is taken", fmt.Sprintf(free+"web: {listen: %q}\n", streams.Addr()), "", "hatif.yaml:2:15: web.listen: console: the port is in use by another program: listen tcp"},
		{"a certificate that is not there", free + "web: {listen: \"127.0.0.1:0\", cert: no.pem, key: no.key}\n", "", "hatif.yaml:2:36: web.cert: console: open "},
		{"a database that is none, with a console", free + "data: old\nweb: {listen: \"127.0.0.1:0\"}\n", "old/hatif.db old/hatif.db.lock", "not a database"},
		{"an address that is not ours", "sip: {listen: [\"udp://192.0.2.1:5060\"]}\n", "", "192.0.2.1:5060"},
		{"a data folder below a file", free + "data: way/data\n", "way", "way/data"},
		{"a file in the place of the data folder", free + "data: way\n", "way", "way is a file: name a folder that hatif may write to"},
		{"recordings below a file", free + "recordings: {folder: ../way/wav}\n", "way", "recordings folder"},
		{"a folder that nobody can make", free + "data: /proc/hatif/data\n", "", "/proc/hatif"},
		{"recordings where nobody can write", free + "recordings: {folder: /proc/self/task}\n", "", "/proc/self/task"},
		{"a database that does not answer", free + "store: postgres://hatif:verysecret@127.0.0.1:1/hatif\n", "", "refused"},
		{"a database that is none", free + "data: old\n", "old/hatif.db old/hatif.db.lock", "not a database"},
		{"messages that cannot be kept", free + "data: old\n", "old/voicemail", "voicemail"},
		{"music that is none", free + "queues: {arabic: {music: harps}}\n", "", "harps"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "hatif.yaml")
			write(t, file, c.text+small)
			for name := range strings.FieldsSeq(c.lay) {
				write(t, filepath.Join(dir, name), strings.Repeat("this is no database ", 100))
			}
			start := func() {
				t.Helper()
				cfg, err := config.Load(file)
				if err != nil {
					t.Fatal(err)
				}
				_, err = New(t.Context(), cfg, slog.New(slog.DiscardHandler))
				switch {
				case err == nil:
					t.Fatal("it has started")
				case !strings.Contains(err.Error(), c.want):
					t.Errorf("the error is %q and does not say %q", err, c.want)
				case strings.Contains(err.Error(), "verysecret"):
					t.Errorf("the error shows a password: %q", err)
				}
			}
			files := tree(t, dir)
			start() // the first one may open what the Go runtime keeps for itself
			if after := tree(t, dir); !slices.Equal(after, files) {
				t.Errorf("files before the start: %v; after it: %v", files, after)
			}
			open := descriptors(t)
			start()
			if now := descriptors(t); now > open { // fewer: the Go runtime has given back something of its own
				t.Errorf("%d descriptors before the start, %d after it", open, now)
			}
		})
	}
}

// What is left of a call in the recordings is known when its row is written, at the next start.
func TestACallThatWasCutOffHasItsRecordingAndEndsWithIt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hatif.yaml")
	write(t, file, "sip: {listen: [\"udp://127.0.0.1:0\"]}\n"+small)
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	killed, err := store.Open(t.Context(), store.Options{Dir: cfg.Data})
	if err != nil {
		t.Fatal(err)
	}
	cut := time.Now().Add(-time.Minute).Truncate(time.Second)
	if err := killed.BeginCall(t.Context(), store.Call{ID: "c1", Began: cut.Add(-5 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	recording := filepath.Join(cfg.Recorder().Folder, cut.Format(time.DateOnly), "c1.wav")
	write(t, recording, "")
	if err := os.Chtimes(recording, cut, cut); err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.store.Call(t.Context(), "c1")
	if err != nil || c.Duration() != 5*time.Second || len(c.Recordings) != 1 {
		t.Errorf("the row: %+v, %v", c, err)
	}
	if err := a.abandon(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tree lists what is below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// descriptors counts those that are open, where the system tells.
func descriptors(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

package stories_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/callback"
	"hatif/config"
	"hatif/hatiftest"
	"hatif/internal/app"
	"hatif/internal/softphone"
	"hatif/store"
	"hatif/web"
)

// This test binary can be a hatif that is killed: it serves the file, at the address, until then.
const (
	childFile   = "HATIF_STORIES_FILE"
	childListen = "HATIF_STORIES_LISTEN"
)

func serveUntilKilled() error {
	cfg, err := config.Load(os.Getenv(childFile))
	if err != nil {
		return err
	}
	cfg.Data = filepath.Join(filepath.Dir(os.Getenv(childFile)), "data")
	cfg.SIP.Listen, cfg.RTP.Ports = []string{os.Getenv(childListen)}, config.PortRange{}
	cfg.Web = web.Config{}
	ctx := context.Background()
	a, err := app.New(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	fmt.Println(a.Addrs()[0])
	return a.Run(ctx)
}

// A mortal is a hatif in a process of its own.
type mortal struct {
	t      *testing.T
	file   string
	listen string
	child  *exec.Cmd
}

// bear starts the shipped file with changes as a process.
func bear(t *testing.T, changes ...string) *mortal {
	t.Helper()
	text, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	m := &mortal{t: t, file: filepath.Join(t.TempDir(), "hatif.yaml"), listen: "udp://127.0.0.1:0"}
	if err := os.WriteFile(m.file, []byte(changed(t, text, changes...)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.kill)
	m.start()
	return m
}

func (m *mortal) start() {
	m.t.Helper()
	m.child = exec.Command(os.Args[0])
	m.child.Env = append(os.Environ(), childFile+"="+m.file, childListen+"="+m.listen)
	m.child.Stderr = os.Stderr
	out, err := m.child.StdoutPipe()
	if err == nil {
		err = m.child.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		m.t.Fatal("the process did not come to serve")
	}
	m.listen = lines.Text()
}

// kill ends the process as kill -9 does.
func (m *mortal) kill() {
	if m.child == nil {
		return
	}
	if err := m.child.Process.Kill(); err != nil {
		m.t.Error(err)
	}
	if err := m.child.Wait(); err == nil {
		m.t.Error("the process had ended by itself")
	}
	m.child = nil
}

func (m *mortal) data() string { return filepath.Join(filepath.Dir(m.file), "data") }

// beside works on the database while the process does, too.
func (m *mortal) beside(do func(ctx context.Context, db *store.DB) error) {
	m.t.Helper()
	db, err := store.Open(m.t.Context(), store.Options{Dir: m.data(), Beside: true})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := do(m.t.Context(), db); err != nil {
		m.t.Error(err)
	}
	if err := db.Close(); err != nil {
		m.t.Error(err)
	}
}

// phone is a phone of the user that is logged on.
func (m *mortal) phone(user string) *softphone.Phone {
	m.t.Helper()
	cfg, err := config.Load(m.file)
	if err != nil {
		m.t.Fatal(err)
	}
	_, addr, _ := strings.Cut(m.listen, "://")
	ph, err := softphone.New(softphone.Options{Server: addr, User: user, Secret: cfg.Users[user].Secret})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		if err := ph.Close(); err != nil {
			m.t.Error(err)
		}
	})
	m.register(ph)
	return ph
}

func (m *mortal) register(ph *softphone.Phone) {
	m.t.Helper()
	if _, err := ph.Register(m.t.Context(), time.Hour); err != nil {
		m.t.Fatal(err)
	}
}

// rung waits until the phone rings.
func (m *mortal) rung(ph *softphone.Phone) *softphone.Call {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), hatiftest.Patience)
	defer cancel()
	c, err := ph.NextCall(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// F2: whenever hatif is killed, the person has one conversation and not two.
func TestAKillDuringACallThatIsOwedMakesNoSecondConversation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until  func(m *mortal, ring *softphone.Call) // what happens before the kill
		talked bool                                  // there has been a conversation
	}{
		"while it rings": {func(*mortal, *softphone.Call) {}, false},
		"while the answer is being written": {func(m *mortal, ring *softphone.Call) {
			release := occupyStore(m.t, m.data())
			m.t.Cleanup(release)
			ctx, cancel := context.WithTimeout(m.t.Context(), 700*time.Millisecond)
			defer cancel()
			if err := ring.Answer(ctx); err == nil {
				m.t.Error("the phone was told of its answer before that was written")
			}
			m.kill()
			release()
		}, false},
		"when they talk": {func(m *mortal, ring *softphone.Call) {
			if err := ring.Answer(m.t.Context()); err != nil {
				m.t.Fatal(err)
			}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := bear(t, `hours: "09:00-20:00"`, `hours: "00:00-24:00"`, "every: 30m", "every: 1s")
			ph := m.phone("1001")
			row := callback.Promise{To: "1001", Run: "feedback", At: time.Now().UTC(), Tries: 3, Every: time.Second}.Row(time.Now())
			m.beside(func(ctx context.Context, db *store.DB) error { return db.AddOwed(ctx, row) })
			c.until(m, m.rung(ph))
			m.kill()
			m.start()
			m.register(ph)
			if !c.talked {
				again := m.rung(ph)
				if err := again.Answer(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := again.Hangup(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "the promise to be kept", func() (kept bool) {
				m.beside(func(ctx context.Context, db *store.DB) error {
					o, err := db.Owed(ctx, row.ID)
					kept = o.State == store.OwedDone
					return err
				})
				return kept
			})
			time.Sleep(1500 * time.Millisecond) // longer than between two tries
			soon, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := ph.NextCall(soon); err == nil {
				t.Error("the person is called once more")
			}
		})
	}
}

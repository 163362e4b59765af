package hatiftest

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/config"
	"hatif/internal/app"
	"hatif/prompts"
	"hatif/queue"
	"hatif/store"
)

// Patience is how long each Expect waits.
const Patience = 15 * time.Second

// Options say which hatif to start. The zero value is the shipped file.
type Options struct {
	Config string       // the file's text; "" is the shipped one with fresh secrets
	Data   string       // data folder; "" is a new one, removed after the test
	Log    slog.Leveler // what of the log the test shows when it fails; nil: warnings and errors

	// Hosts are the addresses to listen on; nil: 127.0.0.1. A phone comes to that of its BindHost.
	Hosts []string

	// RealPorts keeps the file's sip.listen and rtp.ports; otherwise both are ephemeral on Hosts.
	RealPorts bool
}

// A PBX is a running hatif.
type PBX struct {
	t     testing.TB
	opts  Options
	app   *app.App
	cfg   *config.Config
	file  string
	index *index

	stop    context.CancelFunc
	stopped chan error
}

// Start starts hatif and stops it when the test ends.
func Start(t testing.TB, o Options) *PBX {
	t.Helper()
	if o.Config == "" {
		text, err := config.Sample()
		if err != nil {
			t.Fatal(err)
		}
		o.Config = text
	}
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"127.0.0.1"}
	}
	if o.Log == nil {
		o.Log = slog.LevelWarn
	}
	p := &PBX{t: t, opts: o, file: filepath.Join(t.TempDir(), "hatif.yaml")}
	p.write(o.Config)
	p.cfg = p.load()
	p.start()
	if err := p.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// For is the same PBX for a subtest, whose the failures and the phones made through it are then.
func (p *PBX) For(t testing.TB) *PBX {
	q := *p
	q.t = t
	return &q
}

// listen learns to recognise the prompts that the PBX has now.
func (p *PBX) listen() error {
	own := filepath.Join(p.cfg.Data, "prompts")
	if _, err := os.Stat(own); err != nil { // what is in the binary
		p.index = shipped()
		return nil
	}
	sounds, err := prompts.Open(own)
	if err != nil {
		return err
	}
	p.index = indexOf(sounds)
	return nil
}

func (p *PBX) start() {
	p.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(logWriter{p.t}, &slog.HandlerOptions{Level: p.opts.Log}))
	a, err := app.New(ctx, p.cfg, log)
	if err != nil {
		stop()
		p.t.Fatalf("start hatif: %v", err)
	}
	p.app, p.stop, p.stopped = a, stop, make(chan error, 1)
	go func() { p.stopped <- a.Run(ctx) }()
}

// logWriter writes log lines to the test's output.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	return w.t.Output().Write(b)
}

// load reads the file and moves what would collide with other tests.
func (p *PBX) load() *config.Config {
	p.t.Helper()
	cfg, err := config.Load(p.file)
	if err != nil {
		p.t.Fatalf("hatif.yaml: %v", err)
	}
	return p.moved(cfg)
}

func (p *PBX) moved(cfg *config.Config) *config.Config {
	cfg.Data = p.opts.Data
	if !p.opts.RealPorts {
		cfg.SIP.Listen = nil
		for _, host := range p.opts.Hosts {
			at := net.JoinHostPort(host, "0")
			cfg.SIP.Listen = append(cfg.SIP.Listen, "udp://"+at, "tcp://"+at)
		}
		cfg.RTP.Ports = config.PortRange{}
		if cfg.Web.Listen != "" {
			cfg.Web.Listen = "127.0.0.1:0"
		}
	}
	return cfg
}

func (p *PBX) write(text string) {
	p.t.Helper()
	if err := os.WriteFile(p.file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Stop ends hatif as SIGTERM twice does, and fails the test when anything was left behind. It may be called before
// the test ends, once.
func (p *PBX) Stop() {
	p.t.Helper()
	if p.stop == nil {
		return
	}
	p.app.EndCalls()
	p.stop()
	p.ExpectStopped()
}

// Drain begins the orderly stop of a SIGTERM and returns at once: new calls are refused, those in progress go on.
func (p *PBX) Drain() { p.stop() }

// ExpectStopped waits until hatif has ended, after Drain, and fails the test when anything was left behind.
func (p *PBX) ExpectStopped() {
	p.t.Helper()
	p.stop = nil
	select {
	case err := <-p.stopped:
		if err != nil {
			p.t.Errorf("hatif stopped with: %v", err)
		}
	case <-time.After(Patience):
		p.t.Errorf("hatif did not stop within %v", Patience)
	}
	if left := p.app.Leftovers(); left != "" {
		p.t.Errorf("hatif left behind: %s", left)
	}
}

// Restart stops hatif and starts it again on the same data and another port.
func (p *PBX) Restart() {
	p.t.Helper()
	p.Stop()
	p.cfg = p.load()
	p.start()
}

// Addr is where phones reach the PBX: "127.0.0.1:41234".
func (p *PBX) Addr() string {
	_, hostPort, _ := strings.Cut(p.app.Addrs()[0], "://")
	return hostPort
}

// addrOn is where phones at a host reach the PBX.
func (p *PBX) addrOn(host string) string {
	for _, at := range p.app.Addrs() {
		_, hostPort, _ := strings.Cut(at, "://")
		if h, _, err := net.SplitHostPort(hostPort); err == nil && h == host {
			return hostPort
		}
	}
	return p.Addr()
}

// Data is the data folder.
func (p *PBX) Data() string { return p.opts.Data }

// Secret is that of a user of the file as it was started or edited here.
func (p *PBX) Secret(user string) string { return p.cfg.Users[user].Secret }

// File is the path of the file.
func (p *PBX) File() string { return p.file }

// Edit changes the text of the file and applies it as a reload does. It returns the mistakes, if the new text has any.
func (p *PBX) Edit(change func(text string) string) error {
	p.t.Helper()
	text, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(change(string(text)))
	cfg, err := config.Load(p.file)
	if err != nil {
		return err
	}
	cfg = p.moved(cfg)
	if _, err := p.app.Apply(cfg); err != nil {
		return err
	}
	p.cfg = cfg
	return p.listen()
}

// Save writes the file and has it applied as when somebody has saved it, ports and all: it is for texts with mistakes, of
// which it returns what hatif says. The next Edit goes on from the text.
func (p *PBX) Save(text string) error {
	p.t.Helper()
	p.write(text)
	_, err := p.app.Reload(p.file)
	return err
}

// Console is where the console is, "http://127.0.0.1:40123"; "" when the file wants none.
func (p *PBX) Console() string { return p.app.Console() }

// Calls is the calls in progress, as their records stand now.
func (p *PBX) Calls() []call.Record { return p.app.Calls() }

// Store is the database of the running PBX: callback requests, ratings, owed calls, messages. It is another one after
// Restart.
func (p *PBX) Store() *store.DB { return p.app.Store() }

// Floor is the queues and agents of the running PBX, for watching. It is another one after Restart.
func (p *PBX) Floor() *queue.Floor { return p.app.Floor() }

// Rows is the stored call log, newest first, without legs.
func (p *PBX) Rows() []store.Call {
	p.t.Helper()
	rows, err := p.app.Store().Calls(p.t.Context(), store.Filter{Limit: 1000})
	if err != nil {
		p.t.Fatal(err)
	}
	return rows
}

// ExpectRow waits until a call that ok accepts is over and stored, and returns its row with legs. See also
// Call.ExpectRow.
func (p *PBX) ExpectRow(what string, ok func(store.Call) bool) store.Call {
	p.t.Helper()
	var found store.Call
	seen := make(map[string]bool) // rows that are complete and not wanted
	p.eventually("a row of the call log: "+what, func() bool {
		for _, r := range p.Rows() {
			if r.Ended.IsZero() || seen[r.ID] {
				continue
			}
			whole, err := p.app.Store().Call(p.t.Context(), r.ID)
			if err != nil {
				p.t.Fatal(err)
			}
			if ok(whole) {
				found = whole
				return true
			}
			seen[r.ID] = true
		}
		return false
	})
	return found
}

// ExpectIdle waits until no call is in progress and nothing of the past ones is left: no dialog, no media port.
func (p *PBX) ExpectIdle() {
	p.t.Helper()
	p.eventually("all calls to end", func() bool { return p.app.Leftovers() == "" })
}

// eventually waits for a condition of the running PBX, which has no channel to tell it.
func (p *PBX) eventually(what string, ok func() bool) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited %v for %s", Patience, what)
		}
	}
}

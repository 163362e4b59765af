package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A switchboard is a TCP proxy that can be switched off, as a server that is restarted.
type switchboard struct {
	listener net.Listener
	to       string
	all      sync.WaitGroup

	mu    sync.Mutex
	off   bool                  // guarded by mu
	conns map[net.Conn]struct{} // guarded by mu
}

func newSwitchboard(t *testing.T, to string) *switchboard {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &switchboard{listener: l, to: to, conns: make(map[net.Conn]struct{})}
	s.all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			s.all.Go(func() { s.connect(in) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		s.set(true)
		s.all.Wait()
	})
	return s
}

func (s *switchboard) connect(in net.Conn) {
	out, err := net.Dial("tcp", s.to)
	if err != nil || !s.add(in, out) {
		_ = in.Close()
		if out != nil {
			_ = out.Close()
		}
		return
	}
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = pair[0].Close(), pair[1].Close()
		})
	}
	both.Wait()
}

func (s *switchboard) add(conns ...net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range conns {
		s.conns[c] = struct{}{}
	}
	return !s.off
}

func (s *switchboard) set(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
	for c := range s.conns {
		if off {
			_ = c.Close()
			delete(s.conns, c)
		}
	}
}

func TestCallsWaitForAPostgresThatIsRestarted(t *testing.T) {
	if postgresURL() == "" {
		return
	}
	u, err := url.Parse(postgresSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	board := newSwitchboard(t, u.Host)
	u.Host = board.listener.Addr().String()
	var out bytes.Buffer
	db := mustOpen(t, Options{DSN: u.String(), Node: "here", Log: slog.New(slog.NewTextHandler(&out, nil))})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var done sync.WaitGroup
	done.Go(func() {
		if err := db.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := db.SaveCall(t.Context(), sampleCall("before", 0)); err != nil {
		t.Fatal(err)
	}
	board.set(true)
	result := make(chan error, 1)
	done.Go(func() { result <- db.SaveCall(t.Context(), sampleCall("during", 1)) })
	select {
	case err := <-result:
		t.Fatalf("with the server away SaveCall returned %v", err)
	case <-time.After(2 * outagePause):
	}
	board.set(false)
	if err := <-result; err != nil {
		t.Error(err)
	}
	stop()
	done.Wait()
	if _, err := db.Call(t.Context(), "during"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "away") {
		t.Errorf("the log says %q", out.String())
	}
}

func TestOnlyAbsenceOfTheServerIsAnOutage(t *testing.T) {
	if postgres.outage(errors.New("syntax error")) || postgres.outage(nil) || sqlite.outage(io.EOF) {
		t.Error("another error was taken for an outage")
	}
	if !postgres.outage(&net.OpError{Op: "read", Err: errors.New("connection reset")}) {
		t.Error("a broken connection was not taken for an outage")
	}
}

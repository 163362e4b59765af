package sip

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPanicOfATimerOrAGoroutineEndsNothingElse(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		boom := func() { panic("boom") }
		w.ua.spawn(boom)
		var a alarm
		a.set(w.ua, time.Second, boom)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := w.ua.stats.panics.Swap(0); n != 2 {
			t.Errorf("%d panics counted, want 2", n)
		}
		p := w.party("192.0.2.7:5070")
		p.send("OPTIONS")
		p.want("SIP/2.0 200")
	})
}

// explosiveConn is a connection whose reading panics.
type explosiveConn struct{ pipeEnd }

func (explosiveConn) Read([]byte) (int, error) { panic("boom") }

func TestAConnectionWhoseReaderPanicsIsClosedAndForgotten(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		near, far := net.Pipe()
		conn := explosiveConn{pipeEnd{near, netip.MustParseAddrPort(uaAddr), netip.MustParseAddrPort("198.51.100.1:1001")}}
		if _, err := w.ua.adopt(conn, 5060, true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := w.ua.stats.panics.Swap(0); n != 1 || w.ua.conns.count() != 0 {
			t.Errorf("%d panics counted, %d connections are left", n, w.ua.conns.count())
		}
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Error("the connection is open")
		}
	})
}

// explosiveSocket is a UDP socket whose reading panics.
type explosiveSocket struct{ *memConn }

func (explosiveSocket) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error) { panic("boom") }

func TestASocketThatCannotBeReadAnyMoreIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, err := newUA(Config{}.withDefaults(), []packetConn{explosiveSocket{newMemNet().listen(uaAddr)}}, nil, nil, testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := ua.Run(ctx); err == nil || !strings.Contains(err.Error(), "panicked") {
			t.Errorf("Run goes on without its socket, until %v", err)
		}
	})
}

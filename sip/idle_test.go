package sip

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// A pipeEnd is one end of a connection in memory that says where it is.
type pipeEnd struct {
	net.Conn
	ours, theirs netip.AddrPort
}

func (p pipeEnd) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(p.ours) }
func (p pipeEnd) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.theirs) }

// connected is a party on a connection of its own, and a channel that is closed when the user agent has closed that.
func (w *world) connected(addr, user string) (*party, <-chan struct{}) {
	near, far := net.Pipe()
	_, err := w.ua.adopt(pipeEnd{near, netip.MustParseAddrPort(uaAddr), netip.MustParseAddrPort(addr)}, 5060, true)
	if err != nil {
		w.t.Fatal(err)
	}
	gone := make(chan struct{})
	heard := make(chan []byte, 100)
	go func() {
		defer close(gone)
		buf := make([]byte, maxMessage)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			if n > 2 { // no pong
				heard <- append([]byte(nil), buf[:n]...)
			}
		}
	}()
	w.t.Cleanup(func() { _ = far.Close() })
	p := newParty(w.t, pipeWire{far, heard}, "TCP", addr, user, uaAddr)
	p.patience = time.Minute
	return p, gone
}

type pipeWire struct {
	conn  net.Conn
	heard chan []byte
}

func (p pipeWire) send(b []byte) error { _, err := p.conn.Write(b); return err }

func (p pipeWire) recv(within time.Duration) ([]byte, bool) {
	select {
	case b := <-p.heard:
		return b, true
	case <-time.After(within):
		return nil, false
	}
}

func open(gone <-chan struct{}) bool {
	synctest.Wait()
	select {
	case <-gone:
		return false
	default:
		return true
	}
}

func TestAConnectionThatIsUsedForNothingIsClosed(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		_, silentGone := w.connected("198.51.100.1:1001", "1001")
		asked, askedGone := w.connected("198.51.100.1:1002", "1002")
		asked.send("OPTIONS")
		asked.want("SIP/2.0 200")
		half, halfGone := w.connected("198.51.100.1:1003", "1003")
		half.send("OPTIONS")
		half.want("SIP/2.0 200")
		pings, pingsGone := w.connected("198.51.100.1:1004", "1004")
		pings.send("OPTIONS")
		pings.want("SIP/2.0 200")
		mute, muteGone := w.connected("198.51.100.1:1005", "1005")

		time.Sleep(20 * time.Second)
		mute.raw("\r\n\r\n") // to ping is not to say who one is
		time.Sleep(11 * time.Second)
		if open(silentGone) || open(muteGone) {
			t.Error("a connection that never says anything is open after 31 s")
		}
		if !open(askedGone) {
			t.Error("a connection was closed too early")
		}
		for range 27 { // for nine minutes
			pings.raw("\r\n\r\n")
			if open(halfGone) {
				half.raw("X") // of a message that never ends
			}
			time.Sleep(20 * time.Second)
		}
		if open(askedGone) || open(halfGone) {
			t.Error("a connection that is used for nothing is open after nine minutes")
		}
		if !open(pingsGone) {
			t.Error("a connection with keep-alives was closed")
		}
	})
}

func TestAConnectionOverWhichSomebodyIsReachedStaysOpen(t *testing.T) {
	inWorld(t, Config{Guests: true, MaxExpiry: time.Hour}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "2001"}))
		calls := w.calls()
		phone, phoneGone := w.connected("198.51.100.1:1001", "2001")
		phone.logOn("1200")
		talker, talkerGone := w.connected("198.51.100.1:1002", "1002")
		d := w.answered(talker, calls, withBody(sdpA)...)
		time.Sleep(19 * time.Minute)
		if !open(phoneGone) || !open(talkerGone) {
			t.Error("a connection that is needed was closed")
		}
		talker.send("BYE")
		talker.want("SIP/2.0 200")
		ends(t, d)
		time.Sleep(11 * time.Minute) // the registration is over, too
		if open(phoneGone) || open(talkerGone) {
			t.Error("a connection that nobody needs any more is open")
		}
		if n := w.ua.Stats().Connections; n != 0 {
			t.Errorf("%d connections", n)
		}
	})
}

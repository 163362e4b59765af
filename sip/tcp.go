package sip

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	writeTimeout   = 2 * time.Second  // a peer that does not read for so long has lost its connection
	firstMessage   = 30 * time.Second // a connection that says nothing in this time is closed
	idleLimit      = 5 * time.Minute  // one that is used for nothing is closed when it has been silent for so long
	maxConnections = 4096             // open TCP connections; more are refused at once
	maxPerAddress  = 256              // open TCP connections of one address: an office behind one NAT fits
	tcpReadSize    = 16 << 10
)

// A tcpConn is a wire that reaches one peer. Phones behind NAT can only be reached over the connection that they
// opened; it is found again by the peer's address, for as long as it is open.
type tcpConn struct {
	conn   net.Conn
	remote netip.AddrPort
	at     netip.AddrPort // our address, with the port that we listen on
	closed atomic.Bool

	mu sync.Mutex // held while writing: one message at a time
}

func (c *tcpConn) network() string       { return "TCP" }
func (c *tcpConn) local() netip.AddrPort { return c.at }
func (c *tcpConn) alive() bool           { return !c.closed.Load() }

func (c *tcpConn) send(b []byte, _ netip.AddrPort) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := c.conn.Write(b); err != nil {
		// Half a message may be out: nothing can follow it on this connection.
		return errors.Join(err, c.close())
	}
	return nil
}

func (c *tcpConn) close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.conn.Close()
}

// connections are the open TCP connections of a UA.
type connections struct {
	mu     sync.Mutex
	all    map[*tcpConn]struct{}       // guarded by mu
	byPeer map[netip.AddrPort]*tcpConn // guarded by mu; the latest of a peer
	perIP  map[netip.Addr]int          // guarded by mu
	closed bool                        // guarded by mu: no more are added
}

var errFull = errors.New("too many connections")

func (cs *connections) add(c *tcpConn) error {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	ip := c.remote.Addr()
	if cs.closed {
		return net.ErrClosed
	}
	if len(cs.all) >= maxConnections || cs.perIP[ip] >= maxPerAddress {
		return errFull
	}
	if cs.all == nil {
		cs.all, cs.byPeer, cs.perIP = make(map[*tcpConn]struct{}), make(map[netip.AddrPort]*tcpConn), make(map[netip.Addr]int)
	}
	cs.all[c], cs.byPeer[c.remote] = struct{}{}, c
	cs.perIP[ip]++
	return nil
}

func (cs *connections) remove(c *tcpConn) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.all, c)
	if cs.byPeer[c.remote] == c {
		delete(cs.byPeer, c.remote)
	}
	ip := c.remote.Addr()
	if cs.perIP[ip]--; cs.perIP[ip] <= 0 {
		delete(cs.perIP, ip)
	}
}

func (cs *connections) find(peer netip.AddrPort) *tcpConn {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byPeer[peer]; c != nil && c.alive() {
		return c
	}
	return nil
}

func (cs *connections) count() int {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return len(cs.all)
}

// closeAll closes every connection, and those still to come.
func (cs *connections) closeAll() (err error) {
	cs.mu.Lock()
	cs.closed = true
	all := slices.Collect(maps.Keys(cs.all))
	cs.mu.Unlock()
	for _, c := range all {
		err = errors.Join(err, c.close())
	}
	return err
}

// accept takes connections until the listener is closed.
func (ua *UA) accept(l net.Listener) error {
	port := addrPortOf(l.Addr()).Port()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			if !temporary(err) {
				return err
			}
			time.Sleep(10 * time.Millisecond) // out of file descriptors: they come back
			continue
		}
		if _, err := ua.adopt(conn, port, true); err != nil {
			ua.log.Debug("connection refused", "peer", conn.RemoteAddr(), "error", err)
		}
	}
}

// adopt makes a connection one of ours and reads it until it ends. When it cannot, it closes conn.
func (ua *UA) adopt(conn net.Conn, port uint16, inbound bool) (*tcpConn, error) {
	at := addrPortOf(conn.LocalAddr())
	if port != 0 {
		at = netip.AddrPortFrom(at.Addr(), port)
	}
	c := &tcpConn{conn: conn, remote: addrPortOf(conn.RemoteAddr()), at: at}
	if err := ua.conns.add(c); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	started := ua.spawn(func() {
		var err error
		defer func() { // however it ends
			if err = errors.Join(err, c.close()); err != nil {
				ua.log.Debug("connection ended", "peer", c.remote, "error", err)
			}
			ua.conns.remove(c)
			ua.txs.lost(c)
			ua.registrar.ConnectionLost(c.remote.String())
		}()
		err = c.serve(ua, inbound)
	})
	if !started {
		ua.conns.remove(c)
		return nil, errors.Join(net.ErrClosed, c.close())
	}
	return c, nil
}

// serve reads the connection until it ends. The kernel's keep-alive finds a peer that is gone; one that is there, for
// nothing, is sent away so that others find room.
func (c *tcpConn) serve(ua *UA, inbound bool) error {
	var f framer
	buf := make([]byte, tcpReadSize)
	patience := idleLimit
	if inbound {
		patience = firstMessage
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for {
		n, err := c.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && ua.needs(c) {
			if err := c.conn.SetReadDeadline(time.Now().Add(idleLimit)); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		f.add(buf[:n])
		for {
			message, ping, err := f.next()
			if ping {
				// RFC 5626 §4.4.1: a double CRLF is answered with a single one.
				if err := c.send([]byte("\r\n"), c.remote); err != nil {
					return err
				}
			}
			if err != nil {
				ua.stats.malformed.Add(1)
				return fmt.Errorf("stream: %w", err) // where the next message begins cannot be known
			}
			if message != nil {
				patience = idleLimit
			}
			// Half a message is no sign of life, and pings keep what has not said anything else no longer than silence.
			if message != nil || ping && patience == idleLimit {
				if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
					return err
				}
			}
			if message == nil {
				break
			}
			ua.receive(message, flow{wire: c, remote: c.remote})
		}
	}
}

// needs reports whether somebody is called, talks or is told of messages over a connection.
func (ua *UA) needs(c *tcpConn) bool {
	return ua.registrar.reaches(c.remote.String()) || ua.dialogs.use(c) || ua.lamps.use(c)
}

// dial opens a connection to a peer that has none.
func (ua *UA) dial(ctx context.Context, to netip.AddrPort) (*tcpConn, error) {
	ctx, cancel := context.WithTimeout(ctx, 8*ua.t1)
	defer cancel()
	conn, err := ua.dialer(ctx, to)
	if err != nil {
		return nil, err
	}
	return ua.adopt(conn, ua.tcpPort(), false)
}

package sip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"time"
)

// A packetConn is what is used of a *net.UDPConn; tests put a network in memory in its place.
type packetConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// udpSocket is a wire that reaches everybody. A message is sent whole whatever its size: RFC 3261 §18.1.1 would
// have anything over 1300 bytes go by TCP, which the phones that need it do not listen on; IP fragments it.
type udpSocket struct {
	conn packetConn
	at   netip.AddrPort
}

func newUDPSocket(conn packetConn) *udpSocket {
	return &udpSocket{conn: conn, at: addrPortOf(conn.LocalAddr())}
}

func (s *udpSocket) network() string       { return "UDP" }
func (s *udpSocket) local() netip.AddrPort { return s.at }
func (s *udpSocket) alive() bool           { return true }

func (s *udpSocket) send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

// maxMessage is the largest message taken or sent: what a UDP datagram can hold.
const maxMessage = 65535

// serve reads the socket until it is closed and handles each datagram before the next is read, so that messages
// are taken in the order in which they came.
func (s *udpSocket) serve(ua *UA) error {
	buf := make([]byte, maxMessage)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			// An ICMP error of an earlier send may be reported here; the socket is still good.
			if !temporary(err) {
				return err
			}
			time.Sleep(time.Millisecond)
			continue
		}
		packet := bytes.TrimLeft(buf[:n], "\r\n") // before a start line they mean nothing (RFC 3261 §7.5)
		if len(bytes.Trim(packet, "\r\n\x00")) == 0 {
			continue // a keep-alive (RFC 5626 §4.4.2 and what phones make of it)
		}
		ua.receive(packet, flow{wire: s, remote: unmap(from)})
	}
}

// temporary reports an error after which reading goes on: everything but the socket itself being gone.
func temporary(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

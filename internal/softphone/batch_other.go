//go:build !linux || !(amd64 || arm64)

package softphone

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const packetRoom = 512

// A packetSocket sends and receives one packet at a time where the kernel takes no batches, and measures
// arrival in the reader.
type packetSocket struct {
	conn         *net.UDPConn
	addr         netip.AddrPort
	take         func(b []byte, at time.Time, from netip.AddrPort)
	sent, failed atomic.Uint64
	wg           sync.WaitGroup
}

func openPackets(host netip.Addr, take func([]byte, time.Time, netip.AddrPort)) (*packetSocket, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	if err != nil {
		return nil, err
	}
	s := &packetSocket{conn: c, addr: udpAddr(c), take: take}
	s.wg.Go(s.read)
	return s, nil
}

func (s *packetSocket) add(packet []byte, to netip.AddrPort) {
	if _, err := s.conn.WriteToUDPAddrPort(packet, to); err != nil {
		s.failed.Add(1)
	} else {
		s.sent.Add(1)
	}
}

func (s *packetSocket) flush()   {}
func (s *packetSocket) receive() {}

func (s *packetSocket) read() {
	buf := make([]byte, packetRoom)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			s.take(buf[:n], time.Now(), netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
	}
}

func (s *packetSocket) close() error {
	err := s.conn.Close()
	s.wg.Wait()
	return err
}

// newPace is a sleep.
func newPace() (pace func(time.Duration), done func()) { return time.Sleep, func() {} }

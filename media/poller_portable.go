package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// portable is the network of systems other than Linux, on Go's net package: one goroutine reads each socket.
// It is correct, and not fast.
type portable struct{}

const (
	portableBacklog = 16   // packets of one socket waiting for the loop
	portableLargest = 2048 // bytes of a packet; the rest is cut off
)

func (portable) bind(local netip.AddrPort) (socket, error) {
	family := "udp4"
	if local.Addr().Is6() {
		family = "udp6"
	}
	conn, err := net.ListenUDP(family, net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	return &netSocket{conn: conn}, nil
}

func (portable) poller() (poller, error) { return &netPoller{signal: make(chan struct{}, 1)}, nil }

// netPoller collects the tokens of sockets whose readers have put something.
type netPoller struct {
	signal chan struct{} // capacity 1: one wake-up waiting is enough

	mu     sync.Mutex
	marked []*netSocket // guarded by mu: those with packets waiting, each once

	tokens []uint32
}

func (p *netPoller) add(s socket, token uint32) error {
	n := s.(*netSocket)
	n.mu.Lock()
	n.poller, n.token = p, token
	waiting := n.waiting > 0
	if n.over == nil {
		n.over = make(chan struct{})
		go n.read(n.over)
	}
	n.mu.Unlock()
	if waiting {
		p.mark(n)
	}
	return nil
}

func (p *netPoller) remove(s socket) error {
	n := s.(*netSocket)
	n.mu.Lock()
	n.poller = nil
	n.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, m := range p.marked {
		if m == n {
			p.marked = append(p.marked[:i], p.marked[i+1:]...)
			break
		}
	}
	return nil
}

func (p *netPoller) mark(n *netSocket) {
	p.mu.Lock()
	p.marked = append(p.marked, n)
	p.mu.Unlock()
	p.wake()
}

func (p *netPoller) wait(_, limit time.Duration) error {
	if limit < 0 {
		<-p.signal
		return nil
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.signal:
	case <-timer.C:
	}
	return nil
}

func (p *netPoller) ready() []uint32 {
	p.mu.Lock()
	marked := p.marked
	p.marked = nil
	p.mu.Unlock()
	p.tokens = p.tokens[:0]
	for _, n := range marked {
		n.mu.Lock()
		if n.poller == p && n.waiting > 0 {
			p.tokens = append(p.tokens, n.token)
		}
		n.mu.Unlock()
	}
	return p.tokens
}

func (p *netPoller) wake() {
	select {
	case p.signal <- struct{}{}:
	default:
	}
}

func (p *netPoller) close() error { return nil }

// netSocket is a socket and the packets that its reader has put aside for the loop.
type netSocket struct {
	conn *net.UDPConn
	to   netip.AddrPort

	mu      sync.Mutex
	poller  *netPoller                 // guarded by mu; nil: nobody watches
	token   uint32                     // guarded by mu
	over    chan struct{}              // guarded by mu: closed when the reader has ended; nil: it never began
	packets [portableBacklog]netPacket // guarded by mu
	first   int                        // guarded by mu: the next to be read by the loop
	waiting int                        // guarded by mu
}

type netPacket struct {
	data [portableLargest]byte
	n    int
	from netip.AddrPort
}

func (n *netSocket) forget() {
	n.to = netip.AddrPort{}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = 0
}

func (n *netSocket) read(over chan struct{}) {
	defer close(over)
	var buf [portableLargest]byte
	for {
		size, from, err := n.conn.ReadFromUDPAddrPort(buf[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // an ICMP error that belongs to some earlier packet: Windows reports those here
			continue
		}
		n.mu.Lock()
		if n.waiting < portableBacklog {
			at := &n.packets[(n.first+n.waiting)%portableBacklog]
			at.n, at.from = copy(at.data[:], buf[:size]), netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			n.waiting++
		}
		poller, first := n.poller, n.waiting == 1
		n.mu.Unlock()
		if first && poller != nil {
			poller.mark(n)
		}
	}
}

func (n *netSocket) recv(b []byte) (int, netip.AddrPort, bool) {
	n.mu.Lock()
	if n.waiting == 0 {
		n.mu.Unlock()
		return 0, netip.AddrPort{}, false
	}
	packet := &n.packets[n.first]
	size, from := copy(b, packet.data[:packet.n]), packet.from
	n.first = (n.first + 1) % portableBacklog
	n.waiting--
	poller, more := n.poller, n.waiting > 0
	n.mu.Unlock()
	if more && poller != nil {
		poller.mark(n)
	}
	return size, from, true
}

func (n *netSocket) aim(to netip.AddrPort) { n.to = to }

func (n *netSocket) send(b []byte) bool {
	_, err := n.conn.WriteToUDPAddrPort(b, n.to)
	return err == nil
}

func (n *netSocket) local() netip.AddrPort {
	at, err := netip.ParseAddrPort(n.conn.LocalAddr().String())
	if err != nil {
		panic(fmt.Sprintf("media: a socket's own address cannot be read: %v", err))
	}
	return at
}

func (n *netSocket) close() error {
	err := n.conn.Close()
	n.mu.Lock()
	over := n.over
	n.mu.Unlock()
	if over != nil {
		<-over
	}
	return err
}

package media

import (
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// memory is a network inside a test: packets are put into sockets and found in them.
type memory struct {
	mu    sync.Mutex
	next  uint16
	taken map[uint16]*memorySocket
}

func newMemory() *memory { return &memory{next: 20000, taken: make(map[uint16]*memorySocket)} }

func (m *memory) bind(local netip.AddrPort) (socket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	port := local.Port()
	if port == 0 {
		for port = m.next; m.taken[port] != nil || m.taken[port^1] != nil; port++ {
		}
		m.next = port + 1
	}
	if m.taken[port] != nil {
		return nil, syscall.EADDRINUSE
	}
	s := &memorySocket{net: m, at: netip.AddrPortFrom(local.Addr(), port)}
	m.taken[port] = s
	return s, nil
}

func (m *memory) poller() (poller, error) { return &memoryPoller{}, nil }

// open is how many sockets are bound.
func (m *memory) open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.taken)
}

type memorySocket struct {
	net     *memory
	at      netip.AddrPort
	waiting []datagram
	sent    []datagram
	deaf    bool // forgets what is sent, for tests that count allocations
	to      netip.AddrPort
}

type datagram struct {
	data []byte
	peer netip.AddrPort
}

func (s *memorySocket) recv(b []byte) (int, netip.AddrPort, bool) {
	if len(s.waiting) == 0 {
		return 0, netip.AddrPort{}, false
	}
	d := s.waiting[0]
	if s.waiting = s.waiting[1:]; len(s.waiting) == 0 && s.deaf {
		s.waiting = nil
	}
	return copy(b, d.data), d.peer, true
}

func (s *memorySocket) aim(to netip.AddrPort) { s.to = to }

func (s *memorySocket) send(b []byte) bool {
	if !s.deaf {
		s.sent = append(s.sent, datagram{slices.Clone(b), s.to})
	}
	return true
}

func (s *memorySocket) forget() { s.waiting, s.to = nil, netip.AddrPort{} }

func (s *memorySocket) local() netip.AddrPort { return s.at }

func (s *memorySocket) close() error {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	delete(s.net.taken, s.at.Port())
	return nil
}

type memoryPoller struct {
	watched []*memorySocket
	tokens  []uint32
	found   []uint32
}

func (p *memoryPoller) add(s socket, token uint32) error {
	p.watched = append(p.watched, s.(*memorySocket))
	p.tokens = append(p.tokens, token)
	return nil
}

func (p *memoryPoller) remove(s socket) error {
	i := slices.Index(p.watched, s.(*memorySocket))
	p.watched = slices.Delete(p.watched, i, i+1)
	p.tokens = slices.Delete(p.tokens, i, i+1)
	return nil
}

func (p *memoryPoller) wait(_, _ time.Duration) error { return nil }

func (p *memoryPoller) ready() []uint32 {
	p.found = p.found[:0]
	for i, s := range p.watched {
		if len(s.waiting) > 0 {
			p.found = append(p.found, p.tokens[i])
		}
	}
	return p.found
}

func (p *memoryPoller) wake()        {}
func (p *memoryPoller) close() error { return nil }

package media

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel is the network of the real world.
func kernel() network { return linux{} }

// linux reads and writes with system calls of its own: Go's net package would park a goroutine and wake it
// again for every packet.
type linux struct{}

func (linux) poller() (poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("eventfd: %w", err), unix.Close(ep))
	}
	p := &epoll{fd: ep, event: event}
	if err := p.watch(event, wakeToken); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

const (
	wakeToken  = 1<<32 - 1
	drainMost  = 2000 // packets: more than a socket's buffer holds, so that nobody can keep us at it
	epollBatch = 64   // packets read before the clock is looked at again: about half a millisecond
)

// epoll is level-triggered: one read per wake-up and socket is the rule, and reading until there is nothing
// more would cost a second system call for every packet.
type epoll struct {
	fd, event int
	woken     atomic.Bool // somebody has called wake, and it was not noticed yet
	napping   atomic.Bool // woken is looked at when the nap is over, so that the eventfd need not be written

	peer   peerAddress // of the packet that was read last, by any of the sockets
	events [epollBatch]unix.EpollEvent
	tokens [epollBatch]uint32
	found  int
	sleep  unix.Timespec
	limit  [2]int64 // seconds and nanoseconds, as epoll_pwait2 reads them on every machine
	scrap  [8]byte
	coarse bool // the kernel has no epoll_pwait2 (before 5.11): limits are whole milliseconds
}

func (p *epoll) watch(fd int, token uint32) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(token)}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

func (p *epoll) add(s socket, token uint32) error {
	u := s.(*udpSocket)
	u.peer = &p.peer
	return p.watch(u.fd, token)
}

func (p *epoll) remove(s socket) error {
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, s.(*udpSocket).fd, nil); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// wait makes raw system calls, which keep the P of Go's scheduler, unless it may wait for ever. To give the P
// up and take it again for every packet, and wake the runtime's own threads each time, costs more than to
// forward the packet. Nobody else has to wait for that P: the engine has added one for each loop. The garbage
// collector does not have to, either: its signal interrupts the call, and it repeats the signal until it is heard.
func (p *epoll) wait(nap, limit time.Duration) error {
	if nap > 0 {
		p.napping.Store(true)
		p.sleep = unix.NsecToTimespec(int64(nap))
		_, _, errno := unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&p.sleep)), 0, 0)
		p.napping.Store(false)
		if p.woken.Swap(false) {
			limit = 0
		}
		if errno == unix.EINTR {
			return nil // somebody wants this goroutine to stop for a moment
		}
	}
	n, errno := p.look(limit)
	if errno == unix.ENOSYS || errno == unix.EPERM { // before Linux 5.11, or in a sandbox of that time
		p.coarse = true
		n, errno = p.look(limit)
	}
	if errno != 0 {
		p.found = 0
		if errno == unix.EINTR {
			return nil
		}
		return fmt.Errorf("epoll: %w", errno)
	}
	p.found = int(n)
	return nil
}

// look is one call of epoll_pwait2 or, where there is none, epoll_pwait.
func (p *epoll) look(limit time.Duration) (uintptr, unix.Errno) {
	fd, events := uintptr(p.fd), uintptr(unsafe.Pointer(&p.events))
	if limit < 0 {
		forever := -1
		n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, fd, events, epollBatch, uintptr(forever), 0, 0)
		return n, errno
	}
	if p.coarse {
		ms := (limit + time.Millisecond - 1) / time.Millisecond
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, fd, events, epollBatch, uintptr(ms), 0, 0)
		return n, errno
	}
	p.limit = [2]int64{int64(limit / time.Second), int64(limit % time.Second)}
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, fd, events, epollBatch, uintptr(unsafe.Pointer(&p.limit)), 0, 0)
	return n, errno
}

func (p *epoll) ready() []uint32 {
	tokens := p.tokens[:0]
	for i := range p.events[:p.found] {
		token := uint32(p.events[i].Fd)
		if token == wakeToken {
			//nolint:errcheck // epoll says that there is something to read; were there not, we would only look once more
			unix.RawSyscall(unix.SYS_READ, uintptr(p.event), uintptr(unsafe.Pointer(&p.scrap)), 8)
			p.woken.Store(false) // after the read: whoever finds it still true has posted before the loop looks
			continue
		}
		tokens = append(tokens, token)
	}
	p.found = 0
	return tokens
}

var one = [8]byte{1} // what is written to an eventfd; the byte order does not matter to us

func (p *epoll) wake() {
	if p.woken.CompareAndSwap(false, true) && !p.napping.Load() {
		unix.RawSyscall(unix.SYS_WRITE, uintptr(p.event), uintptr(unsafe.Pointer(&one)), 8) //nolint:errcheck // fails only when the count overflows: one at a time is written
	}
}

func (p *epoll) close() error { return errors.Join(unix.Close(p.event), unix.Close(p.fd)) }

// bind makes a non-blocking UDP socket.
func (linux) bind(local netip.AddrPort) (socket, error) {
	family, class, option := unix.AF_INET, unix.IPPROTO_IP, unix.IP_TOS
	if local.Addr().Is6() {
		family, class, option = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &udpSocket{fd: fd, six: family == unix.AF_INET6}
	if err := s.open(local, class, option); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return s, nil
}

// peerAddress is where the system writes who has sent a packet.
type peerAddress struct {
	raw  unix.RawSockaddrInet6
	size uint32
}

// udpSocket keeps where it sends to in the system's form. It is small, since with hundreds of calls each line
// of memory that a packet needs must be fetched anew.
type udpSocket struct {
	fd     int
	peer   *peerAddress // the poller's
	toSize uint32
	to     unix.RawSockaddrInet6
	six    bool
	self   netip.AddrPort
}

func (s *udpSocket) open(local netip.AddrPort, class, option int) error {
	var at unix.Sockaddr = &unix.SockaddrInet4{Port: int(local.Port())}
	switch {
	case s.six:
		at = &unix.SockaddrInet6{Port: int(local.Port()), Addr: local.Addr().As16()}
	case local.Addr().IsValid():
		at = &unix.SockaddrInet4{Port: int(local.Port()), Addr: local.Addr().As4()}
	}
	if s.six { // what comes over IPv4 to this port is not the party's
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return fmt.Errorf("bind %v: IPv6 only: %w", local, err)
		}
	}
	if err := unix.Bind(s.fd, at); err != nil {
		return fmt.Errorf("bind %v: %w", local, err)
	}
	if err := unix.SetsockoptInt(s.fd, class, option, trafficClass); err != nil {
		return fmt.Errorf("bind %v: traffic class: %w", local, err)
	}
	if !s.six {
		// Our packets are never fragmented, and those that cannot be need no number from the kernel's one counter.
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE); err != nil {
			return fmt.Errorf("bind %v: do not fragment: %w", local, err)
		}
	}
	if s.self = local; local.Port() != 0 {
		return nil
	}
	name, err := unix.Getsockname(s.fd)
	if err != nil {
		return fmt.Errorf("bind %v: %w", local, err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		s.self = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
	case *unix.SockaddrInet6:
		s.self = netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port))
	}
	return nil
}

func (s *udpSocket) local() netip.AddrPort { return s.self }

func (s *udpSocket) close() error { return unix.Close(s.fd) }

func (s *udpSocket) forget() {
	s.to, s.toSize = unix.RawSockaddrInet6{}, 0
	var scrap [1]byte
	for range drainMost {
		_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&scrap)), 1, unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EAGAIN {
			return
		}
	}
}

func (s *udpSocket) recv(b []byte) (int, netip.AddrPort, bool) {
	peer := s.peer
	peer.size = unix.SizeofSockaddrInet6
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&peer.raw)), uintptr(unsafe.Pointer(&peer.size)))
	if errno != 0 {
		return 0, netip.AddrPort{}, false
	}
	return int(n), fromSystem(&peer.raw), true
}

func (s *udpSocket) send(b []byte) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&s.to)), uintptr(s.toSize))
	return errno == 0
}

// fromSystem reads a sockaddr of either family; the port is in network order.
func fromSystem(raw *unix.RawSockaddrInet6) netip.AddrPort {
	port := (*[2]byte)(unsafe.Pointer(&raw.Port))
	number := uint16(port[0])<<8 | uint16(port[1])
	if raw.Family == unix.AF_INET {
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), number)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), number)
}

// aim writes the sockaddr of to. A family that the socket does not speak is left to the kernel to refuse.
func (s *udpSocket) aim(to netip.AddrPort) {
	s.to = unix.RawSockaddrInet6{Family: unix.AF_INET6}
	port := (*[2]byte)(unsafe.Pointer(&s.to.Port))
	port[0], port[1] = byte(to.Port()>>8), byte(to.Port())
	if !s.six && to.Addr().Is4() {
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.to))
		four.Family, four.Addr = unix.AF_INET, to.Addr().As4()
		s.toSize = unix.SizeofSockaddrInet4
		return
	}
	s.to.Addr = to.Addr().As16()
	s.toSize = unix.SizeofSockaddrInet6
}

//go:build linux && (amd64 || arm64)

package softphone

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Packets go to and from the kernel many at a time, and the kernel writes down when each arrived: the
// generator's own delays are then no part of the latency it measures, and it can fetch at leisure.
const (
	sendBatch    = 16 // few enough that the first stamp of a batch is not old when the last packet goes
	receiveBatch = 64
	packetRoom   = 512
)

// mmsghdr is the kernel's struct mmsghdr on 64-bit machines.
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

// A packetSocket is a UDP socket over IPv4 that Go's poller does not know: nothing wakes up for a packet.
// All but the counters belong to one goroutine.
type packetSocket struct {
	fd           int
	addr         netip.AddrPort
	take         func(b []byte, at time.Time, from netip.AddrPort)
	sent, failed atomic.Uint64

	waiting int // packets in out
	out     outBatch
	in      inBatch
}

type outBatch struct {
	packets [sendBatch][rtpHeader + frameSamples]byte
	names   [sendBatch]unix.RawSockaddrInet4
	vectors [sendBatch]unix.Iovec
	headers [sendBatch]mmsghdr
}

type inBatch struct {
	packets [receiveBatch][packetRoom]byte
	names   [receiveBatch]unix.RawSockaddrInet4
	control [receiveBatch][64]byte
	vectors [receiveBatch]unix.Iovec
	headers [receiveBatch]mmsghdr
}

// openPackets binds an ephemeral port; take is called by receive.
func openPackets(host netip.Addr, take func([]byte, time.Time, netip.AddrPort)) (*packetSocket, error) {
	if !host.Is4() {
		return nil, fmt.Errorf("%v is no IPv4 address", host)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	s := &packetSocket{fd: fd, take: take}
	err = errors.Join(
		unix.Bind(fd, &unix.SockaddrInet4{Addr: host.As4()}),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBuffer),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
	)
	local, nameErr := unix.Getsockname(fd)
	if err = errors.Join(err, nameErr); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	s.addr = netip.AddrPortFrom(host, uint16(local.(*unix.SockaddrInet4).Port))
	s.wire()
	return s, nil
}

// wire points the kernel's structures at each other, once.
func (s *packetSocket) wire() {
	for i := range s.out.headers {
		s.out.vectors[i].Base = &s.out.packets[i][0]
		h := &s.out.headers[i].header
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&s.out.names[i])), unix.SizeofSockaddrInet4
		h.Iov = &s.out.vectors[i]
		h.SetIovlen(1)
	}
	for i := range s.in.headers {
		s.in.vectors[i].Base = &s.in.packets[i][0]
		s.in.vectors[i].SetLen(packetRoom)
		h := &s.in.headers[i].header
		h.Name = (*byte)(unsafe.Pointer(&s.in.names[i]))
		h.Iov = &s.in.vectors[i]
		h.SetIovlen(1)
		h.Control = &s.in.control[i][0]
	}
}

func portOf(a *unix.RawSockaddrInet4) []byte { return (*[2]byte)(unsafe.Pointer(&a.Port))[:] }

// add copies a packet into the batch and sends the batch when it is full.
func (s *packetSocket) add(packet []byte, to netip.AddrPort) {
	o, i := &s.out, s.waiting
	o.vectors[i].SetLen(copy(o.packets[i][:], packet))
	o.names[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: to.Addr().As4()}
	binary.BigEndian.PutUint16(portOf(&o.names[i]), to.Port())
	if s.waiting++; s.waiting == sendBatch {
		s.flush()
	}
}

// flush sends what was collected. A packet that the kernel will not take is counted and skipped.
func (s *packetSocket) flush() {
	for at := 0; at < s.waiting; {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.out.headers[at])),
			uintptr(s.waiting-at), unix.MSG_DONTWAIT, 0, 0)
		if errno != 0 {
			s.failed.Add(1)
			at++
			continue
		}
		s.sent.Add(uint64(n))
		at += int(n)
	}
	s.waiting = 0
}

// receive takes everything that has arrived, without waiting.
func (s *packetSocket) receive() {
	for {
		for i := range s.in.headers {
			h := &s.in.headers[i].header
			h.Namelen = unix.SizeofSockaddrInet4
			h.SetControllen(len(s.in.control[i]))
		}
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.in.headers[0])),
			receiveBatch, unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.ECONNREFUSED || errno == unix.EINTR {
			continue // an ICMP message about an earlier packet: the other side is gone
		}
		if errno != 0 {
			return
		}
		for i := range int(n) {
			from := netip.AddrPortFrom(netip.AddrFrom4(s.in.names[i].Addr), binary.BigEndian.Uint16(portOf(&s.in.names[i])))
			s.take(s.in.packets[i][:min(s.in.headers[i].length, packetRoom)], s.arrival(i), from)
		}
		if n < receiveBatch {
			return
		}
	}
}

// arrival is the kernel's time of the packet, or now when it wrote none.
func (s *packetSocket) arrival(i int) time.Time {
	const head = unix.SizeofCmsghdr
	h := (*unix.Cmsghdr)(unsafe.Pointer(&s.in.control[i][0]))
	if s.in.headers[i].header.Controllen < head+16 || h.Level != unix.SOL_SOCKET || h.Type != unix.SO_TIMESTAMPNS {
		return time.Now()
	}
	ts := (*unix.Timespec)(unsafe.Pointer(&s.in.control[i][head]))
	return time.Unix(ts.Sec, ts.Nsec)
}

func (s *packetSocket) close() error { return unix.Close(s.fd) }

// newPace returns a sleep that is exact to some fifty microseconds, which Go's timers are not. It keeps a
// thread to itself until done is called.
func newPace() (pace func(time.Duration), done func()) {
	runtime.LockOSThread()
	return func(d time.Duration) {
		if d > 0 {
			ts := unix.NsecToTimespec(int64(d))
			_ = unix.Nanosleep(&ts, nil) //nolint:errcheck // woken early: the next slot is a little early, too
		}
	}, runtime.UnlockOSThread
}

package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// bindTries is how often a free port is looked for that TCP and UDP both have.
const bindTries = 50

// readBuffer is what a socket should hold while the reader is busy: a second of a thousand phones' messages.
const readBuffer = 4 << 20

// bind opens the sockets of all addresses, or none. TCP and UDP of one host with port 0 get the same port: a phone
// is told one address. No port is probed: what is free is what could be bound.
func bind(addrs []listen) (packets []packetConn, listeners []net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, p := range packets {
				err = errors.Join(err, p.Close())
			}
			for _, l := range listeners {
				err = errors.Join(err, l.Close())
			}
			packets, listeners = nil, nil
		}
	}()
	paired := make(map[netip.Addr]bool)
	for _, a := range addrs {
		host := a.addr.Addr()
		if a.addr.Port() == 0 && wants(addrs, "udp", host) && wants(addrs, "tcp", host) {
			if paired[host] {
				continue
			}
			paired[host] = true
			p, l, err := bindPair(host)
			if err != nil {
				return packets, listeners, fmt.Errorf("listen on %s: %w", host, err)
			}
			packets, listeners = append(packets, p), append(listeners, l)
			continue
		}
		if a.network == "tcp" {
			l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(a.addr))
			if err != nil {
				return packets, listeners, bindError(a, err)
			}
			listeners = append(listeners, l)
			continue
		}
		p, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a.addr))
		if err != nil {
			return packets, listeners, bindError(a, err)
		}
		packets = append(packets, p)
	}
	for _, p := range packets {
		if conn, ok := p.(*net.UDPConn); ok {
			_ = conn.SetReadBuffer(readBuffer) //nolint:errcheck // the kernel gives what its limit allows
		}
	}
	return packets, listeners, nil
}

// bindPair opens TCP on any port and UDP on the same one, and tries another when somebody has that already.
func bindPair(host netip.Addr) (*net.UDPConn, *net.TCPListener, error) {
	var last error
	for range bindTries {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
		if err != nil {
			return nil, nil, err
		}
		port := addrPortOf(l.Addr()).Port()
		p, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, port)))
		if err == nil {
			return p, l, nil
		}
		if last = errors.Join(err, l.Close()); !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return nil, nil, last
}

func wants(addrs []listen, network string, host netip.Addr) bool {
	for _, a := range addrs {
		if a.network == network && a.addr.Port() == 0 && a.addr.Addr() == host {
			return true
		}
	}
	return false
}

func bindError(a listen, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s://%s: the port is in use by another program: %w", a.network, a.addr, err)
	}
	return fmt.Errorf("listen on %s://%s: %w", a.network, a.addr, err)
}

// addrPortOf is the address of a socket, without the IPv6 clothing of an IPv4 address.
func addrPortOf(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return unmap(a.AddrPort())
	case *net.TCPAddr:
		return unmap(a.AddrPort())
	}
	return netip.AddrPort{}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

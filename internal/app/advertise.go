package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"hatif/sip"
)

// advertiser returns which address of ours stands in SDP for a peer: the configured one, or the one that a packet
// to that peer leaves from: also where the configured one is of the other family, which the peer may not reach.
func advertiser(ctx context.Context, c sip.Config) (func(remote netip.Addr) netip.Addr, error) {
	auto := localToward(listenAddr(c))
	if c.Advertise == "" || c.Advertise == "auto" {
		return auto, nil
	}
	host := c.Advertise
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host) // of an address it is the address
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("sip.advertise: %s has no address: %w", host, err)
	}
	return func(remote netip.Addr) netip.Addr {
		for _, addr := range found {
			if addr = addr.Unmap(); !remote.IsValid() || addr.Is4() == remote.Unmap().Is4() {
				return addr
			}
		}
		return auto(remote)
	}, nil
}

// listenAddr is the one address listened on; not valid when it is all of them, or several.
func listenAddr(c sip.Config) netip.Addr {
	var only netip.Addr
	for _, l := range c.Listen {
		_, hostPort, _ := strings.Cut(l, "://")
		ap, err := netip.ParseAddrPort(hostPort)
		if err != nil || ap.Addr().IsUnspecified() || only.IsValid() && only != ap.Addr() {
			return netip.Addr{}
		}
		only = ap.Addr()
	}
	return only
}

// localToward asks the routing table, by connecting a socket that sends nothing: anew for each port, since addresses
// come and go with leases and tunnels.
func localToward(only netip.Addr) func(netip.Addr) netip.Addr {
	if only.IsValid() {
		return func(netip.Addr) netip.Addr { return only }
	}
	return func(remote netip.Addr) netip.Addr {
		if !remote.IsValid() {
			remote = netip.AddrFrom4([4]byte{192, 0, 2, 1}) // RFC 5737: any address beyond our own network
		}
		if conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(remote, 9))); err == nil {
			local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
			conn.Close() //nolint:errcheck // nothing was sent on it
			return local
		}
		if remote.Is6() {
			return netip.Addr{} // IPv6 goes nowhere from here
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
}

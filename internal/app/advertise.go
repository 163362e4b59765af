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
// to that peer leaves from.
func advertiser(ctx context.Context, c sip.Config) (func(remote netip.Addr) netip.Addr, error) {
	if c.Advertise == "" || c.Advertise == "auto" {
		return localToward(listenAddr(c)), nil
	}
	host := c.Advertise
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		found, lookupErr := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if lookupErr != nil || len(found) == 0 {
			return nil, fmt.Errorf("sip.advertise: %s has no address: %w", host, lookupErr)
		}
		addr = found[0].Unmap()
	}
	return func(netip.Addr) netip.Addr { return addr }, nil
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
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
}

package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

const defaultPort = 5060

// contactAddr is the host and port that we write into Via and Contact for a flow: what the file says, else the
// address that a packet to the peer leaves from.
func (ua *UA) contactAddr(f flow) (host string, port int) {
	local := f.wire.local()
	port = int(local.Port())
	if ua.advertise.port != 0 {
		port = ua.advertise.port
	}
	if ua.advertise.host != "" {
		return ua.advertise.host, port
	}
	ip := local.Addr()
	if ip.IsUnspecified() {
		ip = ua.routes.from(f.remote)
	}
	return ip.String(), port
}

// routes remembers which of our addresses a packet to a peer leaves from.
type routes struct {
	mu    sync.Mutex
	known map[netip.Addr]route // guarded by mu
}

type route struct {
	ip    netip.Addr
	until time.Time
}

const (
	routeLife = time.Minute // an address of ours may change under us: DHCP, a VPN that comes up
	maxRoutes = 4096
)

// from asks the kernel; nothing is sent. Where there is no route, the loopback address stands for it.
func (r *routes) from(to netip.AddrPort) netip.Addr {
	now := time.Now()
	r.mu.Lock()
	known, ok := r.known[to.Addr()]
	r.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.ip
	}
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to)); err == nil {
		ip = addrPortOf(c.LocalAddr()).Addr()
		_ = c.Close() //nolint:errcheck // nothing was sent on it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxRoutes {
		r.known = make(map[netip.Addr]route)
	}
	r.known[to.Addr()] = route{ip, now.Add(routeLife)}
	return ip
}

// flowTo finds or makes the way to an address. Only a TCP connection that does not exist yet takes time.
func (ua *UA) flowTo(ctx context.Context, network string, to netip.AddrPort) (flow, error) {
	if f, ok := ua.flowNow(network, to); ok {
		return f, nil
	}
	if network != "TCP" {
		return flow{}, fmt.Errorf("%s to %s: %w", network, to, errNoFlow)
	}
	c, err := ua.dial(ctx, to)
	if err != nil {
		return flow{}, err
	}
	return flow{c, to}, nil
}

// flowNow is flowTo without waiting.
func (ua *UA) flowNow(network string, to netip.AddrPort) (flow, bool) {
	if network == "TCP" {
		c := ua.conns.find(to)
		return flow{c, to}, c != nil
	}
	for _, s := range ua.udp {
		ip := s.at.Addr()
		// A wildcard IPv6 socket reaches IPv4 as well.
		if ip.Is4() == to.Addr().Is4() || ip == netip.IPv6Unspecified() {
			return flow{s, to}, true
		}
	}
	return flow{}, false
}

// tcpPort is the port that we take connections at, for the Contact of a connection that we open; 0: none.
func (ua *UA) tcpPort() uint16 {
	if len(ua.listeners) == 0 {
		return 0
	}
	return addrPortOf(ua.listeners[0].Addr()).Port()
}

// place is where a URI points: a network and a host and port, the host perhaps a name.
type place struct {
	network string
	host    string
	port    int
}

// placeOf reads a URI as RFC 3263 §4.1 and §4.2 do, without asking the DNS.
func placeOf(uri *sip.Uri) (place, error) {
	if uri.Scheme != "sip" && uri.Scheme != "" || uri.Host == "" || uri.Wildcard {
		return place{}, fmt.Errorf("%q is no sip: address that we can reach", uri.String())
	}
	p := place{network: "UDP", host: strings.Trim(uri.Host, "[]"), port: uri.Port}
	for _, kv := range uri.UriParams {
		if strings.EqualFold(kv.K, "transport") {
			p.network = strings.ToUpper(kv.V)
		}
	}
	if p.network != "UDP" && p.network != "TCP" {
		return place{}, fmt.Errorf("%q: transport %s is not ours", uri.String(), p.network)
	}
	if p.port == 0 {
		p.port = defaultPort
	}
	return p, nil
}

// literal is the place's address when its host is one.
func (p place) literal() (netip.AddrPort, bool) {
	ip, err := netip.ParseAddr(p.host)
	return netip.AddrPortFrom(ip.Unmap(), uint16(p.port)), err == nil
}

// resolve finds the address of a place; a literal one needs no DNS. IPv4 comes first: that is what phones have.
func (p place) resolve(ctx context.Context) (netip.AddrPort, error) {
	if a, ok := p.literal(); ok {
		return a, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", p.host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for _, ip := range ips {
		if ip.Unmap().Is4() {
			return netip.AddrPortFrom(ip.Unmap(), uint16(p.port)), nil
		}
	}
	if len(ips) == 0 {
		return netip.AddrPort{}, fmt.Errorf("%s has no address", p.host)
	}
	return netip.AddrPortFrom(ips[0], uint16(p.port)), nil
}

// parseTarget reads Binding.Target.
func parseTarget(network, target string) (place, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return place{}, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return place{}, fmt.Errorf("%q is not a port", port)
	}
	if network = strings.ToUpper(network); network == "" {
		network = "UDP"
	}
	return place{network, host, int(number)}, nil
}

// replyTo is where the responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4), and notes in its top Via where it
// came from (§18.2.1). A client that does not ask for rport, but whose Via is not the address that it really has, is
// behind NAT and can only be reached where its packet came from.
func replyTo(req *sip.Request, from flow) flow {
	via := req.Via()
	source := from.remote.Addr().String()
	rport := via.Params.Has("rport")
	if rport || via.Host != source {
		via.Params.Add("received", source)
	}
	if rport {
		via.Params.Add("rport", strconv.Itoa(int(from.remote.Port())))
	}
	if from.reliable() || rport || via.Host != source {
		return from
	}
	port := via.Port
	if port <= 0 || port > 65535 {
		port = defaultPort
	}
	return flow{from.wire, netip.AddrPortFrom(from.remote.Addr(), uint16(port))}
}

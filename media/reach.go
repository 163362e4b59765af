package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// A port speaks one family, IPv4 or IPv6, and its sockets are of the one in which its address is advertised: a party
// that was told an IPv6 address sends there.

// meet chooses what a port advertises and what its sockets are bound to, and whether RTP may be all that it needs: that
// is so when the party has offered to take RTCP there too, and when nothing is known of it yet.
func (e *Engine) meet(opts PortOptions) (advertised, bound netip.Addr, lone bool, err error) {
	remote, lone := opts.Remote.Unmap(), true
	if opts.Offer != nil {
		theirs, err := ParseDescription(opts.Offer)
		if err != nil {
			return advertised, bound, lone, err
		}
		lone = theirs.Mux
		if theirs.locates() && theirs.Address.BitLen() != remote.BitLen() {
			remote = theirs.Address // it signals in one family and wants its audio in the other
		}
	}
	if advertised, err = e.advertise(remote); err != nil {
		return advertised, bound, lone, err
	}
	if bound = e.cfg.Listen; !bound.IsValid() {
		bound = netip.IPv4Unspecified()
		if advertised.Is6() {
			bound = netip.IPv6Unspecified()
		}
	}
	if bound.BitLen() != advertised.BitLen() {
		err = fmt.Errorf("%w: %v from %v", ErrUnreachable, advertised, bound)
	}
	return advertised, bound, lone, err
}

// reaches returns an error unless packets to where theirs wants its audio can leave from the port.
func (p *Port) reaches(theirs Description) error {
	if theirs.locates() && (theirs.Address.BitLen() != p.advertised.BitLen() || theirs.Address.Is6() && theirs.Address.IsLinkLocalUnicast()) {
		return fmt.Errorf("%w: %v from %v", ErrUnreachable, theirs.Address, p.advertised)
	}
	return nil
}

// locates reports whether the description says where its party is; "0.0.0.0" is a way to hold, and a name is not
// looked up.
func (d Description) locates() bool {
	return d.Port != 0 && d.Address.IsValid() && !d.Address.IsUnspecified()
}

// advertise is the address to write into SDP for a peer.
func (e *Engine) advertise(remote netip.Addr) (netip.Addr, error) {
	switch {
	case e.cfg.Advertise != nil:
		address := e.cfg.Advertise(remote).Unmap()
		if !address.IsValid() || address.IsUnspecified() {
			return netip.Addr{}, fmt.Errorf("%w: nothing to advertise to %v", ErrUnreachable, remote)
		}
		return address, nil
	case e.cfg.Listen.IsValid():
		return e.cfg.Listen, nil
	case !remote.IsValid():
		return netip.Addr{}, errors.New("no address to advertise: neither Advertise nor Listen nor the peer is known")
	}
	// Connecting sends nothing: it asks the routing table.
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(remote, 9)))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%w: nothing to advertise to %v: %w", ErrUnreachable, remote, err)
	}
	defer conn.Close() //nolint:errcheck // nothing was sent on it
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

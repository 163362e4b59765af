package sip

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// Grace is how long a binding outlives the expiry that the phone was told, for phones that refresh late.
const Grace = 10 * time.Second

// A Binding is one phone of one user: where it says it is, and where its REGISTER really came from.
type Binding struct {
	ID        string    // ours; the same over refreshes and restarts; "" when the account has a fixed host
	User      string    // the account
	URI       string    // the Contact's URI as the phone wrote it: the Request-URI of calls to the phone
	Transport string    // "UDP" or "TCP", in capitals: what Target is reached by
	Target    string    // where requests go, "host:port": Source when the phone is behind NAT or on a stream
	Source    string    // where the last REGISTER came from, "host:port"
	Instance  string    // +sip.instance (RFC 5626 §4.1) as sent; "" when the phone sent none
	UserAgent string    // the phone's name for itself, at most maxUserAgent bytes
	CallID    string    // of the last REGISTER
	CSeq      uint32    // of the last REGISTER: an older one changes nothing (RFC 3261 §10.3)
	Since     time.Time // when the phone first registered
	Expires   time.Time // what the phone was told; the binding is kept Grace longer; zero: never
}

// Fixed reports whether the binding comes from Account.Host rather than from a REGISTER.
func (b *Binding) Fixed() bool { return b.Expires.IsZero() }

// over reports whether the binding is no longer kept at now.
func (b *Binding) over(now time.Time) bool { return !b.Fixed() && !now.Before(b.Expires.Add(Grace)) }

// withoutStream adapts a binding whose connection has ended: a phone whose Contact is where it really is can
// be connected to there; one behind NAT is out of reach until it registers again, and false is returned.
func (b Binding) withoutStream() (Binding, bool) {
	c, err := parseContactURI(b.URI)
	if err != nil || !sameHost(c.host, hostOf(b.Source)) {
		return b, false
	}
	b.Target = c.address
	return b, true
}

// streamed reports whether the phone is called on the connection that it opened.
func (b *Binding) streamed() bool { return b.Transport != "UDP" && b.Target == b.Source }

// A Store keeps bindings over a restart, by their ID.
type Store interface {
	// LoadBindings returns everything saved. The registrar drops what has expired meanwhile.
	LoadBindings(ctx context.Context) ([]Binding, error)
	// SaveBindings writes put (new or changed) and deletes gone, in one transaction. It is called
	// from the registrar's Run only, one call at a time, in the order in which things happened.
	SaveBindings(ctx context.Context, put, gone []Binding) error
}

// hostOf is the host of "host:port".
func hostOf(address string) string {
	if colon := strings.LastIndexByte(address, ':'); colon >= 0 {
		return address[:colon]
	}
	return address
}

// sameHost compares two hosts, addresses by value and names without case.
func sameHost(a, b string) bool {
	x, errX := netip.ParseAddr(strings.Trim(a, "[]"))
	y, errY := netip.ParseAddr(strings.Trim(b, "[]"))
	if errX != nil || errY != nil {
		return errX != nil && errY != nil && strings.EqualFold(a, b)
	}
	return x.Unmap() == y.Unmap()
}

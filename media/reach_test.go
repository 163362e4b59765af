package media

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

var loopback6 = netip.IPv6Loopback()

func TestAPortIsBoundInTheFamilyThatItAdvertises(t *testing.T) {
	first, last := freeRange(t, 4)
	e, err := NewEngine(Config{FirstPort: first, LastPort: last, Loops: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	six := []byte("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
	hold := []byte("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
	seen := map[uint16]bool{}
	for _, c := range []struct {
		opts        PortOptions
		told, bound netip.Addr
	}{
		{PortOptions{Remote: loopback}, loopback, netip.IPv4Unspecified()},
		{PortOptions{Remote: loopback6}, loopback6, netip.IPv6Unspecified()},
		{PortOptions{Remote: loopback, Offer: six}, loopback6, netip.IPv6Unspecified()},
		{PortOptions{Remote: loopback6, Offer: hold}, loopback6, netip.IPv6Unspecified()},
	} {
		p, err := e.Open(c.opts)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if d := described(t, p.Offer()); d.Address != c.told || p.LocalAddr().Addr() != c.bound || p.rtcp != nil && p.rtcp.local().Addr() != c.bound || (p.rtcp != nil) != (c.opts.Offer != nil) {
			t.Errorf("for %v, offered %q: %v is advertised and %v is bound", c.opts.Remote, c.opts.Offer, d.Address, p.LocalAddr())
		}
		if port := p.LocalAddr().Port(); port < first || port > last || seen[port] {
			t.Errorf("port %d is outside of the range, or given twice", port)
		} else {
			seen[port] = true
		}
	}
}

func TestAnAddressOfTheOtherFamilyIsRefused(t *testing.T) {
	b, p := open(t, PortOptions{}) // at 192.0.2.1
	six := strings.ReplaceAll(linphone, "IN IP4 192.168.1.20", "IN IP6 2001:db8::20")
	if _, err := p.Answer([]byte(six)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Answer: %v", err)
	}
	if err := p.Accept([]byte(six)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Accept: %v", err)
	}
	if _, err := b.engine.Open(PortOptions{Remote: loopback, Offer: []byte(six)}); err != nil {
		t.Errorf("Open, which leaves the refusal to Answer when we advertise IPv4 only: %v", err)
	}
	if _, err := b.engine.Open(PortOptions{Offer: []byte("not SDP")}); !errors.Is(err, ErrMalformed) {
		t.Errorf("Open: %v", err)
	}
	b.engine.cfg.Advertise = func(netip.Addr) netip.Addr { return loopback6 }
	if _, err := b.engine.Open(PortOptions{}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("an IPv6 address is advertised for sockets on 192.0.2.1: %v", err)
	}
	if got := b.net.open(); got != 4 {
		t.Errorf("%d sockets are open, want those of two ports", got)
	}
	b.engine.cfg = Config{Advertise: b.engine.cfg.Advertise}
	near, err := b.engine.Open(PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	local := strings.ReplaceAll(linphone, "IN IP4 192.168.1.20", "IN IP6 fe80::20")
	if _, err := near.Answer([]byte(local)); !errors.Is(err, ErrUnreachable) { // SDP does not say on which link
		t.Errorf("a link-local address: %v", err)
	}
}

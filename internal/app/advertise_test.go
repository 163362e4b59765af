package app

import (
	"net/netip"
	"testing"

	"hatif/sip"
)

// TestAnAddressIsAdvertisedInTheFamilyOfThePeer covers what the file may say of ours.
func TestAnAddressIsAdvertisedInTheFamilyOfThePeer(t *testing.T) {
	const four, six = "127.0.0.1", "::1"
	for _, c := range []struct {
		listen    []string
		advertise string
		remote    string
		want      string
	}{
		{[]string{"udp://0.0.0.0:5060"}, "203.0.113.7", four, "203.0.113.7"},
		{[]string{"udp://0.0.0.0:5060"}, "203.0.113.7:5070", "", "203.0.113.7"},
		{[]string{"udp://0.0.0.0:5060", "udp://[::]:5060"}, "203.0.113.7", six, six},
		{[]string{"udp://0.0.0.0:5060", "udp://[::]:5060"}, "[2001:db8::7]:5070", six, "2001:db8::7"},
		{[]string{"udp://0.0.0.0:5060", "udp://[::]:5060"}, "2001:db8::7", four, four},
		{[]string{"udp://127.0.0.1:5060", "udp://[::1]:5060"}, "auto", six, six},
		{[]string{"udp://127.0.0.1:5060", "udp://[::1]:5060"}, "auto", four, four},
		{[]string{"udp://[::1]:5060"}, "", six, six},
		{[]string{"udp://127.0.0.1:5060"}, "", six, four}, // nothing else is ours; the port refuses the peer
	} {
		advertise, err := advertiser(t.Context(), sip.Config{Listen: c.listen, Advertise: c.advertise})
		if err != nil {
			t.Fatal(err)
		}
		var remote netip.Addr
		if c.remote != "" {
			remote = netip.MustParseAddr(c.remote)
		}
		if got := advertise(remote); got.String() != c.want {
			t.Errorf("listen %v, advertise %q: a peer at %q is told %v, want %s", c.listen, c.advertise, c.remote, got, c.want)
		}
	}
}

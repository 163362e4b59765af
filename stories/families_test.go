package stories_test

import (
	"fmt"
	"net/netip"
	"testing"

	"hatif/hatiftest"
)

// families is an office that listens on both loopback addresses.
func families(t *testing.T) *hatiftest.PBX {
	t.Helper()
	return hatiftest.Start(t, hatiftest.Options{Config: office, Hosts: []string{"127.0.0.1", "::1"}})
}

func phoneOn(pbx *hatiftest.PBX, user, host string) *hatiftest.Phone {
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: user, BindHost: host})
	ph.Register()
	return ph
}

// Whoever calls over IPv6 is heard over IPv6, by phones of either family and by hatif itself.
func TestPhonesOfBothFamiliesHearEachOther(t *testing.T) {
	t.Parallel()
	pbx := families(t)
	for _, c := range []struct{ caller, callee string }{{"::1", "::1"}, {"::1", "127.0.0.1"}, {"127.0.0.1", "::1"}} {
		caller, callee := phoneOn(pbx, "2003", c.caller), phoneOn(pbx, "2001", c.callee)
		out := caller.Dial("2001")
		in := callee.ExpectRing()
		in.Answer()
		hearEachOther(t, out, in)
		for _, end := range []struct {
			call *hatiftest.Call
			host string
		}{{out, c.caller}, {in, c.callee}} {
			if theirs, _ := end.call.Theirs(); theirs.Addr.Addr() != netip.MustParseAddr(end.host) {
				t.Errorf("the phone on %s is told to send to %v", end.host, theirs.Addr)
			}
		}
		out.Hangup()
		in.ExpectEnd()
		callee.Unregister()
	}
	echo := phoneOn(pbx, "2003", "::1").Dial("*43")
	echo.ExpectAnswered()
	echo.ExpectAudioFrom(echo)
	echo.Hangup()
}

// A phone that signals over IPv4 may want its audio over IPv6, when there is a way.
func TestAudioInTheOtherFamilyIsRefusedWhereThereIsNoWay(t *testing.T) {
	t.Parallel()
	six := func(local netip.AddrPort) string {
		return fmt.Sprintf("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", local.Port())
	}
	o := hatiftest.PhoneOptions{User: "2003", SDP: six}

	only4 := open(t).PhoneWith(o)
	only4.Register()
	only4.Dial("*43").ExpectRefused(488)

	both := families(t).PhoneWith(o)
	both.Register()
	c := both.Dial("*43")
	c.ExpectAnswered()
	if theirs, _ := c.Theirs(); theirs.Addr.Addr() != netip.IPv6Loopback() {
		t.Errorf("a phone whose audio is at ::1 is told to send to %v", theirs.Addr)
	}
	c.Hangup()
}

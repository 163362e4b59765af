//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// I4: each phone puts the other on hold by its own button, who hears music, and then the voice again.
func TestHoldByTheButtonsOfThePhones(t *testing.T) {
	t.Parallel()
	const talking, waiting = 1500 * time.Millisecond, 2 * time.Second
	p := startPBX(t)
	called := startBaresip(t, p, "2001", "udp", "700")
	caller := startLinphone(t, p, "2002", "tcp", "850")
	caller.say("call sip:2001@" + p.addr)
	called.expectRing("2002", patience)
	called.answer()
	talk(talking)
	for _, holder := range []phone{caller, called} {
		holder.hold()
		talk(waiting)
		holder.resume()
		talk(talking)
	}
	// Baresip 1.0 dumps what it hears no more after its own hold, but tells of keys.
	caller.press("5")
	called.expectKey("5")
	caller.hangup()
	called.expectClosed()
	called.heard().expectHold(t, "what baresip heard", 850, talking/2, waiting)
	caller.heard().expectHold(t, "what linphone heard", 700, talking/2, waiting)
	if c := p.onlyCall(); c.Result != "answered" || len(c.Legs) != 2 {
		t.Errorf("row: %+v", c)
	}
}

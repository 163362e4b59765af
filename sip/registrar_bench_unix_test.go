//go:build unix

package sip

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkRegisterOverUDP is a log-on over a real socket: four packets, two transactions. The processor time is
// that of the whole process, and so the phone's as well.
func BenchmarkRegisterOverUDP(b *testing.B) {
	ua := runUA(b, Config{})
	ua.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	ua.SetAccounts(testAccounts(amal))
	wire := udpParty(b, ua, "2001").wire
	p := newPhone(b, "2001", "127.0.0.1:5070")
	p.rport = true
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	for range b.N {
		p.challenge = nil
		p.logOn(wire, 300)
	}
	b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

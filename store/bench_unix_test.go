//go:build unix

package store

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// measureCPU reports the CPU time of the process, all threads, per operation of f: what wall time hides when
// others wait, or work, meanwhile.
func measureCPU(b *testing.B, f func()) {
	b.Helper()
	before := cpuTime(b)
	f()
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

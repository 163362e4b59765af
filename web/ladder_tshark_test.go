//go:build e2e

package web

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The capture of a call is read by somebody else's program, its checksums included.
func TestTsharkReadsTheCaptureOfACall(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "c1.pcap")
	if err := os.WriteFile(file, capture(signalled(time.Now())), 0o600); err != nil {
		t.Fatal(err)
	}
	fields := []string{"-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e", "udp.dstport", "-e", "sip.Request-Line", "-e", "sip.Status-Line", "-e", "udp.checksum.status", "-e", "_ws.malformed"}
	out, err := exec.CommandContext(t.Context(), tshark, append([]string{"-r", file, "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}, fields...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "192.0.2.7||5060|INVITE sip:0777@h SIP/2.0||1|\n" +
		"192.0.2.1||5070||SIP/2.0 100 Trying|1|\n" +
		"|::ffff:192.0.2.1|5062|INVITE sip:2001@h SIP/2.0||1|\n" +
		"|2001:db8::8|5060||SIP/2.0 486 Busy Here|1|\n"
	if got := strings.ReplaceAll(string(out), "\t", "|"); got != want {
		t.Errorf("tshark reads\n%s\nwant\n%s", got, want)
	}
}

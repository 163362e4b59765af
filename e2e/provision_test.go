//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// scan reads the QR code that the browser shows, as a camera does.
func scan(t *testing.T, b *browser, code string) string {
	t.Helper()
	var picture []byte
	b.run("photograph "+code, chromedp.Screenshot(code, &picture, chromedp.NodeVisible, chromedp.ByQuery))
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatalf("no camera reads %s: %v", code, err)
	}
	return strings.TrimSpace(string(out))
}

// The person whose phone it is types nothing: the phone is given the address in the code, and that is all it knows.
func TestLinphoneFetchesItsSettingsFromTheAddressInTheCodeAndCalls(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	b := administrator(t, p)
	b.open("/people/2001/phone?at=udp://" + p.addr)
	address := scan(t, b, "svg.code")
	if !strings.Contains(address, "/provision/") {
		t.Fatalf("the code says %q", address)
	}
	called := startBaresip(t, p, "2002", "udp", "700")
	l := provisionLinphone(t, address, "850")
	l.say("call 2002") // the settings say where
	called.expectRing("2001", patience)
	called.answer()
	l.expect("connected.", 0)
	talk(2 * time.Second)
	l.hangup()
	called.expectClosed()
	called.heard().expectTones(t, "what the called heard", time.Second, 850)
	l.heard().expectTones(t, "what linphone heard", time.Second, 700)
	if c := p.onlyCall(); c.User != "2001" || c.Result != "answered" {
		t.Errorf("row: %+v", c)
	}
	kept, err := os.ReadFile(filepath.Join(l.dir, "linphonerc"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(kept), address) {
		t.Error("linphone would ask at its next start, where nothing is any more")
	}
}

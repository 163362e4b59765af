package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hatif/config"
	"hatif/web"
)

const smallOffice = `
sip: {listen: ["udp://127.0.0.1:0"]}
rtp: {ports: 41020-41030}
users:
  "1001": {secret: verysecret, context: incoming} # theirs
contexts: {incoming: {"0777": echo}}
`

// withFile is an App that is made of a file, and that file as the console has it.
func withFile(t *testing.T, text string) (*App, *file) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hatif.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	f, ok := a.newFile().(*file)
	if !ok {
		t.Fatal("there is no file")
	}
	return a, f
}

func TestAChangeIsWrittenAndInForceOrNeither(t *testing.T) {
	a, f := withFile(t, smallOffice)
	text, sum, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	inForce := func(number string) bool { _, is := a.settings.Load().cfg.Users[number]; return is }
	add := func(number string) []byte {
		t.Helper()
		after, err := f.Edit(text, web.PersonEdit{Number: number, Add: true, Entry: web.Entry{Secret: "fresh", Context: "incoming"}})
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	holds := func(what string, want []byte) {
		t.Helper()
		if now, err := os.ReadFile(f.path); err != nil || string(now) != string(want) {
			t.Errorf("%s: the file holds %q, %v", what, now, err)
		}
	}

	// The folder of the versions cannot be made: nothing is written and nothing is in force.
	if err := os.WriteFile(f.history.Folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apply("boss", sum, add("1002")); err == nil || inForce("1002") {
		t.Errorf("applied without a version to go back to: %v", err)
	}
	holds("after a failure", text)
	if err := os.Remove(f.history.Folder); err != nil {
		t.Fatal(err)
	}

	var wrong web.Mistakes
	if _, err := f.Apply("boss", sum, []byte(strings.Replace(string(text), "echo", "ecko", 1))); !errors.As(err, &wrong) || wrong[0].Line != 6 || !strings.Contains(wrong[0].Source, "ecko") {
		t.Errorf("a mistake is applied: %v", err)
	}
	holds("after a mistake", text)

	first := add("1002")
	if restart, err := f.Apply("boss", sum, first); err != nil || len(restart) != 0 || !inForce("1002") {
		t.Errorf("not applied: %v %v", restart, err)
	}
	holds("after a change", first)
	if _, err := f.Apply("chief", sum, add("1003")); !errors.Is(err, web.ErrFileChanged) || inForce("1003") {
		t.Errorf("the change before is lost: %v", err)
	}
	holds("after a stale change", first)
	if before, ok := f.Seen(sum); !ok || string(before) != string(text) {
		t.Error("what the page was made from is forgotten")
	}

	versions, err := f.Versions()
	if err != nil || len(versions) != 2 || versions[0].By != "boss" || !versions[0].Now || versions[1].By != "" || versions[1].Now {
		t.Errorf("versions: %+v %v", versions, err)
	}
	if old, err := f.Version(versions[1].ID); err != nil || string(old) != string(text) {
		t.Errorf("the version before is %q %v", old, err)
	}
	moved := []byte(strings.Replace(string(first), "41030", "41040", 1))
	if restart, err := f.Apply("boss", config.Sum(first), moved); err != nil || len(restart) != 1 || restart[0] != "rtp" {
		t.Errorf("a restart for %q, %v", restart, err)
	}
}

func TestThePhonesAddressIsTheOneAdvertised(t *testing.T) {
	for advertise, want := range map[string]string{"auto": "udp://127.0.0.1:", "192.0.2.7": "udp://192.0.2.7:", "192.0.2.7:5070": "udp://192.0.2.7:5070"} {
		_, f := withFile(t, strings.Replace(smallOffice, "sip: {", "sip: {advertise: \""+advertise+"\", ", 1))
		if all, realm := f.Addresses(); len(all) == 0 || !strings.HasPrefix(all[0], want) || realm != "hatif" {
			t.Errorf("%s: %q %s", advertise, all, realm)
		}
	}
}

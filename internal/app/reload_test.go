package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatif/config"
)

func TestWhatNeedsARestartIsToldUntilTheFileSaysWhatRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	const text = `
sip: {listen: ["udp://127.0.0.1:0"]}
rtp: {ports: 41000-41010}
users: {"1001": {secret: verysecret, context: incoming}}
contexts: {incoming: {"0777": echo}}
`
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reload := func(a *App, text string, want ...string) {
		t.Helper()
		write(text)
		if restart, err := a.Reload(file); err != nil || !slices.Equal(restart, want) {
			t.Errorf("restart for %v, want %v (error %v)", restart, want, err)
		}
	}
	write(text)
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	moved := strings.Replace(text, "127.0.0.1:0", "127.0.0.1:1", 1)
	reload(a, text)
	reload(a, moved, "sip")
	reload(a, moved+"# another comment\n", "sip")
	reload(a, text)
}

func TestTheLogOfAFailedReloadHasNoSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	const text = `
users:
  "1001": {secret: verysecret, contxt: incoming, mailbox: {pin: "9753"}}
contexts: {incoming: {"0777": echo}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	(&App{log: slog.New(slog.NewTextHandler(&out, nil))}).ReloadAndTell(file, "test")
	said := out.String()
	if !strings.Contains(said, "contxt") || strings.Contains(said, "verysecret") || strings.Contains(said, "9753") {
		t.Errorf("the log says %s", said)
	}
}

package config_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hatif/config"
)

// watched runs Watch on a file and returns what waits for a change to be noticed.
func watched(t *testing.T, file string) (expect func(what string)) {
	t.Helper()
	read, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 10)
	done := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		config.Watch(ctx, file, read, func() { changed <- struct{}{} })
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not noticed", what)
		}
	}
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeBehindALinkIsNoticed(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, sub, "h.yaml"), small)
	}
	file, folder := filepath.Join(dir, "hatif.yaml"), filepath.Join(dir, "current")
	for link, to := range map[string]string{folder: "one", file: "current/h.yaml"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	expect := watched(t, file)
	put(t, filepath.Join(dir, "one", "h.yaml"), small+"# edited\n")
	expect("a change of the file that the link leads to")
	other := filepath.Join(dir, "next")
	if err := os.Symlink("two", other); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, folder); err != nil {
		t.Fatal(err)
	}
	expect("a link above that leads elsewhere")
	put(t, filepath.Join(dir, "two", "h.yaml"), small+"# edited there\n")
	expect("a change of the file that the link leads to now")
}

func TestAFileThatHasGoneIsNoticed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	put(t, file, small)
	expect := watched(t, file)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expect("a file that has gone")
	put(t, file, small)
	expect("a file that has come back")
}

package config_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
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
	return watchedBy(t, file, func() *config.Config { return read })
}

func watchedBy(t *testing.T, file string, inForce func() *config.Config) (expect func(what string)) {
	t.Helper()
	changed := make(chan struct{}, 10)
	done := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		config.Watch(ctx, file, inForce, func() { changed <- struct{}{} })
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

// What is in force already was read by whoever wrote it. What comes after it is noticed, even what was there before.
func TestWhatIsInForceAlreadyIsNotReadOnceMore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	write := func(text string) { // whole at every moment, as the console does: the watch may be reading
		t.Helper()
		put(t, file+".new", text)
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	var inForce atomic.Pointer[config.Config]
	apply := func(text string) {
		t.Helper()
		write(text)
		read, err := config.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		inForce.Store(read)
	}
	apply(small)
	asked, changed, done := make(chan struct{}), make(chan struct{}, 10), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		config.Watch(ctx, file, func() *config.Config {
			select {
			case asked <- struct{}{}:
			case <-ctx.Done():
			}
			return inForce.Load()
		}, func() { changed <- struct{}{} })
	}()
	t.Cleanup(func() { stop(); <-done })
	looked := func() { // at a file that stays as it is; what it did at the time before is done
		t.Helper()
		select {
		case <-asked:
		case <-time.After(10 * time.Second):
			t.Fatal("nobody looks")
		}
	}
	looked() // at the beginning
	apply(small + "# by the console\n")
	looked()
	for range 2 { // once more, as it is
		write(small + "# by the console\n")
		looked()
	}
	if len(changed) != 0 {
		t.Errorf("what is in force is read once more, %d times", len(changed))
	}
	apply(small + "# by the console, again\n")
	write(small) // and somebody puts back at once what was there at first
	looked()
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("what was there before is not noticed")
	}
}

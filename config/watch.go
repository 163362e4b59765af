package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file must be quiet before it is read: editors write in several steps.
const settle = 200 * time.Millisecond

// Watch calls changed, on its own goroutine, whenever the content of the file at path has become another than what
// read was read from, or than it was at the last call, until ctx ends. It watches the folder, so that editors which
// replace the file are seen too.
func Watch(ctx context.Context, path string, read *Config, changed func()) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	if err := w.Add(filepath.Dir(path)); err != nil {
		return errors.Join(fmt.Errorf("watch %s: %w", path, err), w.Close())
	}
	last := read.sum               // a file that is not there is looked at when it is
	quiet := time.NewTimer(settle) // it may have become another before we looked
	for {
		select {
		case <-ctx.Done():
			return w.Close()
		case e := <-w.Events:
			if filepath.Base(e.Name) == filepath.Base(path) {
				quiet.Reset(settle)
			}
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return errors.Join(fmt.Errorf("watch %s: %w", path, err), w.Close())
			}
			quiet.Reset(settle) // events were lost: look
		case <-quiet.C:
			if now := fingerprint(path); now != last && now != ([sha256.Size]byte{}) {
				last = now
				changed()
			}
		}
	}
}

// fingerprint is the hash of the file's content; zero when it cannot be read, as between two steps of an editor.
func fingerprint(path string) [sha256.Size]byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(text)
}

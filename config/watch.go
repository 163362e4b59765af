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
// read was read from, or than it was at the last call, until ctx ends; a file that has gone is such a change too. It
// watches the folder, so that editors which replace the file are seen, and where path is a link, that of what it leads
// to.
func Watch(ctx context.Context, path string, read *Config, changed func()) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	target := behind(path)
	for _, folder := range []string{filepath.Dir(path), filepath.Dir(target)} {
		if err := w.Add(folder); err != nil {
			return errors.Join(fmt.Errorf("watch %s: %w", path, err), w.Close())
		}
	}
	last := read.sum
	quiet := time.NewTimer(settle) // it may have become another before we looked
	for {
		select {
		case <-ctx.Done():
			return w.Close()
		case e := <-w.Events:
			named := filepath.Base(e.Name) == filepath.Base(path) || filepath.Base(e.Name) == filepath.Base(target)
			if !named && !e.Has(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) {
				continue // a log beside it, say: what is written into another file leads no link elsewhere
			}
			if named || behind(path) != target { // a link above it may lead elsewhere now
				quiet.Reset(settle)
			}
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return errors.Join(fmt.Errorf("watch %s: %w", path, err), w.Close())
			}
			quiet.Reset(settle) // events were lost: look
		case <-quiet.C:
			if now := behind(path); now != target {
				if err := w.Add(filepath.Dir(now)); err != nil {
					return errors.Join(fmt.Errorf("watch %s: %w", path, err), w.Close())
				}
				target = now
			}
			if now := fingerprint(path); now != last {
				last = now
				changed()
			}
		}
	}
}

// behind is the file that path leads to through links; path itself while there is none.
func behind(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// fingerprint is the hash of the file's content; zero when it cannot be read.
func fingerprint(path string) [sha256.Size]byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(text)
}

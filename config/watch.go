package config

import (
	"context"
	"crypto/sha256"
	"io/fs"
	"os"
	"time"
)

// look is how often a file is looked at. What has become another is read when it stays as it is until the next look:
// editors write in several steps.
const look = 500 * time.Millisecond

// Watch calls changed, on its own goroutine, whenever the content of the file at path has become another than it was at
// the last call, until ctx ends; a file that has gone is such a change too. Links may lead elsewhere meanwhile. What
// inForce returns was read from the file: when it has become another since the last call, it counts as that call, so that
// what the console has written is not read once more.
//
// It asks for the file's size and time, and watches no folder: there is nothing that it would not see (a network share,
// a mounted folder), and whatever else is written beside the file, such as a log, costs nothing.
func Watch(ctx context.Context, path string, inForce func() *Config, changed func()) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	read := inForce()
	last := read.sum
	seen, settled := state(path), false // it may have become another before we looked
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch now := state(path); {
		case !unchanged(now, seen):
			seen, settled = now, false
		case !settled:
			settled = true
			if now := inForce(); now != read {
				read, last = now, now.sum
			}
			if now := fingerprint(path); now != last {
				last = now
				changed()
			}
		}
	}
}

// state is what is known of the file without reading it; nil when there is none.
func state(path string) fs.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

func unchanged(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// fingerprint is the hash of the file's content; zero when it cannot be read.
func fingerprint(path string) [sha256.Size]byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(text)
}

package store

import (
	"errors"
	"os"
	"time"
)

// lookPause is how often Run looks whether the database is still where it was opened.
const lookPause = 10 * time.Second

// A place is where a SQLite database was opened. A file that is removed, or replaced by another, lives on without a name as
// long as it is open: all that is written goes well, and is gone with the process.
type place struct {
	path  string // "": the database is no file
	file  os.FileInfo
	pause time.Duration
}

// placeOf remembers the file at path.
func placeOf(path string) (place, error) {
	file, err := os.Stat(path)
	return place{path: path, file: file, pause: lookPause}, err
}

var errReplaced = errors.New("another file is in its place")

// check fails when the file is no longer there.
func (p *place) check() error {
	if p.path == "" {
		return nil
	}
	now, err := os.Stat(p.path)
	if err == nil && !os.SameFile(p.file, now) {
		err = errReplaced
	}
	return err
}

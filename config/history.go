package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A History is the versions that the file has had, each a file of its own: readable by whoever owns the data folder,
// also when nothing else works any more.
type History struct {
	Folder string
	Keep   int // at most so many versions
}

// A Version is one text that the file has had.
type Version struct {
	ID  string // the name of its file
	At  time.Time
	By  string // the console's account; "" was changed on the disk
	Sum string // as Sum; at least its beginning
}

const (
	versionTime = "20060102-150405.000000"
	versionEnd  = ".yaml"
	sumShown    = 16 // letters of a sum in a name
)

// Versions are those that are kept, the newest first.
func (h History) Versions() ([]Version, error) {
	files, err := os.ReadDir(h.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("versions of the file: %w", err)
	}
	var all []Version
	for _, f := range files {
		if v, ok := versionOf(f.Name()); ok {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b Version) int { return strings.Compare(b.ID, a.ID) })
	return all, nil
}

// versionOf reads the name of a version's file: when, what, by whom.
func versionOf(name string) (Version, bool) {
	stem, is := strings.CutSuffix(name, versionEnd)
	parts := strings.SplitN(stem, "_", 3)
	if !is || len(parts) != 3 {
		return Version{}, false
	}
	at, err := time.Parse(versionTime, parts[0])
	return Version{ID: name, At: at, Sum: parts[1], By: parts[2]}, err == nil && len(parts[1]) == sumShown
}

// Text is that of a version. The error is fs.ErrNotExist when it is not kept any more.
func (h History) Text(id string) ([]byte, error) {
	if _, ok := versionOf(id); !ok || filepath.Base(id) != id {
		return nil, fmt.Errorf("version %q of the file: %w", id, fs.ErrNotExist)
	}
	text, err := os.ReadFile(filepath.Join(h.Folder, id))
	if err != nil {
		return nil, fmt.Errorf("version of the file: %w", err)
	}
	return text, nil
}

// Add keeps a text, unless it is that of the newest version already, and lets go of the oldest. It is on the disk when
// Add returns.
func (h History) Add(text []byte, by string, at time.Time) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep a version of the file: %w", err)
		}
	}()
	all, err := h.Versions()
	if err != nil {
		return err
	}
	sum := Sum(text)[:sumShown]
	if len(all) > 0 {
		if all[0].Sum == sum {
			return nil
		}
		if !at.After(all[0].At) { // the clock was set back: the order of what happened counts
			at = all[0].At.Add(time.Microsecond)
		}
	}
	if err := os.MkdirAll(h.Folder, 0o700); err != nil {
		return err
	}
	if err := sweep(h.Folder, ".", unwritten); err != nil {
		return err
	}
	v := Version{ID: at.UTC().Format(versionTime) + "_" + sum + "_" + fileName(by) + versionEnd}
	if err := h.write(v.ID, text); err != nil {
		return err
	}
	for len(all) >= h.Keep {
		oldest := all[len(all)-1]
		if err := os.Remove(filepath.Join(h.Folder, oldest.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		all = all[:len(all)-1]
	}
	return nil
}

func (h History) write(id string, text []byte) (err error) {
	temp := filepath.Join(h.Folder, "."+id+unwritten)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = bytes.NewReader(text).WriteTo(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, filepath.Join(h.Folder, id)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncFolder(h.Folder)
}

// fileName is an account as a part of a file's name.
func fileName(by string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, by)
}

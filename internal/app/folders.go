package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// folders are those that a start has made for the first time. A start that fails takes them back.
type folders struct{ made []string }

// make makes a folder and those above it.
func (f *folders) make(path string, perm fs.FileMode) error {
	var missing []string
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		_, err := os.Stat(at)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, at)
		if filepath.Dir(at) == at {
			break
		}
	}
	slices.Reverse(missing)
	for _, at := range missing {
		if err := os.Mkdir(at, perm); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		f.made = append(f.made, at)
	}
	return os.MkdirAll(path, perm) // what is there may be no folder
}

// undo removes the folders again, the innermost first. One in which somebody has put something meanwhile stays.
func (f *folders) undo() error {
	var errs []error
	for _, at := range slices.Backward(f.made) {
		if err := os.Remove(at); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	f.made = nil
	return errors.Join(errs...)
}

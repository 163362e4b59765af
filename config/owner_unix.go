//go:build unix

package config

import (
	"errors"
	"os"
	"syscall"
)

// keepOwner gives f the owner and group that the file it will replace has. Who may not do that owns the new file: what
// the mode lets others read does not become more by it.
func keepOwner(f *os.File, info os.FileInfo) error {
	old, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(old.Uid), int(old.Gid)); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return f.Chmod(info.Mode().Perm()) // which a change of owner may have narrowed
}

// syncFolder makes a rename in the folder outlast a failure of the power.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot
		return errors.Join(err, d.Close())
	}
	return d.Close()
}

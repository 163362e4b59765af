package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds what is read as configuration: a bigger file is a mistake.
const maxFile = 16 << 20

// ErrChanged is that the file is not any more what a change was made from.
var ErrChanged = errors.New("the file has changed meanwhile")

// Sum names a text of the file by its content.
func Sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Read returns the text of the file at path, as it is.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("configuration: %s has %d bytes, more than %d", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return text, nil
}

// Replace makes text the content of the file at path, whose content was that of the sum: ErrChanged when it is not any
// more. Whoever reads sees the old text or the new one, also after the power has failed. A link stays a link; mode and,
// where we may, owner stay as they are.
func Replace(path, sum string, text []byte) error {
	target := behind(path)
	if err := replace(target, sum, text); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// unwritten is how the names of files end that are still being written.
const unwritten = ".hatif-new"

// sweep removes what a kill has left in the midst of writing: files of a folder whose names begin and end so.
func sweep(folder, begin, end string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		if name := f.Name(); strings.HasPrefix(name, begin) && strings.HasSuffix(name, end) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func replace(target, sum string, text []byte) (err error) {
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if err := sweep(filepath.Dir(target), "."+filepath.Base(target)+".", unwritten); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*"+unwritten)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err := keepOwner(f, info); err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	now, err := Read(target) // as late as can be
	if err != nil {
		return err
	}
	if Sum(now) != sum {
		return ErrChanged
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(filepath.Dir(target)))
}

// behind is the file that path leads to through links; path itself while there is none.
func behind(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// Left is what there is of a conversation that was cut off by the end of an earlier process: its recordings, those that
// were known of it first, and when the last sound of them was written; zero when there is none. They are repaired by then.
func (r *Recorder) Left(conversation string, known []string) (recordings []string, ended time.Time, err error) {
	days, err := r.days()
	if err != nil {
		return known, time.Time{}, fmt.Errorf("recordings of %s: %w", conversation, err)
	}
	recordings = slices.Clone(known)
	for _, day := range days[max(0, len(days)-repairDays):] {
		for n := 1; n <= sameName; n++ {
			name := path.Join(day, nthName(safeName(conversation), n))
			if _, err := os.Stat(filepath.Join(r.cfg.Folder, name)); err != nil {
				break
			}
			if !slices.Contains(recordings, name) {
				recordings = append(recordings, name)
			}
		}
	}
	for _, name := range recordings {
		info, err := os.Stat(filepath.Join(r.cfg.Folder, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was removed, and says nothing any more
		case err != nil:
			return recordings, ended, fmt.Errorf("recordings of %s: %w", conversation, err)
		case info.ModTime().After(ended):
			ended = info.ModTime()
		}
	}
	return recordings, ended, nil
}

// nthName is the file of the nth recording of a conversation in a day.
func nthName(name string, n int) string {
	if n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return name + extension
}

package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Consent decides which of the recordings named may be removed, before they are: what it returns is. Nothing is
// removed when it fails.
type Consent func(names []string) (granted []string, err error)

// condemnAtOnce bounds how many recordings are decided about together.
const condemnAtOnce = 100

// Prune removes the recordings of the days that ended longer ago than olderThan, and the folders that are
// empty then. Only files that a recorder has written are removed, and none that is being written; what else
// lies in the folder stays. It returns those that are removed; the errors of single files do not stop it.
func (r *Recorder) Prune(olderThan time.Duration, consent Consent) (removed []string, err error) {
	days, err := r.days()
	if err != nil {
		return nil, fmt.Errorf("prune recordings: %w", err)
	}
	var faults []error
	for _, day := range days {
		begins, err := time.ParseInLocation(dayLayout, day, r.cfg.Location)
		if err != nil || r.today().Sub(begins.AddDate(0, 0, 1)) <= olderThan {
			continue
		}
		files, err := r.filesOf(day)
		faults = append(faults, err)
		for batch := range slices.Chunk(files, condemnAtOnce) {
			gone, err := r.condemn(batch, consent)
			removed, faults = append(removed, gone...), append(faults, err)
		}
		faults = append(faults, r.tidy(day))
	}
	if err := errors.Join(faults...); err != nil {
		return removed, fmt.Errorf("prune recordings: %w", err)
	}
	return removed, nil
}

// PruneTo removes the oldest recordings, as Prune does, until all that lie there take no more than most bytes, or nothing
// more may be removed.
func (r *Recorder) PruneTo(most int64, consent Consent) (removed []string, err error) {
	days, err := r.days()
	if err != nil {
		return nil, fmt.Errorf("prune recordings: %w", err)
	}
	all, faults, total := make(map[string][]stored), []error(nil), int64(0)
	for _, day := range days {
		files, err := r.filesOf(day)
		all[day], faults = files, append(faults, err)
		for _, f := range files {
			total += f.size
		}
	}
	for _, day := range days {
		if total <= most {
			break
		}
		files := all[day]
		slices.SortFunc(files, func(a, b stored) int { return a.written.Compare(b.written) })
		for len(files) > 0 && total > most {
			n, freed := 0, int64(0)
			for n < min(len(files), condemnAtOnce) && total-freed > most {
				freed += files[n].size
				n++
			}
			gone, err := r.condemn(files[:n], consent)
			for _, f := range files[:n] {
				if slices.Contains(gone, f.name) {
					total -= f.size
				}
			}
			removed, faults, files = append(removed, gone...), append(faults, err), files[n:]
		}
		faults = append(faults, r.tidy(day))
	}
	if err := errors.Join(faults...); err != nil {
		return removed, fmt.Errorf("prune recordings: %w", err)
	}
	return removed, nil
}

// ErrActive is the error of removing a recording that is being written.
var ErrActive = errors.New("it is being written")

// Remove removes one recording, by its name below the folder. One that is not there is no mistake.
func (r *Recorder) Remove(name string) error {
	if !fs.ValidPath(name) || filepath.Ext(name) != extension || strings.Count(name, "/") != 1 {
		return fmt.Errorf("remove recording %q: %w", name, fs.ErrInvalid)
	}
	if slices.Contains(r.openNames(), name) {
		return fmt.Errorf("remove recording %s: %w", name, ErrActive)
	}
	root, err := os.OpenRoot(r.cfg.Folder)
	if err != nil {
		return fmt.Errorf("remove recording %s: %w", name, err)
	}
	err = root.Remove(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, root.Close()); err != nil {
		return fmt.Errorf("remove recording %s: %w", name, err)
	}
	return nil
}

// stored is a recording as it lies on the disk.
type stored struct {
	name    string
	size    int64
	written time.Time
}

// filesOf are the recordings of a day that are not being written.
func (r *Recorder) filesOf(day string) ([]stored, error) {
	entries, err := os.ReadDir(filepath.Join(r.cfg.Folder, day))
	if err != nil {
		return nil, err
	}
	open := r.openNames()
	var files []stored
	for _, e := range entries {
		name := day + "/" + e.Name()
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), extension) || slices.Contains(open, name) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody has removed it meanwhile
		}
		if err != nil {
			return files, err
		}
		files = append(files, stored{name, info.Size(), info.ModTime()})
	}
	return files, nil
}

// condemn removes those of the files that are ours and may go.
func (r *Recorder) condemn(files []stored, consent Consent) (removed []string, err error) {
	var names []string
	var faults []error
	for _, f := range files {
		ours, err := writtenHere(filepath.Join(r.cfg.Folder, filepath.FromSlash(f.name)))
		if err == nil && ours {
			names = append(names, f.name)
		}
		faults = append(faults, err)
	}
	if consent != nil && len(names) > 0 {
		if names, err = consent(names); err != nil {
			return nil, errors.Join(append(faults, err)...)
		}
	}
	for _, name := range names {
		err := r.Remove(name)
		if err == nil {
			removed = append(removed, name)
		}
		faults = append(faults, err)
	}
	return removed, errors.Join(faults...)
}

// tidy removes the folder of a day that has become empty. Today's stays: a recording may be about to begin there.
func (r *Recorder) tidy(day string) error {
	folder := filepath.Join(r.cfg.Folder, day)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 0 || day == r.today().In(r.cfg.Location).Format(dayLayout) {
		return err
	}
	return os.Remove(folder)
}

package recorder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hatif/media"
)

// repairDays is how many of the newest folders are searched for unfinished files: a conversation does not
// last longer, and New runs at every start, before a newer folder is made.
const repairDays = 3

// repair finishes the files that a crash left unfinished.
func (r *Recorder) repair() error {
	days, err := r.days()
	if err != nil {
		return err
	}
	for _, day := range days[max(0, len(days)-repairDays):] {
		files, err := os.ReadDir(filepath.Join(r.cfg.Folder, day))
		if err != nil {
			return err
		}
		for _, f := range files {
			if !f.Type().IsRegular() || filepath.Ext(f.Name()) != extension {
				continue
			}
			name := filepath.Join(day, f.Name())
			switch repaired, err := repairFile(filepath.Join(r.cfg.Folder, name)); {
			case err != nil:
				// One file that cannot be mended does not keep the others, or hatif, from going on.
				r.log.Error("unfinished recording cannot be repaired", "recording", name, "error", err)
			case repaired:
				r.log.Warn("recording was unfinished and is repaired", "recording", name)
			}
		}
	}
	return nil
}

// repairFile finishes one file if it is an unfinished one of ours. An empty one, made in the last moment
// before a crash, becomes a recording of no sound.
func repairFile(name string) (repaired bool, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		return false, nil // not ours
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if info.Size() == 0 {
		w, err := media.NewWAVWriter(f, media.SampleRate, 1)
		if err != nil {
			return false, err
		}
		if err := w.Finish(); err != nil {
			return false, err
		}
	} else if repaired, err = media.RepairWAV(f, info.Size()); err != nil || !repaired {
		return false, err
	}
	// The repair is no new recording: retention, lists and Left go by the time it was made.
	return true, errors.Join(f.Sync(), os.Chtimes(name, time.Time{}, info.ModTime()))
}

// days lists the folders named like days, the oldest first.
func (r *Recorder) days() ([]string, error) {
	entries, err := os.ReadDir(r.cfg.Folder)
	if err != nil {
		return nil, err
	}
	var days []string
	for _, e := range entries {
		if _, err := time.Parse(dayLayout, e.Name()); err == nil && e.IsDir() {
			days = append(days, e.Name())
		}
	}
	slices.Sort(days)
	return days, nil
}

func writtenHere(name string) (ours bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return media.WrittenHere(f), nil
}

// openNames lists the recordings that are being written.
func (r *Recorder) openNames() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, rec := range r.open {
		names = append(names, rec.name)
	}
	return names
}

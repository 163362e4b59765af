package voicemail

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hatif/media"
)

// bringIn makes messages of the drafts that a crash has left, where there is enough in them, and removes the
// rest: greetings that nobody has accepted, and what was begun and hardly said.
func (o *Office) bringIn(ctx context.Context) error {
	folder := filepath.Join(o.folder, incoming)
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		if err := o.bringInDraft(ctx, filepath.Join(folder, f.Name())); err != nil {
			return err
		}
	}
	if files, err = os.ReadDir(folder); err != nil {
		return err
	}
	for _, f := range files {
		// Without a note it is a greeting, or a note that was not finished.
		name := f.Name()
		if strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".wav") && !o.noted(name) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Office) noted(wav string) bool {
	_, err := os.Stat(filepath.Join(o.folder, incoming, strings.TrimSuffix(wav, ".wav")+".json"))
	return err == nil
}

// bringInDraft finishes one draft by its note.
func (o *Office) bringInDraft(ctx context.Context, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var n note
	if err := json.Unmarshal(b, &n); err != nil || n.Message.ID+".json" != filepath.Base(path) {
		// A damaged disk, or somebody else's file: it stays for whoever looks after it.
		o.log.Error("a note of voicemail cannot be read and is left alone", "file", path, "error", err)
		return nil
	}
	wav := strings.TrimSuffix(path, ".json") + ".wav"
	samples, err := repair(wav)
	switch {
	case err != nil:
		o.log.Error("a message cannot be repaired and is left alone", "file", wav, "error", err)
		return nil
	case samples != nil:
		n.Message.Duration = lengthOf(len(samples))
		if n.Message.Duration < n.Least {
			return removeAll(wav, path)
		}
		if err := rename(wav, o.path(n.Message)); err != nil {
			return err
		}
	default: // it has its name already, or was never begun
		if samples, err = readSamples(o.path(n.Message)); errors.Is(err, fs.ErrNotExist) {
			return removeAll(path)
		}
		if err != nil {
			o.log.Error("a message cannot be read and is left alone", "file", o.path(n.Message), "error", err)
			return nil
		}
		n.Message.Duration = lengthOf(len(samples))
	}
	o.log.Warn("a message was unfinished and is brought in", "mailbox", n.Message.Mailbox, "lasts", n.Message.Duration)
	return o.enter(ctx, n.Message, n.Copies)
}

// repair finishes a take and brings it to the disk. Without a file there are no samples, not even none.
func repair(path string) (samples []int16, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = media.RepairWAV(f, info.Size())
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if info.Size() < emptyWAV { // killed before it had a header
		return []int16{}, nil
	}
	if samples, err = readSamples(path); samples == nil {
		samples = []int16{}
	}
	return samples, err
}

// emptyWAV is less than any header of ours, and more than a torn one that could be read.
const emptyWAV = 76

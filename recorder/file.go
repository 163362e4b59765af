package recorder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"hatif/media"
)

// file is what a recording is written to: an *os.File, or a test's broken disk.
type file interface {
	io.WriterAt
	io.Closer
	Sync() error
	there() bool // the name still leads to it
}

// diskFile is a file of the operating system.
type diskFile struct{ *os.File }

// createFile makes a file that does not exist yet; the error is fs.ErrExist when it does.
func createFile(name string) (file, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (f diskFile) there() bool {
	open, err := f.Stat()
	if err != nil {
		return true // it cannot be said
	}
	named, err := os.Stat(f.Name())
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return os.SameFile(open, named)
}

const (
	dayLayout = time.DateOnly
	extension = ".wav"

	// sameName bounds the recordings of one conversation.
	sameName = 1000
)

// create makes the file of a conversation with an empty header, under the first name that is free.
func (rec *recording) create(conversation string) error {
	r := rec.owner
	day := r.today().In(r.cfg.Location).Format(dayLayout)
	// The folder may be new, or somebody may have cleaned up meanwhile.
	if err := os.MkdirAll(filepath.Join(r.cfg.Folder, day), 0o750); err != nil {
		return err
	}
	name := safeName(conversation)
	for n := 1; n <= sameName; n++ {
		rec.name = path.Join(day, nthName(name, n))
		f, err := r.make(rec.path())
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		rec.file = f
		channels := 1
		if r.cfg.Stereo {
			channels = 2
		}
		if rec.wav, err = media.NewWAVWriter(f, media.SampleRate, channels); err != nil {
			return errors.Join(err, rec.discard())
		}
		return nil
	}
	return fmt.Errorf("there are %d recordings of it already", sameName)
}

// safeName is the conversation's id as a file name: nothing that a file system or a shell minds.
func safeName(id string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("._@+-", c):
			return c
		}
		return '_'
	}, id)
	safe = strings.TrimLeft(safe, ".-")
	if safe == "" {
		return "conversation"
	}
	return safe[:min(len(safe), 200)]
}

func (rec *recording) path() string {
	return filepath.Join(rec.owner.cfg.Folder, filepath.FromSlash(rec.name))
}

// discard removes the file of a recording that does not begin.
func (rec *recording) discard() error {
	return errors.Join(rec.file.Close(), os.Remove(rec.path()))
}

// complete writes the final header, brings the file to the disk, closes it, and notes what is missing.
func (rec *recording) complete() {
	if err := rec.close(); err != nil {
		rec.failed(err)
	}
	if !rec.gone && !rec.file.there() {
		rec.fault(errors.New("the file was removed"))
	}
	if rec.lostAudio > 0 {
		rec.fault(fmt.Errorf("%v of %v could not be written", lasts(rec.lostAudio), lasts(rec.emitted)))
	}
	if rec.lostTaps > 0 {
		rec.fault(fmt.Errorf("%d packets were lost while the disk was slow", rec.lostTaps))
	}
	rec.owner.log.Debug("recording finished", "recording", rec.name, "lasts", lasts(rec.emitted))
}

// close gives the file back, whatever becomes of its last words.
func (rec *recording) close() (err error) {
	defer func() { err = errors.Join(err, rec.file.Close()) }()
	return errors.Join(rec.wav.Finish(), rec.file.Sync())
}

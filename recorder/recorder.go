// Package recorder writes what two parties say into one WAV file: a conversation, on wall-clock time.
//
// A recording belongs to a conversation and outlives its parties: through hold and transfer the same file
// goes on with other voices. One goroutine, Run, writes all recordings; the media loops only fill rings, and
// the scripts only start and stop. A file is playable at any moment, also after kill -9: its header is
// brought up to date about every second, and New finishes what a crash left behind.
//
// The package does not know who is talking or why, keeps no index of its files, and decides nothing about
// who may listen to them.
package recorder

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hatif/call"
	"hatif/internal/fault"
	"hatif/media"
)

// Config is what the file says of recordings.
type Config struct {
	Folder string `yaml:"folder"` // where the files go, one folder for each day; made when missing
	Stereo bool   `yaml:"stereo"` // the first party left and the second right, instead of both mixed

	Location *time.Location `yaml:"-"` // whose days the folders are; nil: time.Local
}

// Validate returns every mistake as a *fault.Fault.
func (c Config) Validate() error {
	if c.Folder == "" {
		return fault.Errorf([]string{"folder"}, "recordings need a folder")
	}
	return nil
}

// What Start returns besides what the file system says.
var (
	ErrStopped = errors.New("the recorder has stopped")
	ErrTaps    = errors.New("the voice has no room for another tap")
)

// A Recorder records conversations. Its methods may be called from any goroutine.
type Recorder struct {
	cfg   Config
	log   *slog.Logger
	clock func() int64                    // media.Now, the clock of the taps
	today func() time.Time                // for the names of folders
	make  func(path string) (file, error) // creates a file that does not exist yet
	wake  chan struct{}                   // somebody has stopped; capacity 1: one waking serves all
	mixer mixer                           // the writer's
	tally tally

	mu      sync.Mutex
	open    []*recording // guarded by mu
	stopped bool         // guarded by mu: Run has ended
}

var _ call.Recorder = (*Recorder)(nil)

// New makes the folder, checks that it can be written, and finishes the files of ours in it that a crash
// left unfinished. Nothing is written before Run.
func New(cfg Config, log *slog.Logger) (*Recorder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	r := &Recorder{
		cfg: cfg, log: log, clock: media.Now, today: time.Now, make: createFile,
		wake: make(chan struct{}, 1),
	}
	if err := checkFolder(cfg.Folder); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	if err := r.repair(); err != nil {
		return nil, fmt.Errorf("recordings: repair after a crash: %w", err)
	}
	return r, nil
}

// Start records what a and b say into a new file until Stop; nil is nobody. The file is named after the
// conversation, in the folder of the day: "2026-11-23/<conversation>.wav", a second one of the same
// conversation "<conversation>-2.wav".
//
// Start makes the file itself, on the caller's goroutine, so that an unwritable folder or a full disk is
// known at once and a slow disk holds up this conversation alone. All else is left to Run. The error says
// why nothing will be recorded; no call is harmed by it. Start may be called before Run, not after it.
func (r *Recorder) Start(conversation string, a, b media.Voice) (_ call.Recording, err error) {
	rec := &recording{owner: r, done: make(chan struct{})}
	defer func() { r.tally.begun(err) }()
	if err := rec.create(conversation); err != nil {
		return nil, fmt.Errorf("record %s: %w", conversation, err)
	}
	rec.begun = r.clock()
	rec.emitted = -lateness
	if err := errors.Join(rec.connect(left, a), rec.connect(right, b)); err != nil {
		rec.untap()
		return nil, errors.Join(fmt.Errorf("record %s: %w", conversation, err), rec.discard())
	}
	if !r.admit(rec) {
		rec.untap()
		return nil, errors.Join(fmt.Errorf("record %s: %w", conversation, ErrStopped), rec.discard())
	}
	return rec, nil
}

// admit adds rec to those that the writer serves, unless it serves no more.
func (r *Recorder) admit(rec *recording) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.open = append(r.open, rec)
	}
	return !r.stopped
}

// Active returns how many recordings are being written.
func (r *Recorder) Active() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// recordings returns those being written, in to's memory.
func (r *Recorder) recordings(to []*recording) []*recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(to[:0], r.open...)
}

// remove forgets a recording that is finished.
func (r *Recorder) remove(rec *recording) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.open, rec); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
	}
}

// checkFolder makes the folder and tries to write in it.
func checkFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	probe, err := os.CreateTemp(folder, ".writable-*")
	if err != nil {
		return fmt.Errorf("folder %s cannot be written: %w", filepath.Clean(folder), err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

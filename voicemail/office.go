package voicemail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hatif/media"
	"hatif/store"
)

// Store keeps the rows; *store.DB is one.
type Store interface {
	AddMessage(ctx context.Context, m store.Message) error
	Message(ctx context.Context, id string) (store.Message, error)
	Messages(ctx context.Context, mailbox, folder string) ([]store.Message, error)
	DeletedMessages(ctx context.Context, before time.Time) ([]store.Message, error)
	CountMessages(ctx context.Context, mailbox string) (map[string]int, error)
	MoveMessage(ctx context.Context, id, folder string) error
	SortMessages(ctx context.Context, s store.Sorting) error
	UndeleteMessage(ctx context.Context, id string) error
	DropMessage(ctx context.Context, id string) error
	PIN(ctx context.Context, mailbox string) (store.PIN, bool, error)
	SavePIN(ctx context.Context, mailbox string, pin store.PIN) error
}

// Sounds are the prompts; *prompts.Library is one.
type Sounds interface {
	// Sound is the prompt in the language, or in the nearest language that has it.
	Sound(language, name string) (*media.Sound, bool)
}

// Settings are what a reading of the file decides. They never change: Apply swaps them whole.
type Settings struct {
	Boxes    map[string]Box // by number
	Sounds   Sounds
	Location *time.Location // whose times are said; nil: time.Local
}

// An Office is all mailboxes. Its methods may be called from any goroutine.
type Office struct {
	folder   string
	store    Store
	log      *slog.Logger
	settings atomic.Pointer[Settings]
	guard    guard

	mu        sync.Mutex
	watchers  []func(mailbox string, fresh, old int) // guarded by mu
	changes   uint64                                 // guarded by mu: numbers what notify does
	delivered map[string]uint64                      // guarded by mu: the newest change the watchers know, by mailbox
}

// The folders below the office's own.
const (
	incoming  = "incoming"
	messages  = "messages"
	greetings = "greetings"
)

// New makes the folders below folder, and brings in the messages that a crash left half done. Without Apply there are no
// boxes.
func New(ctx context.Context, folder string, s Store, log *slog.Logger) (*Office, error) {
	o := &Office{folder: folder, store: s, log: log, delivered: make(map[string]uint64)}
	o.settings.Store(&Settings{})
	for _, name := range []string{incoming, messages, greetings} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o750); err != nil {
			return nil, fmt.Errorf("voicemail: %w", err)
		}
	}
	if err := o.bringIn(ctx); err != nil {
		return nil, fmt.Errorf("voicemail: bring in what a crash left: %w", err)
	}
	return o, nil
}

// Apply puts settings in force for calls that come from now on.
func (o *Office) Apply(s Settings) { o.settings.Store(&s) }

// Counts returns how many messages of the mailbox nobody has heard yet, and how many were heard and kept.
// Other folders do not count.
func (o *Office) Counts(ctx context.Context, mailbox string) (fresh, old int, err error) {
	counts, err := o.store.CountMessages(ctx, mailbox)
	return counts[folderNew], counts[folderOld], err
}

// Watch calls f with the mailbox's counts whenever they may have changed, in order and under a lock: f must be
// quick, must not block and must not call the Office.
func (o *Office) Watch(f func(mailbox string, fresh, old int)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.watchers = append(o.watchers, f)
}

// Announce tells the watchers what the mailbox holds now: of one that they have not heard of.
func (o *Office) Announce(ctx context.Context, mailbox string) { o.changed(ctx, mailbox) }

// changed tells the watchers of a change that is in the store. The number is taken before the counts are read:
// the highest one has seen all changes, and a lower one that comes later is out of date.
func (o *Office) changed(ctx context.Context, mailbox string) {
	o.mu.Lock()
	o.changes++
	n := o.changes
	o.mu.Unlock()
	fresh, old, err := o.Counts(ctx, mailbox)
	if err != nil {
		o.log.Error("nobody is told of a change in a mailbox", "mailbox", mailbox, "error", err)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < o.delivered[mailbox] {
		return
	}
	o.delivered[mailbox] = n
	for _, f := range o.watchers {
		f(mailbox, fresh, old)
	}
}

// room reports whether the box takes another message. It is asked before a message begins: two callers who
// speak at one time into the last place are both kept.
func (o *Office) room(ctx context.Context, box Box) (bool, error) {
	counts, err := o.store.CountMessages(ctx, box.Number)
	n := 0
	for _, in := range counts {
		n += in
	}
	return n < box.MaxMessages, err
}

// Prune removes the messages that were deleted before a moment, and returns how many there were: of each the file first,
// so that no file is left without a row.
func (o *Office) Prune(ctx context.Context, before time.Time) (int, error) {
	gone, err := o.store.DeletedMessages(ctx, before)
	if err != nil {
		return 0, err
	}
	removed := 0
	var errs []error
	for _, m := range gone {
		err := os.Remove(o.path(m))
		if err == nil || errors.Is(err, os.ErrNotExist) {
			err = o.store.DropMessage(ctx, m.ID)
		}
		if err == nil {
			removed++
		}
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// path is where a message's sound is.
func (o *Office) path(m store.Message) string {
	return filepath.Join(o.folder, messages, filepath.Base(m.File))
}

// sound reads a recording of ours whole.
func sound(path, name string) (*media.Sound, error) {
	samples, err := readSamples(path)
	if err != nil {
		return nil, err
	}
	return media.NewSound(name, samples), nil
}

func readSamples(path string) ([]int16, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	samples, rate, channels, err := media.ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return media.Resample(media.Mono(samples, channels), rate, media.SampleRate), nil
}

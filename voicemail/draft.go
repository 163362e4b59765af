package voicemail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hatif/media"
	"hatif/store"
)

// A draft is a message that is being made: a take, and a note beside it of what its row will be.
type draft struct {
	office *Office
	row    store.Message
	copies []carbon
	take   *take
}

// A carbon is the same message in another mailbox: a row and a file of its own, as the one may be deleted and the other
// not.
type carbon struct{ ID, Mailbox string }

// note is what lies beside a take in the folder of incoming messages.
type note struct {
	Message store.Message
	Copies  []carbon      `json:",omitempty"`
	Least   time.Duration // a shorter one is not worth keeping
}

// begin makes a draft for box, of which others get copies. from is the row as far as it is known; after a crash a draft
// that is shorter than least is forgotten.
func (o *Office) begin(box Box, from store.Message, least time.Duration, others ...Box) (*draft, error) {
	from.ID, from.Mailbox, from.Folder, from.Received = newID(), box.Number, folderNew, time.Now()
	from.File = from.ID + ".wav"
	d := &draft{office: o, row: from}
	for _, other := range others {
		d.copies = append(d.copies, carbon{newID(), other.Number})
	}
	if err := d.describe(least); err != nil {
		return nil, fmt.Errorf("mailbox %s: begin a message: %w", box.Number, err)
	}
	var err error
	if d.take, err = newTake(d.path(".wav")); err != nil {
		return nil, errors.Join(fmt.Errorf("mailbox %s: begin a message: %w", box.Number, err), removeAll(d.path(".json")))
	}
	return d, nil
}

// mailboxes are where the message goes.
func (d *draft) mailboxes() []string {
	all := []string{d.row.Mailbox}
	for _, c := range d.copies {
		all = append(all, c.Mailbox)
	}
	return all
}

// describe writes the note.
func (d *draft) describe(least time.Duration) error {
	b, err := json.Marshal(note{d.row, d.copies, least})
	if err != nil {
		return err
	}
	return writeFile(d.path(".json"), b)
}

func (d *draft) path(extension string) string {
	return filepath.Join(d.office.folder, incoming, d.row.ID+extension)
}

// again throws away what was recorded.
func (d *draft) again() error {
	if err := d.take.discard(); err != nil {
		return err
	}
	var err error
	d.take, err = newTake(d.path(".wav"))
	return err
}

// keep makes the draft a message: on the disk, under its name, in the store, in this order. It does so also
// when ctx, the call's, has ended.
func (d *draft) keep(ctx context.Context) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	o := d.office
	d.row.Duration = d.take.length
	if err := d.take.keep(o.path(d.row)); err != nil {
		return fmt.Errorf("mailbox %s: message %s: %w", d.row.Mailbox, d.row.ID, err)
	}
	return o.enter(ctx, d.row, d.copies)
}

// enter writes the rows of a message whose file is in place, and of its copies, and forgets the note. It may be done
// again after a crash in the midst of it.
func (o *Office) enter(ctx context.Context, row store.Message, copies []carbon) error {
	rows := []store.Message{row}
	for _, c := range copies {
		r := row
		r.ID, r.Mailbox, r.File = c.ID, c.Mailbox, c.ID+".wav"
		if err := o.duplicate(row, r); err != nil {
			return fmt.Errorf("mailbox %s: message %s: %w", r.Mailbox, r.ID, err)
		}
		rows = append(rows, r)
	}
	for _, r := range rows {
		if err := o.store.AddMessage(ctx, r); err != nil {
			return fmt.Errorf("mailbox %s: message %s: %w", r.Mailbox, r.ID, err)
		}
		o.changed(ctx, r.Mailbox)
	}
	return removeAll(filepath.Join(o.folder, incoming, row.ID+".json"))
}

// duplicate copies a message's sound. What a crash leaves of it lies among the drafts.
func (o *Office) duplicate(from, to store.Message) error {
	b, err := os.ReadFile(o.path(from))
	if err != nil {
		return err
	}
	return writeVia(filepath.Join(o.folder, incoming, to.ID+".part"), o.path(to), b)
}

// discard forgets the draft.
func (d *draft) discard() error {
	return errors.Join(d.take.discard(), removeAll(d.path(".json")))
}

// storeLimit is how long the store may take once the call is over.
const storeLimit = 15 * time.Second

// lasting is ctx without its end: what was said and done counts when the party has gone.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), storeLimit)
}

// newID names a message: when it came, for people, and chance.
func newID() string {
	var b [4]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error
	return time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(b[:])
}

// lengthOf is how long so many samples last.
func lengthOf(samples int) time.Duration {
	return time.Duration(samples) * time.Second / media.SampleRate
}

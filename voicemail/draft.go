package voicemail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hatif/media"
	"hatif/store"
)

// A draft is a message that is being made: a take, and a note beside it of what its row will be.
type draft struct {
	office *Office
	row    store.Message
	take   *take
}

// note is what lies beside a take in the folder of incoming messages.
type note struct {
	Message store.Message
	Least   time.Duration // a shorter one is not worth keeping
}

// begin makes a draft for box. from is the row as far as it is known; after a crash a draft that is shorter than
// least is forgotten.
func (o *Office) begin(box Box, from store.Message, least time.Duration) (*draft, error) {
	from.ID, from.Mailbox, from.Folder, from.Received = newID(), box.Number, folderNew, time.Now()
	from.File = from.ID + ".wav"
	d := &draft{office: o, row: from}
	if err := d.describe(least); err != nil {
		return nil, fmt.Errorf("mailbox %s: begin a message: %w", box.Number, err)
	}
	var err error
	if d.take, err = newTake(d.path(".wav")); err != nil {
		return nil, errors.Join(fmt.Errorf("mailbox %s: begin a message: %w", box.Number, err), removeAll(d.path(".json")))
	}
	return d, nil
}

// describe writes the note.
func (d *draft) describe(least time.Duration) error {
	b, err := json.Marshal(note{d.row, least})
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
	return o.enter(ctx, d.row)
}

// enter writes the row of a message whose file is in place, and forgets the note.
func (o *Office) enter(ctx context.Context, row store.Message) error {
	if err := o.store.AddMessage(ctx, row); err != nil {
		return fmt.Errorf("mailbox %s: message %s: %w", row.Mailbox, row.ID, err)
	}
	o.changed(ctx, row.Mailbox)
	return removeAll(filepath.Join(o.folder, incoming, row.ID+".json"))
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

package voicemail

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"hatif/store"
)

// Folders lists the names of a mailbox's folders in the order of their keys: "new" and "old" first.
func Folders() []string {
	names := make([]string, len(folders))
	for i, f := range folders {
		names[i] = f.name
	}
	return names
}

// Open returns the sound of a message, a WAV file that the caller closes.
func (o *Office) Open(m store.Message) (*os.File, error) { return os.Open(o.path(m)) }

// Heard notes that somebody has listened to a message elsewhere than at a phone: a new one is old from then on.
func (o *Office) Heard(ctx context.Context, m store.Message) error {
	return o.sort(ctx, m, store.Sorting{Heard: []string{m.ID}, From: folderNew, To: folderOld})
}

// Delete deletes a message; its file goes when deleted messages do.
func (o *Office) Delete(ctx context.Context, m store.Message) error {
	return o.sort(ctx, m, store.Sorting{Deleted: []string{m.ID}})
}

// Undelete brings a deleted message back into its folder. The error is store.ErrNoMessage when it has left the disk.
func (o *Office) Undelete(ctx context.Context, m store.Message) error {
	if _, err := os.Stat(o.path(m)); err != nil {
		return fmt.Errorf("message %s: %w: %w", m.ID, store.ErrNoMessage, err)
	}
	if err := o.store.UndeleteMessage(ctx, m.ID); err != nil {
		return err
	}
	o.changed(ctx, m.Mailbox)
	return nil
}

func (o *Office) sort(ctx context.Context, m store.Message, s store.Sorting) error {
	s.At = time.Now()
	if err := o.store.SortMessages(ctx, s); err != nil {
		return err
	}
	o.changed(ctx, m.Mailbox)
	return nil
}

// Move puts a message into another folder. The error is store.ErrNoMessage when it is not there any more, or when there
// is no such folder.
func (o *Office) Move(ctx context.Context, m store.Message, folder string) error {
	if !slices.Contains(Folders(), folder) {
		return store.ErrNoMessage
	}
	if err := o.store.MoveMessage(ctx, m.ID, folder); err != nil {
		return err
	}
	o.changed(ctx, m.Mailbox)
	return nil
}

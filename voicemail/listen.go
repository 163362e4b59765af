package voicemail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/store"
)

// ListenOptions are how a mailbox is opened.
type ListenOptions struct {
	Mailbox string // known already, only the PIN is asked for; "": asked for. One that does not exist is asked for, too
	SkipPIN bool   // the caller's own Mailbox is open to them without a PIN
	// Reach reports whether the caller may dial a number: for calling back. nil: nobody can be called from the menu.
	Reach func(number string) bool
}

// Listen answers the call, lets the caller log on to a mailbox and serves its menu, until they leave. number is
// somebody the caller wants to be connected to now; "": nobody. The error is the call's end as a *call.Cause;
// what was deleted until then is deleted.
func (o *Office) Listen(ctx context.Context, c *call.Call, opts ListenOptions) (number string, err error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return "", err
	}
	t := o.talk(ctx, c)
	box, ok, err := t.logOn(opts)
	if err != nil || !ok {
		return "", err
	}
	c.Note("mailbox " + box.Number + " opened")
	if box.Language != "" {
		t.language = box.Language
	}
	v := &visit{talk: t, box: box, reach: opts.Reach, at: -1}
	defer v.commit()
	if err := v.welcome(); err != nil {
		return "", err
	}
	err = v.menu()
	return v.number, err
}

const (
	logOns = 3 // failures that end the call

	// patience is how long a caller who has failed too often waits in silence; beyond it the call ends.
	patience = 10 * time.Second

	nextOfPIN = 2 * time.Second // between the keys of a PIN
)

// logOn asks for the mailbox, if it is not known, and the PIN. ok is false when the caller did not get in.
func (t *talk) logOn(opts ListenOptions) (box Box, ok bool, err error) {
	own := t.leg.Info().User
	known, is := t.settings.Boxes[opts.Mailbox]
	if is && opts.SkipPIN && opts.Mailbox == own {
		return known, true, nil
	}
	for try := range logOns {
		number := opts.Mailbox
		if !is {
			if number, err = t.askOwn(own); err != nil {
				return Box{}, false, err
			}
		}
		in, wait, err := t.tryPIN(number)
		if err != nil {
			return Box{}, false, err
		}
		if in {
			return t.settings.Boxes[number], true, nil
		}
		t.call.Note(fmt.Sprintf("log-on to mailbox %q refused", number))
		if wait > 0 {
			t.call.Log.Warn("log-on to a mailbox is refused for a while", "mailbox", number, "user", own, "wait", wait.Round(time.Second))
			break
		}
		if try < logOns-1 {
			if err := t.say("voicemail/login-incorrect"); err != nil {
				return Box{}, false, err
			}
		}
	}
	t.ahead = 0
	return Box{}, false, t.say("voicemail/too-many-attempts", "goodbye")
}

// askOwn asks for the mailbox; # alone is the caller's own, "" that nothing was keyed in.
func (t *talk) askOwn(own string) (number string, err error) {
	number, given, err := t.digits(nextDigit, "voicemail/mailbox")
	if given && number == "" {
		number = own
	}
	return number, err
}

// tryPIN asks for the PIN of the mailbox, if one was named.
func (t *talk) tryPIN(number string) (in bool, wait time.Duration, err error) {
	if number == "" {
		return false, 0, nil
	}
	pin, _, err := t.digits(nextOfPIN, "voicemail/password")
	if err != nil {
		return false, 0, err
	}
	return t.admit(number, pin)
}

// admit tries a PIN. Who has failed before waits, in silence or, when that would be long, until another call.
func (t *talk) admit(number, pin string) (in bool, wait time.Duration, err error) {
	info := t.leg.Info()
	box, exists := t.settings.Boxes[number]
	caller, at := "caller "+info.User, "box "
	if exists {
		at += number
	}
	keys := []string{caller, at}
	if exists && number == info.User {
		keys = keys[:1] // strangers' failures do not lock people out of their own box
	}
	for {
		wait := t.office.guard.try(time.Now(), keys...)
		if wait == 0 {
			break
		}
		if wait > patience {
			return false, wait, nil
		}
		if _, err := t.key(media.Silence(wait), 0, ""); err != nil {
			return false, 0, err
		}
	}
	if !exists || !box.openTo(info.Context) {
		return false, 0, nil
	}
	in, err = t.office.isPINOf(t.ctx, box, pin)
	if err != nil {
		if over := t.over(); over != nil {
			return false, 0, over
		}
		return false, 0, t.trouble("check a PIN", err)
	}
	if in {
		t.office.guard.succeeded(at, caller)
	}
	return in, 0, nil
}

// openTo reports whether people of the context may open the box.
func (b Box) openTo(context string) bool {
	return len(b.OpenTo) == 0 || slices.Contains(b.OpenTo, context)
}

// A visit is somebody who has opened their mailbox.
type visit struct {
	*talk
	box    Box
	reach  func(number string) bool
	number string // to be called after the visit

	folder  string
	list    []store.Message // of the folder, as it was found
	at      int             // in the list; -1: before the first
	heard   map[string]bool // by id, in this folder
	deleted map[string]bool // by id, in this folder: when the visit ends, or another folder is opened
}

// open goes to a folder.
func (v *visit) open(folder string) error {
	list, err := v.office.store.Messages(v.ctx, v.box.Number, folder)
	if err != nil {
		list = nil
	}
	v.folder, v.list, v.at = folder, list, -1
	v.heard, v.deleted = make(map[string]bool), make(map[string]bool)
	return err
}

// commit makes final what was done in the folder: deleted messages go, new ones that were heard are old. It
// also works when the call has ended.
func (v *visit) commit() {
	s := store.Sorting{At: time.Now()}
	for _, m := range v.list {
		if v.heard[m.ID] {
			s.Heard = append(s.Heard, m.ID)
		}
		if v.deleted[m.ID] {
			s.Deleted = append(s.Deleted, m.ID)
		}
	}
	v.heard, v.deleted = nil, nil
	if len(s.Heard)+len(s.Deleted) == 0 {
		return
	}
	if v.folder == folderNew {
		s.From, s.To = folderNew, folderOld
	}
	ctx, cancel := lasting(v.ctx)
	defer cancel()
	if err := v.office.store.SortMessages(ctx, s); err != nil {
		v.call.Log.Error("what was done in a mailbox is lost", "mailbox", v.box.Number, "error", err)
		v.call.Note("voicemail failed: sort messages")
		return
	}
	if n := len(s.Deleted); n > 0 {
		v.call.Note(fmt.Sprintf("%d messages deleted in mailbox %s", n, v.box.Number))
	}
	v.office.changed(ctx, v.box.Number)
}

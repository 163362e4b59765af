package voicemail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// options is the menu behind 0: the box's greetings and its PIN.
func (v *visit) options() error {
	for idle := 0; idle < idleMost; {
		k, err := v.ask("voicemail/menu-options")
		if err != nil {
			return err
		}
		idle++
		if k != 0 {
			idle = 0
		}
		switch k {
		case 0:
		case '1':
			err = v.greet(greetUnavailable, "voicemail/record-unavailable")
		case '2':
			err = v.greet(greetBusy, "voicemail/record-busy")
		case '3':
			err = v.greet(greetName, "voicemail/record-name")
		case '4':
			err = v.temporary()
		case '5':
			err = v.newPIN()
		case '*', '#':
			return nil
		default:
			err = v.say("not-valid")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// greet records a greeting until the caller approves of it. Hanging up keeps the one before.
func (v *visit) greet(kind, question string) error {
	path := filepath.Join(v.office.folder, incoming, "greeting-"+newID()+".wav")
	for {
		if err := v.say(question); err != nil {
			return err
		}
		if err := v.beep(); err != nil {
			return err
		}
		k, err := newTake(path)
		if err != nil {
			return v.trouble("record a greeting", err)
		}
		again, err := v.recordGreeting(k, kind)
		if err != nil || !again {
			return err
		}
	}
}

// shortestGreeting is less than any name takes.
const shortestGreeting = 300 * time.Millisecond

// recordGreeting records one attempt and reports whether another is wanted.
func (v *visit) recordGreeting(k *take, kind string) (again bool, err error) {
	kept := false
	defer func() {
		if kept {
			return
		}
		if err := k.discard(); err != nil {
			v.call.Log.Error("a greeting that is not wanted is not removed", "error", err)
		}
	}()
	if _, err := k.record(v.talk, limits{length: v.box.MaxGreeting, silence: v.box.MaxSilence}); err != nil {
		return false, v.orTrouble("record a greeting", err)
	}
	if err := v.over(); err != nil {
		return false, err
	}
	if k.spoken < shortestGreeting {
		return false, v.say("voicemail/not-recorded")
	}
	ok, again, err := v.approve(k)
	if err != nil && v.over() == nil {
		return false, v.trouble("listen to a greeting", err)
	}
	if err != nil || again {
		return again, err
	}
	if !ok {
		return false, v.say("voicemail/not-recorded")
	}
	if err := k.keep(v.office.greetingPath(v.box.Number, kind)); err != nil {
		return false, v.trouble("keep a greeting", err)
	}
	kept = true
	v.call.Note("greeting of mailbox " + v.box.Number + " recorded: " + kind)
	return false, v.say("voicemail/greeting-saved")
}

// temporary records or erases the greeting that is heard in place of all others.
func (v *visit) temporary() error {
	for range idleMost {
		k, err := v.ask("voicemail/menu-temporary")
		if err != nil {
			return err
		}
		switch k {
		case 0:
			continue
		case '1':
			return v.greet(greetTemporary, "voicemail/record-temporary")
		case '2':
			err := os.Remove(v.office.greetingPath(v.box.Number, greetTemporary))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return v.trouble("erase a greeting", err)
			}
			return v.say("voicemail/temporary-removed")
		case '*':
			return nil
		}
		if err := v.say("not-valid"); err != nil {
			return err
		}
	}
	return nil
}

// shortestPIN is the least that can be set by phone.
const shortestPIN = 4

// newPIN asks for a new PIN twice.
func (v *visit) newPIN() error {
	if v.box.FixedPIN {
		return v.say("voicemail/password-not-changeable")
	}
	pin, ok, err := v.digits(nextOfPIN, "voicemail/new-password")
	switch {
	case err != nil || !ok:
		return err
	case len(pin) < shortestPIN:
		return v.say("voicemail/password-too-short")
	case len(pin) > maxPIN:
		return v.say("not-valid")
	}
	twice, ok, err := v.digits(nextOfPIN, "voicemail/new-password-again")
	switch {
	case err != nil || !ok:
		return err
	case twice != pin:
		return v.say("voicemail/passwords-differ")
	}
	if err := v.office.changePIN(v.ctx, v.box, pin); err != nil {
		return v.orTrouble("change a PIN", err)
	}
	v.call.Note("PIN of mailbox " + v.box.Number + " changed")
	return v.say("voicemail/password-changed")
}

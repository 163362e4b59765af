package voicemail

import (
	"errors"

	"hatif/prompts"
	"hatif/store"
)

// welcome says what is there and opens the first folder with something in it.
func (v *visit) welcome() error {
	counts, err := v.office.store.CountMessages(v.ctx, v.box.Number)
	if err == nil {
		first := folderNew
		if counts[folderNew] == 0 && counts[folderOld] > 0 {
			first = folderOld
		}
		err = v.open(first)
	}
	if err != nil {
		return v.orTrouble("look into mailbox "+v.box.Number, err)
	}
	if v.greeting(v.box, greetTemporary) != nil {
		if err := v.say("voicemail/temporary-active"); err != nil {
			return err
		}
	}
	fresh, old := counts[folderNew], counts[folderOld]
	if fresh+old == 0 {
		return v.say("voicemail/no-messages")
	}
	names := []string{"voicemail/you-have"}
	if fresh > 0 {
		names = append(names, prompts.Count(v.language, fresh, prompts.NewMessage)...)
	}
	if fresh > 0 && old > 0 {
		names = append(names, "units/and")
	}
	if old > 0 {
		names = append(names, prompts.Count(v.language, old, prompts.OldMessage)...)
	}
	return v.say(names...)
}

// orTrouble is the call's end, which makes the store fail as well, or else trouble.
func (v *visit) orTrouble(doing string, err error) error {
	if over := v.over(); over != nil {
		return over
	}
	return v.trouble(doing, err)
}

// menu serves until the caller leaves, or presses nothing for three rounds.
func (v *visit) menu() error {
	for idle := 0; idle < idleMost; idle++ {
		for {
			k, err := v.ask(v.keys()...)
			if err != nil {
				return err
			}
			if k == 0 {
				break
			}
			idle = 0
			if leave, err := v.do(k); err != nil || leave {
				return err
			}
		}
	}
	return v.say("goodbye")
}

// do does what a key of the menu says, and reports whether the visit is over.
func (v *visit) do(k byte) (leave bool, err error) {
	switch k {
	case '1':
		err = v.first()
	case '2':
		err = v.changeFolder()
	case '3':
		err = v.advanced()
	case '4':
		err = v.step(-1)
	case '5':
		err = v.step(0)
	case '6':
		err = v.step(1)
	case '7':
		err = v.remove()
	case '8':
		err = v.forward()
	case '9':
		err = v.save()
	case '0':
		err = v.options()
	case '*': // the menu again
	case '#':
		return true, v.say("goodbye")
	}
	return v.number != "", err
}

// keys is the menu as it is now: what can be done with the message that was heard last, or what else there is.
func (v *visit) keys() []string {
	var names []string
	if v.at < 0 {
		if len(v.list) > 0 {
			names = append(names, "voicemail/menu-listen")
		}
		return append(names, "voicemail/menu-folders", "voicemail/menu-help-or-exit")
	}
	if v.at > 0 {
		names = append(names, "voicemail/menu-previous")
	}
	names = append(names, "voicemail/menu-repeat")
	if v.at < len(v.list)-1 {
		names = append(names, "voicemail/menu-next")
	}
	if v.deleted[v.list[v.at].ID] {
		names = append(names, "voicemail/menu-undelete")
	} else {
		names = append(names, "voicemail/menu-delete")
	}
	return append(names, "voicemail/menu-forward", "voicemail/menu-save", "voicemail/menu-help-or-exit")
}

// current is the message that the caller is at.
func (v *visit) current() (store.Message, bool) {
	if v.at < 0 || v.at >= len(v.list) {
		return store.Message{}, false
	}
	return v.list[v.at], true
}

// first plays the folder's first message.
func (v *visit) first() error {
	if len(v.list) == 0 {
		return v.say("voicemail/no-messages")
	}
	v.at = 0
	return v.hear()
}

// step plays the message so many places on. Behind the last one it looks for those that came meanwhile.
func (v *visit) step(by int) error {
	if v.at < 0 && by <= 0 {
		return v.say("not-valid")
	}
	to := v.at + by
	if to >= len(v.list) {
		if err := v.refresh(); err != nil {
			return err
		}
	}
	if to < 0 || to >= len(v.list) {
		return v.say("voicemail/no-more-messages")
	}
	v.at = to
	return v.hear()
}

// refresh adds what came into the folder since it was opened.
func (v *visit) refresh() error {
	now, err := v.office.store.Messages(v.ctx, v.box.Number, v.folder)
	if err != nil {
		return v.orTrouble("look into mailbox "+v.box.Number, err)
	}
	known := make(map[string]bool)
	for _, m := range v.list {
		known[m.ID] = true
	}
	for _, m := range now {
		if !known[m.ID] {
			v.list = append(v.list, m)
		}
	}
	return nil
}

// remove deletes the message, or takes that back.
func (v *visit) remove() error {
	m, ok := v.current()
	switch {
	case !ok:
		return v.say("not-valid")
	case v.deleted[m.ID]:
		delete(v.deleted, m.ID)
		return v.say("voicemail/undeleted")
	}
	v.deleted[m.ID] = true
	return v.say("voicemail/deleted")
}

// save puts the message into another folder, at once.
func (v *visit) save() error {
	m, ok := v.current()
	if !ok {
		return v.say("not-valid")
	}
	f, ok, err := v.chooseFolder("voicemail/save-to-folder")
	if err != nil || !ok {
		return err
	}
	err = v.office.store.MoveMessage(v.ctx, m.ID, f.name)
	switch {
	case errors.Is(err, store.ErrNoMessage):
		return v.say("voicemail/deleted") // by somebody else
	case err != nil:
		return v.orTrouble("save a message", err)
	}
	delete(v.deleted, m.ID)
	if f.name == folderNew {
		delete(v.heard, m.ID) // it is to stay there
	}
	v.office.changed(v.ctx, v.box.Number)
	return v.say("voicemail/saved-to-folder", f.prompt)
}

// changeFolder opens another folder; what was done in this one becomes final.
func (v *visit) changeFolder() error {
	f, ok, err := v.chooseFolder("voicemail/change-to-folder")
	if err != nil || !ok {
		return err
	}
	v.commit()
	if err := v.open(f.name); err != nil {
		return v.orTrouble("open a folder", err)
	}
	if len(v.list) == 0 {
		return v.say(f.prompt, "voicemail/folder-empty")
	}
	return v.say(append([]string{f.prompt}, prompts.Count(v.language, len(v.list), prompts.Message)...)...)
}

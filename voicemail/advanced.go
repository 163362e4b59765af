package voicemail

import (
	"hatif/store"
)

// advanced is the menu behind 3.
func (v *visit) advanced() error {
	for range idleMost {
		k, err := v.ask("voicemail/menu-advanced")
		if err != nil {
			return err
		}
		switch k {
		case 0:
			continue
		case '1':
			return v.withCurrent(v.reply)
		case '2':
			return v.withCurrent(v.callBack)
		case '3':
			return v.withCurrent(func(m store.Message) error {
				return v.say(append(v.envelope(m), v.length(m)...)...)
			})
		case '4':
			return v.dialOut()
		case '5':
			return v.send()
		case '*':
			return nil
		}
		if err := v.say("not-valid"); err != nil {
			return err
		}
	}
	return nil
}

// withCurrent does something with the message that the caller is at.
func (v *visit) withCurrent(do func(store.Message) error) error {
	m, ok := v.current()
	if !ok {
		return v.say("not-valid")
	}
	return do(m)
}

// reply records an answer into the mailbox of whoever has left the message.
func (v *visit) reply(m store.Message) error {
	box, exists := v.settings.Boxes[m.Number]
	switch {
	case m.Number == "":
		return v.say("voicemail/no-number-to-call")
	case !exists:
		return v.say("voicemail/no-such-mailbox")
	}
	return v.compose(box)
}

// callBack ends the visit with a call to whoever has left the message.
func (v *visit) callBack(m store.Message) error {
	if m.Number == "" {
		return v.say("voicemail/no-number-to-call")
	}
	return v.connect(m.Number)
}

// dialOut is callBack to a number that is keyed in.
func (v *visit) dialOut() error {
	number, ok, err := v.digits(nextDigit, "voicemail/enter-number-to-dial")
	if err != nil || !ok || number == "" {
		return err
	}
	return v.connect(number)
}

func (v *visit) connect(number string) error {
	if v.reach == nil || !v.reach(number) {
		return v.say("not-allowed")
	}
	v.number = number
	return nil
}

// send records a message into a mailbox that is keyed in.
func (v *visit) send() error {
	box, ok, err := v.askBox()
	if err != nil || !ok {
		return err
	}
	return v.compose(box)
}

// askBox asks which mailbox something is to go to. ok is false when there is none, or it is full.
func (v *visit) askBox() (box Box, ok bool, err error) {
	number, given, err := v.digits(nextDigit, "voicemail/forward-to")
	if err != nil || !given || number == "" {
		return Box{}, false, err
	}
	box, exists := v.settings.Boxes[number]
	if !exists {
		return Box{}, false, v.say("voicemail/no-such-mailbox")
	}
	return box, true, nil
}

// roomy says so when the box takes no more.
func (v *visit) roomy(box Box) (ok bool, err error) {
	room, err := v.office.room(v.ctx, box)
	switch {
	case err != nil:
		return false, v.orTrouble("look into mailbox "+box.Number, err)
	case !room:
		return false, v.say("voicemail/mailbox-full")
	}
	return true, nil
}

// compose records a message from this mailbox for another. Hanging up sends it.
func (v *visit) compose(to Box) error {
	if ok, err := v.roomy(to); !ok {
		return err
	}
	d, err := v.office.begin(to, store.Message{Number: v.box.Number, Name: v.box.Name, Call: v.call.ID}, to.MinLength)
	if err != nil {
		return v.trouble("begin a message", err)
	}
	return v.finish(d, to, nil)
}

// finish records a draft until the caller approves of it, and sends it with what is to follow it.
func (v *visit) finish(d *draft, to Box, follows []int16) error {
	for {
		if err := v.say("voicemail/leave-a-message"); err != nil {
			v.drop(d)
			return err
		}
		end, err := v.dictate(d, to)
		if err != nil {
			return v.spoilt(d, err)
		}
		if d.take.spoken < to.MinLength {
			v.drop(d)
			return v.say("voicemail/message-too-short")
		}
		if end == byLeaving {
			return v.sent(d, follows)
		}
		ok, repeat, err := v.approve(d.take)
		switch {
		case err != nil && v.over() == nil:
			return v.spoilt(d, err)
		case ok, err != nil:
			return v.sent(d, follows)
		case !repeat:
			v.drop(d)
			return v.say("voicemail/message-deleted")
		}
		if err := d.again(); err != nil {
			return v.spoilt(d, err)
		}
	}
}

// drop forgets the draft.
func (v *visit) drop(d *draft) {
	if err := d.discard(); err != nil {
		v.call.Log.Error("a message that is not sent is not removed", "message", d.row.ID, "error", err)
	}
}

// sent makes the draft a message.
func (v *visit) sent(d *draft, follows []int16) error {
	if err := d.take.add(follows); err != nil {
		return v.spoilt(d, err)
	}
	if err := d.keep(v.ctx); err != nil {
		return v.trouble("send a message", err)
	}
	v.call.Note("message sent to mailbox " + d.row.Mailbox)
	return v.say("voicemail/forwarded")
}

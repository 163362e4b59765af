package voicemail

// A verdict is what somebody thinks of what they have recorded.
type verdict int

const (
	accepted verdict = iota
	again
	toOperator
)

// review lets callers listen to their message, record it again, and mark it as urgent. Silence accepts it.
// The error is the call's end, or a failure of the disk.
func (t *talk) review(d *draft, mayBeUrgent, operator bool) (verdict, error) {
	names := []string{"voicemail/review"}
	if mayBeUrgent {
		names = append(names, "voicemail/review-urgent")
	}
	if operator {
		names = append(names, "voicemail/review-operator")
	}
	for idle := 0; idle < idleMost; {
		k, err := t.ask(names...)
		if err != nil {
			return accepted, err
		}
		switch {
		case k == 0:
			idle++
			continue
		case k == '1':
			return accepted, nil
		case k == '2':
			err = t.replay(d.take)
		case k == '3':
			return again, nil
		case k == '4' && mayBeUrgent:
			err = t.mark(d)
		case k == '0' && operator:
			return toOperator, nil
		default:
			err = t.say("not-valid")
		}
		if err != nil {
			return accepted, err
		}
		idle = 0
	}
	return accepted, nil
}

// mark makes the draft urgent, or no longer so.
func (t *talk) mark(d *draft) error {
	d.row.Urgent = !d.row.Urgent
	if err := d.describe(0); err != nil {
		return err
	}
	if d.row.Urgent {
		return t.say("voicemail/marked-urgent")
	}
	return t.say("voicemail/no-longer-urgent")
}

// replay lets whoever has recorded k hear it.
func (t *talk) replay(k *take) error {
	s, err := k.sound("recording")
	if err != nil {
		return err
	}
	return t.play(s.Play())
}

// approve is review for what people record at their own box: a greeting, an answer. Silence does not accept.
func (t *talk) approve(k *take) (ok, repeat bool, err error) {
	for range idleMost {
		key, err := t.ask("voicemail/review")
		if err != nil {
			return false, false, err
		}
		switch key {
		case '1':
			return true, false, nil
		case '2':
			err = t.replay(k)
		case '3':
			return false, true, nil
		case '*':
			return false, false, nil
		case 0:
		default:
			err = t.say("not-valid")
		}
		if err != nil {
			return false, false, err
		}
	}
	return false, false, nil
}

package voicemail

import "hatif/store"

// never is the least length of a draft that is worth nothing after a crash: the message it repeats is still there.
const never = 1 << 62

// forward sends the message to another mailbox, as it is or with an introduction. It arrives as from whoever
// has left it, so that they can be called back, and says who has sent it on.
func (v *visit) forward() error {
	m, ok := v.current()
	if !ok {
		return v.say("not-valid")
	}
	to, ok, err := v.askBox()
	if err != nil || !ok {
		return err
	}
	if ok, err := v.roomy(to); !ok {
		return err
	}
	samples, err := readSamples(v.office.path(m))
	if err != nil {
		return v.orTrouble("read message "+m.ID, err)
	}
	for range idleMost {
		k, err := v.ask("voicemail/menu-forwarding")
		if err != nil {
			return err
		}
		switch k {
		case 0:
			continue
		case '1', '2':
			d, err := v.office.begin(to, store.Message{
				Urgent: m.Urgent, Number: m.Number, Name: m.Name, Call: m.Call, ForwardedBy: v.box.Number,
			}, never)
			if err != nil {
				return v.trouble("forward a message", err)
			}
			if k == '1' {
				return v.finish(d, to, samples)
			}
			return v.sent(d, samples)
		case '*':
			return nil
		}
		if err := v.say("not-valid"); err != nil {
			return err
		}
	}
	return nil
}

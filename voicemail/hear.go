package voicemail

import (
	"errors"
	"time"

	"hatif/media"
	"hatif/prompts"
	"hatif/store"
)

const (
	skip = 3 * time.Second // what * and # jump within a message

	longPause = 5 * time.Minute // a message that was stopped goes on by itself, or a lost phone would never end

	// sayLength is from when on the length is said before a message: Asterisk's saydurationm.
	sayLength = 2 * time.Minute
)

// hear says which message it is and plays it. A key during what is said before is a command of the menu.
func (v *visit) hear() error {
	m, ok := v.current()
	if !ok {
		return nil
	}
	now, err := v.office.store.Message(v.ctx, m.ID)
	switch {
	case errors.Is(err, store.ErrNoMessage), err == nil && !now.Deleted.IsZero():
		return v.say("voicemail/deleted") // by somebody who is at the box as well
	case err != nil:
		return v.orTrouble("look for a message", err)
	}
	s, err := sound(v.office.path(now), "message "+now.ID)
	if err != nil {
		return v.orTrouble("read message "+now.ID, err)
	}
	if err := v.say(v.announce(now)...); err != nil || v.ahead != 0 {
		return err
	}
	v.heard[m.ID] = true
	return v.playback(s)
}

// announce is which message it is, from whom and when.
func (v *visit) announce(m store.Message) []string {
	var names []string
	if m.Urgent {
		names = append(names, "voicemail/urgent-message")
	}
	switch v.at {
	case 0:
		names = append(names, "voicemail/first-message")
	case len(v.list) - 1:
		names = append(names, "voicemail/last-message")
	default:
		names = append(append(names, "voicemail/message-number"), prompts.Number(v.language, v.at+1)...)
	}
	names = append(names, v.envelope(m)...)
	if m.Duration >= sayLength {
		names = append(names, v.length(m)...)
	}
	return names
}

// envelope is when the message came, from whom, and who has sent it on.
func (v *visit) envelope(m store.Message) []string {
	names := append([]string{"voicemail/received"}, prompts.When(v.language, m.Received, v.now())...)
	if from := prompts.Digits(m.Number); len(from) > 0 {
		names = append(append(names, "voicemail/from"), from...)
	} else {
		names = append(names, "voicemail/from-unknown")
	}
	if m.ForwardedBy != "" {
		names = append(append(names, "voicemail/forwarded-by"), prompts.Digits(m.ForwardedBy)...)
	}
	return names
}

func (v *visit) length(m store.Message) []string {
	return append([]string{"voicemail/length"}, prompts.Duration(v.language, m.Duration)...)
}

// now is the time where the box's people are.
func (t *talk) now() time.Time {
	if t.settings.Location == nil {
		return time.Now()
	}
	return time.Now().In(t.settings.Location)
}

// playback plays a message: * goes back, # on, 2 to the beginning, 0 stops and goes on. Any other key ends it
// and is the menu's.
func (v *visit) playback(s *media.Sound) error {
	at := time.Duration(0)
	for {
		began := time.Now()
		k, err := v.key(s.PlayFrom(at), 0, anyKey)
		if err != nil {
			return err
		}
		at = min(at+time.Since(began), s.Duration())
		if k == '0' {
			if k, err = v.key(nil, longPause, anyKey); err != nil {
				return err
			}
			if k == 0 || k == '0' {
				continue
			}
		}
		switch k {
		case '*':
			at = max(0, at-skip)
		case '#':
			at += skip
		case '2':
			at = 0
		default: // 0: it was heard to its end
			v.ahead = k
			return nil
		}
	}
}

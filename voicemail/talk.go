package voicemail

import (
	"context"
	"errors"
	"strings"
	"time"

	"hatif/call"
	"hatif/media"
)

// A talk is a script's mouth and ear on one leg. Every prompt of it stops at a key, and the key answers
// whatever is asked next: who knows the menus need not hear them. An error means that the party has gone, or
// that the call is wanted elsewhere.
type talk struct {
	ctx      context.Context
	call     *call.Call
	leg      call.Leg
	office   *Office
	settings *Settings
	language string
	ahead    byte // a key that was pressed and not asked for yet; 0: none
}

func (o *Office) talk(ctx context.Context, c *call.Call) *talk {
	return &talk{ctx: ctx, call: c, leg: c.Leg, office: o, settings: o.settings.Load(), language: c.Language}
}

const anyKey = "0123456789*#"

// over says why the script must stop; nil: it goes on. The leg is asked before the step.
func (t *talk) over() error {
	if t.leg.Context().Err() != nil {
		return call.EndOf(t.leg.Context())
	}
	if t.ctx.Err() != nil {
		return call.EndOf(t.ctx)
	}
	return nil
}

// key lets the party hear src, nil for silence, and waits after it for one of the keys; others are not heard.
// It returns 0 when none came. A wait of 0 ends with src.
func (t *talk) key(src media.Source, wait time.Duration, keys string) (byte, error) {
	if k := t.ahead; k != 0 {
		t.ahead = 0
		if strings.IndexByte(keys, k) >= 0 {
			return k, nil
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var done <-chan struct{}
	if src != nil {
		timer.Stop()
		done = t.leg.Hear(src)
	} else {
		t.leg.Hear(nil)
	}
	for {
		var ended bool
		var event call.Event
		select {
		case event = <-t.leg.Events():
		case <-done:
			done = nil
			ended = wait <= 0
			timer.Reset(wait)
		case <-timer.C:
			ended = true
		case <-t.ctx.Done():
		case <-t.leg.Context().Done():
		}
		if event == nil && t.leg.Context().Err() != nil {
			// What was pressed before the end counts: a message that is deleted in hanging up is deleted.
			select {
			case event = <-t.leg.Events():
			default:
			}
		}
		if d, ok := event.(call.Digit); ok && strings.IndexByte(keys, d.Key) >= 0 {
			t.leg.Hear(nil)
			return d.Key, nil
		}
		if event != nil {
			call.Decline(event)
			continue
		}
		if err := t.over(); err != nil {
			t.leg.Hear(nil)
			return 0, err
		}
		if ended {
			return 0, nil
		}
	}
}

// say lets the party hear prompts; a key stops them and is kept for the next question.
func (t *talk) say(names ...string) error { return t.play(t.prompt(names...)) }

// play is say for any source.
func (t *talk) play(src media.Source) error {
	k, err := t.key(src, 0, anyKey)
	t.ahead = k
	return err
}

// ask says prompts and waits for a key; 0 when none came in time.
func (t *talk) ask(names ...string) (byte, error) {
	return t.key(t.prompt(names...), idleWait, anyKey)
}

const (
	idleWait = 6 * time.Second // for a key after a menu was said
	idleMost = 3               // menus without a key before the call ends

	firstDigit = 10 * time.Second // of a number that is asked for
	nextDigit  = 5 * time.Second
	maxDigits  = 20
)

// digits says prompts and collects a number that # ends, or a pause. ok is false when * was pressed or nothing
// came at all.
func (t *talk) digits(next time.Duration, names ...string) (number string, ok bool, err error) {
	src, wait := t.prompt(names...), firstDigit
	for len(number) < maxDigits {
		k, err := t.key(src, wait, anyKey)
		switch {
		case err != nil:
			return "", false, err
		case k == '#', k == 0 && number != "":
			return number, true, nil
		case k == '*', k == 0:
			return "", false, nil
		}
		number += string(rune(k))
		src, wait = nil, next
	}
	return number, true, nil
}

// prompt makes one source of prompts. One that does not exist is left out: the file's check has asked for all.
func (t *talk) prompt(names ...string) media.Source {
	var parts []media.Source
	for _, name := range names {
		s, ok := t.settings.Sounds.Sound(t.language, name)
		if !ok {
			t.call.Log.Error("prompt is left out: it does not exist", "prompt", name, "language", t.language)
			continue
		}
		parts = append(parts, s.Play())
	}
	if len(parts) == 0 {
		return media.Silence(media.FrameDuration)
	}
	return media.Sequence("say "+t.language+": "+strings.Join(names, " "), parts...)
}

// beep says that it is the party's turn to speak. Keys that were pressed before are not meant for what follows.
func (t *talk) beep() error {
	t.ahead = 0
	_, err := t.key(media.Tone(media.ToneBeep, ""), 0, "")
	return err
}

// trouble logs what went wrong on our side and tells the party. The error is the call's end. What fails since the party has
// hung up meanwhile is no trouble.
func (t *talk) trouble(doing string, err error) error {
	if !errors.Is(err, context.Canceled) {
		t.call.Log.Error("voicemail fails", "at", doing, "error", err)
		t.call.Note("voicemail failed: " + doing)
	}
	return t.say("technical-problem")
}

package voicemail

import (
	"errors"
	"io/fs"
	"path/filepath"

	"hatif/media"
	"hatif/prompts"
)

// A Greeting is which greeting a caller hears. A temporary one that was recorded is heard in place of both.
type Greeting string

const (
	Unavailable Greeting = "unavailable" // nobody answers
	Busy        Greeting = "busy"        // the person is talking
	NoGreeting  Greeting = "none"        // neither greeting nor instructions, only the beep
)

// The recordings that a box may have besides its messages.
const (
	greetUnavailable = string(Unavailable)
	greetBusy        = string(Busy)
	greetName        = "name"
	greetTemporary   = "temporary"
)

func (o *Office) greetingPath(box, kind string) string {
	return filepath.Join(o.folder, greetings, box+"."+kind+".wav")
}

// greeting is a recording of the box, nil when it was never made. One that cannot be read is as if it were
// not there: the caller is served all the same.
func (t *talk) greeting(box Box, kind string) media.Source {
	s, err := sound(t.office.greetingPath(box.Number, kind), "greeting "+box.Number+" "+kind)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.call.Log.Error("greeting is left out", "mailbox", box.Number, "error", err)
		}
		return nil
	}
	return s.Play()
}

// greets is all that a caller hears before the beep: the temporary greeting, else the one for the occasion,
// else who cannot be spoken to and why; then what to do, unless that is not wanted.
func (t *talk) greets(box Box, which Greeting, instructions bool) media.Source {
	if which == NoGreeting {
		return nil
	}
	parts := []media.Source{t.greeting(box, greetTemporary)}
	if parts[0] == nil {
		parts[0] = t.greeting(box, string(which))
	}
	if parts[0] == nil && box.Person {
		why := "voicemail/is-unavailable"
		if which == Busy {
			why = "voicemail/is-on-the-phone"
		}
		if name := t.greeting(box, greetName); name != nil {
			parts = []media.Source{name, t.prompt(why)}
		} else {
			parts[0] = t.prompt(append(append([]string{"voicemail/the-person-at"}, prompts.Digits(box.Number)...), why)...)
		}
	}
	if instructions {
		parts = append(parts, t.prompt("voicemail/leave-a-message"))
	}
	title := ""
	for _, p := range parts {
		if p != nil && title != "" {
			title += ", "
		}
		if p != nil {
			title += p.String()
		}
	}
	return media.Sequence(title, parts...)
}

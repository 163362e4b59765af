package hatiftest

import (
	"os"
	"path/filepath"
	"slices"

	"hatif/media"
	"hatif/store"
)

// Messages is what is in a folder of a mailbox now, "" all of them: "new", "old".
func (p *PBX) Messages(mailbox, folder string) []store.Message {
	p.t.Helper()
	list, err := p.app.Store().Messages(p.t.Context(), mailbox, folder)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// ExpectMessages waits until a folder of a mailbox holds n messages, and returns them.
func (p *PBX) ExpectMessages(mailbox, folder string, n int) []store.Message {
	p.t.Helper()
	var list []store.Message
	p.eventually("messages in "+mailbox, func() bool {
		list = p.Messages(mailbox, folder)
		return len(list) == n
	})
	return list
}

// Message is the sound of a message.
func (p *PBX) Message(m store.Message) Recording {
	p.t.Helper()
	f, err := os.Open(filepath.Join(p.cfg.Data, "voicemail", "messages", m.File))
	if err != nil {
		p.t.Fatalf("message: %v", err)
	}
	samples, rate, channels, err := media.ReadWAV(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		p.t.Fatalf("message %s: %v", m.File, err)
	}
	return Recording{Samples: slices.Clip(samples), Rate: rate, Channels: channels}
}

// PIN is what the file says of a mailbox; it is "" where that is a hash, or there is no such mailbox.
func (p *PBX) PIN(mailbox string) string {
	pin := string(p.cfg.Boxes()[mailbox].PIN)
	if len(pin) > 12 {
		return ""
	}
	return pin
}

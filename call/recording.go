package call

import (
	"strings"

	"hatif/media"
)

// A Recorder starts the recording of a conversation.
type Recorder interface {
	// Start records what two parties say into one file until Stop. A failure harms no call: the
	// caller notes it and goes on.
	Start(conversation string, a, b media.Voice) (Recording, error)
}

// A Recording is one file being written.
type Recording interface {
	// Between goes on in the same file with these voices; nil is nobody. c is the third of a three-way call.
	Between(a, b, c media.Voice)
	Stop() error  // finishes the file; idempotent
	Name() string // the file's name below the recordings folder
}

// Record begins a recording of what a and b say, unless one is being made. The recording is the conversation's: it
// goes on through hold and transfer until StopRecording.
func (c *Call) Record(r Recorder, a, b media.Voice) {
	c.silenced = false
	if c.recording != nil {
		return
	}
	rec, err := r.Start(c.ID, a, b)
	if err != nil {
		c.Log.Error("conversation is not recorded", "error", err)
		c.Note("not recorded: " + err.Error())
		return
	}
	c.recording = rec
	c.Update(func(r *Record) { r.Recordings, r.Taped = append(r.Recordings, rec.Name()), true })
}

// Recording reports whether the conversation is being recorded.
func (c *Call) Recording() bool { return c.recording != nil }

// Between tells the recording, if there is one, who is heard from now on; see Recording.Between.
func (c *Call) Between(first, second, third media.Voice) {
	if c.recording != nil {
		c.recording.Between(first, second, third)
	}
}

// Pair is Between for two.
func (c *Call) Pair(a, b media.Voice) { c.Between(a, b, nil) }

// Silence ends the recording at a party's wish: later conversations of the call are not recorded by themselves.
func (c *Call) Silence() {
	c.StopRecording()
	c.silenced = true
}

// StopRecording ends the recording and returns when its file is complete. It does nothing when there is none.
func (c *Call) StopRecording() {
	rec := c.recording
	if rec == nil {
		return
	}
	c.recording = nil
	c.Update(func(r *Record) { r.Taped = false })
	if err := rec.Stop(); err != nil {
		c.Log.Error("recording is incomplete", "file", rec.Name(), "error", err)
		c.Note("recording incomplete: " + strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

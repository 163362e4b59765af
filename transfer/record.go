package transfer

import (
	"context"
	"errors"

	"hatif/call"
	"hatif/media"
)

// Why a recording is not begun or ended by somebody who is not in the conversation. ErrNotNow passes by itself.
var (
	ErrNoTalk      = errors.New("nobody talks in that conversation")
	ErrNotNow      = errors.New("somebody in the conversation is transferring, or has just left")
	ErrNotRecorded = errors.New("the recording cannot be made")
)

// A recordRequest asks a conversation to begin or end its recording.
type recordRequest struct {
	conversation string
	on           bool
	by           string
}

// Record begins or ends the recording of a conversation, as the code for it does, beeps included. by is written into
// the record. It returns when the recording has begun, or its file is complete; it does nothing when that is so already.
func (b *Switchboard) Record(conversation string, on bool, by string) error {
	_, err := b.ask(nil, &request{record: &recordRequest{conversation, on, by}})
	switch {
	case errors.Is(err, errNoTalk):
		return ErrNoTalk
	case errors.Is(err, errBusy), errors.Is(err, errOver):
		return ErrNotNow
	}
	return err
}

// recordAsked answers the request to record, or not.
func (t *talk) recordAsked(ctx context.Context, r *request) {
	switch on := t.call.Recording(); {
	case t.call.Leg.Context().Err() != nil || t.other.Context().Err() != nil:
		r.reply <- reply{err: errOver}
	case on == r.record.on:
		r.reply <- reply{}
	case t.Recorder == nil:
		r.reply <- reply{err: ErrNotRecorded}
	default:
		t.turnRecording(r.record.by)
		if t.call.Recording() == on {
			r.reply <- reply{err: ErrNotRecorded}
			return
		}
		r.reply <- reply{}
		t.beep(ctx)
	}
}

// record begins or ends the recording because a party has keyed the code in.
func (t *talk) record(ctx context.Context, by call.Leg) {
	if t.Recorder == nil {
		t.call.Note("not recorded: there is no recorder")
		return
	}
	t.turnRecording(by.Info().User)
	t.beep(ctx)
}

// turnRecording begins the recording, or ends it.
func (t *talk) turnRecording(by string) {
	if t.call.Recording() {
		t.call.Silence()
		t.call.Note("recording stopped by " + by)
		return
	}
	t.call.Record(t.Recorder, call.Said(t.call.Leg), call.Said(t.other))
	t.call.Note("recording started by " + by)
}

// beep lets both hear whether they are recorded: one beep when they are, two when they are not any more.
func (t *talk) beep(ctx context.Context) {
	beep := func() media.Source { return media.Tone(media.ToneBeep, t.Country) }
	if !t.call.Recording() {
		beep = func() media.Source {
			return media.Sequence("tone beep, tone beep", media.Tone(media.ToneBeep, t.Country), media.Silence(beepPause), media.Tone(media.ToneBeep, t.Country))
		}
	}
	ctx, cancel := while(ctx, t.other)
	defer cancel()
	t.other.Hear(beep())
	t.play(ctx, t.call.Leg, beep())
}

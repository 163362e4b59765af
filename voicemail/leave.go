package voicemail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatif/call"
	"hatif/store"
)

// ErrNoBox is the error of Leave when there is no such mailbox.
var ErrNoBox = errors.New("no such mailbox")

// Left is how leaving a message went.
type Left string

const (
	Saved    Left = "saved"
	TooShort Left = "too short" // nothing to speak of was said: it is not kept
	Full     Left = "full"      // the box takes no more
	Operator Left = "operator"  // the caller has pressed 0 for somebody to speak to
	Failed   Left = "failed"    // the disk or the store did not take it: the caller was told, and the log
)

// LeaveOptions are how a message is asked for. The zero value greets as when nobody answers.
type LeaveOptions struct {
	Greeting       Greeting // "": Unavailable
	NoInstructions bool     // only the greeting and the beep
	Operator       bool     // 0 during the greeting or the review is Operator
}

// Leave answers the call, greets the caller for the mailbox and takes a message, until #, silence, the greatest
// length or hang-up; a hang-up saves it. It returns when the message is durable, or not to be kept. The error
// is ErrNoBox before anything was done, or the call's end as a *call.Cause: what was said is kept all the same.
func (o *Office) Leave(ctx context.Context, c *call.Call, mailbox string, opts LeaveOptions) (Left, error) {
	box, known := o.settings.Load().Boxes[mailbox]
	if !known {
		return "", fmt.Errorf("mailbox %s: %w", mailbox, ErrNoBox)
	}
	t := o.talk(ctx, c)
	if err := c.Leg.Answer(ctx); err != nil {
		return "", err
	}
	room, err := o.room(ctx, box)
	if err != nil {
		return Failed, t.trouble("look into mailbox "+mailbox, err)
	}
	if !room {
		c.Note("mailbox " + mailbox + " is full")
		return Full, t.say("voicemail/mailbox-full")
	}
	if opts.Greeting == "" {
		opts.Greeting = Unavailable
	}
	if src := t.greets(box, opts.Greeting, !opts.NoInstructions); src != nil {
		stops := "#"
		if opts.Operator {
			stops = "#0"
		}
		k, err := t.key(src, 0, stops)
		if err != nil {
			return "", err
		}
		if k == '0' {
			return Operator, nil
		}
	}
	who := c.Leg.Info().Party() // a person whom we have called can leave one, too
	d, err := o.begin(box, store.Message{Number: who.Number, Name: who.Name, Call: c.ID}, box.MinLength)
	if err != nil {
		return Failed, t.trouble("begin a message", err)
	}
	return t.take(d, box, opts)
}

// take records the draft until the caller is content or gone.
func (t *talk) take(d *draft, box Box, opts LeaveOptions) (Left, error) {
	for {
		end, err := t.dictate(d, box)
		switch {
		case err != nil:
			return Failed, t.spoilt(d, err)
		case d.take.spoken < box.MinLength:
			return t.tooShort(d, box, end)
		case end == byLeaving || !*box.Review:
			return t.done(d, Saved)
		}
		switch verdict, err := t.review(d, *box.Urgent, opts.Operator); {
		case err != nil && t.over() == nil:
			return Failed, t.spoilt(d, err)
		case verdict == again && err == nil:
			if err := d.again(); err != nil {
				return Failed, t.spoilt(d, err)
			}
		case verdict == toOperator && err == nil:
			return t.done(d, Operator)
		default: // content, silent, or gone
			return t.done(d, Saved)
		}
	}
}

// dictate lets the caller speak after the beep.
func (t *talk) dictate(d *draft, box Box) (ending, error) {
	if err := t.beep(); err != nil {
		return byLeaving, nil
	}
	return d.take.record(t, limits{length: box.MaxLength, silence: box.MaxSilence})
}

// done keeps the draft and says so, if there is somebody to say it to.
func (t *talk) done(d *draft, left Left) (Left, error) {
	if err := d.keep(t.ctx); err != nil {
		return Failed, t.trouble("keep a message", err)
	}
	t.call.Note(fmt.Sprintf("message of %v for mailbox %s", d.row.Duration.Round(time.Second), d.row.Mailbox))
	if err := t.over(); err != nil {
		return left, err
	}
	if left != Saved {
		return left, nil
	}
	return left, t.say("voicemail/message-saved")
}

func (t *talk) tooShort(d *draft, box Box, end ending) (Left, error) {
	t.call.Note("message for mailbox " + box.Number + " is too short")
	if err := d.discard(); err != nil {
		return Failed, t.trouble("remove a message", err)
	}
	if end == byLeaving {
		return TooShort, t.over()
	}
	return TooShort, t.say("voicemail/message-too-short")
}

// spoilt is the end of a draft that the disk did not take. What is in the file is brought in at the next start.
func (t *talk) spoilt(d *draft, err error) error {
	return t.trouble("record message "+d.row.ID, errors.Join(err, d.take.file.Close()))
}

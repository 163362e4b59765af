package voicemail

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Also           []string // mailboxes that get the message, too; the greeting and the limits are those of the first that there is
	Greeting       Greeting // "": Unavailable
	NoInstructions bool     // only the greeting and the beep
	Operator       bool     // 0 during the greeting or the review is Operator
}

// Leave answers the call, greets the caller for the mailbox and takes a message, until #, silence, the greatest
// length or hang-up; a hang-up saves it. It returns when the message is durable, or not to be kept. The error
// is ErrNoBox before anything was done, or the call's end as a *call.Cause: what was said is kept all the same. Of
// several mailboxes those that do not exist or are full are left out.
func (o *Office) Leave(ctx context.Context, c *call.Call, mailbox string, opts LeaveOptions) (Left, error) {
	boxes := o.known(append([]string{mailbox}, opts.Also...))
	if len(boxes) == 0 {
		return "", fmt.Errorf("mailbox %s: %w", mailbox, ErrNoBox)
	}
	box := boxes[0]
	t := o.talk(ctx, c)
	if err := c.Leg.Answer(ctx); err != nil {
		return "", err
	}
	to, err := t.roomIn(boxes)
	if err != nil {
		return Failed, t.trouble("look into mailbox "+mailbox, err)
	}
	if len(to) == 0 {
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
	d, err := o.begin(to[0], store.Message{Number: who.Number, Name: who.Name, Call: c.ID}, box.MinLength, to[1:]...)
	if err != nil {
		return Failed, t.trouble("begin a message", err)
	}
	return t.take(d, box, opts)
}

// known are the mailboxes of these numbers that there are, each once.
func (o *Office) known(numbers []string) []Box {
	all := o.settings.Load().Boxes
	var boxes []Box
	for i, number := range numbers {
		if box, is := all[number]; is && !slices.Contains(numbers[:i], number) {
			boxes = append(boxes, box)
		}
	}
	return boxes
}

// roomIn are those of the boxes that take another message; the others are noted.
func (t *talk) roomIn(boxes []Box) ([]Box, error) {
	var to []Box
	for _, box := range boxes {
		room, err := t.office.room(t.ctx, box)
		switch {
		case err != nil:
			return nil, err
		case room:
			to = append(to, box)
		default:
			t.call.Note("mailbox " + box.Number + " is full")
		}
	}
	return to, nil
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
	for _, number := range d.mailboxes() {
		t.call.Note(fmt.Sprintf("message of %v for mailbox %s", d.row.Duration.Round(time.Second), number))
	}
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

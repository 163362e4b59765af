package call

import (
	"context"
	"errors"
	"strings"
	"time"

	"hatif/media"
)

// The waits of a Question that names none: those of Asterisk's dialplan.
const (
	DefaultFirstDigit = 10 * time.Second
	DefaultInterDigit = 5 * time.Second
)

// What a party did instead of answering a Question.
var (
	ErrNoInput = errors.New("no key was pressed in time")
	ErrInvalid = errors.New("no valid answer was given in the tries allowed")
)

// A Question is what Ask and Collect put to a party. A prompt is a function, since a source is heard
// once and a question may be asked again.
type Question struct {
	Prompt  func() media.Source // heard first; a key stops it; nil: silence
	Invalid func() media.Source // heard after a wrong answer, before the next try; a key stops it, too; nil: nothing

	FirstDigit time.Duration // wait for the first key after the prompt's end; 0: DefaultFirstDigit
	InterDigit time.Duration // wait for each further key; 0: DefaultInterDigit
	Tries      int           // how often the question is put when answered wrongly; 0: once

	// AskAgain puts the question again on silence, too, while tries last; otherwise silence is ErrNoInput.
	AskAgain bool

	Keys       string // Ask: the keys that are answers; Collect: the keys that are digits. "": 0-9
	Max        int    // Collect: as many digits end the answer; 0: only Terminator or a pause does
	Min        int    // Collect: fewer are a wrong answer; 0: one
	Terminator string // Collect: keys that end the answer and are no part of it; "" none

	// More reports whether a longer answer is possible; Collect does not wait for one that is not.
	// nil: until Max.
	More func(sofar string) bool
	// Accept checks the whole answer; false is a wrong one. nil accepts all.
	Accept func(answer string) bool
	// Pressed is told each key as it comes, for the record; may be nil.
	Pressed func(key byte)
}

// Ask puts q and returns the one key that answers it. The key stops the prompt at once, also one that
// was pressed before the prompt began. Errors: ErrNoInput, ErrInvalid, or the cause when the leg or ctx
// ended.
func Ask(ctx context.Context, l Leg, q Question) (Digit, error) {
	var last Digit
	q.Max, q.Min, q.Terminator, q.More = 1, 1, "", nil
	valid := q.keys()
	q.Accept = func(answer string) bool { return strings.Contains(valid, answer) }
	q.Keys = anyKey
	pressed := q.Pressed
	q.Pressed = func(key byte) {
		last = Digit{Key: key}
		if pressed != nil {
			pressed(key)
		}
	}
	_, err := Collect(ctx, l, q)
	return last, err
}

// Collect puts q and returns the keys of the answer, without its terminator. The first key stops the
// prompt. A pause longer than InterDigit ends the answer. Errors as for Ask.
func Collect(ctx context.Context, l Leg, q Question) (string, error) {
	var before func() media.Source // said in front of the prompt: that the last answer was wrong
	for try := 1; ; try++ {
		answer, err := q.once(ctx, l, before, q.Prompt)
		switch {
		case err == nil && len(answer) >= max(q.Min, 1) && (q.Accept == nil || q.Accept(answer)):
			return answer, nil
		case err != nil && !(errors.Is(err, ErrNoInput) && q.AskAgain && try < q.Tries):
			return "", err
		case err == nil && try < q.Tries:
			before = q.Invalid
		case err == nil:
			if q.Invalid != nil {
				if err := Play(ctx, l, q.Invalid()); err != nil {
					return "", err
				}
			}
			return "", ErrInvalid
		default:
			before = nil
		}
	}
}

const anyKey = "0123456789*#ABCD"

func (q *Question) keys() string {
	if q.Keys == "" {
		return "0123456789"
	}
	return q.Keys
}

// once puts the question a single time, saying one thing after another, and returns the keys pressed.
func (q *Question) once(ctx context.Context, l Leg, said ...func() media.Source) (string, error) {
	var answer []byte
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	next := func() <-chan struct{} { // what is to be heard next; nil: it is the party's turn
		for len(said) > 0 {
			say := said[0]
			if said = said[1:]; say != nil {
				return l.Hear(say())
			}
		}
		timer.Reset(orDefault(q.FirstDigit, DefaultFirstDigit))
		return nil
	}
	prompt := next()
	if prompt == nil {
		l.Hear(nil)
	}
	for {
		var event Event
		var expired bool
		select {
		case event = <-l.Events():
		case <-prompt:
			prompt = next()
		case <-timer.C:
			expired = true
		case <-ctx.Done():
		case <-l.Context().Done():
		}
		if event == nil && l.Context().Err() != nil {
			// What was pressed before the end counts: a party that confirms and hangs up in one breath has confirmed.
			select {
			case event = <-l.Events():
			default:
			}
		}
		if d, pressed := event.(Digit); pressed {
			if prompt != nil {
				prompt, said = nil, nil
				l.Hear(nil)
			}
			if q.Pressed != nil {
				q.Pressed(d.Key)
			}
			if strings.IndexByte(q.Terminator, d.Key) >= 0 {
				return string(answer), nil
			}
			answer = append(answer, d.Key)
			if strings.IndexByte(q.keys(), d.Key) < 0 || q.complete(string(answer)) {
				return string(answer), nil
			}
			timer.Reset(orDefault(q.InterDigit, DefaultInterDigit))
			continue
		}
		if event != nil {
			Decline(event)
			continue
		}
		if err := over(ctx, l); err != nil {
			l.Hear(nil)
			return "", err
		}
		if expired && len(answer) == 0 {
			return "", ErrNoInput
		}
		if expired {
			return string(answer), nil
		}
	}
}

func (q *Question) complete(answer string) bool {
	if q.Max > 0 && len(answer) >= q.Max {
		return true
	}
	return q.More != nil && !q.More(answer)
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

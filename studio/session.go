package studio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/recorder"
)

const (
	longest  = 3 * time.Minute        // of a recording
	shortest = 300 * time.Millisecond // a shorter one is a mistake
	advance  = 100 * time.Millisecond // how often what was said is fetched
	keyWait  = 10 * time.Second       // for what they think of it
	tries    = 3                      // how often they are asked
	takes    = 20                     // recordings in one call
	click    = 100 * time.Millisecond // at the end of what # ended: the key itself
)

// ErrNotKept is why there is no recording: they did not want to keep one.
var ErrNotKept = errors.New("no recording was kept")

// A Session is one recording to be made by phone.
type Session struct {
	Leg     call.Leg
	Country string                           // whose beep it is
	Say     func(prompt string) media.Source // nil where there is none
}

// The prompts that are said.
const (
	Question = "voicemail/review" // 1 keeps it, 2 plays it, 3 records again
	Refused  = "not-valid"
	Saved    = "voicemail/greeting-saved"
	Nothing  = "voicemail/not-recorded"
)

// Record beeps, records until #, plays it back and asks: 1 keeps it, 2 plays it again, 3 records again. It returns the samples that are to be
// kept, at 8 kHz. Who hangs up keeps nothing. The error is ErrNotKept, or the cause of the leg's or ctx's end.
func (s Session) Record(ctx context.Context) ([]int16, error) {
	if err := s.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	for range takes {
		if err := call.Play(ctx, s.Leg, media.Tone(media.ToneBeep, s.Country)); err != nil {
			return nil, err
		}
		samples, err := s.take(ctx)
		if err != nil {
			return nil, err
		}
		if len(samples) < int(shortest*media.SampleRate/time.Second) {
			continue // they have pressed # at once: the beep comes again
		}
		keep, err := s.approve(ctx, samples)
		if err != nil || keep {
			return samples, err
		}
	}
	return nil, ErrNotKept
}

// take is what they say until they press #.
func (s Session) take(ctx context.Context) (samples []int16, err error) {
	s.Leg.Hear(nil)
	solo, err := recorder.NewSolo(s.Leg.Voice(), media.Now())
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	defer solo.Stop(media.Now())
	tick := time.NewTicker(advance)
	defer tick.Stop()
	for {
		select {
		case e := <-s.Leg.Events():
			d, isKey := e.(call.Digit)
			if !isKey {
				call.Decline(e)
			} else if d.Key == '#' {
				samples = append(samples, solo.Stop(media.Now())...)
				return samples[:max(0, len(samples)-int(click*media.SampleRate/time.Second))], nil
			}
		case <-tick.C:
			samples = append(samples, solo.Advance(media.Now())...)
		case <-ctx.Done():
		case <-s.Leg.Context().Done():
		}
		switch {
		case s.Leg.Context().Err() != nil:
			return nil, call.EndOf(s.Leg.Context())
		case ctx.Err() != nil:
			return nil, call.EndOf(ctx)
		case time.Duration(len(samples))*time.Second/media.SampleRate >= longest:
			return append(samples, solo.Stop(media.Now())...), nil
		}
	}
}

// approve plays a recording and asks whether it is kept; false is to record again.
func (s Session) approve(ctx context.Context, samples []int16) (keep bool, err error) {
	sound := media.NewSound("recording", samples)
	for range takes {
		key, err := call.Ask(ctx, s.Leg, call.Question{
			Prompt:     func() media.Source { return s.and(sound.Play(), Question) },
			Invalid:    func() media.Source { return s.Say(Refused) },
			FirstDigit: keyWait, Keys: "123", Tries: tries, AskAgain: true,
		})
		switch {
		case errors.Is(err, call.ErrNoInput) || errors.Is(err, call.ErrInvalid):
			return false, ErrNotKept
		case err != nil:
			return false, err
		case key.Key == '1':
			return true, nil
		case key.Key == '3':
			return false, nil
		}
	}
	return false, ErrNotKept
}

// Tell says how it went; nothing where there is no such prompt.
func (s Session) Tell(ctx context.Context, prompt string) error {
	if said := s.Say(prompt); said != nil {
		return call.Play(ctx, s.Leg, said)
	}
	return nil
}

// and is a source with a prompt after it, as far as there is one.
func (s Session) and(first media.Source, prompt string) media.Source {
	said := s.Say(prompt)
	if said == nil {
		return first
	}
	return media.Sequence(first.String()+", "+said.String(), first, said)
}

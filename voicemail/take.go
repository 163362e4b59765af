package voicemail

import (
	"errors"
	"fmt"
	"os"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/recorder"
)

// An ending is why a take ended.
type ending string

const (
	byKey     ending = "#"
	bySilence ending = "silence"
	byLength  ending = "length"
	byLeaving ending = "hang-up"
)

// limits are those of a take.
type limits struct {
	length  time.Duration
	silence time.Duration
}

const (
	// advance is how often a take is written.
	advance = 100 * time.Millisecond

	// quiet is the mean of a frame's absolute samples below which nobody speaks: Asterisk's silencethreshold.
	quiet = 128

	// tail is what stays of a silence that has ended a take.
	tail = time.Second

	// maxHeld bounds the silence that is not written yet.
	maxHeld = 30 * media.SampleRate

	refreshEvery = time.Second
)

// A take is something being recorded into a file, on the goroutine of the call.
type take struct {
	path string
	file *os.File
	wav  *media.WAVWriter

	length  time.Duration // recorded
	spoken  time.Duration // until the last sound
	partial []int16       // less than a frame
	held    []int16       // silence that is written when somebody speaks again
	fresh   time.Duration // length at the last header
}

// newTake makes the file, in place of one that is there.
func newTake(path string) (*take, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return nil, err
	}
	wav, err := media.NewWAVWriter(f, media.SampleRate, 1)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &take{path: path, file: f, wav: wav}, nil
}

// record writes what the party says until # is pressed, nobody speaks any more, it is long enough, or the party
// or the call's way ends. The error is that of the disk; what came before it is in the file.
func (k *take) record(t *talk, lim limits) (ending, error) {
	t.leg.Hear(nil)
	solo, err := recorder.NewSolo(t.leg.Voice(), media.Now())
	if err != nil {
		return byLeaving, err
	}
	end, err := k.follow(t, solo, lim)
	err = errors.Join(err, k.write(solo.Stop(media.Now())), k.complete(end))
	if lost := solo.Lost(); lost > 0 {
		t.call.Log.Warn("sound was lost while the disk was slow", "packets", lost, "file", k.path)
	}
	return end, err
}

// follow is the part of record that lasts.
func (k *take) follow(t *talk, solo *recorder.Solo, lim limits) (ending, error) {
	tick := time.NewTicker(advance)
	defer tick.Stop()
	for {
		select {
		case e := <-t.leg.Events():
			d, pressed := e.(call.Digit)
			switch {
			case !pressed:
				call.Decline(e)
			case d.Key == '#':
				return byKey, nil
			}
		case <-tick.C:
			if err := k.write(solo.Advance(media.Now())); err != nil {
				return byLeaving, err
			}
		case <-t.ctx.Done():
		case <-t.leg.Context().Done():
		}
		switch {
		case t.over() != nil:
			return byLeaving, nil
		case k.length >= lim.length:
			return byLength, nil
		case k.length-k.spoken >= lim.silence:
			return bySilence, nil
		}
	}
}

// write takes samples as they come. Silence is held back until it is known not to be the end.
func (k *take) write(samples []int16) error {
	k.partial = append(k.partial, samples...)
	for len(k.partial) >= media.FrameSamples {
		frame := k.partial[:media.FrameSamples]
		k.length += media.FrameDuration
		k.held = append(k.held, frame...)
		k.partial = k.partial[media.FrameSamples:]
		if loud(frame) {
			k.spoken = k.length
		} else if len(k.held) < maxHeld {
			continue
		}
		if err := k.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (k *take) flush() error {
	if err := k.wav.Write(k.held); err != nil {
		return fmt.Errorf("write %s: %w", k.path, err)
	}
	k.held = k.held[:0]
	if k.length-k.fresh < refreshEvery {
		return nil
	}
	k.fresh = k.length
	return k.wav.Refresh()
}

// complete writes what is held back; of a silence that was the end a second stays.
func (k *take) complete(end ending) error {
	if end == bySilence {
		n := min(len(k.held), int(tail*media.SampleRate/time.Second))
		k.length -= lengthOf(len(k.held) - n)
		k.held = k.held[:n]
	} else {
		k.held = append(k.held, k.partial...)
		k.length += lengthOf(len(k.partial))
	}
	k.partial = nil
	return errors.Join(k.flush(), k.wav.Refresh())
}

func loud(frame []int16) bool {
	sum := 0
	for _, s := range frame {
		if s < 0 {
			sum -= int(s)
		} else {
			sum += int(s)
		}
	}
	return sum >= quiet*len(frame)
}

// add writes samples of another recording.
func (k *take) add(samples []int16) error {
	k.length += lengthOf(len(samples))
	k.spoken = k.length
	return k.wav.Write(samples)
}

// sound is what has been recorded so far, to listen to.
func (k *take) sound(name string) (*media.Sound, error) {
	if err := k.wav.Refresh(); err != nil {
		return nil, err
	}
	return sound(k.path, name)
}

// keep brings the take to the disk under another name.
func (k *take) keep(path string) error {
	err := errors.Join(k.wav.Finish(), k.file.Sync(), k.file.Close())
	if err != nil {
		return err
	}
	return rename(k.path, path)
}

// discard removes the file.
func (k *take) discard() error {
	return errors.Join(k.file.Close(), os.Remove(k.path))
}

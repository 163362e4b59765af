package recorder

import (
	"fmt"

	"hatif/media"
)

// A Solo places what one party says on wall-clock time, for a script that writes it itself and waits for
// the party anyway: a message, a greeting. There is no goroutine and no file in it. It belongs to one
// goroutine; the clock given to its methods is media.Now.
type Solo struct {
	voice   media.Voice
	track   track
	begun   int64
	placed  int64             // samples since begun that were returned; begins below 0
	pending [pendingLen]int16 // what follows them, still open to late packets
	line    [stretch + pendingLen]int16
	packets [tapPackets]media.TapPacket
	stopped bool
}

// NewSolo taps voice from now on. The caller stops it.
func NewSolo(voice media.Voice, now int64) (*Solo, error) {
	s := &Solo{voice: voice, begun: now, placed: -lateness}
	s.track.tap = media.NewTap(tapPackets)
	if !voice.Tap(s.track.tap) {
		return nil, fmt.Errorf("%s: %w", voice, ErrTaps)
	}
	return s, nil
}

// Advance returns the samples that have become final since the last time: those up to a fifth of a second
// before now, since packets may come late. What never came is silence. It returns a second at most and is
// called several times a second, or packets are lost. The slice is good until the next call.
func (s *Solo) Advance(now int64) []int16 {
	return s.upTo(samplesAt(now-s.begun) - lateness)
}

// Stop ends the tap and returns the samples up to now that Advance has not.
func (s *Solo) Stop(now int64) []int16 {
	if s.stopped {
		return nil
	}
	s.stopped = true
	s.voice.Untap(s.track.tap)
	return s.upTo(samplesAt(now - s.begun))
}

func (s *Solo) upTo(until int64) []int16 {
	n := int(min(until-s.placed, stretch))
	if n <= 0 {
		return nil
	}
	line := s.line[:n+pendingLen]
	clear(line[copy(line, s.pending[:]):])
	s.track.place(s.packets[:s.track.tap.Pull(s.packets[:])], s.begun, s.placed, line)
	copy(s.pending[:], line[n:])
	before := int(min(max(-s.placed, 0), int64(n))) // what lies before the beginning is left out
	s.placed += int64(n)
	return line[before:n]
}

// Lost returns how many packets came while nobody called Advance for too long.
func (s *Solo) Lost() uint64 { return s.track.tap.Lost() }

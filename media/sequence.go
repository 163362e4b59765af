package media

import "time"

// Sequence is a source that is its parts one after another: a number spoken digit by digit.
// It owns the parts. A nil part is left out.
func Sequence(name string, parts ...Source) Source {
	return &sequence{name: name, parts: parts}
}

type sequence struct {
	name  string
	parts []Source // what is still to be heard
}

func (s *sequence) Next(f *Frame) bool {
	for len(s.parts) > 0 {
		if s.parts[0] != nil && s.parts[0].Next(f) {
			return true
		}
		s.parts = s.parts[1:]
	}
	return false
}

func (s *sequence) String() string { return s.name }

// Silence is a source of d of silence, in whole frames rounded up. Zero or less never ends.
func Silence(d time.Duration) Source {
	if d <= 0 {
		return &silence{endless: true}
	}
	return &silence{left: int((d + FrameDuration - 1) / FrameDuration)}
}

type silence struct {
	left    int // frames
	endless bool
}

func (s *silence) Next(f *Frame) bool {
	if !s.endless {
		if s.left == 0 {
			return false
		}
		s.left--
	}
	f.SetSilence()
	return true
}

func (s *silence) String() string { return "silence" }

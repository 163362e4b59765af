package calltest

import (
	"time"

	"hatif/media"
)

// Sound is a source of a known length that carries silence; a length of 0 never ends.
// The name is what Heard reports.
func Sound(name string, length time.Duration) media.Source {
	return &sound{name: name, length: length, left: length}
}

type sound struct {
	name         string
	length, left time.Duration
}

func (s *sound) Next(f *media.Frame) bool {
	f.SetSilence()
	if s.length == 0 {
		return true
	}
	if s.left <= 0 {
		return false
	}
	s.left -= media.FrameDuration
	return true
}

func (s *sound) String() string { return s.name }

// length tells a fake leg how long a source lasts, so that it need not be pulled frame by frame.
func lengthOf(src media.Source) (d time.Duration, known bool) {
	switch s := src.(type) {
	case *sound:
		return s.length, true
	case *voice:
		return 0, true
	}
	return 0, false
}

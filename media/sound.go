package media

import "time"

// A Sound is a piece of audio held ready in both laws, so that playing it costs a copy. It never changes:
// one Sound is heard by any number of ports at once, each through a source of its own.
type Sound struct {
	name  string
	coded [2][]byte // by Law, as long as each other
}

// NewSound encodes 8 kHz mono samples. name is what logs and tests call it: "prompt ar/welcome".
// The samples are read and not kept.
func NewSound(name string, samples []int16) *Sound {
	s := &Sound{name: name}
	for law := range s.coded {
		s.coded[law] = make([]byte, len(samples))
		Encode(Law(law), s.coded[law], samples)
	}
	return s
}

// Name is what NewSound was given.
func (s *Sound) Name() string { return s.name }

// Duration is how long the sound lasts.
func (s *Sound) Duration() time.Duration {
	return time.Duration(len(s.coded[MuLaw])) * time.Second / SampleRate
}

// Play is a source that is the sound once. The last frame is filled up with silence.
func (s *Sound) Play() Source { return &playing{sound: s} }

// PlayFrom is a source that is what follows the first d of the sound, once: for playback that jumps.
func (s *Sound) PlayFrom(d time.Duration) Source {
	d = min(max(d, 0), s.Duration())
	return &playing{sound: s, at: int(d * SampleRate / time.Second)}
}

// Loop is a source that is the sound over and over, without a gap where it begins again. A sound
// without samples ends at once.
func (s *Sound) Loop() Source { return &looping{sound: s} }

// playing is one port's place in a sound.
type playing struct {
	sound *Sound
	at    int // the next sample
}

func (p *playing) Next(f *Frame) bool {
	b := p.sound.coded[f.Want]
	if p.at >= len(b) {
		return false
	}
	end := min(p.at+FrameSamples, len(b))
	f.SetCoded(f.Want, b[p.at:end])
	p.at = end
	return true
}

func (p *playing) String() string { return p.sound.name }

// looping is one port's place in a sound that never ends.
type looping struct {
	sound *Sound
	at    int // the next sample
}

func (l *looping) Next(f *Frame) bool {
	b := l.sound.coded[f.Want]
	if len(b) == 0 {
		return false
	}
	if l.at+FrameSamples <= len(b) {
		f.SetCoded(f.Want, b[l.at:l.at+FrameSamples])
		l.at += FrameSamples
		return true
	}
	var joint [FrameSamples]byte
	for n := 0; n < FrameSamples; {
		k := copy(joint[n:], b[l.at:])
		n, l.at = n+k, (l.at+k)%len(b)
	}
	f.SetCoded(f.Want, joint[:])
	return true
}

func (l *looping) String() string { return l.sound.name }

package media

import (
	"bytes"
	"fmt"
	"time"
)

// A Sound is a piece of audio held ready to be sent, so that playing it costs a copy. It never changes:
// one Sound is heard by any number of ports at once, each through a source of its own.
type Sound struct {
	name  string
	coded [2][]byte // by Law, as long as each other; one may be nil, and is made from the other frame by frame
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

// SoundFromWAV takes a whole WAV file of one channel, 8000 samples a second, in µ-law or A-law. The file's memory
// is the Sound's from now on: nothing is copied or decoded.
func SoundFromWAV(name string, file []byte) (*Sound, error) {
	r := bytes.NewReader(file)
	format, size, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if format.channels != 1 || format.rate != SampleRate || format.coding != wavMuLaw && format.coding != wavALaw {
		return nil, fmt.Errorf("read WAV: %s, %d channels, %d samples per second, want G.711 as telephones speak it",
			codingName(format.coding), format.channels, format.rate)
	}
	law := MuLaw
	if format.coding == wavALaw {
		law = ALaw
	}
	s := &Sound{name: name}
	data := file[len(file)-r.Len():]
	s.coded[law] = data[:min(int64(len(data)), int64(size))]
	return s, nil
}

// in returns the sound in the law asked for, or else in the one that it is held in.
func (s *Sound) in(law Law) (Law, []byte) {
	if s.coded[law] == nil {
		law = 1 - law
	}
	return law, s.coded[law]
}

// Name is what the Sound was made with.
func (s *Sound) Name() string { return s.name }

// Duration is how long the sound lasts.
func (s *Sound) Duration() time.Duration {
	_, b := s.in(MuLaw)
	return time.Duration(len(b)) * time.Second / SampleRate
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
	law, b := p.sound.in(f.Want)
	if p.at >= len(b) {
		return false
	}
	end := min(p.at+FrameSamples, len(b))
	f.SetCoded(law, b[p.at:end])
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
	law, b := l.sound.in(f.Want)
	if len(b) == 0 {
		return false
	}
	if l.at+FrameSamples <= len(b) {
		f.SetCoded(law, b[l.at:l.at+FrameSamples])
		l.at += FrameSamples
		return true
	}
	var joint [FrameSamples]byte
	for n := 0; n < FrameSamples; {
		k := copy(joint[n:], b[l.at:])
		n, l.at = n+k, (l.at+k)%len(b)
	}
	f.SetCoded(law, joint[:])
	return true
}

func (l *looping) String() string { return l.sound.name }

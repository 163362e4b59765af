package media

import (
	"sync"
	"sync/atomic"
)

// A Mixer lets any number of parties hear one another: a conference, or a supervisor who listens, whispers
// or barges in. Each party takes a Seat, which speaks with a Source and is itself the Source of what the
// party should hear: all the others.
//
// Joining, leaving and muting may be done from any goroutine. The engine brings the ports that hear a mixer's
// seats to one media loop: the loop pulls the seats and with them the voices, each voice once per twenty
// milliseconds whatever the number of listeners.
type Mixer struct {
	name string

	mu    sync.Mutex              // for those who change seats
	seats atomic.Pointer[[]*Seat] // replaced whole, under mu; read by the loop

	// The rest is the loop's. While ports are on their way to one loop, two might pull: the one that finds
	// pulling true goes without.
	pulling atomic.Bool
	round   uint64              // counts the mixes made
	total   [FrameSamples]int32 // of the seats that all may hear, in this round
}

// NewMixer makes an empty mixer. name is what logs and tests call it: "conference 8000".
func NewMixer(name string) *Mixer {
	m := &Mixer{name: name}
	m.seats.Store(new([]*Seat))
	return m
}

// A Seat is one party's place in a Mixer, and the Source of what the party hears.
type Seat struct {
	mixer *Mixer
	voice Source // what the party says; nil: it listens only
	name  string

	muted  atomic.Bool
	gone   atomic.Bool
	hearer atomic.Pointer[Seat] // the one who hears the party; nil: all do

	// The rest is the loop's.
	round  uint64
	frame  Frame
	audio  []int16 // this round's audio, the frame's; nil: silent
	ended  bool    // the voice has nothing more to say
	public bool    // the audio is in the mixer's total
	limit  limiter
}

// Join takes a seat. voice is what the party says; nil is somebody who listens only. The seat is heard by
// one port; nothing else may pull the voice meanwhile.
func (m *Mixer) Join(voice Source) *Seat {
	s := &Seat{mixer: m, voice: voice, name: m.name}
	m.mu.Lock()
	defer m.mu.Unlock()
	seats := append([]*Seat(nil), *m.seats.Load()...)
	seats = append(seats, s)
	m.seats.Store(&seats)
	return s
}

// Leave gives the seat up: nobody hears the party any more, and the seat as a Source ends.
// It is idempotent.
func (s *Seat) Leave() {
	s.gone.Store(true)
	m := s.mixer
	m.mu.Lock()
	defer m.mu.Unlock()
	var seats []*Seat
	for _, other := range *m.seats.Load() {
		if other != s {
			seats = append(seats, other)
		}
	}
	m.seats.Store(&seats)
}

// Mute keeps the party from being heard, or lets it be heard again.
func (s *Seat) Mute(muted bool) { s.muted.Store(muted) }

// SpeakTo lets only one other seat hear the party, a whisper; nil lets all hear it again.
func (s *Seat) SpeakTo(only *Seat) { s.hearer.Store(only) }

// String is the mixer's name.
func (s *Seat) String() string { return s.name }

// Next is what the party hears: everybody else who may be heard by it.
func (s *Seat) Next(f *Frame) bool {
	if s.gone.Load() {
		return false
	}
	m := s.mixer
	if !m.pulling.CompareAndSwap(false, true) {
		f.SetSilence()
		return true
	}
	defer m.pulling.Store(false)
	seats := *m.seats.Load()
	if s.round == m.round { // it has heard this round: time for the next one
		m.mix(seats)
	}
	s.round = m.round

	sum := m.total
	heard := false
	for _, other := range seats {
		switch {
		case other.audio == nil:
		case other == s:
			if other.public {
				subtract(&sum, other.audio)
			}
		case other.public:
			heard = true
		case other.hearer.Load() == s:
			add(&sum, other.audio)
			heard = true
		}
	}
	if !heard {
		f.SetSilence()
		s.limit.rest()
		return true
	}
	f.kind = frameLinear
	s.limit.shape(&f.samples, &sum)
	return true
}

// mix begins a round: it pulls each voice once and adds up those that all may hear.
func (m *Mixer) mix(seats []*Seat) {
	m.round++
	clear(m.total[:])
	for _, s := range seats {
		s.pull()
		s.public = s.audio != nil && s.hearer.Load() == nil
		if s.public {
			add(&m.total, s.audio)
		}
	}
}

// pull takes the party's next twenty milliseconds. A muted voice is pulled, too: it goes on in time.
func (s *Seat) pull() {
	s.audio = nil
	if s.voice == nil || s.ended {
		return
	}
	if !s.voice.Next(&s.frame) {
		s.ended = true
		return
	}
	if !s.frame.Silent() && !s.muted.Load() {
		s.audio = s.frame.Linear()
	}
}

func add(sum *[FrameSamples]int32, audio []int16) {
	for i, v := range audio[:FrameSamples] {
		sum[i] += int32(v)
	}
}

func subtract(sum *[FrameSamples]int32, audio []int16) {
	for i, v := range audio[:FrameSamples] {
		sum[i] -= int32(v)
	}
}

// A limiter keeps a sum of voices within sixteen bits by turning it down before it would clip, and slowly
// up again, so that several people at once are softer and not distorted. The zero value is at full gain.
type limiter struct {
	reduction float32 // 1 - gain at the end of the last frame
}

const (
	limitPeak    = 32000
	limitAttack  = 32   // samples, 4 ms, in which the gain comes down
	limitRelease = 0.02 // of gain won back in a frame: all of it in a second
)

// shape writes sum to out at the gain that its loudest sample allows.
func (l *limiter) shape(out *[FrameSamples]int16, sum *[FrameSamples]int32) {
	peak := int32(0)
	for _, v := range sum {
		peak = max(peak, v, -v)
	}
	if l.reduction == 0 && peak <= limitPeak {
		for i, v := range sum {
			out[i] = int16(v)
		}
		return
	}
	from := 1 - l.reduction
	to := min(from+limitRelease, 1)
	ramp := FrameSamples
	if float32(peak)*to > limitPeak {
		to, ramp = limitPeak/float32(peak), limitAttack
	}
	l.reduction = max(0, 1-to)
	step, gain := (to-from)/float32(ramp), from
	for i, v := range sum {
		if i < ramp {
			gain += step
		}
		out[i] = saturate(int32(float32(v) * gain))
	}
}

// rest lets the gain come back in a frame without sound.
func (l *limiter) rest() { l.reduction = max(0, l.reduction-limitRelease) }

func saturate(v int32) int16 { return int16(min(max(v, -32768), 32767)) }

package calltest

import (
	"math"
	"sync"
	"time"

	"hatif/media"
)

const maxTaps = 4

// voice is what a fake party says: nothing, except to its taps while it speaks.
type voice struct {
	name string
	mu   sync.Mutex
	taps []*media.Tap // guarded by mu
}

// say gives every tap a frame of a tone.
func (v *voice) say() {
	now := media.Now()
	at := now * media.SampleRate / int64(time.Second)
	p := media.TapPacket{At: now, Timestamp: uint32(at), SSRC: 1, N: media.FrameSamples}
	var samples [media.FrameSamples]int16
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(at+int64(i))/media.SampleRate))
	}
	media.Encode(media.MuLaw, p.Data[:], samples[:])
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, t := range v.taps {
		t.Push(&p)
	}
}

// Speak has the party say a tone for so long, which whoever taps its voice hears, and returns when it is said
// or the leg is over. Otherwise a fake party sends no sound.
func (l *Leg) Speak(d time.Duration) {
	tick := time.NewTicker(media.FrameDuration)
	defer tick.Stop()
	for range d / media.FrameDuration {
		select {
		case <-tick.C:
			l.voice.say()
		case <-l.ctx.Done():
			return
		}
	}
}

func (v *voice) Next(f *media.Frame) bool { f.SetSilence(); return true }
func (v *voice) String() string           { return v.name }

func (v *voice) Tap(t *media.Tap) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.taps) == maxTaps {
		return false
	}
	v.taps = append(v.taps, t)
	return true
}

func (v *voice) Untap(t *media.Tap) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, have := range v.taps {
		if have == t {
			v.taps = append(v.taps[:i], v.taps[i+1:]...)
			return
		}
	}
}

package media

import (
	"slices"
	"sync/atomic"
)

// tapsMost is how many taps a voice takes.
const tapsMost = 4

// voiceIdle is how many packets a pulled voice keeps for a puller that does not come: a second's worth.
const voiceIdle = 50

// voice is the Source and Voice of one port.
//
// A port that hears a voice has its packets forwarded and never calls Next; a Mixer pulls. It may do so for
// a moment from another loop than the port's, until the engine has brought the ports together: pulling marks
// the buffer as busy for as long, and whoever finds it busy goes without rather than wait.
type voice struct {
	taps   atomic.Pointer[[]*Tap] // replaced whole under port.mu; nil: none
	wanted atomic.Bool            // somebody pulls
	over   atomic.Bool            // the port is closed
	busy   atomic.Bool            // the two below are in use
	jitter *Jitter                // made by the first pull
	unread int                    // packets put since the last pull
	port   *Port
}

// Next hands over the next twenty milliseconds of a voice that is mixed. One puller at a time.
func (v *voice) Next(f *Frame) bool {
	if v.over.Load() {
		return false
	}
	if !v.busy.CompareAndSwap(false, true) {
		f.SetSilence()
		return true
	}
	if v.jitter == nil {
		v.jitter = new(Jitter)
	}
	v.unread = 0
	v.wanted.Store(true)
	v.jitter.Next(f)
	v.busy.Store(false)
	return true
}

// put keeps a packet for the puller.
func (v *voice) put(k *packet) {
	if !v.busy.CompareAndSwap(false, true) {
		return
	}
	if v.unread++; v.unread > voiceIdle {
		v.wanted.Store(false)
		v.jitter.Reset()
	} else {
		v.jitter.Put(k.ssrc, k.seq, k.timestamp, k.kind.law(), k.payload())
	}
	v.busy.Store(false)
}

func (v *voice) String() string { return v.port.opts.Name }

// Tap and Untap are called from any goroutine; the loop sees the change with the next packet.
func (v *voice) Tap(t *Tap) bool {
	v.port.mu.Lock()
	defer v.port.mu.Unlock()
	var taps []*Tap
	if now := v.taps.Load(); now != nil {
		taps = *now
	}
	if slices.Contains(taps, t) {
		return true
	}
	if len(taps) == tapsMost {
		return false
	}
	taps = append(slices.Clone(taps), t)
	v.taps.Store(&taps)
	return true
}

func (v *voice) Untap(t *Tap) {
	v.port.mu.Lock()
	defer v.port.mu.Unlock()
	now := v.taps.Load()
	if now == nil {
		return
	}
	taps := slices.DeleteFunc(slices.Clone(*now), func(other *Tap) bool { return other == t })
	if len(taps) == 0 {
		v.taps.Store(nil)
		return
	}
	v.taps.Store(&taps)
}

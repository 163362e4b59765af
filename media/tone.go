package media

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// A ToneKind is what a tone tells the caller.
type ToneKind string

const (
	ToneRingback   ToneKind = "ringback"   // the other phone rings
	ToneBusy       ToneKind = "busy"       // the other party is talking
	ToneCongestion ToneKind = "congestion" // the call cannot be put through
	ToneBeep       ToneKind = "beep"       // speak now; done
	ToneError      ToneKind = "beeperr"    // that did not work
)

// Tone is a source of the tone as it sounds in a country, named by its two letters: "eg". A country that is
// not in the table has the tones that ITU-T E.180 recommends. The beeps sound alike everywhere and end by
// themselves; the others never end. The sound is made once and shared; an unknown kind is silence.
func Tone(kind ToneKind, country string) Source {
	country = strings.ToLower(country)
	if _, known := nationalTones[country]; !known {
		country = ""
	}
	tone := tones(toneName{kind, country})
	if kind == ToneBeep || kind == ToneError {
		return tone.Play()
	}
	return tone.Loop()
}

// ToneCountries lists the countries in the table, sorted.
func ToneCountries() []string {
	var names []string
	for name := range maps.Keys(nationalTones) {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A cadence is one turn of a tone: pieces of sound and of silence.
type cadence []piece

type piece struct {
	first, second float64 // Hz, heard together; 0: none
	modulated     bool    // second modulates first instead
	lasts         time.Duration
}

const ms = time.Millisecond

// on1 and on2 are pieces of one and of two frequencies, off is silence.
func on1(hz float64, d time.Duration) piece { return piece{first: hz, lasts: d} }
func on2(a, b float64, d time.Duration) piece {
	return piece{first: a, second: b, lasts: d}
}
func off(d time.Duration) piece { return piece{lasts: d} }

func evenly(hz float64, d time.Duration) cadence { return cadence{on1(hz, d), off(d)} }

// National is what a country's network lets callers hear.
type national struct{ ringback, busy, congestion cadence }

// nationalTones are the tones of ITU-T E.180 Supplement 2, "Various tones used in national networks" (2003);
// "" is what E.180 itself recommends (§6, §7, §8). Where a network has no congestion tone of its own it
// is the busy tone twice as fast.
var nationalTones = map[string]national{
	"": {
		ringback:   cadence{on1(425, 1000*ms), off(4000 * ms)},
		busy:       evenly(425, 500*ms),
		congestion: evenly(425, 250*ms),
	},
	"ae": british,
	"de": {
		ringback:   cadence{on1(425, 1000*ms), off(4000 * ms)},
		busy:       evenly(425, 480*ms),
		congestion: evenly(425, 240*ms),
	},
	"eg": {
		ringback:   cadence{{first: 425, second: 50, modulated: true, lasts: 2000 * ms}, off(1000 * ms)},
		busy:       cadence{on1(450, 1000*ms), off(4000 * ms)},
		congestion: evenly(450, 500*ms),
	},
	"es": {
		ringback:   cadence{on1(425, 1500*ms), off(3000 * ms)},
		busy:       evenly(425, 200*ms),
		congestion: cadence{on1(425, 200*ms), off(200 * ms), on1(425, 200*ms), off(200 * ms), on1(425, 200*ms), off(600 * ms)},
	},
	"fr": {
		ringback:   cadence{on1(440, 1500*ms), off(3500 * ms)},
		busy:       evenly(440, 500*ms),
		congestion: evenly(440, 250*ms),
	},
	"gb": british,
	"it": {
		ringback:   cadence{on1(425, 1000*ms), off(4000 * ms)},
		busy:       evenly(425, 500*ms),
		congestion: evenly(425, 200*ms),
	},
	"nl": {
		ringback:   cadence{on1(425, 1000*ms), off(4000 * ms)},
		busy:       evenly(425, 500*ms),
		congestion: evenly(425, 250*ms),
	},
	"sa": {
		ringback:   cadence{on1(425, 1200*ms), off(4600 * ms)},
		busy:       evenly(425, 500*ms),
		congestion: evenly(425, 250*ms),
	},
	"uk": british,
	"us": {
		ringback:   cadence{on2(440, 480, 2000*ms), off(4000 * ms)},
		busy:       cadence{on2(480, 620, 500*ms), off(500 * ms)},
		congestion: cadence{on2(480, 620, 250*ms), off(250 * ms)},
	},
}

var british = national{
	ringback:   cadence{on2(400, 450, 400*ms), off(200 * ms), on2(400, 450, 400*ms), off(2000 * ms)},
	busy:       evenly(400, 375*ms),
	congestion: cadence{on1(400, 400*ms), off(350 * ms), on1(400, 225*ms), off(525 * ms)},
}

// The beeps of every country: one high, or three falling.
var (
	beep      = cadence{on1(1000, 250*ms)}
	beepError = cadence{on1(620, 120*ms), off(60 * ms), on1(480, 120*ms), off(60 * ms), on1(350, 240*ms)}
)

type toneName struct {
	kind    ToneKind
	country string
}

// tones makes each tone once: a script asks for it, never a media loop.
var tones = func() func(toneName) *Sound {
	var mu sync.Mutex
	made := make(map[toneName]*Sound) // guarded by mu
	return func(name toneName) *Sound {
		mu.Lock()
		defer mu.Unlock()
		s, ok := made[name]
		if !ok {
			s = NewSound(name.String(), name.cadence().samples())
			made[name] = s
		}
		return s
	}
}()

// String is "tone busy eg".
func (n toneName) String() string {
	if n.country == "" || n.kind == ToneBeep || n.kind == ToneError {
		return "tone " + string(n.kind)
	}
	return "tone " + string(n.kind) + " " + n.country
}

func (n toneName) cadence() cadence {
	here := nationalTones[n.country]
	switch n.kind {
	case ToneRingback:
		return here.ringback
	case ToneBusy:
		return here.busy
	case ToneCongestion:
		return here.congestion
	case ToneBeep:
		return beep
	case ToneError:
		return beepError
	}
	return cadence{off(FrameDuration)}
}

const (
	toneAmplitude = 6000 // -11 dBm0, within E.180's -10 ± 5 dBm0; two frequencies share it
	toneEdge      = 40   // samples, 5 ms, in which a piece swells and fades, against clicks
)

// samples is one turn of the cadence.
func (c cadence) samples() []int16 {
	var all []int16
	for _, p := range c {
		n := int(samplesOf(p.lasts))
		for i := range n {
			edge := min(float64(min(i+1, n-i))/toneEdge, 1)
			all = append(all, int16(math.Round(toneAmplitude*edge*p.wave(float64(i)/SampleRate))))
		}
	}
	return all
}

// wave is the piece's sound at t seconds, from -1 to 1.
func (p piece) wave(t float64) float64 {
	sine := func(hz float64) float64 { return math.Sin(2 * math.Pi * hz * t) }
	switch {
	case p.first == 0:
		return 0
	case p.second == 0:
		return sine(p.first)
	case p.modulated:
		return sine(p.first) * (1 + 0.8*sine(p.second)) / 1.8
	}
	return (sine(p.first) + sine(p.second)) / 2
}

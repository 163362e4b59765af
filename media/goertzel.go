package media

import (
	"math"
	"time"
)

// The two frequencies of a key: its row's and its column's, in Hz (ITU-T Q.23 §6).
var (
	toneRows    = [4]float64{697, 770, 852, 941}
	toneColumns = [4]float64{1209, 1336, 1477, 1633}
	toneKeys    = [4][4]byte{
		{'1', '2', '3', 'A'},
		{'4', '5', '6', 'B'},
		{'7', '8', '9', 'C'},
		{'*', '0', '#', 'D'},
	}
)

// What counts as a key (ITU-T Q.24, with some room on the side of the sender).
const (
	toneBlock    = 102   // samples looked at together, 12.75 ms: a 40 ms tone covers two whole ones
	toneLevel    = 500.0 // smallest amplitude of one frequency: -33 dBm0
	toneShare    = 0.65  // of the block's energy that the two frequencies must have
	toneSure     = 0.85  // the same where a key begins, at the frequencies measured
	toneTwist    = 3.5   // how much stronger the column may be: 5.5 dB
	toneReverse  = 12.0  // how much stronger the row may be: 10.8 dB, some of it a column lost in the row's skirts
	toneAccuracy = 0.022 // of the frequency: 1.5 % must be taken, 3.5 % must not
	toneRelease  = 2     // blocks without the key that end it: 10 ms of interruption do not
)

// A ToneDetector finds the keys that a party sends as tones in its audio.
//
// A key is two tones of at least 40 ms and counts once, when at least 25 ms of something else follow. Voice
// and music that contain the right frequencies by chance are told apart by level, balance, what else is
// heard, and the exact frequencies, measured by the turn of phase from one block to the next.
//
// The zero value is ready once Pressed is set. A detector belongs to one goroutine and allocates nothing.
type ToneDetector struct {
	// Pressed is told each key and about how long it lasted, on the caller's goroutine.
	Pressed func(key byte, held time.Duration)

	filters [8]goertzel // rows, then columns
	energy  float64     // of the block so far
	filled  int         // samples of the block so far

	last   toneHit // what the block before was
	key    byte    // pressed now; 0: none
	blocks int     // how many blocks key was heard
	misses int     // blocks in a row that were not key
}

// goertzel is a filter for one frequency, over one block.
type goertzel struct{ s1, s2 float64 }

// toneTurn is what a filter needs to know of its frequency.
type toneTurn struct {
	frequency float64
	cos2      float64 // 2 cos ω
	cos, sin  float64
	advance   float64 // by how much the phase turns in a block
}

var toneTurns = func() (turns [8]toneTurn) {
	for i := range turns {
		f := toneColumns[i%4]
		if i < 4 {
			f = toneRows[i]
		}
		w := 2 * math.Pi * f / SampleRate
		turns[i] = toneTurn{frequency: f, cos2: 2 * math.Cos(w), cos: math.Cos(w), sin: math.Sin(w), advance: w * toneBlock}
	}
	return turns
}()

// power is |X|² of the filter's frequency in the block.
func (g *goertzel) power(t *toneTurn) float64 {
	return g.s1*g.s1 + g.s2*g.s2 - t.cos2*g.s1*g.s2
}

// phase is the frequency's at the block's last sample.
func (g *goertzel) phase(t *toneTurn) float64 {
	return math.Atan2(g.s2*t.sin, g.s1-g.s2*t.cos)
}

// toneHit is a block that sounds like a key.
type toneHit struct {
	key         byte       // 0: it does not
	row, column int        // filters
	power       [2]float64 // of the row and of the column
	phase       [2]float64
	energy      float64
}

// Feed takes the next samples of the audio, any number of them.
func (d *ToneDetector) Feed(samples []int16) {
	for len(samples) > 0 {
		n := min(len(samples), toneBlock-d.filled)
		d.filter(samples[:n])
		samples, d.filled = samples[n:], d.filled+n
		if d.filled == toneBlock {
			d.block(d.judge())
			d.filters, d.energy, d.filled = [8]goertzel{}, 0, 0
		}
	}
}

// filter runs samples of one block through the filters.
func (d *ToneDetector) filter(samples []int16) {
	energy := d.energy
	for _, s := range samples {
		energy += float64(s) * float64(s)
	}
	d.energy = energy
	for i := range d.filters {
		g, cos2 := &d.filters[i], toneTurns[i].cos2
		s1, s2 := g.s1, g.s2
		for _, s := range samples {
			s1, s2 = cos2*s1-s2+float64(s), s1
		}
		g.s1, g.s2 = s1, s2
	}
}

// judge says what the block sounds like.
func (d *ToneDetector) judge() toneHit {
	// A tone of amplitude A has |X|² = (A·N/2)² and the energy A²·N/2.
	const level, half = toneLevel * toneBlock / 2 * toneLevel * toneBlock / 2, toneBlock / 2.0
	if d.energy < 2*toneLevel*toneLevel*half*toneShare {
		return toneHit{}
	}
	var power [8]float64
	for i := range power {
		power[i] = d.filters[i].power(&toneTurns[i])
	}
	row, column := loudest(power[:4]), 4+loudest(power[4:])
	switch r, c := power[row], power[column]; {
	case r < level || c < level, c > r*toneTwist, r > c*toneReverse:
		return toneHit{}
	case (r + c) < toneShare*half*d.energy:
		return toneHit{}
	}
	return toneHit{
		key: toneKeys[row][column-4], row: row, column: column,
		power:  [2]float64{power[row], power[column]},
		phase:  [2]float64{d.filters[row].phase(&toneTurns[row]), d.filters[column].phase(&toneTurns[column])},
		energy: d.energy,
	}
}

func loudest(power []float64) int {
	best := 0
	for i, p := range power {
		if p > power[best] {
			best = i
		}
	}
	return best
}

// block takes one block's judgement into the story: a key begins with two blocks in a row that agree, on
// the key and on its exact frequencies, and ends after toneRelease blocks of something else.
func (d *ToneDetector) block(hit toneHit) {
	before := d.last
	d.last = hit
	switch {
	case d.key != 0 && hit.key == d.key:
		d.blocks, d.misses = d.blocks+1+d.misses, 0
	case d.key != 0:
		if d.misses++; d.misses >= toneRelease {
			d.release()
			d.begin(before, hit)
		}
	default:
		d.begin(before, hit)
	}
}

func (d *ToneDetector) begin(before, hit toneHit) {
	if hit.key != 0 && hit.key == before.key && sure(before, hit) {
		d.key, d.blocks, d.misses = hit.key, 2, 0
	}
}

// sure reports whether two blocks in a row are a key beyond doubt. How far the phases have turned between
// them tells the exact frequencies, and these tell how much of a tone's power its filter has let through.
func sure(a, b toneHit) bool {
	var passed [2]float64
	for i, filter := range [2]int{b.row, b.column} {
		t := &toneTurns[filter]
		turn := math.Remainder(b.phase[i]-a.phase[i]-t.advance, 2*math.Pi)
		off := turn / (2 * math.Pi * toneBlock) * SampleRate
		if math.Abs(off) > toneAccuracy*t.frequency {
			return false
		}
		passed[i] = math.Pow(sincOf(off*toneBlock/SampleRate), 2)
	}
	for _, block := range [2]toneHit{a, b} {
		power := block.power[0]/passed[0] + block.power[1]/passed[1]
		if power < toneSure*toneBlock/2*block.energy {
			return false
		}
	}
	return true
}

// Hears reports whether the latest block was, or may have been, a part of a key. A key is known for one before two of its
// blocks, 26 ms, have been heard; of speech about one block in a thousand is suspected.
func (d *ToneDetector) Hears() bool { return d.key != 0 || d.last.key != 0 }

// Flush ends the key that is being heard, if any: the audio is over.
func (d *ToneDetector) Flush() {
	d.release()
	*d = ToneDetector{Pressed: d.Pressed}
}

func (d *ToneDetector) release() {
	if d.key != 0 && d.Pressed != nil {
		d.Pressed(d.key, time.Duration(d.blocks)*toneBlock*time.Second/SampleRate)
	}
	d.key, d.blocks, d.misses = 0, 0, 0
}

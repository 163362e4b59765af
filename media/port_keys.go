package media

import (
	"strings"
	"time"
)

// keyMemory is for how many nanoseconds after a key another report of it may be the same key, told another way.
const keyMemory = 2_000_000_000

// The ways in which a party reports its keys.
const (
	keyByRTP  = iota // as events, or as tones
	keyByINFO        // in the signalling
	keyWays
)

// keyReports joins what a party says of its keys in more than one way: some phones send INFO beside their events or
// tones. Each way counts for itself; a key is new when it is the first way to have told of so many.
type keyReports [len(keyNames)]struct {
	last  int64
	count [keyWays]uint16
}

const keyNames = "0123456789*#ABCD"

// isNew takes a report and says whether it is of a key that was not known yet.
func (r *keyReports) isNew(now int64, key byte, way int) bool {
	i := strings.IndexByte(keyNames, key)
	if i < 0 {
		return true // flash, and what else a phone may say
	}
	k := &r[i]
	if now-k.last > keyMemory {
		k.count = [keyWays]uint16{}
	}
	k.last = now
	k.count[way]++
	return k.count[way] > k.count[1-way]
}

// pressed is a key that came in the sound, as an event or a tone.
func (p *Port) pressed(key byte, held time.Duration) {
	p.reportKey(p.in.latch.heard, key, held, keyByRTP)
}

// reportKey tells whoever opened the port of a key, once.
func (p *Port) reportKey(now int64, key byte, held time.Duration, way int) {
	if p.in.reports.isNew(now, key, way) && p.opts.OnDigit != nil {
		p.opts.OnDigit(key, held)
	}
}

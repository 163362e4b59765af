package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// nonces makes and judges the nonces of digest challenges. A nonce carries its own time and a serial
// number under a MAC, so that challenging the whole internet costs no memory; only the counts of nonces
// that were used with right credentials are kept, and those are bounded.
type nonces struct {
	key    [32]byte
	life   time.Duration
	serial atomic.Uint64
	counts nonceCounts
}

// The parts of a nonce before it is written in base64url: milliseconds since 1970, serial, MAC.
const (
	nonceMAC    = 16
	nonceLength = 8 + 8 + nonceMAC
)

// nonceState is what a nonce that came back is worth.
type nonceState uint8

const (
	nonceForeign nonceState = iota // not of this process: forged, garbled, or from before a restart
	nonceExpired
	nonceGood
)

func newNonces(life time.Duration) *nonces {
	n := &nonces{life: life, counts: nonceCounts{limit: maxNonceCounts, life: life}}
	rand.Read(n.key[:]) // never fails (crypto/rand)
	return n
}

// fresh makes a nonce.
func (n *nonces) fresh(now time.Time) string {
	var b [nonceLength]byte
	binary.BigEndian.PutUint64(b[0:], uint64(now.UnixMilli()))
	binary.BigEndian.PutUint64(b[8:], n.serial.Add(1))
	n.sign(&b)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// judge says what a nonce is worth and gives its serial number, for use.
func (n *nonces) judge(nonce string, now time.Time) (serial uint64, s nonceState) {
	var b, want [nonceLength]byte
	if len(nonce) != base64.RawURLEncoding.EncodedLen(nonceLength) {
		return 0, nonceForeign
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(nonce)); err != nil {
		return 0, nonceForeign
	}
	copy(want[:], b[:nonceLength-nonceMAC])
	n.sign(&want)
	if !hmac.Equal(b[:], want[:]) {
		return 0, nonceForeign
	}
	made := time.UnixMilli(int64(binary.BigEndian.Uint64(b[0:])))
	if age := now.Sub(made); age >= n.life || age < -n.life {
		return 0, nonceExpired
	}
	return binary.BigEndian.Uint64(b[8:]), nonceGood
}

func (n *nonces) sign(b *[nonceLength]byte) {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(b[:nonceLength-nonceMAC])
	var sum [sha256.Size]byte
	copy(b[nonceLength-nonceMAC:], mac.Sum(sum[:0]))
}

// maxNonceCounts is how many nonces are counted in one generation. It allows every phone of a large
// office one nonce each; beyond it, old nonces go stale early, which costs their phones one more request.
const maxNonceCounts = 1 << 16

// nonceCounts remembers which nonce-counts were used (RFC 7616 §3.4), so that a captured request is good
// for nothing. It keeps two generations: one begins when the other is a nonce's life old, and the older
// is then dropped with nothing in it that could still be valid. When a generation is full before that,
// the serials that are forgotten are refused from then on.
type nonceCounts struct {
	limit int
	life  time.Duration

	mu       sync.Mutex
	young    map[uint64]*nonceWindow // guarded by mu
	old      map[uint64]*nonceWindow // guarded by mu
	began    time.Time               // of young; guarded by mu
	youngMax uint64                  // highest serial in young; guarded by mu
	oldMax   uint64                  // highest serial in old; guarded by mu
	floor    uint64                  // serials up to here were forgotten early; guarded by mu
}

// nonceWindow is the highest count seen and which of the 64 up to it: a phone with several requests on
// the way may have them overtake each other.
type nonceWindow struct {
	highest uint32
	seen    uint64 // bit i: highest-i was used
}

// use marks count as used with the nonce and reports whether it was the first time.
func (c *nonceCounts) use(serial uint64, count uint32, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	w := c.young[serial]
	if w == nil {
		if w = c.old[serial]; w == nil {
			if serial <= c.floor {
				return false
			}
			w = new(nonceWindow)
		}
		c.young[serial] = w
		c.youngMax = max(c.youngMax, serial)
	}
	return w.use(count)
}

// turn begins a new generation when the young one is old or full. c.mu is held.
func (c *nonceCounts) turn(now time.Time) {
	aged := now.Sub(c.began) >= c.life
	if c.young != nil && !aged && len(c.young) < c.limit {
		return
	}
	if !aged {
		c.floor = max(c.floor, c.oldMax)
	}
	c.old, c.oldMax = c.young, c.youngMax
	c.young, c.youngMax = make(map[uint64]*nonceWindow), 0
	c.began = now
}

func (w *nonceWindow) use(count uint32) bool {
	switch {
	case count == 0: // the first is 1 (RFC 7616 §3.4)
		return false
	case count > w.highest:
		w.seen = w.seen<<(count-w.highest) | 1
		w.highest = count
		return true
	case w.highest-count >= 64:
		return false
	}
	bit := uint64(1) << (w.highest - count)
	if w.seen&bit != 0 {
		return false
	}
	w.seen |= bit
	return true
}

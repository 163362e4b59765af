package sip

import (
	"hash/maphash"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// md5Phones knows which phones must be challenged with MD5 alone.
//
// RFC 8760 §2.4 has a phone pick the first challenge it knows out of several, and RFC 3261 has had it pass over
// those it does not. Phones exist that do neither: libre, up to the one in baresip 3.11, gives up when any challenge
// names another algorithm than MD5, and PJSIP before 2.11 reads the first challenge alone. Two rules let them log on:
//
//   - A User-Agent that is known to be one of them is challenged with MD5 only, from the first request on.
//   - Whoever was offered both, and comes back with a new request without credentials instead of an answer, is
//     offered MD5 only from then on. A new request has another Call-ID or a higher CSeq: a retransmission is none.
//     Whoever answers with SHA-256 and is right is offered both again.
//
// Phones that read the last challenge alone need no rule: MD5 is the last.
//
// An attacker gains only what offering MD5 gives him anyway: one on the path can take the SHA-256 challenge away by
// himself, and one who forges a source address makes that phone answer us, and not him, with MD5. Accounts that exist
// and those that do not are treated alike, so nothing is to be learnt from it.
//
// What is kept is bounded: two generations of phones, the older dropped when the younger is full or half a day old.
// A phone that is forgotten fails once more and is known again.
type md5Phones struct {
	seed maphash.Seed

	mu    sync.Mutex
	young map[phoneKey]phoneState // guarded by mu
	old   map[phoneKey]phoneState // guarded by mu
	began time.Time               // of young; guarded by mu
}

const (
	maxMD5Phones     = 4096             // in one generation
	md5PhoneLife     = 12 * time.Hour   // of a generation
	md5RetryAtLatest = 10 * time.Minute // PJSIP tries again after five minutes
)

// phoneKey is a phone as far as one without credentials is known: where it is and who it says it is. Two phones of one
// user behind one NAT have two ports. A connection's port says nothing: each attempt may come by another.
type phoneKey struct {
	source netip.AddrPort
	user   string
}

type phoneState struct {
	md5  bool      // is challenged with MD5 alone
	call uint64    // hash of the Call-ID of the request that was offered both
	cseq uint32    // of that request
	at   time.Time // of that request
}

func newMD5Phones() *md5Phones { return &md5Phones{seed: maphash.MakeSeed()} }

// alone reports whether req, which has no credentials, is to be challenged with MD5 alone, and remembers it.
func (m *md5Phones) alone(req *sip.Request, now time.Time) bool {
	if knowsMD5Alone(req) {
		return true
	}
	key, next := phoneOf(req), phoneState{at: now}
	if id := req.CallID(); id != nil {
		next.call = maphash.String(m.seed, id.Value())
	}
	if cseq := req.CSeq(); cseq != nil {
		next.cseq = cseq.SeqNo
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(now)
	last, seen := m.find(key)
	if seen && !last.md5 {
		switch again := next.call == last.call && next.cseq <= last.cseq; {
		case again:
			next = last
		case now.Sub(last.at) <= md5RetryAtLatest:
			next.md5 = true
		}
	} else if seen {
		next = last
	}
	if !seen {
		key.user = strings.Clone(key.user) // not the whole message
	}
	delete(m.old, key)
	m.young[key] = next
	return next.md5
}

// marked reports whether the sender of req, which has credentials, is challenged with MD5 alone.
func (m *md5Phones) marked(req *sip.Request) bool {
	if knowsMD5Alone(req) {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	state, _ := m.find(phoneOf(req))
	return state.md5
}

// answered notes that the sender of req has answered a challenge, and whether it has proved to know SHA-256.
func (m *md5Phones) answered(req *sip.Request, sha256 bool, now time.Time) {
	key := phoneOf(req)
	m.mu.Lock()
	defer m.mu.Unlock()
	state, seen := m.find(key)
	if !seen {
		return
	}
	delete(m.old, key)
	delete(m.young, key)
	if state.md5 && !sha256 { // in use: it stays for another life
		key.user = strings.Clone(key.user)
		m.turn(now)
		m.young[key] = state
	}
}

// find looks in both generations. m.mu is held.
func (m *md5Phones) find(key phoneKey) (phoneState, bool) {
	if s, ok := m.young[key]; ok {
		return s, true
	}
	s, ok := m.old[key]
	return s, ok
}

// turn begins a new generation when the young one is full or aged. m.mu is held.
func (m *md5Phones) turn(now time.Time) {
	if m.young != nil && len(m.young) < maxMD5Phones && now.Sub(m.began) < md5PhoneLife {
		return
	}
	m.old, m.young, m.began = m.young, make(map[phoneKey]phoneState), now
}

func phoneOf(req *sip.Request) phoneKey {
	key := phoneKey{source: netip.AddrPortFrom(sourceOf(req), 0)}
	if addr, err := netip.ParseAddrPort(req.Source()); err == nil && strings.EqualFold(req.Transport(), "UDP") {
		key.source = netip.AddrPortFrom(key.source.Addr(), addr.Port())
	}
	if from := req.From(); from != nil {
		key.user = from.Address.User[:min(len(from.Address.User), maxAccountName)]
	}
	return key
}

// knowsMD5Alone reports whether req names a phone that is known to give up when it is offered SHA-256 too: baresip
// before 3.12, the first on a libre with SHA-256 (github.com/baresip/re, pull request 1103).
func knowsMD5Alone(req *sip.Request) bool {
	h := req.GetHeader("User-Agent")
	if h == nil {
		return false
	}
	version, ok := strings.CutPrefix(h.Value(), "baresip v")
	if !ok {
		return false
	}
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		return false
	}
	minor, err := strconv.ParseUint(second, 10, 16)
	return err == nil && (major < 3 || major == 3 && minor < 12)
}

package media

import (
	"errors"
	"net/netip"
	"slices"
)

const (
	shelfMost = 1024       // sockets, of 125 short calls a second; what is closed when there are as many is closed at once
	shelfLong = int64(8e9) // nanoseconds that a socket lies there at most
)

// A shelf has the sockets of ports that were closed a moment ago, still bound: where calls come and go, the next call takes
// those that have cooled, and spares the system making and closing some, which costs ten times as much. Whatever came
// for the call before is thrown away.
type shelf struct {
	sockets map[netip.AddrPort]shelved
	pairs   []shelvedPair // in the order in which they were put there; the sockets of some are taken
}

type shelved struct {
	socket
	put int64
}

type shelvedPair struct {
	even netip.AddrPort
	put  int64
}

// put puts the sockets of a pair on the shelf; rtcp is nil when there is none.
func (s *shelf) put(now int64, rtp, rtcp socket) {
	for _, one := range []socket{rtp, rtcp} {
		if one != nil {
			s.sockets[one.local()] = shelved{one, now}
		}
	}
	s.pairs = append(s.pairs, shelvedPair{rtp.local(), now})
}

// cooled is the even port of the pair at an address that has lain there longest, if that is long enough.
func (s *shelf) cooled(now int64, at netip.Addr) (even netip.AddrPort, ok bool) {
	for i, p := range s.pairs {
		if now < p.put+bindCooling {
			break
		}
		if p.even.Addr() == at && s.has(p.even, p.put) {
			s.pairs = slices.Delete(s.pairs, i, i+1)
			return p.even, true
		}
	}
	return even, false
}

func (s *shelf) has(at netip.AddrPort, put int64) bool {
	one, ok := s.sockets[at]
	return ok && one.put == put
}

// take is the socket that is bound to an address; nil: there is none.
func (s *shelf) take(at netip.AddrPort) socket {
	one, ok := s.sockets[at]
	if !ok {
		return nil
	}
	delete(s.sockets, at)
	return one.socket
}

// sweep closes what was put there before a moment.
func (s *shelf) sweep(before int64) error {
	var errs []error
	old := 0
	for ; old < len(s.pairs) && s.pairs[old].put < before; old++ {
		p := s.pairs[old]
		for _, at := range []netip.AddrPort{p.even, odd(p.even)} {
			if s.has(at, p.put) {
				errs = append(errs, s.sockets[at].close())
				delete(s.sockets, at)
			}
		}
	}
	s.pairs = slices.Delete(s.pairs, 0, old)
	return errors.Join(errs...)
}

package media

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	bindCooling   = int64(2e9) // nanoseconds before a closed pair is bound again: what is still on its way dies
	bindEphemeral = 64         // tries to find a free pair among the kernel's ports
)

// ports gives out pairs of sockets on an even port and the odd one after it (RFC 3550 §11). A port is free
// when it can be bound, and only then: another program may use our range.
type ports struct {
	net   network
	first int // the range's first even port; 0: the kernel chooses
	pairs int

	failed func(error) // told when sockets on the shelf cannot be closed

	mu     sync.Mutex
	next   int           // guarded by mu: the pair to try
	taken  map[int]bool  // guarded by mu: pairs that are open
	cooled map[int]int64 // guarded by mu: when a closed pair may be bound again
	shelf  shelf         // guarded by mu
	broom  *time.Timer   // guarded by mu: sweeps the shelf; nil: it is empty
	over   bool          // guarded by mu
}

// newPorts makes the range from first to last, both included. Both zero is the kernel's.
func newPorts(net network, first, last uint16) (*ports, error) {
	r := &ports{
		net: net, failed: func(error) {}, taken: make(map[int]bool), cooled: make(map[int]int64),
		shelf: shelf{sockets: make(map[netip.AddrPort]shelved)},
	}
	if first == 0 && last == 0 {
		return r, nil
	}
	r.first = (int(first) + 1) &^ 1
	r.pairs = (int(last) + 1 - r.first) / 2
	if first == 0 || r.pairs <= 0 {
		return nil, fmt.Errorf("RTP ports %d-%d: the range has no even port with an odd one after it", first, last)
	}
	r.next = rand.IntN(r.pairs) // not those that were ours before a restart, and not to be guessed
	return r, nil
}

// open takes the next free pair at an address of either family and binds both, or the even port alone when whoever
// will be at the other end may want no more: rtcp is nil then, and control binds the odd one. The error wraps
// ErrPortsTaken when there is none.
func (r *ports) open(now int64, at netip.Addr, lone bool) (rtp, rtcp socket, err error) {
	if r.first == 0 {
		return r.ephemeral(at)
	}
	rtp, rtcp, err = r.search(now, at, lone)
	if r.wanting(err) {
		rtp, rtcp, err = r.search(now, at, lone)
	}
	return rtp, rtcp, err
}

// search takes a pair that has cooled on the shelf, or else the next one that can be bound. The system is asked without
// mu: a media loop that gives a pair back waits for nobody.
func (r *ports) search(now int64, at netip.Addr, lone bool) (rtp, rtcp socket, err error) {
	if even, ok := r.reserveCooled(now, at); ok {
		if rtp, rtcp, err = r.bind(even, lone); err == nil {
			return rtp, rtcp, nil
		}
		r.unreserve(even)
	}
	ours, cooling := 0, 0
	for range r.pairs {
		even, open, hot := r.reserve(now, at)
		switch {
		case open:
			ours++
			continue
		case hot:
			cooling++
			continue
		}
		if rtp, rtcp, err = r.bind(even, lone); err == nil {
			return rtp, rtcp, nil
		}
		r.unreserve(even)
		if !inUse(err) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w in RTP range %d-%d: %d pairs are open, %d closed a moment ago, %d used by other programs",
		ErrPortsTaken, r.first, r.first+2*r.pairs-1, ours, cooling, r.pairs-ours-cooling)
}

// reserveCooled is reserve of the pair that has lain on the shelf longest, if that is long enough.
func (r *ports) reserveCooled(now int64, at netip.Addr) (even netip.AddrPort, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if even, ok = r.shelf.cooled(now, at); ok {
		r.take(r.pairOf(even))
	}
	return even, ok
}

// reserve takes the next pair of the range for the caller, who binds it or gives it up, unless it is open or hot.
func (r *ports) reserve(now int64, at netip.Addr) (even netip.AddrPort, open, hot bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pair := r.next
	r.next = (r.next + 1) % r.pairs
	if until, cools := r.cooled[pair]; cools && now < until {
		hot = true
	}
	if open = r.taken[pair]; !open && !hot {
		r.take(pair)
	}
	return netip.AddrPortFrom(at, uint16(r.first+2*pair)), open, hot
}

func (r *ports) unreserve(even netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.taken, r.pairOf(even))
}

// wanting reports whether an error may be due to the sockets on the shelf, which are closed then: they have descriptors, and
// some are bound to other addresses of the machine.
func (r *ports) wanting(err error) bool {
	if !errors.Is(err, ErrPortsTaken) && !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.shelf.sockets) == 0 {
		return false
	}
	r.clear()
	return true
}

func (r *ports) pairOf(even netip.AddrPort) int { return (int(even.Port()) - r.first) / 2 }

// take notes that a pair is open. mu is held.
func (r *ports) take(pair int) {
	delete(r.cooled, pair)
	r.taken[pair] = true
}

// release takes back the sockets of a pair; rtcp is nil when there is none. Those that are clean, since nobody watches them
// any more, may serve again. The pair is not given out again before it has cooled.
func (r *ports) release(now int64, rtp, rtcp socket, clean bool) error {
	if r.first == 0 {
		return closeBoth(rtp, rtcp)
	}
	if !r.cool(now, rtp, rtcp, clean) {
		return closeBoth(rtp, rtcp)
	}
	return nil
}

// cool notes that a pair is closed, and reports whether its sockets lie on the shelf.
func (r *ports) cool(now int64, rtp, rtcp socket, clean bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	pair := r.pairOf(rtp.local())
	delete(r.taken, pair)
	r.cooled[pair] = now + bindCooling
	if !clean || r.over || len(r.shelf.sockets) >= shelfMost {
		return false
	}
	r.shelf.put(now, rtp, rtcp)
	if r.broom == nil {
		r.broom = time.AfterFunc(time.Duration(shelfLong), r.sweep)
	}
	return true
}

func closeBoth(rtp, rtcp socket) error {
	err := rtp.close()
	if rtcp != nil {
		err = errors.Join(err, rtcp.close())
	}
	return err
}

// sweep closes what lies on the shelf for long, and comes again while something is left.
func (r *ports) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broom == nil { // it was cleared
		return
	}
	if err := r.shelf.sweep(Now() - shelfLong); err != nil {
		r.failed(err)
	}
	if len(r.shelf.sockets) == 0 {
		r.broom = nil
		return
	}
	r.broom.Reset(time.Duration(shelfLong) / 4)
}

// end closes what lies on the shelf, and keeps nothing more there.
func (r *ports) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.clear()
}

// clear closes what lies on the shelf. mu is held.
func (r *ports) clear() {
	if err := r.shelf.sweep(math.MaxInt64); err != nil {
		r.failed(err)
	}
	if r.broom != nil {
		r.broom.Stop()
		r.broom = nil
	}
}

// control binds the odd port of a pair that was opened alone.
func (r *ports) control(rtp netip.AddrPort) (socket, error) {
	s, err := r.socket(odd(rtp))
	if r.wanting(err) {
		s, err = r.socket(odd(rtp))
	}
	return s, err
}

func odd(even netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(even.Addr(), even.Port()+1) }

// bind binds an even port and, unless it is to be alone, the one after it.
func (r *ports) bind(at netip.AddrPort, lone bool) (rtp, rtcp socket, err error) {
	rtp, err = r.socket(at)
	if err != nil || lone {
		return rtp, nil, err
	}
	rtcp, err = r.socket(odd(at))
	if err != nil {
		return nil, nil, errors.Join(err, rtp.close())
	}
	return rtp, rtcp, nil
}

// socket is one from the shelf, or a new one.
func (r *ports) socket(at netip.AddrPort) (socket, error) {
	r.mu.Lock()
	s := r.shelf.take(at)
	r.mu.Unlock()
	if s != nil {
		s.forget()
		return s, nil
	}
	return r.net.bind(at)
}

// ephemeral lets the kernel choose one port and takes the other half of its pair.
func (r *ports) ephemeral(at netip.Addr) (rtp, rtcp socket, err error) {
	for range bindEphemeral {
		var one, other socket
		if one, err = r.net.bind(netip.AddrPortFrom(at, 0)); err != nil {
			return nil, nil, err
		}
		port := one.local().Port()
		if other, err = r.net.bind(netip.AddrPortFrom(at, port^1)); err == nil {
			if port%2 == 0 {
				return one, other, nil
			}
			return other, one, nil
		}
		if err = errors.Join(err, one.close()); !inUse(err) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w among the system's ephemeral ports", ErrPortsTaken)
}

func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
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

	mu     sync.Mutex
	next   int           // guarded by mu: the pair to try
	taken  map[int]bool  // guarded by mu: pairs that are open
	cooled map[int]int64 // guarded by mu: when a closed pair may be bound again
}

// newPorts makes the range from first to last, both included. Both zero is the kernel's.
func newPorts(net network, first, last uint16) (*ports, error) {
	r := &ports{net: net, taken: make(map[int]bool), cooled: make(map[int]int64)}
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
	r.mu.Lock()
	defer r.mu.Unlock()
	ours, cooling := 0, 0
	for range r.pairs {
		pair := r.next
		r.next = (r.next + 1) % r.pairs
		switch until, hot := r.cooled[pair]; {
		case r.taken[pair]:
			ours++
			continue
		case hot && now < until:
			cooling++
			continue
		}
		rtp, rtcp, err = r.bind(netip.AddrPortFrom(at, uint16(r.first+2*pair)), lone)
		if err == nil {
			delete(r.cooled, pair)
			r.taken[pair] = true
			return rtp, rtcp, nil
		}
		if !inUse(err) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w in RTP range %d-%d: %d pairs are open, %d closed a moment ago, %d used by other programs",
		ErrPortsTaken, r.first, r.first+2*r.pairs-1, ours, cooling, r.pairs-ours-cooling)
}

// closed takes a pair back; it is not given out again before it has cooled.
func (r *ports) closed(port uint16, now int64) {
	if r.first == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	pair := (int(port) - r.first) / 2
	delete(r.taken, pair)
	r.cooled[pair] = now + bindCooling
}

// control binds the odd port of a pair that was opened alone.
func (r *ports) control(rtp netip.AddrPort) (socket, error) {
	return r.net.bind(netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1))
}

// bind binds an even port and, unless it is to be alone, the one after it.
func (r *ports) bind(at netip.AddrPort, lone bool) (rtp, rtcp socket, err error) {
	rtp, err = r.net.bind(at)
	if err != nil || lone {
		return rtp, nil, err
	}
	rtcp, err = r.control(at)
	if err != nil {
		return nil, nil, errors.Join(err, rtp.close())
	}
	return rtp, rtcp, nil
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

package media

import (
	"errors"
	"fmt"
	"slices"
)

// Ports that hear each other must be driven by one loop. The engine keeps, under mu, who hears whom: whoever
// hears something new goes to where that is, and those that hear it go with it. A port learns where it is
// wanted from Port.want, and its loop lets it go when it has carried out the port's commands.

// gathering is who hears the seats of one mixer.
type gathering map[*Port]struct{}

// Open takes a pair of ports, binds what is needed of it and returns the Port that owns it; the caller closes it.
// The error wraps ErrPortsTaken when the range is exhausted, ErrClosed when Run has ended, ErrMalformed or
// ErrUnreachable when nothing can be sent to where the offer says.
func (e *Engine) Open(opts PortOptions) (*Port, error) {
	advertised, bound, lone, err := e.meet(opts)
	if err != nil {
		return nil, err
	}
	rtp, rtcp, err := e.ports.open(Now(), bound, lone)
	if err != nil {
		return nil, err
	}
	p := newPort(e, opts, advertised, rtp, rtcp)

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == engineOver {
		return nil, errors.Join(fmt.Errorf("media engine: %w", ErrClosed), e.ports.release(Now(), rtp, rtcp, true))
	}
	e.books.Lock()
	e.alive[p] = struct{}{}
	e.books.Unlock()
	l := e.roomiest()
	if near := opts.Near; near != nil && near.engine == e && !near.over() {
		l = near.want
	}
	e.opened++
	l.wanted++
	if !l.begun {
		l.begun = true
		if e.state == engineRuns {
			addProcs(1)
		}
	}
	p.mu.Lock()
	p.want, p.at = l, l // the loop is told with the first command
	p.mu.Unlock()
	return p, nil
}

// loopFull is how many ports keep a loop busy for a fifth of a core when all of them talk. Below it one loop costs
// less than two, since each of its wake-ups serves more packets.
const loopFull = 500

// roomiest is the first loop that is not full, or else the one with the fewest ports. mu is held.
func (e *Engine) roomiest() *loop {
	for _, l := range e.loops {
		if l.wanted < e.full {
			return l
		}
	}
	return slices.MinFunc(e.loops, func(a, b *loop) int { return a.wanted - b.wanted })
}

// place notes that p hears src instead of what it heard before, and brings together what belongs together.
// mu is held.
func (e *Engine) place(p *Port, src Source) {
	e.forget(p)
	var with *Port
	switch src := src.(type) {
	case *voice:
		with = src.port
		p.hears = with
		if with.heardBy == nil {
			with.heardBy = make(gathering)
		}
		with.heardBy[p] = struct{}{}
	case *Seat:
		p.seated = src.mixer
		others := e.mixers[src.mixer]
		for with = range others {
			break
		}
		if others == nil {
			others = make(gathering)
			e.mixers[src.mixer] = others
		}
		others[p] = struct{}{}
	}
	if with != nil && with.want != p.want {
		e.move(p, with.want)
	}
}

// forget takes back what place noted. mu is held.
func (e *Engine) forget(p *Port) {
	if p.hears != nil {
		delete(p.hears.heardBy, p)
		p.hears = nil
	}
	if p.seated != nil {
		delete(e.mixers[p.seated], p)
		if len(e.mixers[p.seated]) == 0 {
			delete(e.mixers, p.seated)
		}
		p.seated = nil
	}
}

// move sends p to a loop, and with it all who hear it, and who hear those. What p itself hears is there
// already. mu is held.
func (e *Engine) move(p *Port, to *loop) {
	seen := gathering{p: {}}
	for todo := []*Port{p}; len(todo) > 0; {
		q := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for r := range q.heardBy {
			if _, been := seen[r]; !been {
				seen[r] = struct{}{}
				todo = append(todo, r)
			}
		}
	}
	for q := range seen {
		if q.want == to || q.over() {
			continue
		}
		q.want.wanted--
		to.wanted++
		q.mu.Lock()
		q.want = to
		if q.at != nil {
			q.at.post(q)
		}
		q.mu.Unlock()
	}
}

// Hear replaces what the party hears; nil is silence. done is closed when src has ended, was replaced,
// or the port was closed.
//
// A Voice is not pulled: its packets are forwarded as they arrive, and it ends when its port closes. From the
// first source on, silence is sent, too, fifty packets a second: a phone that hears nothing at all takes the
// call for dead, and the NAT before it forgets us. While a key is being sent the source waits.
func (p *Port) Hear(src Source) (done <-chan struct{}) {
	over := make(chan struct{})
	e := p.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	p.mu.Lock()
	open := p.order(func(l *loop) { l.hear(p, src, over) })
	p.mu.Unlock()
	if !open {
		close(over)
		return over
	}
	e.place(p, src)
	return over
}

// Close silences the port, closes what Hear returned and gives the sockets back. It does not wait for that,
// and may be called again.
func (p *Port) Close() {
	e := p.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.order(func(l *loop) { l.close(p) })
	p.closed = true
	l := p.at
	p.mu.Unlock()
	e.forget(p)
	e.opened--
	p.want.wanted--
	if e.state == engineBuilt { // no loop is there to do it
		l.serve(p)
	}
}

package media

import "runtime/debug"

// tick runs the slots of the wheel that are due.
func (l *loop) tick(now int64) {
	if behind := now - l.next; behind > wheelLate {
		turns := behind / wheelTurn
		if l.used != 0 {
			l.count.late += uint64(turns)
		}
		l.next += turns * wheelTurn
	}
	for l.next <= now {
		ports := l.wheel[l.slot]
		if len(ports) > 0 {
			l.count.lagged(now - l.next)
		}
		for i := len(ports) - 1; i >= 0; i-- { // backwards: a port may leave the slot on its own tick
			l.pull(ports[i], l.next)
		}
		l.next += wheelStep
		if l.slot++; l.slot == wheelSlots {
			l.slot = 0
			l.turned()
		}
	}
}

// turned is called at the end of each turn: it looks after a part of the ports.
func (l *loop) turned() {
	l.busy = l.burst >= napWorth
	l.burst = 0
	if l.turn++; l.turn == careTurns {
		l.turn = 0
	}
	for i := l.turn; i < len(l.ports); i += careTurns {
		if p := l.ports[i]; p != nil {
			l.care(p)
		}
	}
	l.share()
}

func (l *loop) pull(p *Port, at int64) {
	defer l.contain(p)
	p.tick(l, at)
}

// care does what a port needs ten times a second.
func (l *loop) care(p *Port) {
	defer l.contain(p)
	p.in.pace = 0
	p.in.keys.Expire(l.now)
	p.watch(l)
	p.report(l)
	p.keepAlive(l)
}

// contain keeps a panic, in a source or in our own code, from ending every call of the process: the port
// goes on with silence.
func (l *loop) contain(p *Port) {
	v := recover()
	if v == nil {
		return
	}
	l.log.Error("media port has failed", "port", p.opts.Name, "panic", v, "stack", string(debug.Stack()))
	l.hear(p, nil, nil)
}

// share publishes the counters.
func (l *loop) share() {
	l.shared.received.Store(l.count.received)
	l.shared.sent.Store(l.count.sent)
	l.shared.rejected.Store(l.count.rejected)
	l.shared.forwarded.Store(l.count.forwarded)
	l.shared.pulled.Store(l.count.pulled)
	l.shared.late.Store(l.count.late)
	l.shared.ticks.Store(l.count.ticks)
	l.shared.lag.Store(l.count.lag)
	for i, n := range l.count.behind {
		l.shared.behind[i].Store(n)
	}
}

// schedule puts p into the wheel when it has something to be pulled, and takes it out when it has not.
func (l *loop) schedule(p *Port) {
	o := &p.out
	wanted := o.keying || o.begun && o.heard == nil && (o.source != nil || o.sends)
	switch {
	case wanted && o.slot == noSlot:
		o.fresh = true
		o.slot = l.room()
		l.wheel[o.slot] = append(l.wheel[o.slot], p)
		l.used |= 1 << o.slot
	case !wanted && o.slot != noSlot:
		l.unschedule(p)
	}
}

// room is the slot for another port: one that is used and not full, or else the emptiest.
func (l *loop) room() int {
	best := -1
	for i := range l.wheel {
		n := len(l.wheel[i])
		if n > 0 && n < wheelFull {
			return i
		}
		if best < 0 || n < len(l.wheel[best]) {
			best = i
		}
	}
	return best
}

func (l *loop) unschedule(p *Port) {
	slot := p.out.slot
	if slot == noSlot {
		return
	}
	ports := l.wheel[slot]
	for i, q := range ports {
		if q == p {
			last := len(ports) - 1
			ports[i], ports[last] = ports[last], nil
			l.wheel[slot] = ports[:last]
			break
		}
	}
	if len(l.wheel[slot]) == 0 {
		l.used &^= 1 << slot
	}
	p.out.slot = noSlot
}

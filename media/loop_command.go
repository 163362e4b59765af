package media

import "errors"

// visit looks into the inboxes of the ports that were posted.
func (l *loop) visit() {
	l.mu.Lock()
	posted := l.posted
	l.posted, l.spare = l.spare[:0], nil
	l.news.Store(false)
	l.mu.Unlock()
	for _, p := range posted {
		l.serve(p)
	}
	clear(posted)
	l.mu.Lock()
	l.spare = posted[:0]
	l.mu.Unlock()
	l.share()
}

// serve carries out the commands in p's inbox, and lets p go when it is wanted elsewhere. A port that is not
// this loop's any more is left alone.
func (l *loop) serve(p *Port) {
	p.mu.Lock()
	if p.at != l {
		p.mu.Unlock()
		return
	}
	inbox, want := p.inbox, p.want
	p.inbox = nil
	p.mu.Unlock()
	if _, here := l.local[p]; !here {
		l.adopt(p)
	}
	for _, command := range inbox {
		l.obey(p, command)
	}
	if _, here := l.local[p]; here && want != l {
		l.release(p, want)
	}
}

func (l *loop) obey(p *Port, command func(*loop)) {
	defer l.contain(p)
	command(l)
}

// adopt makes p one of the ports that this loop drives.
func (l *loop) adopt(p *Port) {
	place := len(l.ports)
	if n := len(l.free); n > 0 {
		place, l.free = l.free[n-1], l.free[:n-1]
		l.ports[place] = p
	} else {
		l.ports = append(l.ports, p)
	}
	p.place = place
	if len(l.local) == 0 {
		l.next = l.now + wheelStep // the wheel stood still
	}
	l.local[p] = struct{}{}
	if err := l.poll.add(p.rtp, uint32(2*place)); err != nil {
		l.log.Error("media port cannot be read", "port", p.opts.Name, "error", err)
	}
	if p.rtcp != nil {
		l.openControl(p, p.rtcp)
	}
	l.link(p)
	for q := range l.loose { // some may have come before it
		if q.out.heard == p {
			l.link(q)
		}
	}
	l.schedule(p)
}

// release gives p to another loop. Its packets wait in its sockets meanwhile.
func (l *loop) release(p *Port, to *loop) {
	if err := l.poll.remove(p.rtp); err != nil {
		l.log.Error("media port cannot be moved", "port", p.opts.Name, "error", err)
	}
	if p.rtcp != nil {
		if err := l.poll.remove(p.rtcp); err != nil {
			l.log.Error("media port cannot be moved", "port", p.opts.Name, "error", err)
		}
	}
	l.leave(p)
	p.mu.Lock()
	p.at = to
	p.mu.Unlock()
	to.post(p)
}

// leave takes p out of the loop's books.
func (l *loop) leave(p *Port) {
	l.unschedule(p)
	l.unlink(p)
	delete(l.loose, p)
	for _, q := range p.in.listeners {
		q.out.linked = false
		l.loose[q] = struct{}{}
	}
	p.in.listeners = p.in.room[:0]
	delete(l.local, p)
	l.ports[p.place] = nil
	l.free = append(l.free, p.place)
}

// hear changes what p hears. done is closed when that is over.
func (l *loop) hear(p *Port, src Source, done chan struct{}) {
	o := &p.out
	l.unlink(p)
	o.finish()
	o.done, o.fresh = done, true
	if v, ok := src.(*voice); ok {
		o.heard = v.port
	} else {
		o.source = src
	}
	if src != nil && !o.begun {
		o.begun = true
		p.in.since = l.now
	}
	l.link(p)
	l.schedule(p)
}

// link makes p a listener of the voice it hears, when that is on this loop. A voice that is over ends.
func (l *loop) link(p *Port) {
	q := p.out.heard
	if q == nil || p.out.linked {
		return
	}
	delete(l.loose, p)
	if q.voice.over.Load() {
		p.out.finish()
		l.schedule(p)
		return
	}
	if _, here := l.local[q]; !here { // one of the two is on its way
		l.loose[p] = struct{}{}
		return
	}
	p.out.linked, p.out.fresh = true, true
	q.in.listeners = append(q.in.listeners, p)
}

func (l *loop) unlink(p *Port) {
	delete(l.loose, p)
	if !p.out.linked {
		return
	}
	p.out.linked = false
	in := &p.out.heard.in
	for i, q := range in.listeners {
		if q == p {
			in.listeners = append(in.listeners[:i], in.listeners[i+1:]...)
			break
		}
	}
}

// close ends p: whoever waits for it is told, its sockets are given back.
func (l *loop) close(p *Port) {
	p.voice.over.Store(true)
	p.bye(l)
	listeners := p.in.listeners
	l.leave(p)
	for _, q := range listeners {
		if q != p {
			delete(l.loose, q)
			q.out.finish()
			l.schedule(q)
		}
	}
	p.out.finish()
	p.final = p.measure()
	p.mu.Lock()
	p.at = nil
	p.mu.Unlock()
	err := l.poll.remove(p.rtp)
	if p.rtcp != nil {
		err = errors.Join(err, l.poll.remove(p.rtcp))
	}
	p.engine.gone(p, err)
	close(p.gone)
}

// openControl begins to read the RTCP socket of a port, which it owns from now on.
func (l *loop) openControl(p *Port, s socket) {
	p.rtcp = s
	if err := l.poll.add(s, uint32(2*p.place+1)); err != nil {
		l.log.Error("media port cannot be read", "port", p.opts.Name, "error", err)
	}
}

// closeControl gives back the RTCP socket of a port whose reports come with the sound: with thousands of calls each
// descriptor counts. The odd port stays ours by the books.
func (l *loop) closeControl(p *Port) {
	if p.rtcp == nil {
		return
	}
	if err := errors.Join(l.poll.remove(p.rtcp), p.rtcp.close()); err != nil {
		l.log.Error("RTCP socket was not closed cleanly", "port", p.opts.Name, "error", err)
	}
	p.rtcp = nil
}

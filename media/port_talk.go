package media

import (
	"net/netip"
	"slices"
)

// talk is what a port and its party have said to each other in SDP.
type talk struct {
	session *Session
	laws    []Law       // ours, in order of preference
	event   uint8       // the payload type that we take telephone events under
	theirs  Description // the party's latest
	agreed  bool        // there was one
	terms   Agreement
	apart   bool // there is a socket for RTCP
}

// Offer returns our session description (an RFC 3264 offer): all our laws and telephone-event. It may be
// called again, for a re-INVITE; the version grows only when something has changed.
func (p *Port) Offer() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.talk
	d := Offer(p.advertised, p.local.Port(), t.laws)
	d.Event, d.Mux = t.event, !t.agreed || t.terms.Mux
	// A later offer keeps the streams of the former ones in their places (RFC 3264 §8).
	d.profile, d.position, d.others = t.theirs.profile, t.theirs.position, t.theirs.others
	return t.session.Marshal(d)
}

// Answer takes the party's offer, the first or a later one, and returns our answer: the codecs both can do
// in our order. The errors wrap ErrMalformed, ErrNoCommonCodec or ErrUnreachable and leave the port as it was.
func (p *Port) Answer(offer []byte) ([]byte, error) {
	theirs, err := ParseDescription(offer)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.talk
	if theirs.Port == 0 && t.agreed {
		return t.session.Marshal(p.silenced(theirs)), nil
	}
	terms, err := Negotiate(theirs, t.laws)
	if err != nil {
		return nil, err
	}
	if err := p.reaches(theirs); err != nil {
		return nil, err
	}
	if terms.Event != 0 {
		t.event = terms.Event
	}
	p.agree(theirs, terms)
	return t.session.Marshal(terms.Answer(theirs, p.advertised, p.local.Port())), nil
}

// Accept takes the party's answer to our Offer. The errors are those of Answer.
func (p *Port) Accept(answer []byte) error {
	theirs, err := ParseDescription(answer)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if theirs.Port == 0 && p.talk.agreed {
		p.silenced(theirs)
		return nil
	}
	terms, err := Negotiate(theirs, p.talk.laws)
	if err != nil {
		return err
	}
	if err := p.reaches(theirs); err != nil {
		return err
	}
	p.agree(theirs, terms)
	return nil
}

// silenced takes a description that ends a stream which was agreed (RFC 3264 §8.2), and returns the answer to it. Nothing
// is heard in either direction, as with inactive, until a later one has a port again. mu is held.
func (p *Port) silenced(theirs Description) (answer Description) {
	theirs.Direction = Inactive
	terms := p.talk.terms // what a later description will change
	terms.Direction = Inactive
	p.agree(theirs, terms)
	terms.Mux = false // of a port that is none
	return terms.Answer(theirs, p.advertised, 0)
}

// Held reports whether the party has put us on hold (RFC 3264 §8.4): sendonly, inactive, address 0.0.0.0, or port 0.
func (p *Port) Held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.talk.agreed && p.talk.theirs.Held()
}

// Agreed is the law in which the party is sent sound; false while none is agreed.
func (p *Port) Agreed() (law Law, agreed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.talk.agreed || len(p.talk.terms.Formats) == 0 {
		return law, false
	}
	return p.talk.terms.Law(), true
}

// Prefer moves a law to the front of what is offered and answered from now on, and of what is sent when both
// sides take it.
func (p *Port) Prefer(law Law) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.talk
	i := slices.Index(t.laws, law)
	if i <= 0 {
		return
	}
	t.laws = slices.Insert(slices.Delete(t.laws, i, i+1), 0, law)
	i = slices.IndexFunc(t.terms.Formats, func(f Format) bool { return f.Law == law })
	if i <= 0 {
		return
	}
	f := t.terms.Formats[i]
	t.terms.Formats = slices.Insert(slices.Delete(slices.Clone(t.terms.Formats), i, i+1), 0, f)
	p.agree(t.theirs, t.terms)
}

// agree lets the loop work on new terms. mu is held.
func (p *Port) agree(theirs Description, terms Agreement) {
	t := &p.talk
	t.theirs, t.agreed, t.terms = theirs, true, terms
	kinds := t.kinds()
	var control socket
	if !terms.Mux && !t.apart && !p.closed {
		control = p.bindControl()
	}
	t.apart = !terms.Mux
	p.order(func(l *loop) {
		p.in.kinds = kinds
		if control != nil {
			l.openControl(p, control)
		}
		p.obey(l, theirs, terms)
	})
}

// bindControl binds the odd port, for a party that wants its reports apart from the sound; nil when another program has
// it: then they are told where the sound goes. mu is held.
func (p *Port) bindControl() socket {
	s, err := p.engine.ports.control(p.local)
	if err != nil {
		p.engine.log.Warn("a party has no RTCP", "port", p.opts.Name, "error", err)
		return nil
	}
	return s
}

// kinds is what the payload types mean that the party may send. Both laws are understood even when only one
// was agreed, and telephone events under the party's own number as well as ours: phones confuse them.
func (t *talk) kinds() (kinds [128]payloadKind) {
	for _, law := range []Law{MuLaw, ALaw} {
		kinds[staticPayloadType(law)] = kindOf(law)
	}
	kinds[comfortNoise] = kindComfort
	for _, event := range []uint8{t.theirs.Event, t.event} {
		if event != 0 {
			kinds[event&0x7F] = kindEvent
		}
	}
	for _, f := range t.terms.Formats {
		kinds[f.PayloadType&0x7F] = kindOf(f.Law)
	}
	return kinds
}

// obey makes the streams follow the terms. It runs on the loop.
func (p *Port) obey(l *loop, theirs Description, terms Agreement) {
	in, o := &p.in, &p.out
	if addr := theirs.Address; addr.IsValid() && !addr.IsUnspecified() && theirs.Port != 0 {
		in.latch.signal(netip.AddrPortFrom(addr.Unmap(), theirs.Port))
	}
	p.aim()
	p.ctl.signal(theirs.RTCP, terms.Mux)
	if terms.Mux {
		l.closeControl(p)
	}

	live := terms.Direction.Receives() && !theirs.Held()
	if live && !in.live {
		in.since = l.now
	}
	in.live, in.told = live, in.told && live
	in.tones = p.toneDetector(terms.Event == 0)

	o.law, o.event = terms.Law(), terms.Event
	o.types = [2]uint8{noType, noType}
	for _, f := range terms.Formats {
		o.types[f.Law] = f.PayloadType
	}
	o.samples = FrameSamples
	if n := int(samplesOf(terms.PTime)); n > 0 {
		o.samples = min(max(n, packetLeast), FrameSamples)
	}
	o.sends = terms.Direction.Sends()
	l.schedule(p)
}

// packetLeast is the least we put in a packet, ten milliseconds, whatever the party would like.
const packetLeast = FrameSamples / 2

// toneDetector is what listens for keys in the audio of a party that did not agree to events; nil: nothing.
func (p *Port) toneDetector(noEvents bool) *ToneDetector {
	switch {
	case !p.opts.InBand || !noEvents:
		return nil
	case p.in.tones != nil:
		return p.in.tones
	}
	return &ToneDetector{Pressed: p.pressed}
}

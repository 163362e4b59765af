package call

import (
	"context"
	"time"

	"hatif/media"
)

// An End says how a bridge ended.
type End struct {
	By    Leg    // the leg that left or asked; nil when ctx ended the bridge
	Cause *Cause // why it left; nil when it asked for something
	Asked Event  // what By asked for, a Transfer or a Code; nil otherwise
}

// BridgeOptions are what a bridge does besides connecting two voices. The zero value does nothing more.
type BridgeOptions struct {
	Music func(by Leg) media.Source // what one side hears while the other, by, holds; nil: silence
	Codes func(by Leg) []string     // the feature codes that a party may key in; nil: none
	Gap   time.Duration             // the longest pause within a code; 0: DefaultGap

	// Heard is told, at the beginning and whenever somebody holds or resumes, who is heard by the other: a
	// recording follows it. The voice of who holds is nil. Heard may be nil.
	Heard func(a, b media.Voice)
}

// Bridge lets a and b hear each other until one leaves, one asks for a transfer or keys in a feature code, or ctx
// ends. Keys that one presses are played to the other, but not those of a code. The legs stay up: who hears what
// afterwards is the caller's to say. The error is the cause when ctx ended the bridge, otherwise nil.
func Bridge(ctx context.Context, a, b Leg, opts BridgeOptions) (End, error) {
	opts.hear(a, b)
	opts.hear(b, a)
	opts.heard(nil, a, b)
	fromA, fromB := opts.matcher(a), opts.matcher(b)
	defer func() { // what is withheld now will be no code
		send(b, fromA.Expire())
		send(a, fromB.Expire())
	}()
	for {
		select {
		case e := <-a.Events():
			if end, asked := opts.event(e, a, b, fromA); asked {
				return end, nil
			}
			opts.heard(e, a, b)
		case e := <-b.Events():
			if end, asked := opts.event(e, b, a, fromB); asked {
				return end, nil
			}
			opts.heard(e, a, b)
		case <-fromA.Due():
			send(b, fromA.Expire())
		case <-fromB.Due():
			send(a, fromB.Expire())
		case <-a.Context().Done():
		case <-b.Context().Done():
		case <-ctx.Done():
		}
		switch { // several may be done at once: the legs are asked before the step
		case a.Context().Err() != nil:
			return left(a), nil
		case b.Context().Err() != nil:
			return left(b), nil
		case ctx.Err() != nil:
			return End{}, EndOf(ctx)
		}
	}
}

// left is the end of a bridge that l has left. A phone that asks for a transfer may hang up at once, without waiting
// for what comes of it: the request counts.
func left(l Leg) End {
	end := End{By: l, Cause: EndOf(l.Context())}
	for {
		select {
		case e := <-l.Events():
			if t, asked := e.(Transfer); asked {
				return End{By: l, Asked: t}
			}
		default:
			return end
		}
	}
}

// event acts on what from did and reports whether it ends the bridge.
func (o BridgeOptions) event(e Event, from, other Leg, keys *Matcher) (End, bool) {
	switch e := e.(type) {
	case Digit:
		code, pass := keys.Press(e)
		send(other, pass)
		if code != "" {
			return End{By: from, Asked: code}, true
		}
	case Held, Resumed:
		o.hear(other, from)
	case Transfer:
		return End{By: from, Asked: e}, true
	}
	return End{}, false
}

// hear lets l hear the other party, or music while that one has put it on hold.
func (o BridgeOptions) hear(l, other Leg) {
	switch {
	case !other.Held():
		l.Hear(other.Voice())
	case o.Music != nil:
		l.Hear(o.Music(other))
	default:
		l.Hear(nil)
	}
}

// heard tells who is heard since e; nil is the beginning.
func (o BridgeOptions) heard(e Event, a, b Leg) {
	if o.Heard == nil {
		return
	}
	switch e.(type) {
	case nil, Held, Resumed:
		o.Heard(Said(a), Said(b))
	}
}

// Said is what a party says to others. While it holds it says nothing to them: what some phones send all the same,
// music of their own or the voices beside them, is for nobody.
func Said(l Leg) media.Voice {
	if l.Held() {
		return nil
	}
	return l.Voice()
}

func (o BridgeOptions) matcher(l Leg) *Matcher {
	m := &Matcher{Gap: o.Gap}
	if o.Codes != nil {
		m.Codes = o.Codes(l)
	}
	return m
}

func send(to Leg, keys []Digit) {
	for _, d := range keys {
		to.SendDigit(d)
	}
}

package softphone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Audio is the sound of one call: what the phone says and what it hears. It may be used from any goroutine.
type Audio struct {
	talker  *talker
	ear     *ear
	wire    wire
	speaker uint32
	over    chan struct{} // closed with the call
}

// A Position is a place in what a call heard.
type Position int

func newAudio(p *Phone) (*Audio, error) {
	a := &Audio{speaker: newSpeaker(), over: make(chan struct{})}
	voice := Stamped(a.speaker)
	if p.opts.Voice != nil {
		voice = p.opts.Voice()
	}
	a.talker = newTalker(voice)
	if p.fleet != nil {
		a.ear = newEar(p.opts.Keep, nil)
		p.fleet.attach(a)
		return a, nil
	}
	a.ear = newEar(p.opts.Keep, &latencies{})
	w, err := openOwnWire(p.opts.BindHost, a, p.opts.Reports)
	if err != nil {
		return nil, err
	}
	a.wire = w
	return a, nil
}

// Speaker is what Stamps of this call carry.
func (a *Audio) Speaker() uint32 { return a.speaker }

// RTPAddr is where the phone takes RTP.
func (a *Audio) RTPAddr() netip.AddrPort { return a.wire.local() }

// Say changes what the phone says; nil sends no packets. Keys interrupt it.
func (a *Audio) Say(v Voice) { a.talker.say(v) }

// Speak is Say with the call's own Stamped voice, which Hears recognises.
func (a *Audio) Speak() { a.talker.say(Stamped(a.speaker)) }

// errOver: the call ended meanwhile.
var errOver = errors.New("the call is over")

// Press presses keys one after the other as RFC 4733 events and returns when the last was sent.
func (a *Audio) Press(ctx context.Context, keys string) error {
	return a.PressWith(ctx, keys, Press{})
}

// PressWith is Press with another rhythm, or with faults on the wire.
func (a *Audio) PressWith(ctx context.Context, keys string, how Press) error {
	var last *keyPlan
	var plans []*keyPlan
	for i := range len(keys) {
		k, err := planKey(keys[i], how)
		if err != nil {
			return err
		}
		plans, last = append(plans, k), k
	}
	if last == nil {
		return nil
	}
	a.talker.mu.Lock()
	if a.talker.eventType == 0 {
		a.talker.mu.Unlock()
		return errors.New("telephone-event was not agreed: use Tones or Info")
	}
	a.talker.keys = append(a.talker.keys, plans...)
	a.talker.mu.Unlock()
	return a.wait(ctx, last.done)
}

// Tones presses keys as tones within the sound, as a phone does where telephone-event was not agreed.
func (a *Audio) Tones(ctx context.Context, keys string, how Press) error {
	done := make(chan struct{})
	var list []overlay
	for i := range len(keys) {
		tones, ok := keyTones[keys[i]]
		if !ok {
			return fmt.Errorf("%q is no key", keys[i])
		}
		list = append(list,
			overlay{voice: Chord(0.25, tones[0], tones[1]), left: slots(how.Hold, 100*time.Millisecond)},
			overlay{voice: Silence(), left: slots(how.Pause, 80*time.Millisecond)})
	}
	if len(list) == 0 {
		return nil
	}
	list[len(list)-1].done = done
	a.talker.mu.Lock()
	a.talker.overlay = append(a.talker.overlay, list...)
	a.talker.mu.Unlock()
	return a.wait(ctx, done)
}

func (a *Audio) wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-a.over:
		return errOver
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Now is the end of what was heard so far.
func (a *Audio) Now() Position {
	a.ear.mu.Lock()
	defer a.ear.mu.Unlock()
	return Position(a.ear.total)
}

// Heard is what was heard from a Position on; 0 is the beginning of the call.
func (a *Audio) Heard(from Position) Heard {
	h, _ := a.ear.since(int(from))
	return h
}

// since returns a copy of the packets from a place on, and a channel that closes when there are more.
func (e *ear) since(from int) (Heard, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	skip := max(0, from-(e.total-len(e.packets)))
	e.awaited = true
	h := Heard{eventType: e.events}
	if skip < len(e.packets) {
		h.Packets = append(h.Packets, e.packets[skip:]...)
	}
	return h, e.changed
}

// listenEvery is how often a waiter looks again at what was heard.
const listenEvery = 60 * time.Millisecond

// WaitHeard waits until ok accepts what was heard from a Position on, and returns it. ok is called often: a
// stretch to be judged should be short. When ctx or the call ends first, the error says what was heard.
func (a *Audio) WaitHeard(ctx context.Context, from Position, ok func(Heard) bool) (Heard, error) {
	pause := time.NewTicker(listenEvery)
	defer pause.Stop()
	for {
		h, more := a.ear.since(int(from))
		if ok(h) {
			return h, nil
		}
		var err error
		select {
		case <-more:
			select {
			case <-pause.C:
			case <-ctx.Done():
			case <-a.over:
			}
			continue
		case <-a.over:
			err = errOver
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		return h, fmt.Errorf("%w; heard: %s", err, h)
	}
}

// String says what was heard in a line.
func (h Heard) String() string {
	if len(h.Packets) == 0 {
		return "nothing"
	}
	hz, share := h.Tone()
	return fmt.Sprintf("%d packets, %.1f s, level %.0f dB, strongest %.0f Hz (%.0f%%), %d stamps, keys %q",
		len(h.Packets), h.Duration().Seconds(), h.Level(), hz, share*100, len(h.Stamps()), h.Keys())
}

// Reception is what arrived so far, in numbers.
func (a *Audio) Reception() Reception {
	a.ear.mu.Lock()
	defer a.ear.mu.Unlock()
	return a.ear.counters.reception()
}

// Latency is the one-way delay of the stamps heard. A Fleet's calls keep none each: ask the Fleet.
func (a *Audio) Latency() *Latency {
	var l Latency
	if a.ear.latency != nil {
		a.ear.latency.mu.Lock()
		defer a.ear.latency.mu.Unlock()
		l = a.ear.latency.all
	}
	return &l
}

// WaitSound waits for the first packet of audio of the call.
func (a *Audio) WaitSound(ctx context.Context) error { return a.wait(ctx, a.ear.sound.c) }

// WaitStamp waits for the first stamp of the call, from anybody.
func (a *Audio) WaitStamp(ctx context.Context) error { return a.wait(ctx, a.ear.stamped.c) }

// Hears waits until the call hears other, from now on, which must say its Stamped voice.
func (a *Audio) Hears(ctx context.Context, other *Audio) error {
	_, err := a.WaitHeard(ctx, a.Now(), func(h Heard) bool {
		for _, s := range h.Stamps() {
			if s.Speaker == other.speaker {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("speaker %d was not heard: %w", other.speaker, err)
	}
	return nil
}

// Rebind moves the call's RTP to another port without a word, as a NAT that has forgotten does.
func (a *Audio) Rebind() error { return a.wire.move() }

// Inject sends n packets of v to where the call's RTP goes, from an address of its own: a stranger's.
func (a *Audio) Inject(ctx context.Context, to netip.AddrPort, n int, v Voice) (err error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a.RTPAddr().Addr(), 0)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	a.talker.mu.Lock()
	codec := a.talker.codec
	a.talker.mu.Unlock()
	stranger := newTalker(For(n, v))
	stranger.agree(true, codec, 0)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var sendErr error
	for range n {
		select {
		case <-tick.C:
			stranger.tick(func(b []byte) {
				if _, err := c.WriteToUDPAddrPort(b, to); err != nil {
					sendErr = err
				}
			})
		case <-a.over:
			return errOver
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return sendErr
}

// close ends the sound. Only the call calls it, once.
func (a *Audio) close() error {
	close(a.over)
	return a.wire.close()
}

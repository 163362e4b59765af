package calltest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hatif/call"
	"hatif/media"
)

var legs atomic.Int64

// A Leg is a fake leg together with its party: the methods of call.Leg are the PBX's side, the others
// are what the party does and what it heard.
type Leg struct {
	info   call.Info
	ctx    context.Context
	cancel context.CancelCauseFunc
	voice  *voice
	events chan call.Event

	mu      sync.Mutex
	report  call.LegRecord // guarded by mu
	heard   []string       // guarded by mu: the names of all sources, in order; "silence" for nil
	keys    string         // guarded by mu: keys played to the party
	hearing *hearing       // guarded by mu
	release func()         // guarded by mu: counts the leg off its lines
	held    bool           // guarded by mu: the party has put us on hold
	shown   call.Identity  // guarded by mu: whom the party's phone shows
}

// hearing is one source being played.
type hearing struct {
	done  chan struct{}
	timer *time.Timer
}

func (h *hearing) end() {
	if h == nil {
		return
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	select {
	case <-h.done:
	default:
		close(h.done)
	}
}

// NewLeg makes an inbound leg that calls with info; what info leaves out is filled in.
func NewLeg(info call.Info) *Leg {
	n := legs.Add(1)
	if info.ID == "" {
		info.ID = fmt.Sprintf("leg-%d", n)
	}
	if info.CallID == "" {
		info.CallID = info.ID + "@calltest"
	}
	if info.Caller.Number == "" {
		info.Caller.Number = info.User
	}
	if info.Began.IsZero() {
		info.Began = time.Now()
	}
	l := &Leg{
		info:   info,
		voice:  &voice{name: "voice " + info.User},
		events: make(chan call.Event, call.EventBacklog),
		report: call.LegRecord{
			ID: info.ID, User: info.User, Party: info.Caller, Inbound: info.Inbound,
			CallID: info.CallID, Began: info.Began,
		},
	}
	if l.shown = info.Caller; info.Inbound {
		l.shown = call.Identity{Number: info.Called}
	}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	return l
}

// Caller makes an inbound leg of user that dialled called.
func Caller(user, called string) *Leg {
	return NewLeg(call.Info{User: user, Called: called, Inbound: true})
}

func (l *Leg) Info() call.Info           { return l.info }
func (l *Leg) Context() context.Context  { return l.ctx }
func (l *Leg) Voice() media.Voice        { return l.voice }
func (l *Leg) Events() <-chan call.Event { return l.events }

func (l *Leg) Ring(ctx context.Context) error {
	if err := l.ended(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.report.Rang.IsZero() && l.report.Answered.IsZero() && l.report.Heard.IsZero() {
		l.report.Rang = time.Now()
	}
	return nil
}

func (l *Leg) Progress(ctx context.Context) error {
	if err := l.ended(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.info.Inbound && l.report.Heard.IsZero() && l.report.Answered.IsZero() {
		l.report.Heard = time.Now()
	}
	return nil
}

func (l *Leg) Answer(ctx context.Context) error {
	if err := l.ended(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.report.Answered.IsZero() {
		l.report.Answered = time.Now()
	}
	return nil
}

func (l *Leg) ended() error {
	if l.ctx.Err() != nil {
		return call.EndOf(l.ctx)
	}
	return nil
}

func (l *Leg) Hear(src media.Source) <-chan struct{} {
	h := &hearing{done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hearing.end()
	l.hearing = h
	name := "silence"
	if src != nil {
		name = src.String()
	}
	if src != nil || len(l.heard) > 0 && l.heard[len(l.heard)-1] != name {
		l.heard = append(l.heard, name)
	}
	if l.ctx.Err() != nil {
		h.end()
		return h.done
	}
	if src == nil {
		return h.done
	}
	if length, known := lengthOf(src); known {
		if length > 0 {
			h.timer = time.AfterFunc(length, func() { l.over(h) })
		}
		return h.done
	}
	var f media.Frame
	h.timer = time.AfterFunc(media.FrameDuration, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.hearing != h || l.ctx.Err() != nil {
			return
		}
		if src.Next(&f) {
			h.timer.Reset(media.FrameDuration)
		} else {
			h.end()
		}
	})
	return h.done
}

func (l *Leg) over(h *hearing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.end()
}

func (l *Leg) SendDigit(d call.Digit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys += string(d.Key)
}

func (l *Leg) Hangup(cause *call.Cause) {
	if cause == nil {
		cause = call.Normal
	}
	l.end(cause, "hatif")
}

func (l *Leg) end(cause *call.Cause, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	if l.report.Answered.IsZero() {
		cause = cause.Refusal()
	}
	l.report.Ended, l.report.Cause, l.report.HungUpBy = time.Now(), *cause, by
	l.cancel(cause)
	l.hearing.end()
	if l.release != nil {
		l.release()
	}
}

func (l *Leg) Report() call.LegRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report
}

// Press has the party press keys, one after the other.
func (l *Leg) Press(keys string) {
	for _, k := range []byte(keys) {
		l.event(call.Digit{Key: k, Duration: 100 * time.Millisecond})
	}
}

// Leave has the party hang up.
func (l *Leg) Leave() {
	cause := call.Normal
	if l.info.Inbound && l.Report().Answered.IsZero() {
		cause = call.Cancelled
	}
	l.end(cause, "party")
}

// Break ends the leg as the network would: no audio, no acknowledgement.
func (l *Leg) Break(cause *call.Cause) { l.end(cause, "network") }

// Hold and Resume are the party's hold key; Transfer is its request to be connected elsewhere.
func (l *Leg) Hold()                    { l.holds(true, call.Held{}) }
func (l *Leg) Resume()                  { l.holds(false, call.Resumed{}) }
func (l *Leg) Transfer(t call.Transfer) { l.event(t) }

func (l *Leg) holds(held bool, e call.Event) {
	l.mu.Lock()
	l.held = held
	l.mu.Unlock()
	l.event(e)
}

// Show implements call.Leg.
func (l *Leg) Show(who call.Identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if who.Number != "" && who.Number != l.shown.Number && l.ctx.Err() == nil {
		l.shown = who
	}
}

// Shows is whom the party's phone shows.
func (l *Leg) Shows() call.Identity {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shown
}

// Held implements call.Leg.
func (l *Leg) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

func (l *Leg) event(e call.Event) {
	for {
		select {
		case l.events <- e:
			return
		default:
		}
		select {
		case <-l.events: // the oldest unread gives way
		default:
		}
	}
}

// Heard is the names of everything the party was given to hear, in order; "silence" where it was nothing.
func (l *Leg) Heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

// Hearing is the name of the source that sounds now, "silence" when none does.
func (l *Leg) Hearing() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hearing == nil || len(l.heard) == 0 {
		return "silence"
	}
	select {
	case <-l.hearing.done:
		return "silence"
	default:
		return l.heard[len(l.heard)-1]
	}
}

// Keys is what was played to the party with SendDigit.
func (l *Leg) Keys() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys
}

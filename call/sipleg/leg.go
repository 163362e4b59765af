package sipleg

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
)

// A Leg is one dialog and one port. It implements call.Leg.
type Leg struct {
	net    *Network
	info   call.Info
	dialog *sip.Dialog
	port   *media.Port
	answer []byte // our answer to the caller's offer; nil: it made none, and ours is due

	ctx    context.Context
	stop   context.CancelCauseFunc
	up     atomic.Bool // answered; the media loop asks, which must not wait
	events chan call.Event

	mu      sync.Mutex
	report  call.LegRecord // guarded by mu
	held    bool           // guarded by mu
	shown   string         // guarded by mu: the number that the party's phone shows
	release func()         // guarded by mu: counts the leg off its user's lines; nil once done
}

// begin makes the leg live: from here on its context ends with the dialog.
func (l *Leg) begin(port *media.Port) {
	l.port = port
	l.report = call.LegRecord{
		ID: l.info.ID, User: l.info.User, Party: l.info.Caller, Inbound: l.info.Inbound,
		CallID: l.info.CallID, Remote: l.info.Remote, Device: l.info.Agent, Began: l.info.Began,
	}
	l.shown = l.info.Called
	if !l.info.Inbound {
		l.report.Party, l.shown = call.Identity{Number: l.info.Called}, l.info.Caller.Number
	}
	if l.release == nil && l.info.User != "" {
		l.release = l.net.Lines.Add(l.info.User)
	}
	l.ctx, l.stop = context.WithCancelCause(context.WithoutCancel(l.dialog.Context()))
	l.dialog.OnOffer(l.reoffered)
	l.dialog.OnAnswer(func(sdp []byte) { l.answered(sdp) })
	l.dialog.OnInfo(func(i sip.Info) { l.port.InjectDigit(i.Key) })
	l.dialog.OnRefer(l.referred)
	l.net.legs.Store(l.dialog, l)
	context.AfterFunc(l.dialog.Context(), func() {
		if end := l.dialog.End(); end != nil {
			_ = call.Contain(l.net.Log, "ending a leg", func() error { //nolint:errcheck // it is logged; there is nobody to tell
				l.finish(causeOf(end), end.By)
				return nil
			})
		}
	})
}

// Info implements call.Leg.
func (l *Leg) Info() call.Info { return l.info }

// Context implements call.Leg.
func (l *Leg) Context() context.Context { return l.ctx }

// Voice implements call.Leg.
func (l *Leg) Voice() media.Voice { return l.port.Voice() }

// Events implements call.Leg.
func (l *Leg) Events() <-chan call.Event { return l.events }

// Hear implements call.Leg.
func (l *Leg) Hear(src media.Source) <-chan struct{} { return l.port.Hear(src) }

// SendDigit implements call.Leg.
func (l *Leg) SendDigit(d call.Digit) {
	if d.Duration == 0 {
		d.Duration = 100 * time.Millisecond
	}
	l.port.SendDigit(d.Key, d.Duration)
}

// Show implements call.Leg.
func (l *Leg) Show(who call.Identity) {
	l.mu.Lock()
	known := who.Number == "" || who.Number == l.shown
	if !known {
		l.shown = who.Number
	}
	l.mu.Unlock()
	if !known {
		l.dialog.Connected(sip.Party{Number: who.Number, Name: who.Name})
	}
}

// Ring implements call.Leg.
func (l *Leg) Ring(ctx context.Context) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	first := l.info.Inbound && l.report.Rang.IsZero() && l.report.Answered.IsZero() && l.report.Heard.IsZero()
	if first {
		l.report.Rang = time.Now()
	}
	l.mu.Unlock()
	if !first {
		return nil
	}
	return l.dialog.Ring()
}

// Progress implements call.Leg.
func (l *Leg) Progress(ctx context.Context) error {
	if l.info.Inbound && l.answer == nil { // an offer of ours would need an answer before the 200 (RFC 3262 §5)
		return l.Ring(ctx)
	}
	if err := l.over(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	first := l.info.Inbound && l.report.Heard.IsZero() && l.report.Answered.IsZero()
	if first {
		l.report.Heard = time.Now()
	}
	l.mu.Unlock()
	if !first {
		return nil
	}
	return l.dialog.Progress(183, l.answer)
}

// Answer implements call.Leg. ctx bounds the wait for the ACK (RFC 3261 §13.3.1.4); the leg is then hung up.
func (l *Leg) Answer(ctx context.Context) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	done, heard := !l.report.Answered.IsZero(), !l.report.Heard.IsZero()
	if !done {
		l.report.Answered = time.Now()
	}
	l.mu.Unlock()
	if done {
		return nil
	}
	l.up.Store(true)
	if heard {
		l.port.Expect()
	}
	sdp := l.answer
	if sdp == nil {
		sdp = l.port.Offer()
	}
	late, err := l.dialog.Answer(ctx, sdp)
	if err != nil {
		cause := call.CauseOf(err)
		var end *sip.End
		if errors.As(err, &end) {
			cause = causeOf(end)
			if end.By == sip.ByParty && end.Code == 487 {
				l.mu.Lock()
				l.report.Answered = time.Time{} // the caller gave up first
				l.mu.Unlock()
			}
		}
		l.Hangup(cause)
		return call.EndOf(l.ctx)
	}
	if l.answer == nil {
		if err := l.port.Accept(late); err != nil {
			l.Hangup(call.Incompatible.With("%v", err))
			return call.EndOf(l.ctx)
		}
	}
	return nil
}

// over says why nothing can be done on the leg any more; nil while it lives and ctx does.
func (l *Leg) over(ctx context.Context) error {
	if l.ctx.Err() != nil {
		return call.EndOf(l.ctx)
	}
	if ctx.Err() != nil {
		return call.EndOf(ctx)
	}
	return nil
}

// Hangup implements call.Leg.
func (l *Leg) Hangup(cause *call.Cause) {
	if end := l.dialog.End(); end != nil {
		l.finish(causeOf(end), end.By)
		return
	}
	by := sip.ByUs
	if cause == nil {
		cause = call.Normal
	}
	if l.ctx.Err() != nil { // the media loop or the party's refusal of an offer ended it first
		cause, by = call.EndOf(l.ctx), sip.ByNetwork
	}
	l.finish(cause, by)
	l.dialog.Bye(endFor(cause, by))
}

// finish gives back what the leg holds and ends its context, once.
func (l *Leg) finish(cause *call.Cause, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.report.Ended.IsZero() {
		return
	}
	if l.report.Answered.IsZero() {
		cause = cause.Refusal()
	}
	l.stop(cause) // first: a script must not take the end of what the leg hears, which follows, for that of a prompt
	l.port.Close()
	l.net.legs.Delete(l.dialog)
	l.report.Ended, l.report.HungUpBy = time.Now(), by
	if l.report.Device == "" {
		l.report.Device = l.dialog.UserAgent()
	}
	l.report.Cause = *call.EndOf(l.ctx)
	if l.release != nil {
		l.release()
		l.release = nil
	}
}

// Report implements call.Leg.
func (l *Leg) Report() call.LegRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.report
	r.Quality = l.port.Quality()
	return r
}

// event hands e to the script without waiting; when nobody reads, the oldest gives way.
func (l *Leg) event(e call.Event) {
	for {
		select {
		case l.events <- e:
			return
		default:
		}
		select {
		case <-l.events:
		default:
		}
	}
}

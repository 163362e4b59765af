package dialplan

import (
	"context"
	"strings"
	"time"

	"hatif/call"
	"hatif/media"
)

// end completes the record of a call that is over, when everybody has been told and has gone. err is why; nil: all
// steps are done.
func (w *Walk) end(ctx context.Context, err error) {
	c := w.call
	cause := w.dismiss(ctx, err)
	<-c.Leg.Context().Done() // at once: Hangup returns when it has ended
	c.StopRecording()
	if late := w.plan.services.Talks.Unpark(c); late != nil { // fetched in this moment: there is nobody any more
		late.Hangup(nil)
		c.Joined(late.Report())
	}
	last := c.Leg.Report()
	if c.Leg != c.Caller() {
		c.Joined(last)
	}
	c.Update(func(r *call.Record) { complete(r, c.Caller().Report(), last, cause) })
	r := c.Snapshot()
	path := make([]string, len(r.Path))
	for i, n := range r.Path {
		path[i] = n.Text
	}
	c.Log.Info("call ends", "result", r.Result, "cause", r.Cause.Error(), "duration", r.Duration().Round(time.Millisecond), "path", strings.Join(path, " > "))
}

// dismiss tells whoever is on the line why the call ends, if there is somebody to tell, and hangs up. It returns why.
func (w *Walk) dismiss(ctx context.Context, err error) *call.Cause {
	c := w.call
	cause := call.CauseOf(err)
	if isFailure(cause) {
		c.Log.Error("call failed", "error", err)
		c.Note("failed: " + cause.Text)
	}
	if c.Leg.Context().Err() != nil {
		c.Leg.Hangup(cause) // silence ends a leg on the media loop, which can say no goodbye
		return cause
	}
	if ctx.Err() != nil {
		cause = call.EndOf(ctx)
	}
	if err != nil {
		c.Note("ends: " + cause.Error())
	}
	w.tell(ctx, cause)
	c.Leg.Hangup(cause)
	return cause
}

// A refused caller who was answered hears the reason: tones for this long, or "not valid".
const refusalTone = 5 * time.Second

// tell lets an answered caller hear why the call ends. Before the answer the SIP code says it.
func (w *Walk) tell(ctx context.Context, cause *call.Cause) {
	if ctx.Err() != nil || w.call.Leg.Report().Answered.IsZero() {
		return
	}
	var src media.Source
	country := w.plan.services.Country
	switch {
	case cause.Is(call.Busy), cause.Is(call.Declined):
		src = media.Tone(media.ToneBusy, country)
	case cause.Is(call.Congestion), cause.Is(call.Unreachable), cause.Is(call.NotRegistered), cause.Is(call.Failure):
		src = media.Tone(media.ToneCongestion, country)
	case cause.Is(call.NotFound), cause.Is(call.Forbidden):
		src = media.Tone(media.ToneCongestion, country)
		if sound, ok := w.plan.services.Sounds.Sound(w.call.Language, promptNotValid); ok {
			src = sound.Play()
		}
	default:
		return
	}
	ctx, cancel := context.WithTimeout(ctx, refusalTone)
	defer cancel()
	_ = call.Play(ctx, w.call.Leg, src) //nolint:errcheck // its end and the caller's are the same here: we hang up next
}

// complete fills in what is only known at the end. last is who was on the line then: the caller, or whom the caller
// has left in their place.
func complete(r *call.Record, caller, last call.LegRecord, cause *call.Cause) {
	r.Answered, r.Ended = caller.Answered, last.Ended
	if r.Ended.IsZero() {
		r.Ended = time.Now()
	}
	r.Cause = last.Cause
	if r.Cause.Name == "" {
		r.Cause = *cause
	}
	r.Legs = append([]call.LegRecord{caller}, r.Legs...)
	switch {
	case r.Result == call.ResultAnswered: // they have spoken with somebody, whatever failed afterwards
	case isFailure(cause):
		r.Result = call.ResultFailed
	case r.Result != "":
	case !r.Answered.IsZero():
		r.Result = call.ResultService
	default:
		r.Result = resultOf(&r.Cause)
	}
}

// resultOf is the outcome of a call that ended before anybody was reached.
func resultOf(cause *call.Cause) call.Result {
	for _, is := range []struct {
		cause  *call.Cause
		result call.Result
	}{
		{call.Busy, call.ResultBusy},
		{call.Declined, call.ResultBusy},
		{call.NoAnswer, call.ResultNoAnswer},
		{call.NotRegistered, call.ResultNoAnswer},
		{call.Normal, call.ResultNoAnswer},
		{call.Cancelled, call.ResultAbandoned},
		{call.NotFound, call.ResultRefused},
		{call.Forbidden, call.ResultRefused},
		{call.Incompatible, call.ResultRefused},
		{call.Draining, call.ResultRefused},
	} {
		if is.cause.Is(cause) {
			return is.result
		}
	}
	return call.ResultFailed
}

// conclude notes how the call went, unless the caller has spoken with somebody: that stays the result.
func conclude(c *call.Call, result call.Result) {
	c.Update(func(r *call.Record) {
		if r.Result != call.ResultAnswered {
			r.Result = result
		}
	})
}

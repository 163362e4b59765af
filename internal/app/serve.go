package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"hatif/call"
	"hatif/call/sipleg"
	"hatif/dialplan"
	"hatif/sip"
	"hatif/store"
)

// take serves one INVITE, on the goroutine that the UA gave it: from the leg to the stored record.
func (a *App) take(d *sip.Dialog) {
	id := newID(d.Began())
	leg, err := a.network.Accept(d)
	if err != nil {
		log := a.log.With("call", id)
		log.Warn("call refused", "from", d.User(), "to", d.Called(), "error", err)
		var refused *sipleg.Refused
		if errors.As(err, &refused) {
			a.keep(a.ctx, log, turnedAway(id, refused.Info, refused.Cause))
		}
		return
	}
	s := a.settings.Load()
	in := leg.Info()
	c := call.New(id, leg, s.language(in.Language), a.log)
	way := s.plan.Begin(c)
	if old, refused := a.network.Replaced(leg); old != nil || refused != nil {
		way = s.plan.BeginInPlace(c, old, refused)
	}
	a.carry(c, way, func() {})
}

// serveOwed runs the context of a call that we owe on the leg that was answered.
func (a *App) serveOwed(leg call.Leg, o store.Owed, begun func()) {
	s := a.settings.Load()
	c := call.New(o.Placed, leg, s.language(cmp.Or(o.Language, leg.Info().Language)), a.log)
	if o.Context == recordPrompt {
		a.carry(c, a.recordPromptOn(c, o), begun)
		return
	}
	about := dialplan.Origin{Call: o.Call, Agent: o.Agent, Queue: o.Queue}
	if o.Place != "" {
		about.Place = o.Call
	}
	a.carry(c, s.plan.BeginOwed(c, o.Context, o.Variables, about), begun)
}

// knows reports whether a call can begin in a context.
func (a *App) knows(context string) bool {
	return context == recordPrompt || a.settings.Load().plan.Runs(context)
}

// carry takes a call from its first step to its stored record. begun is called when it counts among the calls in
// progress.
func (a *App) carry(c *call.Call, way *dialplan.Walk, begun func()) {
	if !a.live.add(c) {
		c.Leg.Hangup(call.Draining)
		a.keep(a.ctx, c.Log, turnedAway(c.ID, c.Leg.Info(), call.Draining))
		return
	}
	defer a.live.remove(c)
	begun()
	a.figures.Begun()

	ctx, cancel := context.WithCancelCause(a.ctx)
	defer cancel(nil)
	a.journal.open(ctx, c)
	record := way.Serve(ctx)
	a.journal.finish(c)
	a.keep(ctx, c.Log, record)
}

// keepLimit is how long a call that is over counts among those in progress while its row waits for the database.
const keepLimit = time.Second

// keep stores the record of a call that is over, now or when the database can be written again. A stop of hatif does not
// stop it.
func (a *App) keep(ctx context.Context, log *slog.Logger, r call.Record) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepLimit)
	defer cancel()
	a.figures.Ended(&r)
	if r.Merged != "" { // all of it is in the row of the other call
		if err := a.store.ForgetCall(ctx, r.ID); err != nil && !errors.Is(err, store.ErrWaiting) {
			log.Error("the row of a call that became a part of another could not be dropped", "error", err)
		}
		return
	}
	a.tracer.over(&r)
	switch err := a.store.SaveCall(ctx, row(r)); {
	case errors.Is(err, store.ErrWaiting):
		log.Warn("the call's row is not stored yet", "error", err)
	case err != nil:
		log.Error("the call's row could not be stored", "error", err)
	}
}

// newID names a conversation: when it began, for people, and chance, so that no two are the same.
func newID(began time.Time) string {
	var b [4]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error
	return began.UTC().Format("20060102-150405-") + hex.EncodeToString(b[:])
}

// waitingFor tells the log which calls a stop waits for.
func (a *App) waitingFor(calls []*call.Call, left time.Duration) {
	a.log.Info("waiting for calls to end", "calls", len(calls), "at_most", left)
	for i, c := range calls {
		if i == 10 {
			a.log.Info("and more", "calls", len(calls)-i)
			break
		}
		r := c.Snapshot()
		where := ""
		if len(r.Path) > 0 {
			where = r.Path[len(r.Path)-1].Text
		}
		a.log.Info("still in progress", "call", r.ID, "from", r.Caller.String(), "at", where,
			"since", time.Since(r.Began).Round(time.Second))
	}
}

package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hatif/call"
	"hatif/sip"
	"hatif/store"
)

// A tracer stores the SIP messages of calls that are over. It waits a moment for the last of them: the answer to our BYE
// comes when the call's row is on its way already.
type tracer struct {
	ua   traced
	save func(ctx context.Context, call string, messages []store.Signal) error // (*store.DB).SaveSignalling, which does not wait
	log  *slog.Logger

	mu    sync.Mutex
	ended []endedCall // guarded by mu: in order
}

// traced is a *sip.UA.
type traced interface {
	Trace(callIDs ...string) []sip.Message
	ForgetTrace(callIDs ...string)
	PackTraces()
}

// endedCall is a call whose messages are still in memory.
type endedCall struct {
	id      string
	at      time.Time
	callIDs []string
}

const (
	traceRound = time.Second     // how often it is looked for calls whose time has come
	lastWords  = 2 * time.Second // what comes later is not seen; T2 of RFC 3261 is four, but few lose two messages in a row
)

func newTracer(ua traced, save func(context.Context, string, []store.Signal) error, log *slog.Logger) *tracer {
	return &tracer{ua: ua, save: save, log: log}
}

// over notes a call that has ended.
func (t *tracer) over(r *call.Record) {
	e := endedCall{id: r.ID, at: time.Now()}
	for i := range r.Legs {
		if id := r.Legs[i].CallID; id != "" {
			e.callIDs = append(e.callIDs, id)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = append(t.ended, e)
}

// run stores messages until ctx ends, and then those that are left.
func (t *tracer) run(ctx context.Context) error {
	tick := time.NewTicker(traceRound)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			t.store(context.WithoutCancel(ctx), time.Now())
			return nil
		case now := <-tick.C:
			t.store(ctx, now.Add(-lastWords))
			t.ua.PackTraces()
		}
	}
}

// store stores the messages of the calls that ended until a moment.
func (t *tracer) store(ctx context.Context, until time.Time) {
	for _, e := range t.take(until) {
		messages := t.ua.Trace(e.callIDs...)
		t.ua.ForgetTrace(e.callIDs...)
		if len(messages) == 0 { // nothing is traced
			continue
		}
		if err := t.save(ctx, e.id, signals(messages)); err != nil {
			t.log.Error("the SIP messages of a call are not kept", "call", e.id, "error", err)
		}
	}
}

// take is the calls that ended until a moment; they are the caller's.
func (t *tracer) take(until time.Time) []endedCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for n < len(t.ended) && !t.ended[n].at.After(until) {
		n++
	}
	due := t.ended[:n:n]
	t.ended = append([]endedCall(nil), t.ended[n:]...)
	return due
}

// signalling is the messages of a call: stored, or still in memory.
func (a *App) signalling(ctx context.Context, c store.Call) ([]store.Signal, error) {
	stored, err := a.store.Signalling(ctx, c.ID)
	if err != nil || stored != nil {
		return stored, err
	}
	var callIDs []string
	for _, l := range c.Legs {
		callIDs = append(callIDs, l.CallID)
	}
	return signals(a.ua.Trace(callIDs...)), nil
}

func signals(messages []sip.Message) []store.Signal {
	all := make([]store.Signal, len(messages))
	for i, m := range messages {
		all[i] = store.Signal(m)
	}
	return all
}

package webhook

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"hatif/store"
)

const (
	lookEvery    = 500 * time.Millisecond // how soon an event is seen
	firstPause   = 2 * time.Second        // before an event is sent again; then twice as long each time
	longestPause = 15 * time.Minute
	saveEvery    = time.Second // how often its place is written at most: what a kill may have sent twice
	pageSize     = 100         // events in memory at a time
	tellEvery    = time.Hour   // how often the log hears that it still fails
)

// A hook is one receiver, with its place in the events.
type hook struct {
	name   string
	cfg    Config
	store  Store
	client *http.Client
	log    *slog.Logger
	skips  chan struct{} // capacity 1: give up the event that is not taken

	mu       sync.Mutex
	place    store.Webhook // guarded by mu
	trying   string        // guarded by mu: the event that is not taken; "": none
	failures int           // guarded by mu: in a row
	trouble  string        // guarded by mu: why it failed last
	next     time.Time     // guarded by mu: when it is tried again
	stopped  bool          // guarded by mu: it wants nothing more
}

// run sends events until ctx ends.
func (h *hook) run(ctx context.Context) {
	for !h.begin(ctx) {
		if !pause(ctx, firstPause) {
			return
		}
	}
	for ctx.Err() == nil {
		n, err := h.page(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			h.log.Error("a webhook's events cannot be read", "error", err)
			pause(ctx, firstPause)
		case n == 0:
			pause(ctx, lookEvery)
		}
	}
}

// begin finds the hook's place: where it was, or behind the last event when it is new.
func (h *hook) begin(ctx context.Context) bool {
	place, known, err := h.store.Webhook(ctx, h.name)
	if err == nil && !known {
		if _, place.Event, err = h.store.EventSpan(ctx); err == nil {
			err = h.store.SaveWebhook(ctx, place)
		}
	}
	if err != nil {
		if ctx.Err() == nil {
			h.log.Error("a webhook's place in the events is not known", "error", err)
		}
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.place = place
	return true
}

// page sends the next events, and returns how many there were.
func (h *hook) page(ctx context.Context) (n int, err error) {
	at := h.at()
	first, last, err := h.store.EventSpan(ctx)
	if err != nil {
		return 0, err
	}
	switch {
	case first > at+1:
		h.log.Error("a webhook did not take events for as long as they are kept: they are lost to it", "events", first-at-1)
		h.move(first - 1)
	case last < at:
		h.log.Warn("a webhook is ahead of the events: the database is an older one; it goes on with what comes next")
		h.move(last)
		return 0, h.save(ctx)
	}
	var events []store.Event
	for e, err := range h.store.OwnEvents(ctx, h.at(), pageSize) {
		if err != nil {
			return 0, err
		}
		events = append(events, e)
	}
	saved := time.Now()
	for i := range events {
		e := &events[i]
		if h.cfg.wants(e.Kind) && !h.deliver(ctx, e) {
			break // ctx has ended
		}
		h.move(e.ID)
		if time.Since(saved) >= saveEvery {
			if err := h.save(ctx); err != nil {
				return len(events), err
			}
			saved = time.Now()
		}
	}
	switch {
	case len(events) > 0:
		return len(events), h.save(ctx)
	case h.at() < last: // all that there is are other nodes' events
		h.move(last)
		return 0, h.save(ctx)
	}
	return 0, nil
}

func (h *hook) at() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.place.Event
}

func (h *hook) move(to int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.place.Event = to
}

// save writes the hook's place; also when ctx has ended, since it has been there.
func (h *hook) save(ctx context.Context) error {
	h.mu.Lock()
	place := h.place
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	return h.store.SaveWebhook(ctx, place)
}

// saveLimit is how long a place may take to be written.
const saveLimit = 5 * time.Second

// deliver sends an event until it is taken, or given up by a person, and reports whether that is so.
func (h *hook) deliver(ctx context.Context, e *store.Event) bool {
	select {
	case <-h.skips: // of an event that was taken meanwhile
	default:
	}
	var told time.Time
	for wait := firstPause; ; wait = min(2*wait, longestPause) {
		err := h.cfg.send(ctx, h.client, e, time.Now())
		switch {
		case err == nil:
			h.succeed()
			return true
		case ctx.Err() != nil:
			return false
		}
		rest := wait/2 + rand.N(wait/2) // so that many do not come at once
		var refused *refusal
		gone := errors.As(err, &refused) && refused.gone
		if refused != nil {
			rest = max(rest, refused.wait)
		}
		h.fail(ctx, e, err, rest, gone, &told)
		again, skipped := h.rest(ctx, rest, gone)
		switch {
		case skipped:
			h.log.Warn("an event is given up: a person has said so", "event", e.Name(), "kind", e.Kind)
			h.recover(false)
			return true
		case !again:
			return false
		}
	}
}

// rest waits before an event is sent again; for ever when the receiver is gone.
func (h *hook) rest(ctx context.Context, d time.Duration, gone bool) (again, skipped bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	due := timer.C
	if gone {
		due = nil
	}
	select {
	case <-due:
		return true, false
	case <-h.skips:
		return true, true
	case <-ctx.Done():
		return false, false
	}
}

func (h *hook) succeed() {
	if h.recover(true) {
		h.log.Info("a webhook takes events again")
	}
}

// recover notes that nothing fails any more, and reports whether something did.
func (h *hook) recover(took bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	failed := h.failures > 0
	h.trying, h.failures, h.trouble, h.next, h.stopped, h.place.Failing = "", 0, "", time.Time{}, false, time.Time{}
	if took {
		h.place.Succeeded = time.Now()
	}
	return failed
}

// fail notes that an event was not taken, and tells the log at first and then now and then.
func (h *hook) fail(ctx context.Context, e *store.Event, err error, rest time.Duration, gone bool, told *time.Time) {
	now := time.Now()
	h.mu.Lock()
	first := h.place.Failing.IsZero()
	if first {
		h.place.Failing = now
	}
	h.trying, h.trouble, h.next, h.stopped = e.Name(), err.Error(), now.Add(rest), gone
	h.failures++
	since, failures := h.place.Failing, h.failures
	h.mu.Unlock()
	if first {
		if err := h.save(ctx); err != nil {
			h.log.Error("that a webhook fails is not noted", "error", err)
		}
	}
	if now.Sub(*told) < tellEvery {
		return
	}
	*told = now
	if gone {
		h.log.Error("a webhook's receiver says that it is gone: it is sent nothing until the file is applied again", "event", e.Name(), "error", err)
		return
	}
	h.log.Warn("a webhook does not take an event: it is sent again", "event", e.Name(), "kind", e.Kind, "error", err,
		"since", since.Format(time.RFC3339), "failures", failures)
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hatif/call"
	"hatif/store"
)

// A journal notes calls in progress in the store, as far as they have come, so that a call leaves its way, its agent
// and its recording in the log even when hatif is killed.
type journal struct {
	begin func(context.Context, store.Call) error // (*store.DB).BeginCall, which does not wait
	log   *slog.Logger

	mu    sync.Mutex
	pages map[*call.Call]page // guarded by mu; of the calls that are not yet finished
}

// page is what was noted last of a call: its milestones, and when.
type page struct {
	agent      string
	queue      string
	connected  time.Time
	recordings int
	at         time.Time
}

const (
	journalLook = time.Second      // how soon a milestone is noted
	journalLife = 10 * time.Second // how soon that the call still lasts
)

func newJournal(begin func(context.Context, store.Call) error, log *slog.Logger) *journal {
	return &journal{begin: begin, log: log, pages: make(map[*call.Call]page)}
}

// open notes that the call begins.
func (j *journal) open(ctx context.Context, c *call.Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(ctx, c, time.Now())
}

// finish notes nothing more of the call: its record is about to be saved.
func (j *journal) finish(c *call.Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.pages, c)
}

// run notes milestones until ctx ends.
func (j *journal) run(ctx context.Context) error {
	tick := time.NewTicker(journalLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			j.look(ctx, now)
		}
	}
}

// look notes the calls of which there is something to be noted.
func (j *journal) look(ctx context.Context, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for c, p := range j.pages {
		next := pageOf(c, p.at)
		if next != p || now.Sub(p.at) >= journalLife {
			j.note(ctx, c, now)
		}
	}
}

// note hands the call as it is to the store. j.mu is held, so that nothing is noted of a call behind its finish.
func (j *journal) note(ctx context.Context, c *call.Call, now time.Time) {
	j.pages[c] = pageOf(c, now)
	r := row(c.Snapshot())
	r.Ended = now // the last moment that is known of it
	if err := j.begin(ctx, r); err != nil {
		j.log.Error("a call in progress could not be noted", "call", c.ID, "error", err)
	}
}

func pageOf(c *call.Call, at time.Time) (p page) {
	c.Update(func(r *call.Record) {
		p = page{agent: r.Agent, queue: r.Queue, connected: r.Connected, recordings: len(r.Recordings), at: at}
	})
	return p
}

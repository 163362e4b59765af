package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// batchPause is the least time between two commits of Run: what comes meanwhile shares the next one.
// A row that comes after a quiet moment is committed at once. Longer costs less, since rows that come together share
// pages, and keeps those waiting who want to know that their row is durable.
const batchPause = 300 * time.Millisecond

const (
	maxNotes   = 10_000 // rows that wait while BeginCall may still add one
	maxWaiting = 20_000 // rows that wait in all, when a database is locked, full or away for long
)

// commitLimit bounds one batch, and how long the end of Run tries for what is left. A batch is not ended by Run's
// context: what was handed over is written.
const commitLimit = 15 * time.Second

// outagePause is how often a database that cannot be written is tried again.
const outagePause = 500 * time.Millisecond

// ErrBehind is the error when too many rows wait for the database.
var ErrBehind = errors.New("too many rows wait for the database")

// ErrWaiting is the error of those who did not wait until their row was durable: it is in memory, and written as soon as
// the database can be. Until then only a kill, or a stop while it still cannot be written, loses it.
var ErrWaiting = errors.New("it waits in memory for the database")

// A job is work for one transaction, possibly shared.
type job struct {
	name string
	do   func(ctx context.Context, tx *sql.Tx) error
	done chan error // takes the one result; capacity 1, so that nobody waits for a submitter that left; nil: nobody asks
}

// queue is the jobs that wait for Run.
type queue struct {
	mu      sync.Mutex
	running bool // Run takes jobs; guarded by mu
	figures figures
	away    bool          // the database cannot be written for the moment; guarded by mu
	waiting []job         // in order; guarded by mu
	wake    chan struct{} // capacity 1: one look takes all
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) take() []job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.waiting
	q.waiting = nil
	return jobs
}

// putBack is take undone for those jobs: what came meanwhile is behind them.
func (q *queue) putBack(jobs []job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(jobs, q.waiting...)
}

// submit hands a job to Run and waits for its commit if asked to; without Run it is done at once.
func (db *DB) submit(ctx context.Context, name string, wait bool, do func(context.Context, *sql.Tx) error) error {
	q := &db.queue
	j := job{name: name, do: do}
	most := maxNotes
	if wait {
		j.done = make(chan error, 1)
		most = maxWaiting
	}
	q.mu.Lock()
	switch {
	case !q.running:
		q.mu.Unlock()
		return db.alone(ctx, name, do)
	case len(q.waiting) >= most:
		q.mu.Unlock()
		return db.fail(name, ErrBehind)
	}
	q.waiting = append(q.waiting, j)
	q.mu.Unlock()
	q.ring()
	if !wait {
		return nil
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return db.fail(name, fmt.Errorf("%w: %w", ErrWaiting, context.Cause(ctx)))
	}
}

// Run commits what BeginCall, SaveCall and KeepOwed hand over, many rows in one transaction, until ctx ends; then it
// commits what is left and returns nil. Without it they work alone, one transaction each. While the database is locked,
// full or away, what must not be lost waits in memory; what is lost of it in the end is logged.
func (db *DB) Run(ctx context.Context) error {
	q := &db.queue
	q.mu.Lock()
	if q.running {
		q.mu.Unlock()
		return errors.New("store: Run runs already")
	}
	q.running = true
	q.mu.Unlock()
	look := time.NewTicker(db.place.pause)
	defer look.Stop()
	troubled := false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-look.C:
			if err := db.place.check(); err != nil {
				db.log.Error("what is written now is lost: restart hatif", "error", db.fail("look for it", err))
			}
			continue
		case <-q.wake:
		}
		again, err := db.commit(ctx, q.take())
		q.putBack(again)
		switch {
		case err != nil && !troubled:
			db.log.Error("the database is away, full or locked; rows wait for it in memory", "error", db.fail("save", err))
		case err == nil && troubled:
			db.log.Info("the database is back; what waited for it is written")
		}
		troubled = err != nil
		q.setAway(troubled)
		if troubled {
			q.ring()
			pause(ctx, outagePause)
			continue
		}
		pause(ctx, batchPause)
	}
	q.mu.Lock()
	q.running = false
	q.mu.Unlock()
	db.finish(context.WithoutCancel(ctx), q.take())
	return nil
}

// finish commits what is left at the end of Run, as long as it has patience, and says what is lost.
func (db *DB) finish(ctx context.Context, jobs []job) {
	ctx, cancel := context.WithTimeout(ctx, db.patience)
	defer cancel()
	again, err := db.commit(ctx, jobs)
	for err != nil && pause(ctx, outagePause) {
		again, err = db.commit(ctx, again)
	}
	for _, j := range again {
		lost := db.fail(j.name, err)
		db.log.Error("a row is lost: the database could not be written before the end", "error", lost)
		j.done <- lost
	}
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// commit does the jobs in one transaction. When that fails each is tried alone, so that one bad row spoils
// nobody else's. Where the database cannot be written for the moment, the error says so and again is what is to be
// tried again. Every job may be done twice, so a commit that was on its way when a connection broke does no harm.
func (db *DB) commit(ctx context.Context, jobs []job) (again []job, outage error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, j := range jobs {
			if err := j.do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if db.dialect.outage(err) {
		outage = err
	}
	for _, j := range jobs {
		result := err
		if err != nil && outage == nil && len(jobs) > 1 {
			if result = db.transact(ctx, j.do); db.dialect.outage(result) {
				outage = result
			}
		}
		if result != nil && outage != nil {
			if j.done != nil {
				again = append(again, j)
			}
			continue
		}
		if result != nil {
			result = db.fail(j.name, result)
		}
		switch {
		case j.done != nil:
			j.done <- result
		case result != nil:
			db.log.Error("a row is not written", "error", result)
		}
	}
	return again, outage
}

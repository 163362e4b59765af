package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"
)

// batchPause is the least time between two commits of Run: what comes meanwhile shares the next one.
// A row that comes after a quiet moment is committed at once. Longer costs less, since rows that come together share
// pages, and keeps those waiting who want to know that their row is durable.
const batchPause = 150 * time.Millisecond

// maxWaiting bounds the rows of BeginCall that wait for a database that does not keep up.
const maxWaiting = 10_000

// commitLimit bounds one batch. It is not ended by Run's context: what was handed over is written.
const commitLimit = 15 * time.Second

// outagePause is how often a PostgreSQL that went away is tried again, within commitLimit.
const outagePause = 250 * time.Millisecond

// ErrBehind is the error of BeginCall when too many rows wait for the database.
var ErrBehind = errors.New("the database does not keep up with the calls")

// BeginCall notes that a call is in progress, as far as it has come, so that it leaves a row even when the
// process is killed: the next Open then finishes it with ResultInterrupted. It may be called again as the call
// goes on; the last note counts. While Run runs it does not wait: the note is durable within batchPause or so,
// and always before a SaveCall of the same call that comes later; a failure is then logged.
func (db *DB) BeginCall(ctx context.Context, c Call) error {
	c.Node = db.node
	note, err := json.Marshal(c)
	if err != nil {
		return db.fail("begin call "+c.ID, err)
	}
	id := text(c.ID)
	return db.submit(ctx, "begin call "+c.ID, false, func(ctx context.Context, tx *sql.Tx) error {
		_, err := execute(ctx, tx, db.statements.note, id, db.node, text(string(note)))
		return err
	})
}

// SaveCall writes a finished call and its legs, and returns when the row is durable. Saving a call again
// replaces it. When ctx ends first, the row may be written or not, and can be saved again.
func (db *DB) SaveCall(ctx context.Context, c Call) error {
	c.Node = db.node
	return db.submit(ctx, "save call "+c.ID, true, db.saver(&c))
}

// ForgetCall takes back what BeginCall noted: the call leaves no row, since it has become a part of another one.
func (db *DB) ForgetCall(ctx context.Context, id string) error {
	return db.submit(ctx, "forget call "+id, true, func(ctx context.Context, tx *sql.Tx) error {
		_, err := execute(ctx, tx, db.statements.unnote, text(id))
		return err
	})
}

// saver is the work of saving c.
func (db *DB) saver(c *Call) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error { return db.saveCall(ctx, tx, c) }
}

// saveCall writes c and takes it out of the running ones.
func (db *DB) saveCall(ctx context.Context, tx *sql.Tx, c *Call) error {
	values, err := c.values()
	if err != nil {
		return err
	}
	s := &db.statements
	inserted, err := execute(ctx, tx, s.insertCall, values...)
	if err != nil {
		return err
	}
	if n, err := inserted.RowsAffected(); err != nil {
		return err
	} else if n == 0 { // saved before: this one counts
		for _, drop := range []*sql.Stmt{s.dropLegs, s.dropCall} {
			if _, err := execute(ctx, tx, drop, values[0]); err != nil {
				return err
			}
		}
		if _, err := execute(ctx, tx, s.insertCall, values...); err != nil {
			return err
		}
	}
	for i := range c.Legs {
		if _, err := execute(ctx, tx, s.insertLeg, c.Legs[i].values(c.ID, i)...); err != nil {
			return err
		}
	}
	_, err = execute(ctx, tx, s.unnote, values[0])
	return err
}

// A job is work for one transaction, possibly shared.
type job struct {
	name string
	do   func(ctx context.Context, tx *sql.Tx) error
	done chan error // takes the one result; capacity 1, so that nobody waits for a submitter that left; nil: nobody asks
}

// queue is the jobs that wait for Run.
type queue struct {
	mu      sync.Mutex
	running bool          // Run takes jobs; guarded by mu
	waiting []job         // in order; guarded by mu
	wake    chan struct{} // capacity 1: one look takes all
}

// submit hands a job to Run and waits for its commit if asked to; without Run it is done at once.
func (db *DB) submit(ctx context.Context, name string, wait bool, do func(context.Context, *sql.Tx) error) error {
	q := &db.queue
	j := job{name: name, do: do}
	if wait {
		j.done = make(chan error, 1)
	}
	q.mu.Lock()
	switch {
	case !q.running:
		q.mu.Unlock()
		if err := db.transact(ctx, do); err != nil {
			return db.fail(name, err)
		}
		return nil
	case !wait && len(q.waiting) >= maxWaiting:
		q.mu.Unlock()
		return db.fail(name, ErrBehind)
	}
	q.waiting = append(q.waiting, j)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	if !wait {
		return nil
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return db.fail(name, context.Cause(ctx))
	}
}

// Run commits what BeginCall and SaveCall hand over, many rows in one transaction, until ctx ends; then it
// commits what is left and returns nil. Without it they work alone, one transaction each.
func (db *DB) Run(ctx context.Context) error {
	q := &db.queue
	q.mu.Lock()
	if q.running {
		q.mu.Unlock()
		return errors.New("store: Run runs already")
	}
	q.running = true
	q.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
		case <-q.wake:
		}
		if ctx.Err() != nil {
			break
		}
		q.mu.Lock()
		jobs := q.waiting
		q.waiting = nil
		q.mu.Unlock()
		db.commit(ctx, jobs)
		pause(ctx, batchPause)
	}
	q.mu.Lock()
	jobs := q.waiting
	q.waiting, q.running = nil, false
	q.mu.Unlock()
	db.commit(ctx, jobs)
	return nil
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
// nobody else's.
func (db *DB) commit(ctx context.Context, jobs []job) {
	if len(jobs) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	all := func(ctx context.Context, tx *sql.Tx) error {
		for _, j := range jobs {
			if err := j.do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}
	err := db.transact(ctx, all)
	if db.dialect.outage(err) {
		db.log.Warn("the database is away; calls wait for it", "error", db.fail("save calls", err))
	}
	// Every job may be done twice, so a commit that was on its way when the connection broke does no harm.
	for db.dialect.outage(err) && pause(ctx, outagePause) {
		err = db.transact(ctx, all)
	}
	for _, j := range jobs {
		result := err
		if err != nil && len(jobs) > 1 && ctx.Err() == nil {
			result = db.transact(ctx, j.do)
		}
		if result != nil {
			result = db.fail(j.name, result)
		}
		switch {
		case j.done != nil:
			j.done <- result
		case result != nil:
			db.log.Error("call in progress is not noted", "error", result)
		}
	}
}

// transact runs do in a transaction on the writing connection.
func (db *DB) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	if db.dialect == sqlite {
		// A write to a local file takes microseconds, and busy_timeout bounds the wait for it. With a context
		// that can end, the driver would start a goroutine for each statement.
		if err := ctx.Err(); err != nil {
			return err
		}
		ctx = context.WithoutCancel(ctx)
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// finishInterrupted gives the calls that an earlier process left unfinished their row.
func (db *DB) finishInterrupted(ctx context.Context, o Options) (int, error) {
	n := 0
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		left, err := db.interrupted(ctx, tx)
		if err != nil {
			return err
		}
		for i := range left {
			db.reconstruct(&left[i], o)
			if err := db.saveCall(ctx, tx, &left[i]); err != nil {
				return err
			}
		}
		n = len(left)
		return nil
	})
	return n, err
}

// reconstruct ends c, which was cut off, at the last moment that is known of it: of what was noted, or of its
// recordings, which go on behind the last note.
func (db *DB) reconstruct(c *Call, o Options) {
	known := []time.Time{c.Began, c.Answered, c.Connected, c.Ended}
	for _, n := range c.Path {
		known = append(known, n.At)
	}
	if o.Recorded != nil {
		recordings, ended, err := o.Recorded(c.ID, c.Recordings)
		if err != nil {
			db.log.Error("the recordings of an interrupted call are not known", "call", c.ID, "error", err)
		}
		c.Recordings = recordings
		if ended.Before(time.Now()) { // a file that was touched since may say anything
			known = append(known, ended)
		}
	}
	c.Ended = slices.MaxFunc(known, time.Time.Compare)
}

// interrupted reads the calls that nobody will finish any more: those of this node.
func (db *DB) interrupted(ctx context.Context, tx *sql.Tx) ([]Call, error) {
	rows, err := tx.QueryContext(ctx, db.dialect.bind(`SELECT id, call FROM running WHERE node = ?`), db.node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var left []Call
	for rows.Next() {
		var id string
		var note []byte
		if err := rows.Scan(&id, &note); err != nil {
			return nil, err
		}
		c := Call{}
		if err := json.Unmarshal(note, &c); err != nil {
			c = Call{}
		}
		c.ID, c.Node, c.Result = id, db.node, ResultInterrupted
		c.Cause = Cause{Name: ResultInterrupted, Q850: 41, SIP: 500, Text: "hatif was killed or crashed during the call"}
		left = append(left, c)
	}
	return left, rows.Err()
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// BeginCall notes that a call is in progress, as far as it has come, so that it leaves a row even when the
// process is killed: the next Open then finishes it with ResultInterrupted. It may be called again as the call
// goes on; the last note counts. While Run runs it does not wait: the note is durable within batchPause or so,
// and always before a SaveCall of the same call that comes later; a failure is then logged. While the database cannot be
// written it is dropped: the next note says more.
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
// replaces it. When ctx ends first while Run runs, the error is ErrWaiting, and the row is written later.
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
	n, err := inserted.RowsAffected()
	switch {
	case err != nil:
		return err
	case n == 1:
		if err := db.tell(ctx, tx, CallEnded, c.Data()); err != nil {
			return err
		}
	default: // saved before, and told of: this one counts
		for _, drop := range []*sql.Stmt{s.dropLegs, s.dropCall} {
			if _, err := execute(ctx, tx, drop, values[0]); err != nil {
				return err
			}
		}
		if _, err := execute(ctx, tx, s.insertCall, values...); err != nil {
			return err
		}
	}
	for i := 0; i < len(c.Legs); {
		insert, n := s.insertLeg, 1
		if i+legsAtOnce <= len(c.Legs) {
			insert, n = s.insertLegs, legsAtOnce
		}
		var args []any
		for range n {
			args = c.Legs[i].appendValues(args, c.ID, i)
			i++
		}
		if _, err := execute(ctx, tx, insert, args...); err != nil {
			return err
		}
	}
	_, err = execute(ctx, tx, s.unnote, values[0])
	return err
}

// transact runs do in a transaction on the writing connection.
func (db *DB) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) (err error) {
	defer func(began time.Time) { db.queue.figures.count(time.Since(began), err) }(time.Now())
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

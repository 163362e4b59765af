package store

import (
	"context"
	"database/sql"
	"time"
)

// pruneBatch is how many calls one transaction removes: those that end meanwhile must not wait for long.
const pruneBatch = 500

// PruneOwed removes the owed calls that were over before a moment, and returns how many there were.
func (db *DB) PruneOwed(ctx context.Context, before time.Time) (int, error) {
	const over = `SELECT id FROM owed_calls WHERE state IN (?, ?, ?) AND due < ? AND ended < ? ORDER BY due, id LIMIT ?`
	removed := 0
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			gone, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM owed_calls WHERE id IN (`+over+`)`),
				OwedDone, OwedFailed, OwedCancelled, micros(before), micros(before), pruneBatch)
			if err == nil {
				n, err = gone.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, db.fail("remove old owed calls", err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

// PruneQueueEvents removes events from before a moment, and returns how many there were. When hatif began and ended
// stays, and so does the last that is known of an agent: without it nobody would know what they do now. The figures of
// those days go as well.
func (db *DB) PruneQueueEvents(ctx context.Context, before time.Time) (int, error) {
	const oldest = `SELECT e.node, e.number FROM queue_events e WHERE e.at < ? AND e.kind NOT IN ('opened', 'closed')
AND (e.kind <> 'changed' OR EXISTS (
    SELECT 1 FROM queue_events l WHERE l.kind = 'changed' AND l.node = e.node AND l.agent = e.agent AND l.number > e.number
)) ORDER BY e.at, e.node, e.number LIMIT ?`
	if err := db.change(ctx, "forget old figures", `DELETE FROM figure_days WHERE began < ?`, micros(before)); err != nil {
		return 0, err
	}
	removed := 0
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			gone, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM queue_events WHERE (node, number) IN (`+oldest+`)`),
				micros(before), pruneBatch)
			if err == nil {
				n, err = gone.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, db.fail("remove old queue events", err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

// PruneCalls removes the rows, the legs and the messages of calls that began before a moment, and returns how many there were.
// Calls in progress have no row yet; calls whose recording is held stay with it.
func (db *DB) PruneCalls(ctx context.Context, before time.Time) (int, error) {
	const oldest = `SELECT id FROM calls WHERE began < ?
AND NOT EXISTS (SELECT 1 FROM recording_marks m WHERE m.held <> 0 AND m.call = calls.id) ORDER BY began, id LIMIT ?`
	removed := 0
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			args := []any{micros(before), pruneBatch}
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM legs WHERE call IN (`+oldest+`)`), args...); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM signalling WHERE call IN (`+oldest+`)`), args...); err != nil {
				return err
			}
			gone, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM calls WHERE id IN (`+oldest+`)`), args...)
			if err == nil {
				n, err = gone.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, db.fail("remove old calls", err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

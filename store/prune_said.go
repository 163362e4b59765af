package store

import (
	"context"
	"database/sql"
	"time"
)

// PruneRatings removes the ratings that were given before a moment, and returns how many there were.
func (db *DB) PruneRatings(ctx context.Context, before time.Time) (int, error) {
	return db.pruneRows(ctx, "remove old ratings", `DELETE FROM ratings WHERE (given_in, call) IN (
    SELECT given_in, call FROM ratings WHERE created < ? ORDER BY created, given_in, call LIMIT ?)`, micros(before))
}

// PruneRequests removes the numbers left that have been seen to before a moment, and returns how many there were. One that
// is open, or taken, is still to be called.
func (db *DB) PruneRequests(ctx context.Context, before time.Time) (int, error) {
	return db.pruneRows(ctx, "remove old callback requests", `DELETE FROM callback_requests WHERE id IN (
    SELECT id FROM callback_requests WHERE state IN (?, ?) AND created < ? AND changed < ? ORDER BY created, id LIMIT ?)`,
		RequestCalledBack, RequestUnreachable, micros(before), micros(before))
}

// PruneAudit removes what the console has noted before a moment, and returns how much that was.
func (db *DB) PruneAudit(ctx context.Context, before time.Time) (int, error) {
	return db.pruneRows(ctx, "remove old audit", `DELETE FROM audit WHERE id IN (
    SELECT id FROM audit WHERE at < ? ORDER BY at, id LIMIT ?)`, micros(before))
}

// pruneRows deletes in transactions of pruneBatch rows, which is the last argument of the statement.
func (db *DB) pruneRows(ctx context.Context, what, statement string, args ...any) (removed int, err error) {
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			gone, err := tx.ExecContext(ctx, db.dialect.bind(statement), append(args, pruneBatch)...)
			if err == nil {
				n, err = gone.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, db.fail(what, err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

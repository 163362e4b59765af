package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// A Signal is one SIP message of a call. Its fields are those of sip's own type, so that one converts into the other.
type Signal struct {
	At            time.Time
	Received      bool   // by hatif; else sent
	Network       string // "UDP" or "TCP"
	Local, Remote netip.AddrPort
	Text          []byte
}

const putSignalling = `INSERT INTO signalling (call, began, messages) VALUES (?,?,?)
ON CONFLICT (call) DO UPDATE SET began=excluded.began, messages=excluded.messages`

// SaveSignalling keeps the messages of a call, at least one, in order. While Run runs it does not wait, and they are packed
// by whoever writes the rows of the calls, in the same transaction. While the database cannot be written they are dropped.
func (db *DB) SaveSignalling(ctx context.Context, call string, messages []Signal) error {
	if len(messages) == 0 {
		return db.fail("keep the signalling of "+call, errors.New("there are no messages"))
	}
	return db.submit(ctx, "keep the signalling of "+call, false, func(ctx context.Context, tx *sql.Tx) error {
		packed, err := pack(messages)
		if err != nil {
			return err
		}
		_, err = execute(ctx, tx, db.statements.putSignalling, text(call), micros(messages[0].At), packed)
		return err
	})
}

// Signalling is the messages of a call; none when there are none, or no more.
func (db *DB) Signalling(ctx context.Context, call string) ([]Signal, error) {
	var packed []byte
	err := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT messages FROM signalling WHERE call = ?`), call).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, db.fail("read the signalling of "+call, err)
	}
	messages, err := unpack(packed)
	if err != nil {
		return nil, db.fail("read the signalling of "+call, err)
	}
	return messages, nil
}

// PruneSignalling removes the messages of calls that began before a moment, and returns of how many.
func (db *DB) PruneSignalling(ctx context.Context, before time.Time) (int, error) {
	const oldest = `SELECT call FROM signalling WHERE began < ? ORDER BY began, call LIMIT ?`
	removed := 0
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			gone, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM signalling WHERE call IN (`+oldest+`)`), micros(before), pruneBatch)
			if err == nil {
				n, err = gone.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, db.fail("remove old signalling", err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

// errPacked is the error of bytes that pack has not made.
var errPacked = errors.New("the messages cannot be read")

func badlyPacked(what string) error { return fmt.Errorf("%w: %s", errPacked, what) }

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"time"
)

// The kinds of events.
const (
	CallEnded       = "call.ended"
	RatingGiven     = "rating.given"
	RatingWithheld  = "rating.withheld" // asked for, and not given
	RequestAdded    = "callback_request.added"
	RequestChanged  = "callback_request.changed"
	MessageLeft     = "message.left"
	OwedIsAnswered  = "owed_call.answered"
	OwedHasFailed   = "owed_call.failed"
	OwedIsCancelled = "owed_call.cancelled"
)

// EventKinds are all of them.
func EventKinds() []string {
	return []string{
		CallEnded, RatingGiven, RatingWithheld, RequestAdded, RequestChanged, MessageLeft, OwedIsAnswered, OwedHasFailed, OwedIsCancelled,
	}
}

// An Event is one thing that other programs are told. It is written in the transaction of the row that it is about: there
// is neither one without the other.
type Event struct {
	ID   int64 // from 1, without gaps, in the order in which they became visible: the cursor of those who read them
	Node string
	At   time.Time // when it was written
	Kind string
	Data json.RawMessage // of the shapes in event_data.go; never changed
}

const (
	eventColumns = `id, node, at, kind, data`
	insertEvent  = `INSERT INTO events (` + eventColumns + `) SELECT COALESCE(MAX(id), 0) + 1, ?, ?, ?, ? FROM events`
)

// lockEvents has the transactions of a PostgreSQL database that write events follow one another from here to their
// commits. A sequence would hand out numbers that become visible in another order: whoever had read 8 would never see a
// 7 that was committed later. SQLite has one writer anyway. Whoever holds it waits for nothing that another holder has.
const lockEvents = `SELECT pg_advisory_xact_lock(hashtext('hatif events'), hashtext(current_schema()))`

// tell writes an event as part of a transaction.
func (db *DB) tell(ctx context.Context, tx *sql.Tx, kind string, data any) error {
	text, err := json.Marshal(data) // it brings broken UTF-8 in order, and writes NUL as six letters
	if err != nil {
		return err
	}
	if db.dialect == postgres {
		if _, err := tx.ExecContext(ctx, lockEvents); err != nil {
			return err
		}
	}
	args := []any{db.node, micros(time.Now()), kind, string(text)}
	if db.statements.insertEvent == nil { // beside a hatif that runs
		_, err = tx.ExecContext(ctx, db.dialect.bind(insertEvent), args...)
	} else {
		_, err = execute(ctx, tx, db.statements.insertEvent, args...)
	}
	return err
}

func scanEvent(row scanner) (Event, error) {
	var e Event
	var at int64
	var data []byte
	err := row.Scan(&e.ID, &e.Node, &at, &e.Kind, &data)
	e.At, e.Data = instant(at), data
	return e, err
}

// Events goes through at most limit events that follow one, in order. After an error it yields nothing more.
func (db *DB) Events(ctx context.Context, after int64, limit int) iter.Seq2[Event, error] {
	return rowsOf(ctx, db, "list events", `SELECT `+eventColumns+` FROM events WHERE id > ? ORDER BY id LIMIT ?`, []any{after, limit}, scanEvent)
}

// OwnEvents is Events, of this node alone.
func (db *DB) OwnEvents(ctx context.Context, after int64, limit int) iter.Seq2[Event, error] {
	return rowsOf(ctx, db, "list events", `SELECT `+eventColumns+` FROM events WHERE id > ? AND node = ? ORDER BY id LIMIT ?`,
		[]any{after, db.node, limit}, scanEvent)
}

// EventSpan returns the first event that is kept and the last; 0 and 0 when there has never been one.
func (db *DB) EventSpan(ctx context.Context) (first, last int64, err error) {
	row := db.read.QueryRowContext(ctx, `SELECT COALESCE((SELECT MIN(id) FROM events), 0), COALESCE((SELECT MAX(id) FROM events), 0)`)
	if err := row.Scan(&first, &last); err != nil {
		return 0, 0, db.fail("find the last event", err)
	}
	return first, last, nil
}

// PruneEvents removes events from before a moment, the first first, and returns how many there were. The last one stays:
// the next is numbered by it.
func (db *DB) PruneEvents(ctx context.Context, before time.Time) (int, error) {
	const oldest = `SELECT id FROM events WHERE id < (SELECT MAX(id) FROM events) ORDER BY id LIMIT ?`
	removed := 0
	for {
		var n int64
		err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			young := `SELECT MIN(id) FROM (SELECT id, at FROM events ORDER BY id LIMIT ?) AS looked_at WHERE at >= ?`
			var end sql.NullInt64 // the first that stays
			if err := tx.QueryRowContext(ctx, db.dialect.bind(young), pruneBatch, micros(before)).Scan(&end); err != nil {
				return err
			}
			query, args := `DELETE FROM events WHERE id IN (`+oldest+`)`, []any{pruneBatch}
			if end.Valid {
				query, args = query+` AND id < ?`, append(args, end.Int64)
			}
			var err error
			n, err = affected(tx.ExecContext(ctx, db.dialect.bind(query), args...))
			return err
		})
		if err != nil {
			return removed, db.fail("remove old events", err)
		}
		if removed += int(n); n < pruneBatch {
			return removed, nil
		}
	}
}

// A Webhook is how far a receiver of events has come.
type Webhook struct {
	Name      string // the key, with the node
	Event     int64  // the last that it was told of, or did not want
	Succeeded time.Time
	Failing   time.Time // since when it takes none; zero: it does
}

// Webhook returns how far one of this node's has come; known is false for a new one.
func (db *DB) Webhook(ctx context.Context, name string) (h Webhook, known bool, err error) {
	h.Name = name
	var succeeded, failing int64
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT event, succeeded, failing FROM webhooks WHERE node = ? AND name = ?`), db.node, text(name))
	switch err := row.Scan(&h.Event, &succeeded, &failing); {
	case errors.Is(err, sql.ErrNoRows):
		return h, false, nil
	case err != nil:
		return h, false, db.fail("webhook "+name, err)
	}
	h.Succeeded, h.Failing = instant(succeeded), instant(failing)
	return h, true, nil
}

// SaveWebhook writes how far one has come and returns when that is durable.
func (db *DB) SaveWebhook(ctx context.Context, h Webhook) error {
	return db.submit(ctx, "save webhook "+h.Name, true, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO webhooks (node, name, event, succeeded, failing) VALUES (?,?,?,?,?)
ON CONFLICT (node, name) DO UPDATE SET event=excluded.event, succeeded=excluded.succeeded, failing=excluded.failing`),
			db.node, text(h.Name), h.Event, micros(h.Succeeded), micros(h.Failing))
		return err
	})
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// What can be wrong with changing a callback request.
var (
	ErrNoRequest    = errors.New("no such callback request")
	ErrRequestTaken = errors.New("somebody else has it")
)

// The states of a callback request.
const (
	RequestOpen        = "open"
	RequestTaken       = "taken" // somebody sees to it
	RequestCalledBack  = "called back"
	RequestUnreachable = "unreachable"
)

// A Request is a number that a caller has left, to be called back by a person.
type Request struct {
	ID          string // the key
	Created     time.Time
	Caller      string // the number that the caller called from
	Name        string
	Number      string // the number left
	Alternative string // another one; "": none
	Language    string
	Queue       string
	Call        string // the conversation in which it was left
	State       string
	By          string // who took it, or closed it
	Changed     time.Time
}

const requestColumns = `id, created, caller_number, caller_name, number, alternative, language, queue, call, state, changed_by, changed`

// AddRequest writes r and returns when that is durable. One that is there already stays as it is.
func (db *DB) AddRequest(ctx context.Context, r Request) error {
	return db.alone(ctx, "add callback request "+r.ID, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO callback_requests (`+requestColumns+`)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`),
			text(r.ID), micros(r.Created), text(r.Caller), text(r.Name), text(r.Number), text(r.Alternative), text(r.Language),
			text(r.Queue), text(r.Call), text(r.State), text(r.By), micros(r.Changed)))
		if err != nil || n == 0 {
			return err
		}
		return db.tell(ctx, tx, RequestAdded, r.Data())
	})
}

func scanRequest(row scanner) (Request, error) {
	var r Request
	var created, changed int64
	err := row.Scan(&r.ID, &created, &r.Caller, &r.Name, &r.Number, &r.Alternative, &r.Language, &r.Queue, &r.Call,
		&r.State, &r.By, &changed)
	r.Created, r.Changed = instant(created), instant(changed)
	return r, err
}

// Request returns one callback request. The error is ErrNoRequest when there is none.
func (db *DB) Request(ctx context.Context, id string) (Request, error) {
	r, err := scanRequest(db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT `+requestColumns+` FROM callback_requests WHERE id = ?`), text(id)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, fmt.Errorf("callback request %s: %w", id, ErrNoRequest)
	case err != nil:
		return r, db.fail("callback request "+id, err)
	}
	return r, nil
}

// Requests goes through the callback requests in a state, all when it is "", from a moment on: the oldest first, as
// they are to be called. After an error it yields nothing more.
func (db *DB) Requests(ctx context.Context, state string, since time.Time) iter.Seq2[Request, error] {
	query, args := `SELECT `+requestColumns+` FROM callback_requests WHERE created >= ?`, []any{micros(since)}
	if state != "" {
		query, args = query+` AND state = ?`, append(args, text(state))
	}
	return rowsOf(ctx, db, "list callback requests", query+` ORDER BY created, id`, args, scanRequest)
}

// MarkRequest puts a request into a state. What is open, or taken by the same person, can be changed by anybody;
// a request that somebody else has taken only with seize. The errors are ErrNoRequest and ErrRequestTaken.
func (db *DB) MarkRequest(ctx context.Context, id, state, by string, at time.Time, seize bool) error {
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		query, args := `UPDATE callback_requests SET state=?, changed_by=?, changed=? WHERE id = ?`, []any{text(state), text(by), micros(at), text(id)}
		if !seize {
			query, args = query+` AND (state <> ? OR changed_by = ?)`, append(args, RequestTaken, text(by))
		}
		changed, err := tx.ExecContext(ctx, db.dialect.bind(query), args...)
		if err != nil {
			return err
		}
		n, err := changed.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			now, err := scanRequest(tx.QueryRowContext(ctx, db.dialect.bind(`SELECT `+requestColumns+` FROM callback_requests WHERE id = ?`), text(id)))
			if err != nil {
				return err
			}
			return db.tell(ctx, tx, RequestChanged, now.Data())
		}
		var owner string
		err = tx.QueryRowContext(ctx, db.dialect.bind(`SELECT changed_by FROM callback_requests WHERE id = ?`), text(id)).Scan(&owner)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("callback request %s: %w", id, ErrNoRequest)
		case err != nil:
			return err
		}
		return fmt.Errorf("callback request %s: %w: %s", id, ErrRequestTaken, owner)
	})
	if errors.Is(err, ErrNoRequest) || errors.Is(err, ErrRequestTaken) {
		return err
	}
	if err != nil {
		return db.fail("mark callback request "+id, err)
	}
	return nil
}

// requestHeader names the columns of WriteRequestsCSV.
var requestHeader = []string{
	"id", "date", "time", "caller", "caller name", "number", "alternative", "language", "queue", "state", "by", "changed", "call",
}

// WriteRequestsCSV writes callback requests as WriteCallsCSV writes calls.
func WriteRequestsCSV(w io.Writer, zone *time.Location, requests iter.Seq2[Request, error]) error {
	return WriteCSV(w, requestHeader, requests, func(r *Request) []string {
		return []string{
			r.ID, r.Created.In(zone).Format(time.DateOnly), r.Created.In(zone).Format(time.TimeOnly), r.Caller, r.Name,
			r.Number, r.Alternative, r.Language, r.Queue, r.State, r.By, moment(r.Changed, zone), r.Call,
		}
	})
}

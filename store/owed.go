package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNoOwed is the error of looking for an owed call that is not there.
var ErrNoOwed = errors.New("no such owed call")

// The states of an owed call. From the first four it goes on, the last three are its end.
const (
	OwedWaiting   = "waiting"   // for its time
	OwedInLine    = "in line"   // for its turn in a queue; its due time is only the earliest
	OwedDialling  = "dialling"  // an attempt is being made; it is counted already
	OwedAnswered  = "answered"  // the person has picked up: it is never dialled again
	OwedDone      = "done"      // it was answered and is over
	OwedFailed    = "failed"    // given up
	OwedCancelled = "cancelled" // by a person
)

// An Owed is a call that we have promised to make. Times and durations are kept to the microsecond.
type Owed struct {
	ID        string // the key
	Account   string // who is called
	Context   string // what is run when they answer
	Language  string
	Shown     string            // the number on their display
	Variables map[string]string // what the context knows from the start
	Hours     string            // when they may be called: "09:00-20:00"; "": at any time
	Zone      string            // the time zone of Hours
	Tries     int
	Pause     time.Duration // between two tries
	Ring      time.Duration // how long the phone rings
	Place     string        // JSON: the place in line that it keeps; "": it is due by the clock

	Call    string // the conversation in which it was promised; "": none
	Agent   string // who spoke with them there
	Queue   string
	Created time.Time

	Due      time.Time // when it is to be made, next
	State    string
	Attempts int       // begun
	Node     string    // which hatif is calling; filled in by the store
	Lease    time.Time // until when nobody else may
	Cause    string    // why the last attempt failed; or who cancelled it
	Placed   string    // the conversation that came of it
	Answered time.Time // zero: not yet
	Ended    time.Time // zero: not yet
}

const owedColumns = `id, account, context, language, shown, variables, hours, zone, tries, pause, ring, call, agent, queue,
created, due, state, attempts, node, lease, cause, placed, answered, ended, place`

const insertOwed = `INSERT INTO owed_calls (` + owedColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO NOTHING`

func scanOwed(row scanner) (Owed, error) {
	var o Owed
	var variables []byte
	var pause, ring, created, due, lease, answered, ended int64
	if err := row.Scan(&o.ID, &o.Account, &o.Context, &o.Language, &o.Shown, &variables, &o.Hours, &o.Zone, &o.Tries,
		&pause, &ring, &o.Call, &o.Agent, &o.Queue, &created, &due, &o.State, &o.Attempts, &o.Node, &lease, &o.Cause,
		&o.Placed, &answered, &ended, &o.Place); err != nil {
		return Owed{}, err
	}
	o.Pause, o.Ring = span(pause), span(ring)
	o.Created, o.Due, o.Lease = instant(created), instant(due), instant(lease)
	o.Answered, o.Ended = instant(answered), instant(ended)
	return o, json.Unmarshal(variables, &o.Variables)
}

// AddOwed writes o and returns when that is durable. One that is there already stays as it is.
func (db *DB) AddOwed(ctx context.Context, o Owed) error {
	add, err := db.adder(o)
	if err != nil {
		return err
	}
	return db.alone(ctx, "owe call "+o.ID, add)
}

// KeepOwed is AddOwed for a promise that stands even when the database is locked, full or away. When ctx ends first while
// Run runs, the error is ErrWaiting, and o is written later.
func (db *DB) KeepOwed(ctx context.Context, o Owed) error {
	add, err := db.adder(o)
	if err != nil {
		return err
	}
	return db.submit(ctx, "owe call "+o.ID, true, add)
}

// adder is the work of adding o.
func (db *DB) adder(o Owed) (func(context.Context, *sql.Tx) error, error) {
	variables, err := json.Marshal(o.Variables)
	if err != nil {
		return nil, db.fail("owe call "+o.ID, err)
	}
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.dialect.bind(insertOwed),
			text(o.ID), text(o.Account), text(o.Context), text(o.Language), text(o.Shown), text(string(variables)),
			text(o.Hours), text(o.Zone), o.Tries, o.Pause.Microseconds(), o.Ring.Microseconds(), text(o.Call), text(o.Agent),
			text(o.Queue), micros(o.Created), micros(o.Due), text(o.State), o.Attempts, db.node, micros(o.Lease),
			text(o.Cause), text(o.Placed), micros(o.Answered), micros(o.Ended), text(o.Place))
		return err
	}, nil
}

const swapOwed = `UPDATE owed_calls SET due=?, state=?, attempts=?, node=?, lease=?, cause=?, placed=?, answered=?, ended=?
WHERE id = ? AND state = ? AND attempts = ?`

// SwapOwed changes what was into now (what may change of it, from Due on), if it is still as it was: in the same state
// after as many attempts. It returns when that is durable, and reports whether it was so; otherwise somebody
// else was faster and nothing has changed.
func (db *DB) SwapOwed(ctx context.Context, was, now Owed) (bool, error) {
	var n int64
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changed, err := tx.ExecContext(ctx, db.dialect.bind(swapOwed), micros(now.Due), text(now.State), now.Attempts,
			db.node, micros(now.Lease), text(now.Cause), text(now.Placed), micros(now.Answered), micros(now.Ended),
			text(was.ID), text(was.State), was.Attempts)
		if err != nil {
			return err
		}
		if n, err = changed.RowsAffected(); err != nil || n == 0 || was.State == now.State {
			return err
		}
		return db.tellOwed(ctx, tx, &now)
	})
	if err != nil {
		return false, db.fail("owed call "+was.ID, err)
	}
	return n == 1, nil
}

// DueOwed returns the waiting calls that are due at a moment, the longest due first, limit at most, and when
// the next one after that moment is due; zero: none waits.
func (db *DB) DueOwed(ctx context.Context, at time.Time, limit int) ([]Owed, time.Time, error) {
	due, err := db.owed(ctx, `SELECT `+owedColumns+` FROM owed_calls WHERE state = ? AND due <= ? ORDER BY due, id LIMIT ?`,
		OwedWaiting, micros(at), limit)
	if err != nil {
		return nil, time.Time{}, err
	}
	var next sql.NullInt64
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT MIN(due) FROM owed_calls WHERE state = ? AND due > ?`), OwedWaiting, micros(at))
	if err := row.Scan(&next); err != nil {
		return nil, time.Time{}, db.fail("list owed calls", err)
	}
	return due, instant(next.Int64), nil
}

// LeftOwed returns the calls in the making that nobody will finish: those dialling whose lease ended before a moment,
// and with own also all that are dialling or answered under this hatif's name, as an earlier process left them.
func (db *DB) LeftOwed(ctx context.Context, at time.Time, own bool) ([]Owed, error) {
	query, args := `SELECT `+owedColumns+` FROM owed_calls WHERE state = ? AND lease < ?`, []any{OwedDialling, micros(at)}
	if own {
		query, args = query+` OR state IN (?, ?) AND node = ?`, append(args, OwedDialling, OwedAnswered, db.node)
	}
	return db.owed(ctx, query+` ORDER BY due, id`, args...)
}

// OwnPlaces returns the calls that this hatif is to make by the turn of a line, those that were promised first first.
func (db *DB) OwnPlaces(ctx context.Context) ([]Owed, error) {
	return db.owed(ctx, `SELECT `+owedColumns+` FROM owed_calls WHERE state = ? AND node = ? ORDER BY created, id`, OwedInLine, db.node)
}

// OwedCalls returns the owed calls in any of the states, all when there are none: those that are due next first,
// limit at most.
func (db *DB) OwedCalls(ctx context.Context, limit int, states ...string) ([]Owed, error) {
	query := `SELECT ` + owedColumns + ` FROM owed_calls`
	var args []any
	if len(states) > 0 {
		query += ` WHERE state IN (` + strings.TrimSuffix(strings.Repeat("?,", len(states)), ",") + `)`
		for _, s := range states {
			args = append(args, text(s))
		}
	}
	return db.owed(ctx, query+` ORDER BY due, id LIMIT ?`, append(args, limit)...)
}

// OwedPage returns at most limit owed calls in a state, those that were due last first; where before is one of them, those
// that follow it.
func (db *DB) OwedPage(ctx context.Context, state string, before Owed, limit int) ([]Owed, error) {
	query, args := `SELECT `+owedColumns+` FROM owed_calls WHERE state = ?`, []any{text(state)}
	if before.ID != "" {
		query, args = query+` AND due <= ? AND (due < ? OR id < ?)`, append(args, micros(before.Due), micros(before.Due), text(before.ID))
	}
	return db.owed(ctx, query+` ORDER BY due DESC, id DESC LIMIT ?`, append(args, limit)...)
}

// Owed returns one owed call. The error is ErrNoOwed when there is none.
func (db *DB) Owed(ctx context.Context, id string) (Owed, error) {
	found, err := db.owed(ctx, `SELECT `+owedColumns+` FROM owed_calls WHERE id = ?`, text(id))
	if err != nil {
		return Owed{}, err
	}
	if len(found) == 0 {
		return Owed{}, fmt.Errorf("owed call %s: %w", id, ErrNoOwed)
	}
	return found[0], nil
}

func (db *DB) owed(ctx context.Context, query string, args ...any) ([]Owed, error) {
	rows, err := db.read.QueryContext(ctx, db.dialect.bind(query), args...)
	if err != nil {
		return nil, db.fail("list owed calls", err)
	}
	defer rows.Close()
	var all []Owed
	for rows.Next() {
		o, err := scanOwed(rows)
		if err != nil {
			return nil, db.fail("list owed calls", err)
		}
		all = append(all, o)
	}
	if err := rows.Err(); err != nil {
		return nil, db.fail("list owed calls", err)
	}
	return all, nil
}

// tellOwed writes the event of an owed call that has come into a state, where other programs are told of that: what was
// promised they know from the call, what is done from the call that came of it.
func (db *DB) tellOwed(ctx context.Context, tx *sql.Tx, o *Owed) error {
	switch o.State {
	case OwedAnswered:
		return db.tell(ctx, tx, OwedIsAnswered, o.Data())
	case OwedFailed:
		return db.tell(ctx, tx, OwedHasFailed, o.Data())
	case OwedCancelled:
		return db.tell(ctx, tx, OwedIsCancelled, o.Data())
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is the error of looking for a call that is not in the log.
var ErrNotFound = errors.New("no such call")

// ErrCursor is the error of a Filter whose After is none of ours.
var ErrCursor = errors.New("not a place in the call log")

// How many calls a page has when a Filter does not say, and at most.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// A Filter picks calls of the log; zero fields pick all.
type Filter struct {
	Since  time.Time // began at or after
	Until  time.Time // began before
	Number string    // the caller's number, the number dialled, or the agent
	Agent  string
	Queue  string
	Result string
	// Recorded leaves out the calls that have no recording.
	Recorded bool
	Limit    int    // 0: DefaultLimit; no more than MaxLimit
	After    string // Cursor of the last call of the page before
}

// Cursor marks a call's place in the log, for Filter.After.
func (c *Call) Cursor() string { return strconv.FormatInt(micros(c.Began), 36) + "." + c.ID }

func parseCursor(s string) (began int64, id string, err error) {
	at, id, ok := strings.Cut(s, ".")
	began, err = strconv.ParseInt(at, 36, 64)
	if !ok || err != nil {
		return 0, "", fmt.Errorf("%q: %w", s, ErrCursor)
	}
	return began, id, nil
}

// Calls returns the finished calls that f picks, newest first, without their legs.
func (db *DB) Calls(ctx context.Context, f Filter) ([]Call, error) {
	query, args, err := f.query()
	if err != nil {
		return nil, db.fail("list calls", err)
	}
	rows, err := db.read.QueryContext(ctx, db.dialect.bind(query), args...)
	if err != nil {
		return nil, db.fail("list calls", err)
	}
	defer rows.Close()
	var calls []Call
	for rows.Next() {
		c, err := scanCall(rows)
		if err != nil {
			return nil, db.fail("list calls", err)
		}
		calls = append(calls, c)
	}
	if err := rows.Err(); err != nil {
		return nil, db.fail("list calls", err)
	}
	return calls, nil
}

// AllCalls goes through every call that f picks, newest first, page by page, whatever f.Limit says: for
// downloads. After an error it yields nothing more.
func (db *DB) AllCalls(ctx context.Context, f Filter) iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		f.Limit = MaxLimit
		for {
			page, err := db.Calls(ctx, f)
			if err != nil {
				yield(Call{}, err)
				return
			}
			for _, c := range page {
				if !yield(c, nil) {
					return
				}
			}
			if len(page) < MaxLimit {
				return
			}
			f.After = page[len(page)-1].Cursor()
		}
	}
}

// Call returns one finished call with its legs. The error is ErrNotFound when there is none.
func (db *DB) Call(ctx context.Context, id string) (Call, error) {
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT `+callColumns+` FROM calls WHERE id = ?`), text(id))
	c, err := scanCall(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Call{}, fmt.Errorf("call %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Call{}, db.fail("call "+id, err)
	}
	rows, err := db.read.QueryContext(ctx, db.dialect.bind(`SELECT `+legColumns+` FROM legs WHERE call = ? ORDER BY position`), text(id))
	if err != nil {
		return Call{}, db.fail("call "+id, err)
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLeg(rows)
		if err != nil {
			return Call{}, db.fail("call "+id, err)
		}
		c.Legs = append(c.Legs, l)
	}
	if err := rows.Err(); err != nil {
		return Call{}, db.fail("call "+id, err)
	}
	return c, nil
}

// condition is a piece of a WHERE with its arguments.
type condition struct {
	sql  string
	args []any
}

// query writes the SELECT. A number is looked for in three columns, each with its own index, and the three
// short lists are merged: one OR would make the database read the whole log for a rare number, or sort it
// for a frequent one.
func (f *Filter) query() (string, []any, error) {
	var common []condition
	if !f.Since.IsZero() {
		common = append(common, condition{"began >= ?", []any{micros(f.Since)}})
	}
	if !f.Until.IsZero() {
		common = append(common, condition{"began < ?", []any{micros(f.Until)}})
	}
	// The literals let the partial indexes be used.
	for _, equal := range []struct{ sql, value string }{
		{"agent <> '' AND agent = ?", f.Agent}, {"queue <> '' AND queue = ?", f.Queue}, {"result = ?", f.Result},
	} {
		if equal.value != "" {
			common = append(common, condition{equal.sql, []any{text(equal.value)}})
		}
	}
	if f.Recorded {
		common = append(common, condition{"recordings <> 'null' AND recordings <> '[]'", nil})
	}
	if f.After != "" {
		began, id, err := parseCursor(f.After)
		if err != nil {
			return "", nil, err
		}
		common = append(common, condition{"(began, id) < (?, ?)", []any{began, text(id)}})
	}
	limit := f.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	if f.Number == "" {
		query, args := newest("calls", common, limit)
		return query, args, nil
	}
	n := text(f.Number)
	var parts []string
	var args []any
	for i, own := range []condition{
		{"caller_number = ?", []any{n}},
		{"called = ? AND caller_number <> ?", []any{n, n}},
		{"agent <> '' AND agent = ? AND caller_number <> ? AND called <> ?", []any{n, n, n}},
	} {
		query, values := newest("calls", append([]condition{own}, common...), limit)
		parts = append(parts, fmt.Sprintf("SELECT * FROM (%s) AS by_number_%d", query, i))
		args = append(args, values...)
	}
	query, values := newest("("+strings.Join(parts, " UNION ALL ")+") AS merged", nil, limit)
	return query, append(args, values...), nil
}

// newest selects the newest rows of a table that meet the conditions.
func newest(from string, where []condition, limit int) (string, []any) {
	var sql []string
	var args []any
	for _, c := range where {
		sql = append(sql, c.sql)
		args = append(args, c.args...)
	}
	query := "SELECT " + callColumns + " FROM " + from
	if len(sql) > 0 {
		query += " WHERE " + strings.Join(sql, " AND ")
	}
	return query + " ORDER BY began DESC, id DESC LIMIT ?", append(args, limit)
}

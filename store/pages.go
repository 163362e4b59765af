package store

import (
	"context"
	"database/sql"
	"iter"
	"strings"
	"time"
)

// Lists that are read page by page. A page begins behind the last row of the page before, wherever that is now: what is
// added or removed meanwhile moves nobody to another page.

// RatingsBefore goes through the ratings from since on, the newest first; where before is one of them, those that follow
// it. agent is as for Ratings. After an error it yields nothing more.
func (db *DB) RatingsBefore(ctx context.Context, agent string, since time.Time, before Rating, limit int) iter.Seq2[Rating, error] {
	query, args := `SELECT `+ratingColumns+` FROM ratings WHERE created >= ?`, []any{micros(since)}
	if agent != "" {
		query, args = query+` AND agent <> '' AND agent = ?`, append(args, text(agent))
	}
	if at := micros(before.Created); at != 0 {
		query, args = query+` AND created <= ? AND (created < ? OR (given_in, call) > (?, ?))`, append(args, at, at, text(before.GivenIn), text(before.Call))
	}
	return rowsOf(ctx, db, "list ratings", query+` ORDER BY created DESC, given_in, call LIMIT ?`, append(args, limit), scanRating)
}

// RequestsAfter goes through the callback requests in a state, all when it is "", the oldest first; where after is one of
// them, those that follow it. After an error it yields nothing more.
func (db *DB) RequestsAfter(ctx context.Context, state string, after Request, limit int) iter.Seq2[Request, error] {
	query, args := `SELECT `+requestColumns+` FROM callback_requests WHERE (created, id) > (?, ?)`, []any{micros(after.Created), text(after.ID)}
	if state != "" {
		query, args = query+` AND state = ?`, append(args, text(state))
	}
	return rowsOf(ctx, db, "list callback requests", query+` ORDER BY created, id LIMIT ?`, append(args, limit), scanRequest)
}

// OwedAfter goes through the owed calls in any of the states, all when there are none, those that were promised last
// first; where after is one of them, those that follow it. After an error it yields nothing more.
func (db *DB) OwedAfter(ctx context.Context, after Owed, limit int, states ...string) iter.Seq2[Owed, error] {
	query, args := `SELECT `+owedColumns+` FROM owed_calls WHERE TRUE`, []any(nil)
	if len(states) > 0 {
		query += ` AND state IN (` + strings.TrimSuffix(strings.Repeat("?,", len(states)), ",") + `)`
		for _, s := range states {
			args = append(args, text(s))
		}
	}
	if at := micros(after.Created); at != 0 {
		query, args = query+` AND (created, id) < (?, ?)`, append(args, at, text(after.ID))
	}
	return rowsOf(ctx, db, "list owed calls", query+` ORDER BY created DESC, id DESC LIMIT ?`, append(args, limit), scanOwed)
}

// QueueNodes are the hatifs of which there are queue events.
func (db *DB) QueueNodes(ctx context.Context) ([]string, error) {
	var all []string
	query, args := `SELECT MIN(node) FROM queue_events`, []any(nil)
	for { // a DISTINCT would read them all
		var next sql.NullString
		if err := db.read.QueryRowContext(ctx, db.dialect.bind(query), args...).Scan(&next); err != nil {
			return nil, db.fail("list nodes", err)
		}
		if !next.Valid {
			return all, nil
		}
		all = append(all, next.String)
		query, args = `SELECT MIN(node) FROM queue_events WHERE node > ?`, []any{next.String}
	}
}

// QueueEventsAfter goes through at most limit queue events of a node that follow one, in order. After an error it yields
// nothing more.
func (db *DB) QueueEventsAfter(ctx context.Context, node string, after int64, limit int) iter.Seq2[QueueEvent, error] {
	return rowsOf(ctx, db, "list queue events", `SELECT `+queueEventColumns+` FROM queue_events WHERE node = ? AND number > ? ORDER BY number LIMIT ?`,
		[]any{text(node), after, limit}, scanQueueEvent)
}

// QueueEventSpan is the first queue event of a node that is kept, and the last; 0 and 0 when there is none.
func (db *DB) QueueEventSpan(ctx context.Context, node string) (first, last int64, err error) {
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT COALESCE(MIN(number), 0), COALESCE(MAX(number), 0) FROM queue_events WHERE node = ?`), text(node))
	if err := row.Scan(&first, &last); err != nil {
		return 0, 0, db.fail("find the last queue event", err)
	}
	return first, last, nil
}

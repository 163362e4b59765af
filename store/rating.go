package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"
)

// A Rating is what a caller thought of a conversation, or that they were asked and did not say.
type Rating struct {
	GivenIn  string // the conversation in which it was asked for; with Call the key
	Call     string // the conversation that is rated
	Created  time.Time
	Caller   string // number
	Name     string
	Agent    string // who spoke with the caller
	Queue    string
	Language string
	Answered bool // false: there is no rating
	Rating   int
}

const ratingColumns = `given_in, call, created, caller_number, caller_name, agent, queue, language, answered, rating`

// SaveRating writes r and returns when that is durable. A second answer to the same question replaces the first, if it is
// another one.
func (db *DB) SaveRating(ctx context.Context, r Rating) error {
	return db.alone(ctx, "save the rating of call "+r.Call, func(ctx context.Context, tx *sql.Tx) error {
		earliest := r.Created
		var was int64
		err := tx.QueryRowContext(ctx, db.dialect.bind(`SELECT created FROM ratings WHERE given_in = ? AND call = ?`), text(r.GivenIn), text(r.Call)).Scan(&was)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case was < micros(earliest):
			earliest = instant(was)
		}
		if err := db.forgetFigures(ctx, tx, earliest); err != nil {
			return err
		}
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO ratings (`+ratingColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (given_in, call) DO UPDATE SET created=excluded.created, answered=excluded.answered, rating=excluded.rating
WHERE ratings.answered <> excluded.answered OR ratings.rating <> excluded.rating`),
			text(r.GivenIn), text(r.Call), micros(r.Created), text(r.Caller), text(r.Name), text(r.Agent), text(r.Queue),
			text(r.Language), r.Answered, r.Rating))
		if err != nil || n == 0 {
			return err
		}
		kind := RatingWithheld
		if r.Answered {
			kind = RatingGiven
		}
		return db.tell(ctx, tx, kind, r.Data())
	})
}

// Ratings goes through the ratings of an agent, of all when agent is "", from a moment on: the newest first. After an
// error it yields nothing more.
func (db *DB) Ratings(ctx context.Context, agent string, since time.Time) iter.Seq2[Rating, error] {
	query, args := `SELECT `+ratingColumns+` FROM ratings WHERE created >= ?`, []any{micros(since)}
	if agent != "" {
		query, args = query+` AND agent <> '' AND agent = ?`, append(args, text(agent))
	}
	return rowsOf(ctx, db, "list ratings", query+` ORDER BY created DESC, given_in, call`, args, scanRating)
}

// RatingsPage returns at most limit ratings from a moment on, the newest first, of a queue and an agent where they are not
// "", and with poor only those below 5; where before is one of them, those that follow it.
func (db *DB) RatingsPage(ctx context.Context, since time.Time, queue, agent string, poor bool, before Rating, limit int) ([]Rating, error) {
	query, args := `SELECT `+ratingColumns+` FROM ratings WHERE created >= ?`, []any{micros(since)}
	if poor {
		query += ` AND answered AND rating < 5` // as the index has it
	}
	if agent != "" {
		query, args = query+` AND agent <> '' AND agent = ?`, append(args, text(agent))
	}
	if queue != "" {
		query, args = query+` AND queue = ?`, append(args, text(queue))
	}
	if before.GivenIn != "" {
		query, args = query+` AND (created, given_in, call) < (?, ?, ?)`, append(args, micros(before.Created), text(before.GivenIn), text(before.Call))
	}
	var all []Rating
	for r, err := range rowsOf(ctx, db, "list ratings", query+` ORDER BY created DESC, given_in DESC, call DESC LIMIT ?`, append(args, limit), scanRating) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// RatingsWithin goes through the ratings from one moment until before another, in no order. After an error it yields
// nothing more.
func (db *DB) RatingsWithin(ctx context.Context, since, until time.Time) iter.Seq2[Rating, error] {
	return rowsOf(ctx, db, "list ratings", `SELECT `+ratingColumns+` FROM ratings WHERE created >= ? AND created < ?`,
		[]any{micros(since), micros(until)}, scanRating)
}

func scanRating(row scanner) (Rating, error) {
	var r Rating
	var created int64
	err := row.Scan(&r.GivenIn, &r.Call, &created, &r.Caller, &r.Name, &r.Agent, &r.Queue, &r.Language, &r.Answered, &r.Rating)
	r.Created = instant(created)
	return r, err
}

// ratingHeader names the columns of WriteRatingsCSV.
var ratingHeader = []string{
	"date", "time", "caller", "caller name", "rating", "answered", "agent", "queue", "language", "call", "given in",
}

// WriteRatingsCSV writes ratings as WriteCallsCSV writes calls. Where there is no answer the rating is empty.
func WriteRatingsCSV(w io.Writer, zone *time.Location, ratings iter.Seq2[Rating, error]) error {
	return WriteCSV(w, ratingHeader, ratings, func(r *Rating) []string {
		rating, answered := "", "no"
		if r.Answered {
			rating, answered = strconv.Itoa(r.Rating), "yes"
		}
		return []string{
			r.Created.In(zone).Format(time.DateOnly), r.Created.In(zone).Format(time.TimeOnly), r.Caller, r.Name,
			rating, answered, r.Agent, r.Queue, r.Language, r.Call, r.GivenIn,
		}
	})
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"
)

// A FigureDay is one day's figures, added up. What is in them belongs to queue/history: the store only makes sure that
// they are forgotten when something is written that belongs to the day.
type FigureDay struct {
	Zone    string // whose day it is; with Day the key
	Day     string // "2026-11-23"
	Began   time.Time
	Ended   time.Time
	Rolled  time.Time // when it was added up
	Settled bool      // nothing that is still to come belongs to it

	Hours, Whole   []byte // figures by hour, and of the whole day
	Ratings, Rated []byte // ratings by hour, and of the whole day
}

// forgetFigures is the part of a transaction that writes something of a moment: days that were not over then have to be
// added up anew. It finds none unless the moment is long past.
func (db *DB) forgetFigures(ctx context.Context, tx *sql.Tx, moment time.Time) error {
	_, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM figure_days WHERE ended > ?`), micros(moment))
	return err
}

// SaveFigureDay writes d in place of what there was, unless the newest event or rating of the time before d.Ended is another
// than when d was read: newest is what FigureState said before. It reports whether it has.
func (db *DB) SaveFigureDay(ctx context.Context, d FigureDay, newest FigureState) (bool, error) {
	saved := false
	err := db.alone(ctx, "save the figures of "+d.Day, func(ctx context.Context, tx *sql.Tx) error {
		now, err := db.figureState(ctx, tx, d.Began, d.Ended)
		if err != nil || now != newest {
			return err
		}
		_, err = tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO figure_days (zone, day, began, ended, rolled, settled, hours, whole, ratings, rated)
VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (zone, day) DO UPDATE SET began=excluded.began, ended=excluded.ended, rolled=excluded.rolled,
settled=excluded.settled, hours=excluded.hours, whole=excluded.whole, ratings=excluded.ratings, rated=excluded.rated`),
			text(d.Zone), text(d.Day), micros(d.Began), micros(d.Ended), micros(d.Rolled), d.Settled, d.Hours, d.Whole, d.Ratings, d.Rated)
		saved = err == nil
		return err
	})
	return saved, err
}

// A FigureState tells whether anything was written about a day: how many events and ratings there are in it.
type FigureState struct{ Events, Ratings int64 }

// FigureState is that of the time from began to ended.
func (db *DB) FigureState(ctx context.Context, began, ended time.Time) (FigureState, error) {
	s, err := db.figureState(ctx, db.read, began, ended)
	if err != nil {
		return s, db.fail("count what belongs to a day", err)
	}
	return s, nil
}

func (db *DB) figureState(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, began, ended time.Time) (s FigureState, err error) {
	err = from.QueryRowContext(ctx, db.dialect.bind(`SELECT
(SELECT COUNT(*) FROM queue_events WHERE at >= ? AND at < ?), (SELECT COUNT(*) FROM ratings WHERE created >= ? AND created < ?)`),
		micros(began), micros(ended), micros(began), micros(ended)).Scan(&s.Events, &s.Ratings)
	return s, err
}

// FigureDays goes through the days of a zone that are added up and lie within a span, the earliest first; hours says whether
// the figures by hour are wanted, or those of whole days. After an error it yields nothing more.
func (db *DB) FigureDays(ctx context.Context, zone string, since, until time.Time, hours bool) iter.Seq2[FigureDay, error] {
	which := `whole, rated`
	if hours {
		which = `hours, ratings`
	}
	return rowsOf(ctx, db, "list figures", `SELECT zone, day, began, ended, rolled, settled, `+which+` FROM figure_days
WHERE zone = ? AND began >= ? AND began < ? ORDER BY day`, []any{text(zone), micros(since), micros(until)}, func(row scanner) (FigureDay, error) {
		var d FigureDay
		var began, ended, rolled int64
		figures, ratings := &d.Whole, &d.Rated
		if hours {
			figures, ratings = &d.Hours, &d.Ratings
		}
		err := row.Scan(&d.Zone, &d.Day, &began, &ended, &rolled, &d.Settled, figures, ratings)
		d.Began, d.Ended, d.Rolled = instant(began), instant(ended), instant(rolled)
		return d, err
	})
}

// RolledDays are the days of a zone that are added up, without their figures: by name.
func (db *DB) RolledDays(ctx context.Context, zone string) (map[string]FigureDay, error) {
	days := make(map[string]FigureDay)
	for d, err := range rowsOf(ctx, db, "list figures", `SELECT zone, day, began, ended, rolled, settled FROM figure_days WHERE zone = ?`,
		[]any{text(zone)}, func(row scanner) (FigureDay, error) {
			var d FigureDay
			var began, ended, rolled int64
			err := row.Scan(&d.Zone, &d.Day, &began, &ended, &rolled, &d.Settled)
			d.Began, d.Ended, d.Rolled = instant(began), instant(ended), instant(rolled)
			return d, err
		}) {
		if err != nil {
			return nil, err
		}
		days[d.Day] = d
	}
	return days, nil
}

// DropFigureDays forgets the days of every other zone than zone: they are days no more.
func (db *DB) DropFigureDays(ctx context.Context, zone string) error {
	return db.change(ctx, "forget the figures of other zones", `DELETE FROM figure_days WHERE zone <> ?`, text(zone))
}

// FirstFigure is the moment of the earliest event or rating; zero: there is none.
func (db *DB) FirstFigure(ctx context.Context) (time.Time, error) {
	var event, rating int64
	for query, to := range map[string]*int64{
		`SELECT at FROM queue_events ORDER BY at, node, number LIMIT 1`:        &event,
		`SELECT created FROM ratings ORDER BY created, given_in, call LIMIT 1`: &rating,
	} {
		if err := db.read.QueryRowContext(ctx, query).Scan(to); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return time.Time{}, db.fail("find the first event", err)
		}
	}
	if rating != 0 && (event == 0 || rating < event) {
		event = rating
	}
	return instant(event), nil
}

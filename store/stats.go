package store

import (
	"context"
	"sync/atomic"
	"time"
)

// Stats are what the database has been asked to write since Open.
type Stats struct {
	Transactions uint64        // failed ones included
	Failed       uint64        // of them
	Took         time.Duration // all of them together
	Waiting      int           // rows in memory that wait for the next transaction
	Away         bool          // it cannot be written for the moment: rows wait for it in memory
}

// figures are Stats as they are counted.
type figures struct {
	transactions, failed atomic.Uint64
	took                 atomic.Int64
}

func (f *figures) count(took time.Duration, err error) {
	f.transactions.Add(1)
	f.took.Add(int64(took))
	if err != nil {
		f.failed.Add(1)
	}
}

// Stats returns the figures as they are now.
func (db *DB) Stats() Stats {
	q := &db.queue
	s := Stats{
		Transactions: q.figures.transactions.Load(), Failed: q.figures.failed.Load(), Took: time.Duration(q.figures.took.Load()),
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	s.Waiting, s.Away = len(q.waiting), q.away
	return s
}

func (q *queue) setAway(away bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.away = away
}

// Version says which database it is: "SQLite 3.50.4".
func (db *DB) Version(ctx context.Context) (string, error) {
	query, kind := `SELECT sqlite_version()`, "SQLite "
	if db.dialect == postgres {
		query, kind = `SHOW server_version`, "PostgreSQL "
	}
	var version string
	if err := db.read.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return "", db.fail("ask for its version", err)
	}
	return kind + version, nil
}

// Check fails when rows cannot be read, when those that are written would be lost, or when they wait for a database that
// cannot be written.
func (db *DB) Check(ctx context.Context) error {
	if _, err := db.Version(ctx); err != nil {
		return err
	}
	if err := db.place.check(); err != nil {
		return db.fail("look for it", err)
	}
	if db.Stats().Away {
		return db.fail("save", ErrWaiting)
	}
	return nil
}

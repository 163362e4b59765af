package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileName is the SQLite database's in the data directory.
const FileName = "hatif.db"

// lockSuffix makes the name of the file that says who has the database.
const lockSuffix = ".lock"

// Options say which database to open, and as whom.
type Options struct {
	DSN      string       // "sqlite" or "" for the file in Dir; "postgres://user:password@host/database" otherwise
	Dir      string       // data directory, made if it is not there; used with SQLite only
	Node     string       // the name of this hatif among those that share a PostgreSQL database; "": the host's
	ReadOnly bool         // only look, beside a hatif that runs: nothing is locked, migrated or finished
	Beside   bool         // the same, but what is not the call log can be written: a command to a hatif that runs
	Log      *slog.Logger // nil: none

	// Recorded tells what there is of a call that a kill has cut off: all its recordings, where some are known, and when
	// they end; zero: nobody knows. nil: nothing is recorded.
	Recorded func(call string, known []string) (recordings []string, ended time.Time, err error)
}

// guest reports whether the database is another's.
func (o *Options) guest() bool { return o.ReadOnly || o.Beside }

// DB is the open database. Its methods may be called from any goroutine.
type DB struct {
	dialect    dialect
	name       string // for errors: the file, or the URL without its password
	node       string
	log        *slog.Logger
	write      *sql.DB // SQLite: one connection, since there can be only one writer
	read       *sql.DB
	lock       io.Closer // nil: read only
	fresh      string    // the SQLite file, when Open has made it; "": it was there, or there is none
	statements statements
	queue      queue
	place      place
	patience   time.Duration // how long the end of Run tries
}

// CheckDSN reports whether Options.DSN could be opened, as far as the text tells.
func CheckDSN(dsn string) error {
	_, err := dialectOf(dsn)
	return err
}

func dialectOf(dsn string) (dialect, error) {
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "" || dsn == "sqlite":
		return sqlite, nil
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		if _, err := url.Parse(dsn); err != nil {
			return 0, errors.New("the postgres URL cannot be read") // the error would show the password
		}
		return postgres, nil
	case isURL:
		return 0, fmt.Errorf("a store of kind %q is unknown: write sqlite, or postgres://user:password@host/database", scheme)
	}
	return 0, fmt.Errorf("store %q is unknown: write sqlite, or postgres://user:password@host/database", dsn)
}

// Open opens the database, brings its tables up to this version, and gives the calls that a killed process
// left unfinished their row. A second hatif on the same SQLite file, or of the same name on the same PostgreSQL
// database, is refused. The errors are sentences that name the database. The caller closes it.
func Open(ctx context.Context, o Options) (*DB, error) {
	kind, err := dialectOf(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db := &DB{dialect: kind, node: o.Node, log: o.Log, patience: commitLimit, place: place{pause: lookPause}}
	db.queue.wake = make(chan struct{}, 1)
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if db.node == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "hatif"
		}
		db.node = host
	}
	connect := db.openSQLite
	if kind == postgres {
		connect = db.openPostgres
	} else {
		db.node = "" // one file, one hatif: a host that was renamed still finds its own calls
	}
	if err := connect(ctx, o); err != nil {
		return nil, errors.Join(err, db.Abandon())
	}
	if err := db.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, db.Abandon())
	}
	return db, nil
}

// prepare makes an open connection ready for use.
func (db *DB) prepare(ctx context.Context, o Options) error {
	if err := db.migrate(ctx, o.guest()); err != nil {
		return err
	}
	if o.guest() {
		return nil
	}
	if err := db.statements.prepare(ctx, db); err != nil {
		return db.fail("open", err)
	}
	n, err := db.finishInterrupted(ctx, o)
	if err != nil {
		return db.fail("finish interrupted calls", err)
	}
	if n > 0 {
		db.log.Warn("calls were interrupted when hatif stopped last", "calls", n)
	}
	return nil
}

// Node is the name of this hatif among those that share the database, as rows have it.
func (db *DB) Node() string { return db.node }

// Close closes the database. SaveCall and the like must not be called any more, and Run must have returned.
func (db *DB) Close() error {
	var errs []error
	if db.read != nil && db.read != db.write {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// Abandon is Close for a start that has failed: a database that Open has made goes as it came.
func (db *DB) Abandon() error {
	var errs []error
	if db.fresh != "" {
		lock := db.lock
		db.lock = nil
		errs = append(errs, db.Close())
		for _, end := range []string{"", "-wal", "-shm", lockSuffix} { // while the lock is ours
			if err := os.Remove(db.fresh + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		db.lock = lock
	}
	return errors.Join(append(errs, db.Close())...)
}

func (db *DB) openSQLite(ctx context.Context, o Options) error {
	path := filepath.Join(cmp.Or(o.Dir, "."), FileName)
	db.name = path
	if o.guest() {
		switch _, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("store: there is no database %s: hatif makes it at its first start", path)
		case err != nil:
			return fmt.Errorf("store: %w", err)
		}
	} else {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return fmt.Errorf("store: the data directory cannot be made: %w", err)
		}
		lock, err := lockFile(path + lockSuffix)
		if err != nil {
			return fmt.Errorf("store: database %s: %w", path, err)
		}
		db.lock = lock
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			db.fresh = path
		}
		// Made here, since it holds who called whom: nobody but the group reads it. The files beside it follow.
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
		if err != nil {
			return fmt.Errorf("store: the database cannot be written: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("store: the database cannot be written: %w", err)
		}
		if db.place, err = placeOf(path); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	source := func(pragmas ...string) string {
		values := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...), "_txlock": {"immediate"}}
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: values.Encode()}
		return u.String()
	}
	var err error
	if !o.ReadOnly {
		if db.write, err = sql.Open("sqlite", source("journal_mode(WAL)", "synchronous(FULL)")); err != nil {
			return db.fail("open", err)
		}
		db.write.SetMaxOpenConns(1)
		if err := db.write.PingContext(ctx); err != nil {
			return db.fail("open", err)
		}
	}
	if db.read, err = sql.Open("sqlite", source("query_only(1)")); err != nil {
		return db.fail("open", err)
	}
	db.read.SetMaxOpenConns(4)
	db.read.SetMaxIdleConns(4)
	if err := db.read.PingContext(ctx); err != nil {
		return db.fail("open", err)
	}
	return nil
}

func (db *DB) openPostgres(ctx context.Context, o Options) error {
	u, err := url.Parse(o.DSN)
	if err != nil {
		return errors.New("store: the postgres URL cannot be read")
	}
	db.name = u.Redacted()
	if db.write, err = sql.Open("pgx", o.DSN); err != nil {
		return db.fail("open", err)
	}
	db.write.SetMaxOpenConns(8)
	db.write.SetMaxIdleConns(4)
	db.read = db.write
	if err := db.write.PingContext(ctx); err != nil {
		return db.fail("open", err)
	}
	if o.guest() {
		return nil
	}
	db.lock, err = lockNode(ctx, db.write, db.node)
	if err != nil {
		return db.fail("open", err)
	}
	return nil
}

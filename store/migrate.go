package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations are numbered and only ever added to. Each serves both databases.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to this version. A database of a newer hatif is refused: its tables may mean
// something else; so is an older one when it is only read.
func (db *DB) migrate(ctx context.Context, readOnly bool) error {
	if readOnly {
		return db.checkVersion(ctx)
	}
	provider, err := db.migrations()
	if err != nil {
		return db.fail("migrate", err)
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return db.fail("migrate", err)
	}
	if have > want {
		return db.tooNew(have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return db.fail("migrate", err)
	}
	return nil
}

// migrations is the tool that applies the files to the database.
func (db *DB) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if db.dialect == sqlite {
		return goose.NewProvider(goose.DialectSQLite3, db.write, files, inAnyOrder)
	}
	locker, err := lock.NewPostgresSessionLocker() // two nodes may start at one moment
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db.write, files, goose.WithSessionLocker(locker), inAnyOrder)
}

// inAnyOrder lets a migration catch up whose number is lower than the newest one that a database has: several are
// written at once, and none builds on another that is not older than it.
var inAnyOrder = goose.WithAllowOutofOrder(true)

func (db *DB) tooNew(have, want int64) error {
	return fmt.Errorf("store: database %s belongs to a newer hatif (its tables have version %d, this hatif knows %d): install that version again, or restore a backup", db.name, have, want)
}

// checkVersion is migrate for a database that is only read.
func (db *DB) checkVersion(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return db.fail("open", err)
	}
	var have sql.NullInt64
	err = db.read.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&have)
	switch {
	case err != nil:
		return db.fail("open", err)
	case have.Int64 > want:
		return db.tooNew(have.Int64, want)
	case have.Int64 == 0:
		return fmt.Errorf("store: database %s is just being made: try again in a moment", db.name)
	case have.Int64 < want:
		return fmt.Errorf("store: database %s is of an older hatif (its tables have version %d, this hatif needs %d): start hatif once to bring it up to date", db.name, have.Int64, want)
	}
	return nil
}

// newestMigration is the version that the files lead to.
func newestMigration() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		newest = max(newest, v)
	}
	return newest, nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// What can be wrong with a console account.
var (
	ErrNoAccount    = errors.New("no such console account")
	ErrAccountTaken = errors.New("there is a console account of this name")
)

// A ConsoleAccount is somebody who may log on to the console.
type ConsoleAccount struct {
	Name     string // the key
	Role     string
	Person   string // the user of the file whose account it is; "": nobody's
	Password string // hashed
	Once     bool   // the password is good for one log-on, at which another is chosen
	Language string // "": the browser's
	Created  time.Time
	Changed  time.Time
}

// A ConsoleSession is a browser in which somebody has logged on.
type ConsoleSession struct {
	Token   string // a hash of what the browser holds; the key
	Account string
	Began   time.Time
	Seen    time.Time
}

const accountColumns = `name, role, person, password, once, language, created, changed`

func scanAccount(row scanner) (ConsoleAccount, error) {
	var a ConsoleAccount
	var created, changed int64
	err := row.Scan(&a.Name, &a.Role, &a.Person, &a.Password, &a.Once, &a.Language, &created, &changed)
	a.Created, a.Changed = instant(created), instant(changed)
	return a, err
}

// ConsoleAccounts returns everybody who may log on, by name.
func (db *DB) ConsoleAccounts(ctx context.Context) ([]ConsoleAccount, error) {
	var all []ConsoleAccount
	for a, err := range rowsOf(ctx, db, "list console accounts", `SELECT `+accountColumns+` FROM console_accounts ORDER BY name`, nil, scanAccount) {
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// ConsoleAccount returns one account. The error is ErrNoAccount when there is none of that name.
func (db *DB) ConsoleAccount(ctx context.Context, name string) (ConsoleAccount, error) {
	a, err := scanAccount(db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT `+accountColumns+` FROM console_accounts WHERE name = ?`), text(name)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return a, fmt.Errorf("%s: %w", name, ErrNoAccount)
	case err != nil:
		return a, db.fail("console account "+name, err)
	}
	return a, nil
}

// AddConsoleAccount writes a new account and returns when that is durable. The error is ErrAccountTaken when there is
// one of its name.
func (db *DB) AddConsoleAccount(ctx context.Context, a ConsoleAccount) error {
	return db.submit(ctx, "add console account "+a.Name, true, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO console_accounts (`+accountColumns+`) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (name) DO NOTHING`),
			text(a.Name), text(a.Role), text(a.Person), text(a.Password), a.Once, text(a.Language), micros(a.Created), micros(a.Changed)))
		if err == nil && n == 0 {
			err = ErrAccountTaken
		}
		return err
	})
}

// SaveConsoleAccount replaces an account by a, which has the same name. When its password or role changes, its sessions
// but the one called keep end. The error is ErrNoAccount when there is none.
func (db *DB) SaveConsoleAccount(ctx context.Context, a ConsoleAccount, keep string) error {
	return db.submit(ctx, "save console account "+a.Name, true, func(ctx context.Context, tx *sql.Tx) error {
		var role, password string
		row := tx.QueryRowContext(ctx, db.dialect.bind(`SELECT role, password FROM console_accounts WHERE name = ?`), text(a.Name))
		if err := row.Scan(&role, &password); errors.Is(err, sql.ErrNoRows) {
			return ErrNoAccount
		} else if err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE console_accounts SET role=?, person=?, password=?, once=?, language=?, changed=? WHERE name = ?`),
			text(a.Role), text(a.Person), text(a.Password), a.Once, text(a.Language), micros(a.Changed), text(a.Name))
		if err == nil && (role != a.Role || password != a.Password) {
			_, err = tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM console_sessions WHERE account = ? AND token <> ?`), text(a.Name), text(keep))
		}
		return err
	})
}

// DropConsoleAccount removes an account and ends its sessions.
func (db *DB) DropConsoleAccount(ctx context.Context, name string) error {
	return db.submit(ctx, "drop console account "+name, true, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM console_accounts WHERE name = ?`), text(name)))
		switch {
		case err != nil:
			return err
		case n == 0:
			return ErrNoAccount
		}
		_, err = tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM console_sessions WHERE account = ?`), text(name))
		return err
	})
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// BeginConsoleSession writes a session; those that were not seen since before are dropped.
func (db *DB) BeginConsoleSession(ctx context.Context, s ConsoleSession, before time.Time) error {
	return db.alone(ctx, "begin a console session", func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM console_sessions WHERE seen < ?`), micros(before)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO console_sessions (token, account, began, seen) VALUES (?,?,?,?)`),
			text(s.Token), text(s.Account), micros(s.Began), micros(s.Seen))
		return err
	})
}

// ConsoleSession returns a session and its account. The error is ErrNoAccount when it has ended, or never began.
func (db *DB) ConsoleSession(ctx context.Context, token string) (ConsoleSession, ConsoleAccount, error) {
	s := ConsoleSession{Token: token}
	var began, seen int64
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT account, began, seen FROM console_sessions WHERE token = ?`), text(token))
	switch err := row.Scan(&s.Account, &began, &seen); {
	case errors.Is(err, sql.ErrNoRows):
		return s, ConsoleAccount{}, fmt.Errorf("console session: %w", ErrNoAccount)
	case err != nil:
		return s, ConsoleAccount{}, db.fail("console session", err)
	}
	s.Began, s.Seen = instant(began), instant(seen)
	a, err := db.ConsoleAccount(ctx, s.Account)
	return s, a, err
}

// SeeConsoleSession notes that a session is in use.
func (db *DB) SeeConsoleSession(ctx context.Context, token string, at time.Time) error {
	return db.change(ctx, "see a console session", `UPDATE console_sessions SET seen = ? WHERE token = ?`, micros(at), text(token))
}

// EndConsoleSession ends one; one that has ended already is no error.
func (db *DB) EndConsoleSession(ctx context.Context, token string) error {
	return db.change(ctx, "end a console session", `DELETE FROM console_sessions WHERE token = ?`, text(token))
}

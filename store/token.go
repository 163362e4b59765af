package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// What can be wrong with a token.
var (
	ErrNoToken    = errors.New("no such token")
	ErrTokenTaken = errors.New("there is a token of this name")
)

// A Token lets a program use the API.
type Token struct {
	Hash    string // of what the program holds; the key
	Name    string // no two have the same
	Role    string
	Person  string // the user of the file for whom it works; "": nobody
	Creator string // the account that made it
	Created time.Time
	Expires time.Time // zero: never
	Used    time.Time // last, to a minute; zero: never
}

const tokenColumns = `hash, name, role, person, creator, created, expires, used`

func scanToken(row scanner) (Token, error) {
	var t Token
	var created, expires, used int64
	err := row.Scan(&t.Hash, &t.Name, &t.Role, &t.Person, &t.Creator, &created, &expires, &used)
	t.Created, t.Expires, t.Used = instant(created), instant(expires), instant(used)
	return t, err
}

// AddToken writes t and returns when that is durable. The error is ErrTokenTaken when there is one of its name.
func (db *DB) AddToken(ctx context.Context, t Token) error {
	return db.alone(ctx, "add token "+t.Name, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO api_tokens (`+tokenColumns+`) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (name) DO NOTHING`),
			text(t.Hash), text(t.Name), text(t.Role), text(t.Person), text(t.Creator), micros(t.Created), micros(t.Expires), micros(t.Used)))
		if err == nil && n == 0 {
			err = ErrTokenTaken
		}
		return err
	})
}

// Tokens returns all of them, by name.
func (db *DB) Tokens(ctx context.Context) ([]Token, error) {
	var all []Token
	for t, err := range rowsOf(ctx, db, "list tokens", `SELECT `+tokenColumns+` FROM api_tokens ORDER BY name`, nil, scanToken) {
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// Token returns the one of a hash, whether it has expired or not. The error is ErrNoToken when there is none.
func (db *DB) Token(ctx context.Context, hash string) (Token, error) {
	t, err := scanToken(db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT `+tokenColumns+` FROM api_tokens WHERE hash = ?`), text(hash)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return t, ErrNoToken
	case err != nil:
		return t, db.fail("token", err)
	}
	return t, nil
}

// UseToken notes that a token is in use.
func (db *DB) UseToken(ctx context.Context, hash string, at time.Time) error {
	return db.change(ctx, "use a token", `UPDATE api_tokens SET used = ? WHERE hash = ?`, micros(at), text(hash))
}

// DropToken removes the token of a name. The error is ErrNoToken when there is none.
func (db *DB) DropToken(ctx context.Context, name string) error {
	return db.alone(ctx, "drop token "+name, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM api_tokens WHERE name = ?`), text(name)))
		if err == nil && n == 0 {
			err = fmt.Errorf("token %s: %w", name, ErrNoToken)
		}
		return err
	})
}

package store

import (
	"context"
	"database/sql"
)

// MovePerson makes accounts of the console and tokens that name somebody of the file name them by another number.
func (db *DB) MovePerson(ctx context.Context, from, to string) error {
	return db.submit(ctx, "move person "+from, true, func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range []string{"console_accounts", "api_tokens"} {
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE `+table+` SET person = ? WHERE person = ?`), text(to), text(from)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetPerson removes the accounts of the console and the tokens that are nothing without a person of the file, which are
// those of the role, with their sessions. The others name nobody any more.
func (db *DB) ForgetPerson(ctx context.Context, person, role string) error {
	return db.submit(ctx, "forget person "+person, true, func(ctx context.Context, tx *sql.Tx) error {
		for _, one := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM console_sessions WHERE account IN (SELECT name FROM console_accounts WHERE person = ? AND role = ?)`, []any{text(person), text(role)}},
			{`DELETE FROM console_accounts WHERE person = ? AND role = ?`, []any{text(person), text(role)}},
			{`DELETE FROM api_tokens WHERE person = ? AND role = ?`, []any{text(person), text(role)}},
			{`UPDATE console_accounts SET person = '' WHERE person = ?`, []any{text(person)}},
			{`UPDATE api_tokens SET person = '' WHERE person = ?`, []any{text(person)}},
		} {
			if _, err := tx.ExecContext(ctx, db.dialect.bind(one.query), one.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

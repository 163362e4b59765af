package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A PIN is the one that somebody has set by phone for a mailbox.
type PIN struct {
	Hash    string // of the PIN
	InFile  string // a hash of what the configuration said when it was set
	Changed time.Time
}

// PIN returns the mailbox's PIN that was set by phone; ok is false when none was.
func (db *DB) PIN(ctx context.Context, mailbox string) (pin PIN, ok bool, err error) {
	var changed int64
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT hash, in_file, changed FROM mailbox_pins WHERE mailbox = ?`), text(mailbox))
	switch err := row.Scan(&pin.Hash, &pin.InFile, &changed); {
	case errors.Is(err, sql.ErrNoRows):
		return PIN{}, false, nil
	case err != nil:
		return PIN{}, false, db.fail("PIN of mailbox "+mailbox, err)
	}
	pin.Changed = instant(changed)
	return pin, true, nil
}

// SavePIN keeps the mailbox's PIN in place of the one before.
func (db *DB) SavePIN(ctx context.Context, mailbox string, pin PIN) error {
	return db.change(ctx, "save PIN of mailbox "+mailbox, `INSERT INTO mailbox_pins (mailbox, hash, in_file, changed) VALUES (?,?,?,?)
ON CONFLICT (mailbox) DO UPDATE SET hash=excluded.hash, in_file=excluded.in_file, changed=excluded.changed`,
		text(mailbox), text(pin.Hash), text(pin.InFile), micros(pin.Changed))
}

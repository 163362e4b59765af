package store

import (
	"context"
	"time"
)

// A Deed is one thing that somebody did at the console: changed something, or listened to somebody.
type Deed struct {
	ID      string // the key
	At      time.Time
	Account string
	Remote  string // where the browser is
	Action  string // one word: "listen"
	Subject string // of what: "call 1f3a"
	Detail  string
}

const deedColumns = `id, at, account, remote, action, subject, detail`

// AddDeed writes d and returns when that is durable.
func (db *DB) AddDeed(ctx context.Context, d Deed) error {
	return db.change(ctx, "note in the audit log", `INSERT INTO audit (`+deedColumns+`) VALUES (?,?,?,?,?,?,?)`,
		text(d.ID), micros(d.At), text(d.Account), text(d.Remote), text(d.Action), text(d.Subject), text(d.Detail))
}

// Deeds returns at most limit deeds, the newest first; where before is one of them, those that follow it.
func (db *DB) Deeds(ctx context.Context, before Deed, limit int) ([]Deed, error) {
	query, args := `SELECT `+deedColumns+` FROM audit`, []any(nil)
	if at := micros(before.At); before.ID != "" {
		query, args = query+` WHERE at < ? OR at = ? AND id < ?`, append(args, at, at, text(before.ID))
	}
	var all []Deed
	for d, err := range rowsOf(ctx, db, "list the audit log", query+` ORDER BY at DESC, id DESC LIMIT ?`, append(args, limit), func(row scanner) (Deed, error) {
		var d Deed
		var at int64
		err := row.Scan(&d.ID, &at, &d.Account, &d.Remote, &d.Action, &d.Subject, &d.Detail)
		d.At = instant(at)
		return d, err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

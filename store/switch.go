package store

import (
	"context"
	"time"
)

// A Switch is a queue that somebody has opened or closed by hand.
type Switch struct {
	Queue   string // the key
	State   string
	By      string // an account; "": unknown
	Changed time.Time
}

// SaveSwitch keeps what a queue has been switched to, in place of what was before.
func (db *DB) SaveSwitch(ctx context.Context, s Switch) error {
	return db.change(ctx, "switch queue "+s.Queue, `INSERT INTO queue_switches (queue, state, changed_by, changed) VALUES (?,?,?,?)
ON CONFLICT (queue) DO UPDATE SET state=excluded.state, changed_by=excluded.changed_by, changed=excluded.changed`,
		text(s.Queue), text(s.State), text(s.By), micros(s.Changed))
}

// ForgetSwitch leaves a queue to its hours.
func (db *DB) ForgetSwitch(ctx context.Context, queue string) error {
	return db.change(ctx, "switch queue "+queue, `DELETE FROM queue_switches WHERE queue = ?`, text(queue))
}

// Switches are the queues that have been switched by hand.
func (db *DB) Switches(ctx context.Context) ([]Switch, error) {
	var all []Switch
	query := `SELECT queue, state, changed_by, changed FROM queue_switches ORDER BY queue`
	for s, err := range rowsOf(ctx, db, "list switched queues", query, nil, func(row scanner) (Switch, error) {
		var s Switch
		var changed int64
		err := row.Scan(&s.Queue, &s.State, &s.By, &changed)
		s.Changed = instant(changed)
		return s, err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"hatif/config"
	"hatif/store"
)

// beside opens the database of a hatif that may be running, lets do work with it, and closes it. Rows can be changed
// when write is set.
func beside(cfg *config.Config, log *slog.Logger, write bool, do func(ctx context.Context, db *store.DB) error) (err error) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DSN: cfg.Store, Dir: cfg.Data, ReadOnly: !write, Beside: write, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(ctx, db)
}

// ago is the moment that lies so long back; the zero time for all that ever was.
func ago(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(-d)
}

// at writes a time for people; "-" for never.
func at(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(zone).Format(time.DateTime)
}

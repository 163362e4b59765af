package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
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

// warnOfStrangers tells of a queue and an agent to look for that the file does not have. They may have had a past, so
// that it is no mistake; "" is none.
func warnOfStrangers(cfg *config.Config, log *slog.Logger, queue, agent string) {
	if _, known := cfg.Queues[queue]; queue != "" && !known {
		log.Warn("the file has no such queue: only what is left of one in the past is found", "queue", queue, "queues", strings.Join(slices.Sorted(maps.Keys(cfg.Queues)), ", "))
	}
	if _, known := cfg.Users[agent]; agent != "" && !known {
		log.Warn("the file has no such user: only what is left of one in the past is found", "agent", agent)
	}
}

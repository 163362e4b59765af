package app

import (
	"context"
	"log/slog"
	"time"

	"hatif/config"
)

// A janitor removes what has been kept as long as the file says.
type janitor struct {
	days       func() config.KeepDays
	disk       func() config.KeepDisk
	recordings func(ctx context.Context, olderThan time.Duration) (int, error) // shelf.days
	oldest     func(ctx context.Context, most int64) (int, error)              // shelf.disk
	calls      func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneCalls
	owed       func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneOwed
	events     func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneQueueEvents
	ratings    func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneRatings
	requests   func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneRequests
	audit      func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneAudit
	told       func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneEvents
	signalling func(ctx context.Context, before time.Time) (int, error)        // (*store.DB).PruneSignalling
	messages   func(ctx context.Context, before time.Time) (int, error)        // (*voicemail.Office).Prune
	log        *slog.Logger
}

// janitorRound is how often the janitor looks. What is kept by days is not late by an hour.
const janitorRound = time.Hour

// run looks at once, so that a short life removes something, too, and then every hour until ctx ends.
func (j *janitor) run(ctx context.Context) error {
	round := time.NewTicker(janitorRound)
	defer round.Stop()
	for {
		j.clean(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-round.C:
		}
	}
}

func (j *janitor) clean(ctx context.Context) {
	const day = 24 * time.Hour
	keep := j.days()
	if keep.Recordings > 0 {
		n, err := j.recordings(ctx, time.Duration(keep.Recordings)*day)
		j.tell("recordings", keep.Recordings, n, err)
	}
	if most := j.disk().Recordings; most > 0 && ctx.Err() == nil {
		n, err := j.oldest(ctx, int64(most))
		j.tellDisk(n, int64(most), err)
	}
	for _, rows := range []struct {
		what  string
		days  int
		prune func(ctx context.Context, before time.Time) (int, error)
	}{
		{"calls", keep.Calls, j.calls}, {"owed calls", keep.Owed, j.owed}, {"queue events", keep.Events, j.events},
		{"ratings", keep.Ratings, j.ratings}, {"requests", keep.Requests, j.requests}, {"audit", keep.Audit, j.audit},
		{"events", keep.Told, j.told}, {"signalling", keep.Signalling, j.signalling},
		{"deleted messages", keep.Deleted, j.messages},
	} {
		if rows.days <= 0 || ctx.Err() != nil {
			continue
		}
		n, err := rows.prune(ctx, time.Now().Add(-time.Duration(rows.days)*day))
		if ctx.Err() != nil { // the rest waits for the next start
			err = nil
		}
		j.tell(rows.what, rows.days, n, err)
	}
}

func (j *janitor) tellDisk(n int, most int64, err error) {
	if err != nil {
		j.log.Error("recordings that take too much room could not be removed", "bytes", most, "error", err)
	}
	if n > 0 {
		j.log.Warn("the oldest recordings are removed: they took more room than keep_disk allows", "bytes", most, "removed", n)
	}
}

func (j *janitor) tell(what string, days, n int, err error) {
	if err != nil {
		j.log.Error("what has been kept long enough could not be removed", "what", what, "days", days, "error", err)
	}
	if n > 0 {
		j.log.Info("what has been kept long enough is removed", "what", what, "days", days, "removed", n)
	}
}

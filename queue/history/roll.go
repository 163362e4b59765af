package history

import (
	"context"
	"time"

	"hatif/store"
)

// Run adds days up that are over until ctx ends. Those of before the last few take some tenths of a second each: after
// them Run rests for as long as they took.
func (l *Ledger) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	troubled := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		began := time.Now()
		more, err := l.Round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !troubled:
			l.log.Error("figures cannot be added up now", "error", err)
		case err == nil && troubled:
			l.log.Info("figures are added up again")
		}
		troubled = err != nil
		pause := round
		if more {
			pause = time.Since(began)
		}
		timer.Reset(pause)
	}
}

// Round adds one day up, the newest that can be, and brings the open days up to date. It reports
// whether there may be another one. Run calls it; tests and benchmarks may, instead of Run.
func (l *Ledger) Round(ctx context.Context) (more bool, err error) {
	zone := l.zone()
	if l.zoned != zone.String() {
		if err := l.db.DropFigureDays(ctx, zone.String()); err != nil {
			return false, err
		}
		l.zoned = zone.String()
	}
	more, err = l.rollOne(ctx, zone)
	if err != nil {
		return false, err
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return false, nil
	}
	defer func() { <-l.turn }()
	if more && l.open != nil && !l.open.since.Equal(Day.begin(l.now(), zone)) {
		l.open = nil // a day of it may be in the store now
	}
	return more, l.refresh(ctx)
}

// rollOne adds up the newest day that is to be.
func (l *Ledger) rollOne(ctx context.Context, zone *time.Location) (rolled bool, err error) {
	now := l.now()
	first, err := l.first(ctx)
	if err != nil || first.IsZero() {
		return false, err
	}
	done, err := l.db.RolledDays(ctx, zone.String())
	if err != nil {
		return false, err
	}
	for day := Day.begin(now, zone); ; {
		day = time.Date(day.Year(), day.Month(), day.Day()-1, 0, 0, 0, 0, zone)
		end, _ := Day.end(day)
		if !end.After(first) {
			return false, nil
		}
		name := day.Format(time.DateOnly)
		d, in := done[name]
		switch young := now.Sub(end) < openDaysMost*24*time.Hour; {
		case in && d.Began.Equal(day) && (d.Settled || now.Sub(d.Rolled) < oldPause || now.Sub(end) > longest):
		case now.Sub(end) < margin || now.Sub(l.tried[name]) < tryPause:
		default:
			saved, err := l.roll(ctx, day, end, zone, young)
			if err != nil {
				return false, err
			}
			if saved {
				delete(l.tried, name)
				return true, nil
			}
			l.tried[name] = now
		}
	}
}

// roll adds one day up and stores it, unless something that is still to come belongs to it: one that is young may wait.
func (l *Ledger) roll(ctx context.Context, day, end time.Time, zone *time.Location, young bool) (saved bool, err error) {
	state, err := l.db.FigureState(ctx, day, end)
	if err != nil {
		return false, err
	}
	t, settled, err := compute(ctx, l.db, Span{Since: day, Until: end, Every: Hour, Zone: zone, InTime: func(string) time.Duration { return 0 }}, end.Add(longest))
	if err != nil || !settled && young {
		return false, err
	}
	given, err := Scores(ctx, l.db, day, end, zone)
	if err != nil {
		return false, err
	}
	queues, agents := t.Figures()
	return l.db.SaveFigureDay(ctx, store.FigureDay{
		Zone: zone.String(), Day: day.Format(time.DateOnly), Began: day, Ended: end, Rolled: l.now(), Settled: settled,
		Hours: encodeFigures(day, queues, agents),
		Whole: encodeFigures(day,
			FoldQueues(queues, func(f *QueueFigures) (time.Time, string) { return day, f.Queue }),
			FoldAgents(agents, func(f *AgentFigures) (time.Time, string) { return day, f.Agent })),
		Ratings: encodeScores(day, given),
		Rated:   encodeScores(day, FoldScores(given, func(c *Score) (time.Time, string, string) { return day, c.Queue, c.Agent })),
	}, state)
}

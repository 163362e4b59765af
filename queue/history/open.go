package history

import (
	"context"
	"time"
)

// openDays are the days that are not over, or not settled: a tally that goes on with what comes.
type openDays struct {
	zone  *time.Location
	since time.Time // the beginning of the first
	tally *Tally
	seen  map[string]uint64 // the last event by node
	from  time.Time         // where reading goes on
}

// far is the end of a span that has none.
func far(since time.Time) time.Time { return since.AddDate(100, 0, 0) }

// addOpen adds what is in memory to a report, and returns the beginning of the first day that is.
func (l *Ledger) addOpen(ctx context.Context, r *Report, s Span, figures bool, rolled map[int64]bool) (since time.Time, err error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return since, context.Cause(ctx)
	}
	defer func() { <-l.turn }()
	if err := l.refresh(ctx); err != nil {
		return since, err
	}
	now := l.now()
	open := l.open
	wanted := func(began time.Time) bool {
		day := Day.begin(began, s.Zone)
		return !day.Before(s.Since) && day.Before(s.Until) && !rolled[day.UnixNano()]
	}
	var queues []*QueueFigures
	var agents []*AgentFigures
	if figures {
		queues, agents = open.tally.until(now).Figures()
	}
	if s.Every != Hour { // as days are in the store
		day := func(at time.Time) time.Time { return Day.begin(at, s.Zone) }
		queues = FoldQueues(queues, func(f *QueueFigures) (time.Time, string) { return day(f.Began), f.Queue })
		agents = FoldAgents(agents, func(f *AgentFigures) (time.Time, string) { return day(f.Began), f.Agent })
	}
	for _, f := range queues {
		if wanted(f.Began) && (s.Queue == "" || s.Queue == f.Queue) {
			r.Queues = append(r.Queues, f)
		}
	}
	for _, f := range agents {
		if wanted(f.Began) && (s.Agent == "" || s.Agent == f.Agent) {
			r.Agents = append(r.Agents, f)
		}
	}
	all, err := Scores(ctx, l.db, open.since, now.Add(time.Hour), s.Zone)
	if err != nil {
		return since, err
	}
	if s.Every != Hour {
		all = FoldScores(all, func(c *Score) (time.Time, string, string) { return Day.begin(c.Began, s.Zone), c.Queue, c.Agent })
	}
	for _, c := range all {
		if wanted(c.Began) && (s.Queue == "" || s.Queue == c.Queue) && (s.Agent == "" || s.Agent == c.Agent) {
			r.Scores = append(r.Scores, c)
		}
	}
	return open.since, nil
}

// refresh brings the open days up to date. The caller has the turn.
func (l *Ledger) refresh(ctx context.Context) error {
	zone, now := l.zone(), l.now()
	if l.open == nil || l.open.zone.String() != zone.String() || now.Before(l.open.since) || now.Sub(l.open.since) > (openDaysMost+2)*24*time.Hour {
		since, err := l.openSince(ctx, zone, now)
		if err != nil {
			return err
		}
		o := &openDays{zone: zone, since: since, from: since.Add(-warmUp), seen: make(map[string]uint64)}
		o.tally, err = begun(ctx, l.db, Span{Since: since, Until: far(since), Every: Hour, Zone: zone, InTime: func(string) time.Duration { return 0 }})
		if err != nil {
			return err
		}
		l.open = o
	}
	o := l.open
	last := o.from
	for ev, err := range Read(ctx, l.db, o.from) {
		if err != nil {
			l.open = nil // what has been added cannot be told from what has not
			return err
		}
		if ev.Order <= o.seen[ev.Node] {
			continue
		}
		o.seen[ev.Node] = ev.Order
		o.tally.Add(ev)
		if ev.At.After(last) {
			last = ev.At
		}
	}
	if from := last.Add(-followOverlap); from.After(o.from) {
		o.from = from
	}
	return nil
}

// openSince is the beginning of the first of the last days that is not in the store, or of today.
func (l *Ledger) openSince(ctx context.Context, zone *time.Location, now time.Time) (time.Time, error) {
	rolled, err := l.db.RolledDays(ctx, zone.String())
	if err != nil {
		return time.Time{}, err
	}
	first, err := l.first(ctx)
	if err != nil {
		return time.Time{}, err
	}
	today := Day.begin(now, zone)
	since := today
	for n := 1; n <= openDaysMost; n++ {
		day := time.Date(today.Year(), today.Month(), today.Day()-n, 0, 0, 0, 0, zone)
		end, _ := Day.end(day)
		if d, in := rolled[day.Format(time.DateOnly)]; (!in || !d.Began.Equal(day)) && !first.IsZero() && end.After(first) {
			since = day
		}
	}
	return since, nil
}

package history

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"hatif/store"
)

// A Ledger has the figures of days at hand: those that are over added up in the store, those of the last days in memory.
// Each is what Compute makes of the same events, and is made by it: see docs/adr/0017-rollups.md.
type Ledger struct {
	db    *store.DB
	log   *slog.Logger
	zone  func() *time.Location
	keeps func() time.Duration
	now   func() time.Time

	turn  chan struct{}        // capacity 1: who has put something in may touch what follows, and read events meanwhile
	open  *openDays            // nil: not read yet
	tried map[string]time.Time // when a day was last found not to be settled, by its name
	zoned string               // the zone whose days alone are stored
}

// LedgerOptions are what a Ledger works with. DB and Zone are needed.
type LedgerOptions struct {
	DB    *store.DB
	Log   *slog.Logger          // nil: none
	Zone  func() *time.Location // whose days and hours the figures are of
	Keeps func() time.Duration  // for how long events are kept; nil or 0: for ever
	Now   func() time.Time      // nil: time.Now
}

const (
	// openDaysMost is how many days before today may be in memory because a call of theirs goes on.
	openDaysMost = 2
	// round is how often Run looks.
	round = 30 * time.Second
	// margin is how long after its end a day is added up at the earliest: a node may have waited for the database.
	margin = 2 * time.Minute
	// tryPause is how soon a day that was not settled is tried again, and oldPause the same of one that is in the store.
	tryPause = 15 * time.Minute
	oldPause = 12 * time.Hour
	// longest bounds how long after the end of a day something may belong to it: who has kept a place for longer is
	// pending for ever.
	longest = 7 * 24 * time.Hour
)

// NewLedger makes a Ledger. Without Run it reads all but what an earlier one has added up from the events.
func NewLedger(o LedgerOptions) *Ledger {
	l := &Ledger{db: o.DB, log: o.Log, zone: o.Zone, keeps: o.Keeps, now: o.Now, turn: make(chan struct{}, 1), tried: make(map[string]time.Time)}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.keeps == nil {
		l.keeps = func() time.Duration { return 0 }
	}
	if l.now == nil {
		l.now = time.Now
	}
	return l
}

// A Report is the figures of a span.
type Report struct {
	Queues  []*QueueFigures
	Agents  []*AgentFigures
	Scores  []*Score
	Missing int // days of the span that are not added up yet, and not in the figures
}

// Report is the figures of the days that a span touches, by hours, days or weeks or all in one. What agents do now they do until
// now. With Queue only that queue's and its ratings: the agents are of all queues; with Agent only that agent and their ratings.
func (l *Ledger) Report(ctx context.Context, s Span) (Report, error) { return l.report(ctx, s, true) }

// Scores is Report of the ratings alone.
func (l *Ledger) Scores(ctx context.Context, s Span) (Report, error) { return l.report(ctx, s, false) }

func (l *Ledger) report(ctx context.Context, s Span, figures bool) (Report, error) {
	s.Since = Day.begin(s.Since, s.Zone)
	if day := Day.begin(s.Until, s.Zone); day.Before(s.Until) {
		s.Until, _ = Day.end(day)
	}
	var all Report
	rolled := make(map[int64]bool) // days that are in all, by their beginning
	for d, err := range l.db.FigureDays(ctx, s.Zone.String(), s.Since, s.Until, s.Every == Hour) {
		if err != nil {
			return Report{}, err
		}
		if !all.take(d, s, figures, l.log) {
			continue
		}
		rolled[d.Began.UnixNano()] = true
	}
	since, err := l.addOpen(ctx, &all, s, figures, rolled)
	if err != nil {
		return Report{}, err
	}
	first, err := l.first(ctx)
	if err != nil {
		return Report{}, err
	}
	for day := s.Since; day.Before(s.Until) && day.Before(since); day, _ = Day.end(day) {
		if end, _ := Day.end(day); !first.IsZero() && end.After(first) && !rolled[day.UnixNano()] {
			all.Missing++
		}
	}
	return all.folded(s), nil
}

// take adds a day that is in the store. It reports whether it could.
func (r *Report) take(d store.FigureDay, s Span, figures bool, log *slog.Logger) bool {
	if !Day.begin(d.Began, s.Zone).Equal(d.Began) { // the name of the zone means something else now
		return false
	}
	from, rated := d.Whole, d.Rated
	if s.Every == Hour {
		from, rated = d.Hours, d.Ratings
	}
	var queues []*QueueFigures
	var agents []*AgentFigures
	if figures {
		var err error
		if queues, agents, err = decodeFigures(d.Began, s.Zone, from); err != nil {
			log.Warn("a day's figures cannot be read", "day", d.Day, "error", err)
			return false
		}
	}
	scores, err := decodeScores(d.Began, s.Zone, rated)
	if err != nil {
		log.Warn("a day's ratings cannot be read", "day", d.Day, "error", err)
		return false
	}
	for _, f := range queues {
		if s.Queue == "" || s.Queue == f.Queue {
			r.Queues = append(r.Queues, f)
		}
	}
	for _, f := range agents {
		if s.Agent == "" || s.Agent == f.Agent {
			r.Agents = append(r.Agents, f)
		}
	}
	for _, c := range scores {
		if (s.Queue == "" || s.Queue == c.Queue) && (s.Agent == "" || s.Agent == c.Agent) {
			r.Scores = append(r.Scores, c)
		}
	}
	return true
}

// folded is the report in the span's intervals. Who was answered in time is decided only now.
func (r Report) folded(s Span) Report {
	begin := func(at time.Time) time.Time { return s.Every.begin(at, s.Zone) }
	if s.Every == Hour || s.Every == Day { // as they are: no two are of one interval
		slices.SortFunc(r.Scores, byBeginQueueAndAgent)
		slices.SortFunc(r.Queues, byBeginAndQueue)
		slices.SortFunc(r.Agents, byBeginAndAgent)
	} else {
		r.Scores = FoldScores(r.Scores, func(c *Score) (time.Time, string, string) { return begin(c.Began), c.Queue, c.Agent })
		r.Queues = FoldQueues(r.Queues, func(f *QueueFigures) (time.Time, string) { return begin(f.Began), f.Queue })
		r.Agents = FoldAgents(r.Agents, func(f *AgentFigures) (time.Time, string) { return begin(f.Began), f.Agent })
	}
	for _, f := range r.Queues {
		f.judge(s.InTime(f.Queue))
	}
	return r
}

// first is the moment from which on there are figures; zero: there are none.
func (l *Ledger) first(ctx context.Context) (time.Time, error) {
	first, err := l.db.FirstFigure(ctx)
	if keeps := l.keeps(); keeps > 0 && !first.IsZero() {
		if horizon := l.now().Add(-keeps); horizon.After(first) {
			first, _ = Day.end(Day.begin(horizon, l.zone()))
		}
	}
	return first, err
}

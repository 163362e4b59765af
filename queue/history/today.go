package history

import (
	"context"
	"sync"
	"time"

	"hatif/queue"
	"hatif/store"
)

// Today counts what becomes of the callers of the day while it lasts, for screens that are drawn often. It begins anew at
// midnight. Its methods may be called from any goroutine.
type Today struct {
	node   string
	zone   func() *time.Location
	inTime func(queue string) time.Duration

	mu      sync.Mutex
	tally   *Tally                   // guarded by mu
	until   time.Time                // guarded by mu: midnight
	longest map[string]time.Duration // guarded by mu: the longest wait that is over, by queue
}

// DayFigures are those of one queue, of the callers who came today.
type DayFigures struct {
	Offered, Answered, InTime int
	Abandoned                 int           // hung up in line
	Otherwise                 int           // came to no agent in another way: refused, to another queue, to be called back
	ServiceLevel              float64       // of all who came and wait no more; NaN: nobody
	Longest                   time.Duration // wait of a caller who waits no more
}

// NewToday makes a Today that knows what this hatif, or the one before it, has stored since midnight. ctx bounds only the
// making. inTime is that of a Span, zone where midnight is.
func NewToday(ctx context.Context, db *store.DB, now time.Time, zone func() *time.Location, inTime func(queue string) time.Duration) (*Today, error) {
	t := &Today{node: db.Node(), zone: zone, inTime: inTime}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(now)
	since := t.tally.span.Since
	for ev, err := range Read(ctx, db, since) {
		if err != nil {
			return nil, err
		}
		if ev.Node == t.node {
			t.add(ev.Event)
		}
	}
	t.add(queue.Event{At: now, Kind: queue.FloorOpened})
	return t, nil
}

// Observe takes one event of the Floor and does not wait.
func (t *Today) Observe(ev queue.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !ev.At.Before(t.until) {
		t.begin(ev.At)
	}
	t.add(ev)
}

// begin starts a day. It is called with mu held, as add is.
func (t *Today) begin(now time.Time) {
	zone := t.zone()
	midnight := Day.begin(now, zone)
	t.until, _ = Day.end(midnight)
	t.tally = NewTally(Span{Since: midnight, Until: t.until, Zone: zone, InTime: t.inTime})
	t.longest = make(map[string]time.Duration)
}

func (t *Today) add(ev queue.Event) {
	t.tally.Add(Event{Node: t.node, Event: ev})
	if ev.Kind == queue.CallerConnected || ev.Kind == queue.CallerLeft {
		t.longest[ev.Queue] = max(t.longest[ev.Queue], ev.Waited)
	}
}

// Figures are those of each queue that somebody came to, at now.
func (t *Today) Figures(now time.Time) map[string]DayFigures {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !now.Before(t.until) {
		t.begin(now)
	}
	all := make(map[string]DayFigures, len(t.tally.queues))
	for k, f := range t.tally.queues {
		d := DayFigures{Offered: f.Offered, Answered: f.Answered, InTime: f.InTime, Abandoned: f.Left[queue.Abandoned], Longest: t.longest[k.name]}
		d.Otherwise = f.Unserved() - d.Abandoned
		d.ServiceLevel, _ = f.ServiceLevel()
		all[k.name] = d
	}
	return all
}

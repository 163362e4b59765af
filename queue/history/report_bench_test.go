package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hatif/queue"
	"hatif/store"
)

// BenchmarkReport is a report of half a year by day from days that are added up, each of 4,000 callers, three queues and sixty agents,
// and what a page makes of it: sums by day, by queue and by agent.
func BenchmarkReport(b *testing.B) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	l := halfYear(b, now)
	for _, every := range []Interval{Day, Week} {
		b.Run(string(every), func(b *testing.B) {
			b.ReportAllocs()
			s := Span{Since: now.AddDate(0, 0, -186), Until: now, Every: every, Zone: time.UTC, InTime: func(string) time.Duration { return 20 * time.Second }}
			for b.Loop() {
				r, err := l.Report(b.Context(), s)
				if err != nil {
					b.Fatal(err)
				}
				FoldQueues(r.Queues, func(f *QueueFigures) (time.Time, string) { return f.Began, "" })
				FoldQueues(r.Queues, func(f *QueueFigures) (time.Time, string) { return time.Time{}, f.Queue })
				FoldAgents(r.Agents, func(f *AgentFigures) (time.Time, string) { return f.Began, "" })
				FoldAgents(r.Agents, func(f *AgentFigures) (time.Time, string) { return time.Time{}, f.Agent })
				FoldScores(r.Scores, func(c *Score) (time.Time, string, string) { return c.Began, "", "" })
			}
		})
	}
}

// halfYear makes a ledger whose last 186 days are in the store.
func halfYear(b *testing.B, now time.Time) *Ledger {
	b.Helper()
	db, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	random := rand.New(rand.NewPCG(1, 2))
	for back := range 186 {
		began := now.AddDate(0, 0, -1-back)
		var queues []*QueueFigures
		var agents []*AgentFigures
		var scores []*Score
		for _, name := range []string{"arabic", "english", "french"} {
			f := newQueueFigures(began, name)
			f.Offered, f.Answered, f.Completed, f.Rung, f.Talk, f.WrapUp = 1333, 1167, 1167, 1167, 50*time.Hour, time.Hour
			f.Left[queue.Abandoned] = 166
			for range f.Answered {
				f.Waits = append(f.Waits, time.Duration(random.Int64N(int64(90*time.Second))))
			}
			for range f.Left[queue.Abandoned] {
				f.GaveUp = append(f.GaveUp, time.Duration(random.Int64N(int64(90*time.Second))))
			}
			queues = append(queues, f.sorted())
			for i := range 60 {
				scores = append(scores, &Score{Began: began, Queue: name, Agent: fmt.Sprint(2000 + i), Asked: 20, Answered: 13, Sum: 65, Poor: 6})
			}
		}
		for i := range 60 {
			f := newAgentFigures(began, fmt.Sprint(2000+i))
			f.Rung, f.Answered, f.Completed, f.Talk = 58, 58, 58, time.Hour
			for _, state := range []queue.State{queue.Available, queue.Ringing, queue.Talking, queue.WrapUp, queue.Paused} {
				f.In[state] = time.Duration(random.Int64N(int64(time.Hour)))
			}
			f.Pauses["lunch"] = f.In[queue.Paused]
			agents = append(agents, f)
		}
		slices.SortFunc(scores, byBeginQueueAndAgent)
		d := store.FigureDay{Zone: "UTC", Day: began.Format(time.DateOnly), Began: began, Ended: began.AddDate(0, 0, 1), Rolled: now, Settled: true}
		d.Whole, d.Rated = encodeFigures(began, queues, agents), encodeScores(began, scores)
		d.Hours, d.Ratings = d.Whole, d.Rated
		if saved, err := db.SaveFigureDay(b.Context(), d, store.FigureState{}); err != nil || !saved {
			b.Fatal(saved, err)
		}
	}
	return NewLedger(LedgerOptions{DB: db, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return now }})
}

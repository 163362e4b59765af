package history_test

import (
	"math"
	"testing"
	"time"

	"hatif/queue"
	"hatif/queue/history"
	"hatif/store"
)

func today(t *testing.T, db *store.DB, now time.Time) *history.Today {
	t.Helper()
	zone := time.FixedZone("UTC+2", 2*3600)
	day, err := history.NewToday(t.Context(), db, now, func() *time.Location { return zone }, func(string) time.Duration { return 10 * time.Second })
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func TestTheDayIsCountedAsItGoesAndBeginsAnewAtMidnight(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{DSN: "sqlite", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC) // an hour before midnight in that zone
	day := today(t, db, now)
	if f := day.Figures(now); len(f) != 0 {
		t.Errorf("nobody has called, and there is %+v", f)
	}
	pass := func(d *history.Today, call string, at time.Time, wait time.Duration, how queue.Result) {
		d.Observe(queue.Event{At: at, Kind: queue.CallerJoined, Queue: "arabic", Call: call})
		end := queue.Event{At: at.Add(wait), Kind: queue.CallerLeft, Queue: "arabic", Call: call, Result: how, Waited: wait}
		if how == queue.Answered {
			end.Kind, end.Result = queue.CallerConnected, ""
		}
		d.Observe(end)
	}
	pass(day, "c1", now, 5*time.Second, queue.Answered)
	pass(day, "c2", now, 20*time.Second, queue.Answered)
	pass(day, "c3", now, 30*time.Second, queue.Abandoned)
	pass(day, "c4", now, 40*time.Second, queue.Moved)
	day.Observe(queue.Event{At: now, Kind: queue.CallerJoined, Queue: "arabic", Call: "c5"}) // waits still
	want := history.DayFigures{Offered: 5, Answered: 2, InTime: 1, Abandoned: 1, Otherwise: 1, ServiceLevel: 0.25, Longest: 40 * time.Second}
	if f := day.Figures(now)["arabic"]; f != want {
		t.Errorf("the day is %+v, want %+v", f, want)
	}
	if f := day.Figures(now.Add(2 * time.Hour)); len(f) != 0 {
		t.Errorf("after midnight there is %+v", f)
	}
	pass(day, "c6", now.Add(2*time.Hour), time.Second, queue.Answered)
	day.Observe(queue.Event{At: now.Add(2 * time.Hour), Kind: queue.CallerLeft, Queue: "arabic", Call: "c5", Result: queue.Abandoned, Waited: 2 * time.Hour})
	if f := day.Figures(now.Add(2 * time.Hour))["arabic"]; f.Offered != 1 || f.ServiceLevel != 1 || f.Abandoned != 0 {
		t.Errorf("the next day is %+v", f)
	}
}

func TestTheDayOutlivesARestart(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{DSN: "sqlite", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	row := func(n int64, at time.Time, kind queue.Kind, call, detail string) store.QueueEvent {
		return store.QueueEvent{Number: n, At: at, Kind: string(kind), Queue: "arabic", Call: call, Detail: detail}
	}
	if err := db.SaveQueueEvents(t.Context(), []store.QueueEvent{
		row(1, now.Add(-20*time.Hour), queue.CallerJoined, "old", "{}"),
		row(2, now.Add(-time.Hour), queue.CallerJoined, "c1", "{}"),
		row(3, now.Add(-time.Hour), queue.CallerConnected, "c1", `{"waited":5000000000}`),
		row(4, now.Add(-time.Minute), queue.CallerJoined, "cut off", "{}"),
	}); err != nil {
		t.Fatal(err)
	}
	f := today(t, db, now).Figures(now)["arabic"]
	if f.Offered != 2 || f.Answered != 1 || math.Abs(f.ServiceLevel-1) > 1e-9 || f.Longest != 5*time.Second {
		t.Errorf("after the restart the day is %+v", f)
	}
}

package store

import (
	"bytes"
	"testing"
	"time"
)

func TestADaysFiguresAreKeptUntilSomethingOfTheDayIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx := t.Context()
		day := func(zone, name string, n int) FigureDay {
			began := noon.Truncate(24*time.Hour).AddDate(0, 0, n)
			return FigureDay{
				Zone: zone, Day: name, Began: began, Ended: began.AddDate(0, 0, 1), Rolled: noon.AddDate(0, 0, 9), Settled: n == 0,
				Hours: []byte("hours of " + name), Whole: []byte("whole " + name), Ratings: []byte{0, 255, 1}, Rated: []byte{},
			}
		}
		first, second := day("Africa/Cairo", "2026-03-01", 0), day("Africa/Cairo", "2026-03-02", 1)
		event := QueueEvent{Number: 1, At: noon, Kind: "joined", Queue: "arabic", Call: "c1", Detail: "{}"}
		if err := db.SaveQueueEvents(ctx, []QueueEvent{event}); err != nil {
			t.Fatal(err)
		}
		if at, err := db.FirstFigure(ctx); err != nil || !at.Equal(noon) {
			t.Errorf("the first figure is of %v, %v", at, err)
		}
		seen, err := db.FigureState(ctx, first.Began, first.Ended)
		if err != nil || seen != (FigureState{Events: 1}) {
			t.Fatalf("the day has %+v, %v", seen, err)
		}
		if saved, err := db.SaveFigureDay(ctx, first, FigureState{}); err != nil || saved {
			t.Errorf("figures that were read before the event: %v, %v", saved, err)
		}
		for _, d := range []struct {
			FigureDay
			seen FigureState
		}{{first, seen}, {second, FigureState{}}, {day("Europe/Paris", "2026-03-01", 0), seen}} {
			if saved, err := db.SaveFigureDay(ctx, d.FigureDay, d.seen); err != nil || !saved {
				t.Fatalf("%s in %s: %v, %v", d.Day, d.Zone, saved, err)
			}
		}
		list := func(hours bool) (all []FigureDay) {
			t.Helper()
			for d, err := range db.FigureDays(ctx, "Africa/Cairo", first.Began, second.Ended, hours) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, d)
			}
			return all
		}
		if all := list(true); len(all) != 2 || !bytes.Equal(all[0].Hours, first.Hours) || !bytes.Equal(all[0].Ratings, first.Ratings) || !all[0].Settled || all[1].Settled {
			t.Errorf("by hours: %+v", all)
		}
		if all := list(false); len(all) != 2 || !bytes.Equal(all[1].Whole, second.Whole) || !all[1].Ended.Equal(second.Ended) || !all[1].Rolled.Equal(second.Rolled) {
			t.Errorf("whole days: %+v", all)
		}
		late := event
		late.Number, late.At = 2, second.Began.Add(time.Hour)
		if err := db.SaveQueueEvents(ctx, []QueueEvent{late}); err != nil { // a node that had waited for the database
			t.Fatal(err)
		}
		if days, err := db.RolledDays(ctx, "Africa/Cairo"); err != nil || len(days) != 1 || !days["2026-03-01"].Rolled.Equal(first.Rolled) {
			t.Errorf("after an event of the second day: %+v, %v", days, err)
		}
		if err := db.DropFigureDays(ctx, "Europe/Paris"); err != nil {
			t.Fatal(err)
		}
		cairo, err := db.RolledDays(ctx, "Africa/Cairo")
		paris, err2 := db.RolledDays(ctx, "Europe/Paris")
		if err != nil || err2 != nil || len(cairo) != 0 || len(paris) != 1 {
			t.Errorf("of another zone: %+v, of ours: %+v (%v, %v)", cairo, paris, err, err2)
		}
	})
}

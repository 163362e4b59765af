package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hatif/recorder"
	"hatif/store"
)

// shelfOf is a shelf with a recording on each of some days, the oldest first, and how many bytes one takes.
func shelfOf(t *testing.T, days int) (s shelf, names []string, size int64, there func() []string) {
	t.Helper()
	folder := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r, err := recorder.New(recorder.Config{Folder: folder, Location: time.UTC}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for n := range days {
		day := time.Now().UTC().AddDate(0, 0, n-days).Format(time.DateOnly)
		recorded(t, filepath.Join(folder, day))
		names = append(names, day+"/c.wav")
	}
	info, err := os.Stat(filepath.Join(folder, names[0]))
	if err != nil {
		t.Fatal(err)
	}
	there = func() []string {
		t.Helper()
		var left []string
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
				left = append(left, name)
			}
		}
		return left
	}
	return shelf{r, db}, names, info.Size(), there
}

func TestNoRetentionDeletesWhatIsHeld(t *testing.T) {
	s, names, size, there := shelfOf(t, 6)
	ctx := t.Context()
	if err := s.store.HoldRecording(ctx, names[0], "c0", "boss", time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.disk(ctx, 10*size); n != 0 || err != nil {
		t.Errorf("with room enough %d went: %v", n, err)
	}
	if n, err := s.disk(ctx, 4*size+1); n != 2 || err != nil || !slices.Equal(there(), []string{names[0], names[3], names[4], names[5]}) {
		t.Errorf("%d went, %v, and left are %q: want the held one and the three newest", n, err, there())
	}
	if n, err := s.days(ctx, 24*time.Hour); err != nil || n != 2 || !slices.Equal(there(), []string{names[0], names[5]}) {
		t.Errorf("%d went, %v, and left are %q: want the held one and the newest", n, err, there())
	}
	if n, err := s.disk(ctx, 1); n != 1 || err != nil || !slices.Equal(there(), names[:1]) {
		t.Errorf("%d went, %v, and left are %q: want the held one", n, err, there())
	}
	if err := s.Delete(ctx, names[0], "c0", "boss"); !errors.Is(err, store.ErrHeld) {
		t.Errorf("who deletes a held one is told %v", err)
	}
	if err := s.store.ReleaseRecording(ctx, names[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, names[0], "c0", "boss"); err != nil || len(there()) != 0 {
		t.Errorf("deleted: %v, left are %q", err, there())
	}
	marks, err := s.store.RecordingMarks(ctx, names)
	if err != nil || len(marks) != 1 || marks[names[0]].GoneBy != "boss" || marks[names[0]].Removed.IsZero() {
		t.Errorf("marks %+v, %v: want that of the one that a person has deleted", marks, err)
	}
}

// Between the row and the file lies the moment in which hatif is killed: the next round removes the file, and a hold that
// comes then comes too late.
func TestAKillBetweenDecidingAndDeletingIsMadeGood(t *testing.T) {
	s, names, _, there := shelfOf(t, 2)
	ctx := t.Context()
	for i, by := range []string{"", "boss"} {
		if got, err := s.store.CondemnRecordings(ctx, names[i:i+1], fmt.Sprint("c", i), by, time.Now()); err != nil || len(got) != 1 {
			t.Fatalf("condemned %q, %v", got, err)
		}
		if err := s.store.HoldRecording(ctx, names[i], "c", "ear", time.Now()); !errors.Is(err, store.ErrGone) {
			t.Errorf("who holds what is condemned is told %v", err)
		}
	}
	if len(there()) != 2 {
		t.Fatal("the files went with the decision")
	}
	if _, err := s.days(ctx, 1000*time.Hour); err != nil || len(there()) != 0 {
		t.Errorf("after the next round: %v, left are %q", err, there())
	}
	if left, err := s.store.CondemnedRecordings(ctx); err != nil || len(left) != 0 {
		t.Errorf("still to be removed: %q, %v", left, err)
	}
}

func TestACallWhoseRecordingIsHeldStaysInTheLog(t *testing.T) {
	s, names, _, _ := shelfOf(t, 1)
	ctx, old := t.Context(), time.Now().AddDate(-1, 0, 0)
	for _, id := range []string{"kept", "gone"} {
		if err := s.store.SaveCall(ctx, store.Call{ID: id, Began: old, Ended: old.Add(time.Minute), Recordings: names}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.HoldRecording(ctx, names[0], "kept", "boss", time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.store.PruneCalls(ctx, time.Now()); n != 1 || err != nil {
		t.Errorf("%d calls left the log, %v", n, err)
	}
	if _, err := s.store.Call(context.WithoutCancel(ctx), "kept"); err != nil {
		t.Error(err)
	}
}

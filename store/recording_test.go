package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAHeldRecordingIsNotDeletedAndADeletedOneNotHeld(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx := t.Context()
		if err := db.HoldRecording(ctx, "a.wav", "c1", "quality", noon); err != nil {
			t.Fatal(err)
		}
		gone, err := db.CondemnRecordings(ctx, []string{"a.wav", "b.wav", "c.wav"}, "c1", "boss", noon.Add(time.Minute))
		if err != nil || !slices.Equal(gone, []string{"b.wav", "c.wav"}) {
			t.Fatalf("to be deleted: %q, %v", gone, err)
		}
		if again, err := db.CondemnRecordings(ctx, []string{"b.wav"}, "", "", noon.Add(time.Hour)); err != nil || len(again) != 0 {
			t.Errorf("once more: %q, %v", again, err)
		}
		if err := db.HoldRecording(ctx, "b.wav", "c1", "quality", noon); !errors.Is(err, ErrGone) {
			t.Errorf("who holds it then is told %v", err)
		}
		marks, err := db.RecordingMarks(ctx, []string{"a.wav", "b.wav", "nothing.wav"})
		if err != nil || len(marks) != 2 || marks["a.wav"] != (RecordingMark{Name: "a.wav", Call: "c1", Held: noon, HeldBy: "quality"}) ||
			marks["b.wav"] != (RecordingMark{Name: "b.wav", Call: "c1", Gone: noon.Add(time.Minute), GoneBy: "boss"}) {
			t.Errorf("the marks are %+v, %v", marks, err)
		}
		if held, err := db.HeldRecordings(ctx); err != nil || len(held) != 1 || !held["a.wav"] {
			t.Errorf("held: %v, %v", held, err)
		}
		if err := db.ReleaseRecording(ctx, "a.wav"); err != nil {
			t.Fatal(err)
		}
		if gone, err := db.CondemnRecordings(ctx, []string{"a.wav"}, "", "", noon.Add(2*time.Minute)); err != nil || len(gone) != 1 {
			t.Errorf("released, and not deleted: %q, %v", gone, err)
		}
	})
}

func TestFilesThatMayStillBeThereAreFoundUntilTheyAreNot(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx := t.Context()
		condemned := func() string {
			t.Helper()
			names, err := db.CondemnedRecordings(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(names, " ")
		}
		for i, by := range []string{"boss", ""} {
			name := []string{"by hand.wav", "by age.wav"}[i]
			if _, err := db.CondemnRecordings(ctx, []string{name}, "c1", by, noon.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if got := condemned(); got != "by hand.wav by age.wav" {
			t.Errorf("to be removed: %s", got)
		}
		if err := db.RecordingsRemoved(ctx, []string{"by hand.wav", "by age.wav"}, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := condemned(); got != "" {
			t.Errorf("still to be removed: %s", got)
		}
		marks, err := db.RecordingMarks(ctx, []string{"by hand.wav", "by age.wav"})
		if err != nil || len(marks) != 1 || !marks["by hand.wav"].Removed.Equal(noon.Add(time.Hour)) {
			t.Errorf("what is kept of them: %+v, %v", marks, err)
		}
	})
}

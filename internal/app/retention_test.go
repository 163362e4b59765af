package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hatif/config"
	"hatif/media"
	"hatif/recorder"
)

func TestWhatIsKeptLongEnoughGoesAndWhatIsBeingWrittenStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		r, err := recorder.New(recorder.Config{Folder: folder, Location: time.UTC}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		var keep atomic.Pointer[config.KeepDays]
		keep.Store(&config.KeepDays{})
		var mu sync.Mutex
		asked := make(map[string][]time.Time) // guarded by mu
		rows := func(what string) func(context.Context, time.Time) (int, error) {
			return func(_ context.Context, before time.Time) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				asked[what] = append(asked[what], before)
				return 0, errors.New("the database is away") // that must not end anything
			}
		}
		j := janitor{
			days: func() config.KeepDays { return *keep.Load() }, disk: func() config.KeepDisk { return config.KeepDisk{} },
			recordings: func(_ context.Context, olderThan time.Duration) (int, error) {
				removed, err := r.Prune(olderThan, nil)
				return len(removed), err
			},
			log:   slog.New(slog.DiscardHandler),
			calls: rows("calls"), owed: rows("owed"), messages: rows("messages"), events: rows("events"),
			ratings: rows("ratings"), requests: rows("requests"), audit: rows("audit"), told: rows("told"), signalling: rows("signalling"),
		}
		go func() { ended <- j.run(ctx) }()

		began := time.Now()
		day := func(n int) string { return began.UTC().AddDate(0, 0, n).Format(time.DateOnly) }
		for n := range 5 {
			if n == 1 {
				if _, err := r.Start("long", nil, nil); err != nil { // and it is never stopped
					t.Fatal(err)
				}
			} else {
				recorded(t, filepath.Join(folder, day(n)))
			}
			time.Sleep(24 * time.Hour)
		}
		left := func() []string {
			t.Helper()
			synctest.Wait()
			found, err := filepath.Glob(filepath.Join(folder, "*", "*.wav"))
			if err != nil {
				t.Fatal(err)
			}
			for i := range found {
				found[i] = filepath.Base(filepath.Dir(found[i]))
			}
			return found
		}
		ages := func() string { // of the rows that were to go, as often as they were asked for
			mu.Lock()
			defer mu.Unlock()
			var all []string
			for _, what := range slices.Sorted(maps.Keys(asked)) {
				for _, before := range asked[what] {
					all = append(all, fmt.Sprint(what, " ", time.Since(before).Round(time.Hour)))
				}
			}
			return strings.Join(all, ", ")
		}
		if got := left(); len(got) != 5 || ages() != "" {
			t.Fatalf("with nothing said of it, %q are left, and asked for: %s", got, ages())
		}
		keep.Store(&config.KeepDays{Recordings: 2, Calls: 3, Owed: 4, Deleted: 1, Events: 6, Ratings: 7, Requests: 8, Audit: 9, Told: 5})
		time.Sleep(janitorRound)
		if got, want := left(), []string{day(1), day(3), day(4)}; !slices.Equal(got, want) {
			t.Errorf("after five days %q are left, want %q: two days and the one that is being written", got, want)
		}
		if got, want := ages(), "audit 216h0m0s, calls 72h0m0s, events 144h0m0s, messages 24h0m0s, owed 96h0m0s, ratings 168h0m0s, requests 192h0m0s, told 120h0m0s"; got != want {
			t.Errorf("rows that were to go: %s; want %s", got, want)
		}
		time.Sleep(24 * time.Hour)
		if got, want := left(), []string{day(1), day(4)}; !slices.Equal(got, want) {
			t.Errorf("after six days %q are left, want %q", got, want)
		}
		if _, err := os.Stat(filepath.Join(folder, day(3))); err == nil {
			t.Error("an empty folder is left")
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// recorded lays a finished recording into a folder.
func recorded(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(folder, "c.wav"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := media.NewWAVWriter(f, media.SampleRate, 1)
	if err == nil {
		err = w.Finish()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

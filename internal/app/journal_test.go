package app

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
)

func TestACallInProgressIsNotedAtItsMilestonesAndWhileItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var noted []store.Call // guarded by mu
		j := newJournal(func(_ context.Context, c store.Call) error {
			mu.Lock()
			defer mu.Unlock()
			noted = append(noted, c)
			return nil
		}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- j.run(ctx) }()
		after := func(d time.Duration, want int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if len(noted) != want {
				t.Fatalf("noted %d times, want %d", len(noted), want)
			}
		}

		c := call.New("1", calltest.NewLeg(call.Info{User: "1001"}), "ar", slog.New(slog.DiscardHandler))
		j.open(ctx, c)
		after(3*time.Second+time.Millisecond, 1)
		c.Update(func(r *call.Record) { r.Agent, r.Connected, r.Recordings = "2001", time.Now(), []string{"x.wav"} })
		c.Note("talking to 2001")
		after(time.Second, 2)
		mu.Lock()
		last := noted[1]
		mu.Unlock()
		if last.Agent != "2001" || len(last.Recordings) != 1 || len(last.Path) != 1 || !last.Ended.After(last.Connected) {
			t.Errorf("noted %+v", last)
		}
		after(journalLife-time.Second, 2)
		after(time.Second, 3)
		mu.Lock()
		lasts := noted[2].Ended.Sub(last.Ended)
		mu.Unlock()
		if lasts != journalLife {
			t.Errorf("that it lasts was noted after %v", lasts)
		}
		c.Update(func(r *call.Record) { r.Agent = "2002" })
		j.finish(c)
		after(2*journalLife, 3)
		cancel()
		if err := <-done; err != nil || len(j.pages) != 0 {
			t.Errorf("%v, %d pages left", err, len(j.pages))
		}
	})
}

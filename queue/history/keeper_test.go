package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/queue"
	"hatif/store"
)

// A shelf is a store that can be away, or slow.
type shelf struct {
	mu   sync.Mutex
	away bool               // guarded by mu
	slow time.Duration      // guarded by mu
	rows []store.QueueEvent // guarded by mu
	most int                // guarded by mu: of one transaction
}

func (s *shelf) save(_ context.Context, rows []store.QueueEvent) error {
	s.mu.Lock()
	slow := s.slow
	s.mu.Unlock()
	time.Sleep(slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errors.New("away")
	}
	s.rows = append(s.rows, rows...)
	s.most = max(s.most, len(rows))
	return nil
}

func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shelf) kinds() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []string
	for i, r := range s.rows {
		if i > 0 && (r.Number != s.rows[i-1].Number+1 || r.At.Before(s.rows[i-1].At)) {
			kinds = append(kinds, fmt.Sprintf("[%d at %v is out of order]", r.Number, r.At))
		}
		kinds = append(kinds, r.Kind)
	}
	return strings.Join(kinds, " ")
}

// keep runs a Keeper in a bubble of virtual time; stop ends it.
func keep(t *testing.T, s *shelf) (k *Keeper, log *strings.Builder, stop func() error) {
	log = new(strings.Builder)
	k = &Keeper{save: s.save, log: slog.New(slog.NewTextHandler(log, nil)), number: 41, wake: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	return k, log, func() error {
		cancel()
		return <-ended
	}
}

func joined() queue.Event { return queue.Event{At: time.Now(), Kind: queue.CallerJoined, Queue: "q"} }

func TestWhatIsObservedIsStoredInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shelf
		k, _, stop := keep(t, &s)
		for range 2*mostAtOnce + 1 {
			k.Observe(joined())
		}
		k.Observe(queue.Event{At: time.Now().Add(-time.Hour), Kind: queue.CallerLeft}) // the clock was set back
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if want := strings.Repeat("joined ", 2*mostAtOnce+1) + "left closed"; s.kinds() != want {
			t.Errorf("stored: %.200s", s.kinds())
		}
		if s.rows[0].Number != 42 || s.most > mostAtOnce || s.most == 1 {
			t.Errorf("the first has number %d, and %d were written at once", s.rows[0].Number, s.most)
		}
	})
}

func TestADatabaseThatIsAwayKeepsNobodyWaitingAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shelf{away: true, slow: 10 * time.Second}
		k, log, stop := keep(t, &s)
		began := time.Now()
		for range 10 {
			k.Observe(joined())
			synctest.Wait() // the Keeper stands in the store now
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("who observes waited %v", waited)
		}
		time.Sleep(time.Minute)
		s.set(func() { s.away, s.slow = false, 0 })
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.kinds(); got != strings.TrimSpace(strings.Repeat("joined ", 10)) {
			t.Errorf("stored: %s", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "cannot be stored"); n != 1 || !strings.Contains(log.String(), "stored again") {
			t.Errorf("the log says %q", log)
		}
	})
}

func TestAHoleInTheHistoryIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shelf{away: true}
		k, log, stop := keep(t, &s)
		for range mostWaiting + 7 {
			k.Observe(joined())
		}
		s.set(func() { s.away = false })
		time.Sleep(2 * retryPause)
		synctest.Wait()
		k.Observe(queue.Event{At: time.Now(), Kind: queue.CallerLeft})
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := strings.ReplaceAll(s.kinds(), "joined ", ""); got != "lost left closed" {
			t.Errorf("after the callers who joined: %s", got)
		}
		if !strings.Contains(log.String(), "events=7") {
			t.Errorf("the log says %q", log)
		}
	})
}

func TestAStopWithTheDatabaseAwaySaysWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shelf{away: true}
		k, _, stop := keep(t, &s)
		k.Observe(joined())
		synctest.Wait()
		if err := stop(); err == nil || !strings.Contains(err.Error(), "the last 2 events of the queues: away") {
			t.Errorf("the stop says: %v", err)
		}
	})
}

func TestAnEventComesBackFromTheStoreAsItWas(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for run := range 2 {
		k, err := New(t.Context(), db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		told := queue.Event{
			At: time.Now().UTC().Truncate(time.Microsecond), Kind: queue.AgentMissed, Queue: "arabic", Call: "c1", Agent: "2001",
			Cause: call.Busy, Rang: 1234567,
		}
		k.Observe(told)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := k.Run(ctx); err != nil {
			t.Fatal(err)
		}
		var all []queue.Event
		for ev, err := range Read(t.Context(), db, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ev.Event)
		}
		if len(all) != 3*(run+1) || all[3*run].Kind != queue.FloorOpened || all[3*run+2].Kind != queue.FloorClosed {
			t.Fatalf("read %+v", all)
		}
		got := all[3*run+1]
		if got.Order != uint64(3*run+2) || *got.Cause != *told.Cause {
			t.Errorf("read %+v", got)
		}
		got.Order, got.Cause = 0, told.Cause
		if got != told {
			t.Errorf("told %+v, read %+v", told, got)
		}
	}
}

// Follow tells what there is, and then what comes, once.
func TestWhoFollowsIsToldWhatComes(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	began := time.Now()
	save := func(number int64) {
		t.Helper()
		e := store.QueueEvent{Number: number, At: began.Add(time.Duration(number) * time.Millisecond), Kind: "joined", Detail: "{}"}
		if err := db.SaveQueueEvents(t.Context(), []store.QueueEvent{e}); err != nil {
			t.Fatal(err)
		}
	}
	save(1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var told []uint64
	for ev, err := range Follow(ctx, db, began) {
		if err != nil {
			t.Fatal(err)
		}
		switch told = append(told, ev.Order); ev.Order {
		case 1:
			save(2)
			save(3)
		case 3:
			save(4)
		case 4:
			stop()
		}
	}
	if !slices.Equal(told, []uint64{1, 2, 3, 4}) {
		t.Errorf("told %v", told)
	}
}

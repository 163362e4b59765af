package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sampleEvent(number int64, seconds int, kind, agent string) QueueEvent {
	return QueueEvent{
		Number: number, At: noon.Add(time.Duration(seconds) * time.Second), Kind: kind, Queue: "arabic", Call: "c1", Agent: agent,
		Detail: `{"waited":1}`,
	}
}

func eventsOf(t *testing.T, rows iter.Seq2[QueueEvent, error]) (all []QueueEvent) {
	t.Helper()
	for e, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func mustSaveEvents(t *testing.T, db *DB, events ...QueueEvent) {
	t.Helper()
	if err := db.SaveQueueEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

func TestQueueEventsAreKeptInOrderAndOnce(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if last, err := db.LastQueueEvent(t.Context()); err != nil || last != 0 {
			t.Errorf("the last event of none is %d, %v", last, err)
		}
		a, b, c := sampleEvent(1, 0, "joined", ""), sampleEvent(2, 5, "rung", "2001"), sampleEvent(3, 5, "connected", "2001")
		mustSaveEvents(t, db, a, b)
		mustSaveEvents(t, db, QueueEvent{Number: 2, Kind: "another"}, c) // saved again, as after an error
		for _, e := range []*QueueEvent{&a, &b, &c} {
			e.Node = db.node
		}
		if diff := cmp.Diff([]QueueEvent{a, b, c}, eventsOf(t, db.QueueEvents(t.Context(), time.Time{}))); diff != "" {
			t.Errorf("-saved +read:\n%s", diff)
		}
		if got := eventsOf(t, db.QueueEvents(t.Context(), b.At)); len(got) != 2 || got[0].Number != 2 {
			t.Errorf("from 5 s on: %+v", got)
		}
		if last, err := db.LastQueueEvent(t.Context()); err != nil || last != 3 {
			t.Errorf("the last event is %d, %v", last, err)
		}
	})
}

func TestTheAgentsOfAMomentAreThoseOfTheHatifThatRanThen(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		mustSaveEvents(t, db,
			sampleEvent(1, 0, "opened", ""), sampleEvent(2, 1, "changed", "gone"), sampleEvent(3, 10, "closed", ""),
			sampleEvent(4, 20, "opened", ""), sampleEvent(5, 21, "changed", "2001"), sampleEvent(6, 22, "changed", "2002"),
			sampleEvent(7, 23, "joined", "2001"), sampleEvent(8, 30, "changed", "2001"), sampleEvent(9, 40, "changed", "2001"),
		)
		for seconds, want := range map[int][]int64{5: {2}, 15: nil, 20: nil, 21: nil, 25: {5, 6}, 35: {6, 8}, 50: {6, 9}} {
			var got []int64
			for _, e := range eventsOf(t, db.QueueAgentsBefore(t.Context(), noon.Add(time.Duration(seconds)*time.Second))) {
				got = append(got, e.Number)
			}
			if !slices.Equal(got, want) {
				t.Errorf("before %d s the agents are %v, want %v", seconds, got, want)
			}
		}
	})
}

func TestOldQueueEventsGoAndWhatAgentsDoStays(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		const old = 2*pruneBatch + 3
		events := []QueueEvent{
			sampleEvent(1, 0, "opened", ""), sampleEvent(2, 1, "changed", "2001"), sampleEvent(3, 1, "changed", "2002"),
			sampleEvent(4, 2, "changed", "2002"),
		}
		for i := range int64(old) {
			events = append(events, sampleEvent(5+i, 3, "joined", ""))
		}
		mustSaveEvents(t, db, append(events, sampleEvent(5+old, 60, "joined", ""))...)
		n, err := db.PruneQueueEvents(t.Context(), noon.Add(time.Minute))
		if err != nil || n != old+1 {
			t.Errorf("removed %d, %v; want %d", n, err, old+1)
		}
		var left []int64
		for _, e := range eventsOf(t, db.QueueEvents(t.Context(), time.Time{})) {
			left = append(left, e.Number)
		}
		if want := []int64{1, 2, 4, 5 + old}; !slices.Equal(left, want) {
			t.Errorf("events %v are left, want %v", left, want)
		}
	})
}

func TestQueueEventsShareACommitWithCalls(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if err := db.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		var savers sync.WaitGroup
		for i := range 20 {
			savers.Go(func() {
				mustSaveEvents(t, db, sampleEvent(int64(2*i+1), i, "joined", ""), sampleEvent(int64(2*i+2), i, "left", ""))
			})
			savers.Go(func() {
				if err := db.SaveCall(t.Context(), sampleCall(fmt.Sprint(i), i)); err != nil {
					t.Error(err)
				}
			})
		}
		savers.Wait()
		stop()
		done.Wait()
		if n, calls := rowsIn(t, db, "queue_events"), rowsIn(t, db, "calls"); n != 40 || calls != 20 {
			t.Errorf("%d events and %d calls are stored, want 40 and 20", n, calls)
		}
	})
}

// A database that has met a newer migration before an older one catches up.
func TestAMigrationOfALowerNumberCatchesUp(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{`DROP TABLE ratings`, `DELETE FROM goose_db_version WHERE version_id = 6`} {
			if _, err := db.write.Exec(query); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = mustOpen(t, o)
		rowsIn(t, db, "ratings")
	})
}

// BenchmarkSaveQueueEvents is what the events of a call cost: some eight rows, written by the hundred.
func BenchmarkSaveQueueEvents(b *testing.B) {
	db := mustOpen(b, Options{Dir: b.TempDir()})
	batch := make([]QueueEvent, 100)
	n := int64(0)
	for b.Loop() {
		for i := range batch {
			n++
			batch[i] = sampleEvent(n, int(n), "connected", "2001")
		}
		if err := db.SaveQueueEvents(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(batch)), "µs/event")
}

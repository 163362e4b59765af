package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestACallComesBackAsItWasSaved(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		want := sampleCall("c1", 0)
		if err := db.SaveCall(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := db.Call(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		want.Node = db.node
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-saved +read:\n%s", diff)
		}
		list, err := db.Calls(t.Context(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		want.Legs = nil
		if diff := cmp.Diff([]Call{want}, list); diff != "" {
			t.Errorf("-saved +listed:\n%s", diff)
		}
	})
}

func TestACallThatWasNeverAnsweredHasNoTimesForIt(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if err := db.SaveCall(t.Context(), Call{ID: "c1", Began: noon, Ended: noon.Add(time.Second)}); err != nil {
			t.Fatal(err)
		}
		got, err := db.Call(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if !got.Answered.IsZero() || !got.Connected.IsZero() || got.Talk() != 0 || got.Duration() != time.Second {
			t.Errorf("got %+v", got)
		}
	})
}

func TestSavingACallAgainReplacesIt(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		c := sampleCall("c1", 0)
		for range 2 {
			if err := db.SaveCall(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		c.Result, c.Legs = "failed", c.Legs[:1]
		if err := db.SaveCall(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		list, err := db.Calls(t.Context(), Filter{})
		if err != nil || len(list) != 1 {
			t.Fatalf("there are %d rows, %v", len(list), err)
		}
		if got, err := db.Call(t.Context(), "c1"); err != nil || got.Result != "failed" || len(got.Legs) != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestWhatPhonesSendFitsIntoTheDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		c := sampleCall("c1", 0)
		c.Name, c.Legs[0].Device = "a\x00b\xff", "\xfe\x00"
		c.Path[0].Text = "digit \x00\xff"
		if err := db.BeginCall(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := db.SaveCall(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		got, err := db.Call(t.Context(), "c1")
		if err != nil || got.Name != "a\uFFFDb\uFFFD" {
			t.Errorf("got %q, %v", got.Name, err)
		}
	})
}

func TestACallThatBecameAPartOfAnotherLeavesNoRow(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.BeginCall(t.Context(), sampleCall("c1", 0)); err != nil {
			t.Fatal(err)
		}
		if err := db.ForgetCall(t.Context(), "c1"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		again := mustOpen(t, o) // where it would be found as interrupted
		if _, err := again.Call(t.Context(), "c1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnUnknownCallIsNotFound(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if _, err := db.Call(t.Context(), "c1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFiltersPickWhatTheySay(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		for i, change := range []func(*Call){
			func(c *Call) {},
			func(c *Call) { c.Agent, c.Queue, c.Language = "2101", "english", "en" },
			func(c *Call) { c.Agent, c.Queue, c.Result = "", "", "abandoned" },
			func(c *Call) { c.Number, c.Called, c.Agent, c.Queue = "2001", "2101", "2101", "" },
			func(c *Call) { c.Number, c.Called, c.Agent = "2001", "2001", "2001" },
		} {
			c := sampleCall(fmt.Sprint("c", i), i)
			change(&c)
			if err := db.SaveCall(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		for name, test := range map[string]struct {
			filter Filter
			want   []string
		}{
			"all":            {Filter{}, []string{"c4", "c3", "c2", "c1", "c0"}},
			"limit":          {Filter{Limit: 2}, []string{"c4", "c3"}},
			"since":          {Filter{Since: noon.Add(3 * time.Minute)}, []string{"c4", "c3"}},
			"until":          {Filter{Until: noon.Add(time.Minute)}, []string{"c0"}},
			"caller":         {Filter{Number: "1001"}, []string{"c2", "c1", "c0"}},
			"called":         {Filter{Number: "0777", Limit: 2}, []string{"c2", "c1"}},
			"number anyhow":  {Filter{Number: "2001"}, []string{"c4", "c3", "c0"}},
			"number, agent":  {Filter{Number: "2001", Agent: "2101"}, []string{"c3"}},
			"agent":          {Filter{Agent: "2101"}, []string{"c3", "c1"}},
			"queue":          {Filter{Queue: "arabic"}, []string{"c4", "c0"}},
			"result":         {Filter{Result: "abandoned"}, []string{"c2"}},
			"several":        {Filter{Agent: "2001", Queue: "arabic", Since: noon.Add(time.Second)}, []string{"c4"}},
			"nobody":         {Filter{Number: "' OR 1=1 --"}, nil},
			"number, paging": {Filter{Number: "2001", After: (&Call{ID: "c4", Began: noon.Add(4 * time.Minute)}).Cursor()}, []string{"c3", "c0"}},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := db.Calls(t.Context(), test.filter)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, ids(got)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
		if _, err := db.Calls(t.Context(), Filter{After: "nonsense"}); err == nil || !strings.Contains(err.Error(), "nonsense") {
			t.Errorf("a broken cursor gave %v", err)
		}
	})
}

func TestPagesMeetWithoutGapOrOverlapEvenAtOneMoment(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		var want []string
		for i := range 25 {
			c := sampleCall(fmt.Sprintf("c%02d", i), i/10) // ten calls began at the same time
			if err := db.SaveCall(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			want = append(want, c.ID)
		}
		slices.Reverse(want)
		var got []string
		f := Filter{Limit: 4}
		for {
			page, err := db.Calls(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids(page)...)
			if len(page) < f.Limit {
				break
			}
			f.After = page[len(page)-1].Cursor()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestADownloadGoesThroughEveryPage(t *testing.T) {
	db := mustOpen(t, Options{Dir: t.TempDir()})
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := db.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	const n = 2*MaxLimit + 1
	var saving sync.WaitGroup
	for i := range n {
		saving.Go(func() {
			if err := db.SaveCall(ctx, Call{ID: fmt.Sprintf("%05d", i), Began: noon.Add(time.Duration(i) * time.Second)}); err != nil {
				t.Error(err)
			}
		})
	}
	saving.Wait()
	stop()
	done.Wait()
	seen := 0
	for c, err := range db.AllCalls(t.Context(), Filter{Limit: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%05d", n-1-seen); c.ID != want {
			t.Fatalf("call %d is %s, want %s", seen, c.ID, want)
		}
		seen++
	}
	if seen != n {
		t.Errorf("%d calls came, want %d", seen, n)
	}
}

func TestEveryFilterUsesAnIndex(t *testing.T) {
	db := mustOpen(t, Options{Dir: t.TempDir()})
	for name, f := range map[string]Filter{
		"all": {}, "since": {Since: noon}, "page": {After: "1.x"}, "number": {Number: "1"}, "agent": {Agent: "1"},
		"queue": {Queue: "1"}, "result": {Result: "1"}, "number and time": {Number: "1", Since: noon, Until: noon},
		"page of an agent": {Agent: "1", After: "1.x"},
	} {
		t.Run(name, func(t *testing.T) {
			query, args, err := f.query()
			if err != nil {
				t.Fatal(err)
			}
			rows, err := db.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var a, b, c any
				var step string
				if err := rows.Scan(&a, &b, &c, &step); err != nil {
					t.Fatal(err)
				}
				byAgent := f.Agent != "" && !strings.Contains(step, "calls_agent")
				byQueue := f.Queue != "" && !strings.Contains(step, "calls_queue")
				reads := strings.Contains(step, " calls")
				if reads && (!strings.Contains(step, "INDEX") || byAgent || byQueue) {
					t.Errorf("the database would %s", step)
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestManyCallsAtOnceAreAllSaved(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if err := db.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		var calls sync.WaitGroup
		for i := range 200 {
			calls.Go(func() {
				c := sampleCall(fmt.Sprintf("c%03d", i), i)
				if err := db.BeginCall(t.Context(), c); err != nil {
					t.Error(err)
				}
				time.Sleep(rand.N(3 * batchPause))
				if err := db.SaveCall(t.Context(), c); err != nil {
					t.Error(err)
				}
				if _, err := db.Call(t.Context(), c.ID); err != nil {
					t.Errorf("acknowledged but not there: %v", err)
				}
			})
		}
		calls.Wait()
		stop()
		done.Wait()
		list, err := db.Calls(t.Context(), Filter{Limit: MaxLimit})
		if err != nil || len(list) != 200 {
			t.Errorf("there are %d calls, %v", len(list), err)
		}
		if n := rowsIn(t, db, "running"); n != 0 {
			t.Errorf("%d calls are still in progress", n)
		}
	})
}

func TestOneBadRowSpoilsNobodyElses(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		good, bad := sampleCall("good", 0), sampleCall("bad", 1)
		bad.Path = []Note{{At: time.Date(10001, 1, 1, 0, 0, 0, 0, time.UTC), Text: "beyond JSON"}}
		jobs := []job{}
		for _, c := range []*Call{&good, &bad} {
			jobs = append(jobs, job{name: c.ID, done: make(chan error, 1), do: db.saver(c)})
		}
		db.commit(t.Context(), jobs)
		if err := <-jobs[0].done; err != nil {
			t.Errorf("the good row: %v", err)
		}
		if err := <-jobs[1].done; err == nil || !strings.Contains(err.Error(), "bad") {
			t.Errorf("the bad row: %v, want an error that names it", err)
		}
		if _, err := db.Call(t.Context(), "good"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatWasHandedOverIsCommittedWhenTheServiceStops(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var all sync.WaitGroup
		all.Go(func() {
			if err := db.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		for i := range 20 {
			all.Go(func() {
				if i == 10 {
					stop()
				}
				if err := db.SaveCall(t.Context(), sampleCall(fmt.Sprint("c", i), i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if list, err := db.Calls(t.Context(), Filter{}); err != nil || len(list) != 20 {
			t.Errorf("%d of 20 calls are saved, %v", len(list), err)
		}
	})
}

func TestASubmitterThatLeavesBlocksNobody(t *testing.T) {
	db := mustOpen(t, Options{Dir: t.TempDir()})
	db.queue.running = true // as if Run were busy with something long
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the call's clean-up took too long"))
	err := db.SaveCall(ctx, sampleCall("c1", 0))
	if err == nil || !strings.Contains(err.Error(), "took too long") || !strings.Contains(err.Error(), "c1") {
		t.Errorf("got %v", err)
	}
	for range maxNotes {
		err = db.BeginCall(t.Context(), Call{ID: "c"})
	}
	if !errors.Is(err, ErrBehind) {
		t.Errorf("with %d rows waiting BeginCall says %v", maxNotes+1, err)
	}
	db.queue.running = false
	db.commit(t.Context(), db.queue.waiting)
	if _, err := db.Call(t.Context(), "c1"); err != nil {
		t.Errorf("the row was lost: %v", err)
	}
}

func TestACallInProgressWhenWeAreKilledLeavesARow(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		c := sampleCall("c1", 0)
		c.Connected, c.Ended, c.Result, c.Legs = time.Time{}, time.Time{}, "", nil
		for _, step := range []func(){func() {}, func() { c.Queue = "french" }} { // noted twice, as it went on
			step()
			if err := db.BeginCall(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := db.Calls(t.Context(), Filter{}); err != nil || len(list) != 0 {
			t.Errorf("a call in progress is in the log: %v, %v", ids(list), err)
		}
		if err := db.Close(); err != nil { // all that a kill leaves is what is committed
			t.Fatal(err)
		}

		db = mustOpen(t, o)
		got, err := db.Call(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if got.Result != ResultInterrupted || got.Cause.Text == "" || got.Queue != "french" || got.Number != "1001" ||
			!got.Ended.Equal(c.Path[1].At) || len(got.Path) != 2 {
			t.Errorf("the row is %+v", got)
		}
		if n := rowsIn(t, db, "running"); n != 0 {
			t.Errorf("%d calls are still in progress", n)
		}
	})
}

func TestACallThatWasCutOffEndsWithItsRecording(t *testing.T) {
	for name, is := range map[string]struct{ recorded, ended time.Time }{
		"longer than what was noted": {noon.Add(5 * time.Second), noon.Add(5 * time.Second)},
		"shorter":                    {noon.Add(time.Second), noon.Add(3 * time.Second)},
		"none":                       {time.Time{}, noon.Add(3 * time.Second)},
		"touched since":              {time.Now().Add(time.Hour), noon.Add(3 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Dir: t.TempDir()}
			db, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			note := Call{ID: "c1", Began: noon, Connected: noon.Add(time.Second), Path: []Note{{noon.Add(3 * time.Second), "held"}}}
			if err := db.BeginCall(t.Context(), note); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			o.Recorded = func(call string, known []string) ([]string, time.Time, error) {
				return append(known, call+".wav"), is.recorded, nil
			}
			c, err := mustOpen(t, o).Call(t.Context(), "c1")
			if err != nil || !c.Ended.Equal(is.ended) || c.Talk() != is.ended.Sub(note.Connected) || len(c.Recordings) != 1 {
				t.Errorf("it ended at %v, want %v: %+v, %v", c.Ended, is.ended, c, err)
			}
		})
	}
}

func TestLookingDoesNotFinishTheCallsOfTheHatifThatRuns(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		running := mustOpen(t, o)
		if err := running.SaveCall(t.Context(), sampleCall("c0", 0)); err != nil {
			t.Fatal(err)
		}
		if err := running.BeginCall(t.Context(), sampleCall("c1", 1)); err != nil {
			t.Fatal(err)
		}
		o.ReadOnly = true
		looking := mustOpen(t, o)
		list, err := looking.Calls(t.Context(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"c0"}, ids(list)); diff != "" {
			t.Error(diff)
		}
		if n := rowsIn(t, running, "running"); n != 1 {
			t.Errorf("%d calls are in progress, want 1", n)
		}
	})
}

func rowsIn(t *testing.T, db *DB, table string) int {
	t.Helper()
	var n int
	if err := db.read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

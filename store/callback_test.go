package store

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleOwed is an owed call with everything in it, due minutes after noon.
func sampleOwed(id string, minutes int) Owed {
	return Owed{
		ID: id, Account: "1001", Context: "feedback", Language: "ar", Shown: "0777", Variables: map[string]string{"queue": "arabic", "name": "أمل"},
		Hours: "09:00-20:00", Zone: "Africa/Cairo", Tries: 3, Pause: 30 * time.Minute, Ring: 30 * time.Second,
		Call: "c1", Agent: "2001", Queue: "arabic", Created: noon, Due: noon.Add(time.Duration(minutes) * time.Minute), State: OwedWaiting,
	}
}

func mustOwe(t *testing.T, db *DB, all ...Owed) {
	t.Helper()
	for _, o := range all {
		if err := db.AddOwed(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

func owedIDs(all []Owed) string {
	var list []string
	for _, o := range all {
		list = append(list, o.ID)
	}
	return strings.Join(list, " ")
}

func TestAnOwedCallComesBackAsItWasWritten(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		want := sampleOwed("o1", 5)
		want.State, want.Attempts, want.Lease, want.Cause = OwedDone, 2, noon.Add(time.Hour), "busy"
		want.Placed, want.Answered, want.Ended = "o1.2", noon.Add(time.Minute), noon.Add(2*time.Minute)
		mustOwe(t, db, want, sampleOwed("o1", 99)) // the second changes nothing
		got, err := db.Owed(t.Context(), "o1")
		if err != nil {
			t.Fatal(err)
		}
		want.Node = db.node
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := db.Owed(t.Context(), "o2"); !errors.Is(err, ErrNoOwed) {
			t.Errorf("a call that nobody owes: %v", err)
		}
	})
}

func TestDueCallsAreThoseWaitingWhoseTimeHasCome(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		gone := sampleOwed("gone", 0)
		gone.State = OwedCancelled
		mustOwe(t, db, sampleOwed("late", 10), sampleOwed("now", 5), sampleOwed("early", 1), gone)
		for _, c := range []struct {
			minutes, limit int
			want           string
			next           time.Time
		}{
			{0, 10, "", noon.Add(time.Minute)},
			{5, 10, "early now", noon.Add(10 * time.Minute)},
			{5, 1, "early", noon.Add(10 * time.Minute)},
			{60, 10, "early now late", time.Time{}},
		} {
			due, next, err := db.DueOwed(t.Context(), noon.Add(time.Duration(c.minutes)*time.Minute), c.limit)
			if err != nil || owedIDs(due) != c.want || !next.Equal(c.next) {
				t.Errorf("after %d minutes: %s, next %v, %v; want %s, %v", c.minutes, owedIDs(due), next, err, c.want, c.next)
			}
		}
		if all, err := db.OwedCalls(t.Context(), 10); err != nil || owedIDs(all) != "gone early now late" {
			t.Errorf("all: %s, %v", owedIDs(all), err)
		}
		if some, err := db.OwedCalls(t.Context(), 2, OwedWaiting, OwedCancelled); err != nil || owedIDs(some) != "gone early" {
			t.Errorf("some: %s, %v", owedIDs(some), err)
		}
	})
}

func TestOfManyWhoTakeAnOwedCallOneHasIt(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		was := sampleOwed("o1", 0)
		mustOwe(t, db, was)
		var won atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				now := was
				now.State, now.Attempts = OwedDialling, 1
				ok, err := db.SwapOwed(t.Context(), was, now)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d have it", won.Load())
		}
		stale := was
		stale.State = OwedFailed
		if ok, err := db.SwapOwed(t.Context(), was, stale); ok || err != nil {
			t.Errorf("what has changed is changed again: %v, %v", ok, err)
		}
		dialling, err := db.Owed(t.Context(), "o1")
		if err != nil {
			t.Fatal(err)
		}
		fenced := dialling
		fenced.Attempts = 0 // as somebody remembers it whose lease ran out
		if ok, err := db.SwapOwed(t.Context(), fenced, stale); ok || err != nil {
			t.Errorf("an attempt that is over changes a later one: %v, %v", ok, err)
		}
	})
}

func TestWhatADeadProcessWasDoingIsFound(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		dialling, answered, expired := sampleOwed("dialling", 1), sampleOwed("answered", 2), sampleOwed("expired", 3)
		dialling.State, dialling.Lease = OwedDialling, noon.Add(time.Hour)
		answered.State = OwedAnswered
		expired.State, expired.Lease = OwedDialling, noon.Add(-time.Hour)
		mustOwe(t, db, dialling, answered, expired, sampleOwed("waiting", 4))
		for own, want := range map[bool]string{true: "dialling answered expired", false: "expired"} {
			if left, err := db.LeftOwed(t.Context(), noon, own); err != nil || owedIDs(left) != want {
				t.Errorf("own %v: %s, %v, want %s", own, owedIDs(left), err, want)
			}
		}
		db.node = "another"
		if left, err := db.LeftOwed(t.Context(), noon, true); err != nil || owedIDs(left) != "expired" {
			t.Errorf("of another hatif: %s, %v", owedIDs(left), err)
		}
	})
}

func sampleRequest(id string, minutes int) Request {
	at := noon.Add(time.Duration(minutes) * time.Minute)
	return Request{
		ID: id, Created: at, Caller: "1001", Name: "=Outside", Number: "+2012", Alternative: "5678", Language: "ar", Queue: "arabic",
		Call: "c1", State: RequestOpen, Changed: at,
	}
}

func requests(t *testing.T, db *DB, state string, since time.Time) []Request {
	t.Helper()
	var all []Request
	for r, err := range db.Requests(t.Context(), state, since) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func TestOwedCallsThatAreOverArePrunedAndNoOthers(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		over := func(id, state string, due, ended int) Owed {
			row := sampleOwed(id, due)
			row.State, row.Ended = state, noon.Add(time.Duration(ended)*time.Minute)
			return row
		}
		answered := sampleOwed("talking", 1)
		answered.State = OwedAnswered
		mustOwe(t, db, over("done", OwedDone, 1, 2), over("failed", OwedFailed, 1, 2), over("cancelled", OwedCancelled, 1, 2),
			over("late", OwedDone, 1, 20), sampleOwed("waiting", 1), answered)
		if n, err := db.PruneOwed(t.Context(), noon.Add(10*time.Minute)); err != nil || n != 3 {
			t.Errorf("%d removed, %v", n, err)
		}
		left, err := db.OwedCalls(t.Context(), 10)
		if err != nil || owedIDs(left) != "late talking waiting" {
			t.Errorf("left: %s, %v", owedIDs(left), err)
		}
		if n, err := db.PruneOwed(t.Context(), noon.Add(10*time.Minute)); err != nil || n != 0 {
			t.Errorf("%d removed again, %v", n, err)
		}
	})
}

func TestOneWhoTakesARequestHasItUntilTheyMarkIt(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		for i, id := range []string{"r1", "r2"} {
			if err := db.AddRequest(t.Context(), sampleRequest(id, i)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]Request{sampleRequest("r1", 0), sampleRequest("r2", 1)}, requests(t, db, "", time.Time{})); diff != "" {
			t.Error(diff)
		}
		at := noon.Add(time.Hour)
		for _, c := range []struct {
			id, state, by string
			seize         bool
			err           error
			now           string // state and owner of r1
		}{
			{"r9", RequestTaken, "2001", false, ErrNoRequest, "open "},
			{"r9", RequestTaken, "2001", true, ErrNoRequest, "open "},
			{"r1", RequestTaken, "2001", false, nil, "taken 2001"},
			{"r1", RequestTaken, "2002", false, ErrRequestTaken, "taken 2001"},
			{"r1", RequestCalledBack, "2002", false, ErrRequestTaken, "taken 2001"},
			{"r1", RequestUnreachable, "2001", false, nil, "unreachable 2001"},
			{"r1", RequestTaken, "2002", false, nil, "taken 2002"},
			{"r1", RequestTaken, "3001", true, nil, "taken 3001"},
			{"r1", RequestCalledBack, "3001", false, nil, "called back 3001"},
		} {
			if err := db.MarkRequest(t.Context(), c.id, c.state, c.by, at, c.seize); !errors.Is(err, c.err) {
				t.Errorf("%+v: %v", c, err)
			}
			if r := requests(t, db, "", time.Time{})[0]; r.State+" "+r.By != c.now {
				t.Errorf("%+v: it is %s %s", c, r.State, r.By)
			}
		}
		if open := requests(t, db, RequestOpen, time.Time{}); len(open) != 1 || open[0].ID != "r2" {
			t.Errorf("open are %+v", open)
		}
		if late := requests(t, db, "", noon.Add(30*time.Second)); len(late) != 1 || late[0].ID != "r2" {
			t.Errorf("later are %+v", late)
		}
	})
}

func TestTwoWhoTakeARequestAtOnceDoNotBothHaveIt(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if err := db.AddRequest(t.Context(), sampleRequest("r1", 0)); err != nil {
			t.Fatal(err)
		}
		var won atomic.Int32
		var all sync.WaitGroup
		for _, by := range []string{"2001", "2002", "2003", "2004"} {
			all.Go(func() {
				switch err := db.MarkRequest(t.Context(), "r1", RequestTaken, by, noon, false); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, ErrRequestTaken):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d have it", won.Load())
		}
	})
}

func TestASecondAnswerReplacesTheFirstRating(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		silent := Rating{GivenIn: "o1.1", Call: "c1", Created: noon, Caller: "1001", Name: "@x", Agent: "2001", Queue: "arabic", Language: "ar"}
		good, other := silent, silent
		good.Answered, good.Rating, good.Created = true, 10, noon.Add(time.Minute)
		other.GivenIn, other.Agent, other.Created = "o2.1", "2101", noon.Add(2*time.Minute)
		for _, r := range []Rating{silent, good, other} {
			if err := db.SaveRating(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		list := func(agent string, since time.Time) []Rating {
			var all []Rating
			for r, err := range db.Ratings(t.Context(), agent, since) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, r)
			}
			return all
		}
		if diff := cmp.Diff([]Rating{other, good}, list("", time.Time{})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]Rating{good}, list("2001", time.Time{})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]Rating{other}, list("", noon.Add(90*time.Second))); diff != "" {
			t.Error(diff)
		}
		var out bytes.Buffer
		if err := WriteRatingsCSV(&out, time.FixedZone("", 2*60*60), db.Ratings(t.Context(), "", time.Time{})); err != nil {
			t.Fatal(err)
		}
		want := strings.Join([]string{
			"date,time,caller,caller name,rating,answered,agent,queue,language,call,given in",
			"2026-03-01,14:02:00,1001,'@x,,no,2101,arabic,ar,c1,o2.1",
			"2026-03-01,14:01:00,1001,'@x,10,yes,2001,arabic,ar,c1,o1.1", "",
		}, "\r\n")
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheCSVOfRequestsIsNoPlaceForFormulas(t *testing.T) {
	db := mustOpen(t, Options{Dir: t.TempDir()})
	if err := db.AddRequest(t.Context(), sampleRequest("r1", 0)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteRequestsCSV(&out, time.UTC, db.Requests(t.Context(), "", time.Time{})); err != nil {
		t.Fatal(err)
	}
	want := "id,date,time,caller,caller name,number,alternative,language,queue,state,by,changed,call\r\n" +
		"r1,2026-03-01,12:00:00,1001,'=Outside,'+2012,5678,ar,arabic,open,,2026-03-01 12:00:00,c1\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestACommandWritesBesideAHatifThatRuns(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		beside := o
		beside.Beside = true
		if o.DSN == "" {
			if db, err := Open(t.Context(), beside); err == nil {
				t.Error("a database was made", db.Close())
			}
		}
		db := mustOpen(t, o)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- db.Run(ctx) }()
		if err := db.BeginCall(ctx, sampleCall("c1", 0)); err != nil {
			t.Fatal(err)
		}
		command := mustOpen(t, beside)
		mustOwe(t, command, sampleOwed("o1", 0))
		if due, _, err := db.DueOwed(ctx, noon, 1); err != nil || owedIDs(due) != "o1" {
			t.Errorf("the running hatif sees %s, %v", owedIDs(due), err)
		}
		if calls, err := db.Calls(ctx, Filter{}); err != nil || len(calls) != 0 {
			t.Errorf("the command has finished calls in progress: %v, %v", calls, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestPagesOfOwedCallsAndRatingsFollowOneAnother(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx := t.Context()
		line := sampleOwed("line", 0)
		line.State, line.Place = OwedInLine, `{"queue":"arabic"}`
		if err := db.KeepOwed(ctx, line); err != nil {
			t.Fatal(err)
		}
		mustOwe(t, db, sampleOwed("a", 1), sampleOwed("b", 2), sampleOwed("c", 2), sampleOwed("d", 3))
		if own, err := db.OwnPlaces(ctx); err != nil || owedIDs(own) != "line" {
			t.Errorf("places: %s, %v", owedIDs(own), err)
		}
		page, err := db.OwedPage(ctx, OwedWaiting, Owed{}, 2)
		if err != nil || owedIDs(page) != "d c" {
			t.Fatalf("the first page: %s, %v", owedIDs(page), err)
		}
		if page, err = db.OwedPage(ctx, OwedWaiting, page[1], 3); err != nil || owedIDs(page) != "b a" {
			t.Errorf("the second: %s, %v", owedIDs(page), err)
		}

		for i, r := range []Rating{
			{GivenIn: "g1", Call: "c1", Agent: "2001", Queue: "arabic", Answered: true, Rating: 2},
			{GivenIn: "g2", Call: "c2", Agent: "2001", Queue: "french", Answered: true, Rating: 9},
			{GivenIn: "g3", Call: "c3", Agent: "2002", Queue: "arabic"},
			{GivenIn: "g4", Call: "c4", Agent: "2001", Queue: "arabic", Answered: true, Rating: 4},
		} {
			r.Created = noon.Add(time.Duration(i) * time.Minute)
			if err := db.SaveRating(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		given := func(all []Rating, err error) string {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range all {
				ids = append(ids, r.GivenIn)
			}
			return strings.Join(ids, " ")
		}
		first, err := db.RatingsPage(ctx, noon, "", "", false, Rating{}, 2)
		if got := given(first, err); got != "g4 g3" {
			t.Fatalf("ratings: %s", got)
		}
		if got := given(db.RatingsPage(ctx, noon, "", "", false, first[1], 9)); got != "g2 g1" {
			t.Errorf("those that follow: %s", got)
		}
		if got := given(db.RatingsPage(ctx, noon, "arabic", "2001", true, Rating{}, 9)); got != "g4 g1" {
			t.Errorf("the poor ones of an agent and a queue: %s", got)
		}
		within := 0
		for _, err := range db.RatingsWithin(ctx, noon.Add(time.Minute), noon.Add(3*time.Minute)) {
			if err != nil {
				t.Fatal(err)
			}
			within++
		}
		if within != 2 {
			t.Errorf("%d ratings of two minutes", within)
		}
	})
}

func TestARequestIsFoundByItsName(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		want := Request{ID: "r1", Created: noon, Caller: "1001", Name: "أمل", Number: "0100", Language: "ar", Queue: "arabic", Call: "c1", State: RequestOpen}
		if err := db.AddRequest(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Request(t.Context(), "r1"); err != nil || got != want {
			t.Errorf("found %+v, %v", got, err)
		}
		if _, err := db.Request(t.Context(), "r2"); !errors.Is(err, ErrNoRequest) {
			t.Errorf("one that is not there: %v", err)
		}
		own := 0
		for e, err := range db.OwnEvents(t.Context(), 0, 10) {
			if err != nil || e.Kind != RequestAdded || e.Node != db.Node() {
				t.Errorf("told %+v, %v", e, err)
			}
			own++
		}
		if own != 1 {
			t.Errorf("told of %d things", own)
		}
	})
}

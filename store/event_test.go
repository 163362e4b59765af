package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// told are the kinds of the events after one, in order.
func told(t *testing.T, db *DB, after int64) (kinds []string) {
	t.Helper()
	for e, err := range db.Events(t.Context(), after, 1_000_000) {
		if err != nil {
			t.Fatal(err)
		}
		if after++; e.ID != after {
			t.Fatalf("event %d comes where %d is awaited", e.ID, after)
		}
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestEachRowIsToldOfOnce(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		rating := Rating{GivenIn: "f", Call: "c", Created: noon, Caller: "0100", Agent: "2001", Answered: true, Rating: 3}
		request := Request{ID: "r", Created: noon, Number: "1234", State: RequestOpen, Changed: noon}
		owed := Owed{ID: "o", Account: "1001", Context: "feedback", State: OwedWaiting, Created: noon, Due: noon, Tries: 3}
		for range 2 { // a job may be done twice
			must(db.SaveCall(ctx, sampleCall("c", 0)))
			must(db.SaveRating(ctx, rating))
			must(db.AddRequest(ctx, request))
			must(db.AddMessage(ctx, Message{ID: "m", Mailbox: "600", Folder: "new", Received: noon}))
			must(db.AddOwed(ctx, owed))
		}
		rating.Rating = 4
		must(db.SaveRating(ctx, rating))
		must(db.SaveRating(ctx, Rating{GivenIn: "g", Call: "c", Created: noon}))
		must(db.MarkRequest(ctx, "r", RequestTaken, "2001", noon, false))
		if err := db.MarkRequest(ctx, "r", RequestOpen, "2002", noon, false); err == nil {
			t.Error("a request was taken twice")
		}
		dialling := owed
		dialling.State = OwedDialling
		for range 2 {
			_, err := db.SwapOwed(ctx, owed, dialling)
			must(err)
		}
		cancelled := dialling
		cancelled.State, cancelled.Cause, cancelled.Ended = OwedCancelled, "cancelled by boss", noon
		for range 2 {
			_, err := db.SwapOwed(ctx, dialling, cancelled)
			must(err)
		}
		want := []string{CallEnded, RatingGiven, RequestAdded, MessageLeft, RatingGiven, RatingWithheld, RequestChanged, OwedIsCancelled}
		if got := told(t, db, 0); !slices.Equal(got, want) {
			t.Errorf("told of %q, want %q", got, want)
		}
		for e, err := range db.Events(ctx, 6, 1) {
			must(err)
			var data CallbackRequestData
			must(json.Unmarshal(e.Data, &data))
			if data.ID != "r" || data.State != RequestTaken || data.By != "2001" || !data.CreatedAt.Equal(noon) {
				t.Errorf("told %s", e.Data)
			}
		}
	})
}

// Whoever reads on from the last event that they saw misses none, however many write at once.
func TestEventsBecomeVisibleInTheirOrder(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		const writers, each = 6, 40
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					if err := db.AddMessage(context.WithoutCancel(t.Context()), Message{ID: fmt.Sprintf("%d-%d", w, i), Mailbox: "600", Received: noon}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		over := make(chan struct{})
		go func() { writing.Wait(); close(over) }()
		seen := int64(0)
		for last := false; !last; {
			select {
			case <-over:
				last = true
			default:
			}
			seen += int64(len(told(t, db, seen))) // which fails at the first gap
		}
		if seen != writers*each {
			t.Errorf("seen %d events of %d", seen, writers*each)
		}
	})
}

func TestOldEventsGoAndNumbersDoNotComeAgain(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		const old = pruneBatch + 7
		for i := range old {
			if err := db.AddMessage(ctx, Message{ID: fmt.Sprint("m", i), Mailbox: "600", Received: noon}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := db.PruneEvents(ctx, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("%d young events were removed, %v", n, err)
		}
		if _, err := db.write.ExecContext(ctx, `UPDATE events SET at = 1 WHERE id <= 503`); err != nil {
			t.Fatal(err)
		}
		if n, err := db.PruneEvents(ctx, noon); n != 503 || err != nil {
			t.Errorf("%d old events were removed, %v; want 503", n, err)
		}
		if n, err := db.PruneEvents(ctx, time.Now().Add(time.Hour)); n != 3 || err != nil {
			t.Errorf("%d old events were removed, %v; want all but the last", n, err)
		}
		if first, last, err := db.EventSpan(ctx); first != old || last != old || err != nil {
			t.Errorf("there are %d to %d, %v", first, last, err)
		}
		if err := db.AddMessage(ctx, Message{ID: "next", Mailbox: "600", Received: noon}); err != nil {
			t.Fatal(err)
		}
		if got := told(t, db, old); len(got) != 1 {
			t.Errorf("after the last there are %q", got)
		}
	})
}

func TestTokensAreKeptByTheirHash(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		token := Token{Hash: "h", Name: "billing", Role: "manager", Creator: "admin", Created: noon, Expires: noon.Add(time.Hour)}
		if err := db.AddToken(ctx, token); err != nil {
			t.Fatal(err)
		}
		if err := db.AddToken(ctx, Token{Hash: "i", Name: "billing"}); err == nil {
			t.Error("two tokens have one name")
		}
		if err := db.UseToken(ctx, "h", noon.Add(time.Minute)); err != nil {
			t.Error(err)
		}
		token.Used = noon.Add(time.Minute)
		if got, err := db.Token(ctx, "h"); got != token || err != nil {
			t.Errorf("the token is %+v, %v", got, err)
		}
		if all, err := db.Tokens(ctx); len(all) != 1 || err != nil {
			t.Errorf("tokens: %v, %v", all, err)
		}
		if err := db.DropToken(ctx, "billing"); err != nil {
			t.Error(err)
		}
		if err := db.DropToken(ctx, "billing"); err == nil {
			t.Error("a token was dropped twice")
		}
		if _, err := db.Token(ctx, "h"); err == nil {
			t.Error("the token that was dropped is there")
		}
	})
}

func TestAWebhooksPlaceIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		if _, known, err := db.Webhook(ctx, "crm"); known || err != nil {
			t.Errorf("known %v, %v", known, err)
		}
		for i := range 2 {
			want := Webhook{Name: "crm", Event: int64(7 + i), Succeeded: noon, Failing: noon.Add(time.Hour)}
			if err := db.SaveWebhook(ctx, want); err != nil {
				t.Fatal(err)
			}
			if got, known, err := db.Webhook(ctx, "crm"); got != want || !known || err != nil {
				t.Errorf("the webhook is %+v, %v, %v", got, known, err)
			}
		}
	})
}

func TestListsAreReadPageByPage(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		for i := range 7 { // some at one moment
			at, id := noon.Add(time.Duration(i/3)*time.Second), fmt.Sprint("x", i)
			for _, err := range []error{
				db.SaveRating(ctx, Rating{GivenIn: id, Call: "c", Created: at}),
				db.AddRequest(ctx, Request{ID: id, Created: at, State: RequestOpen, Changed: at}),
				db.AddOwed(ctx, Owed{ID: id, Created: at, Due: at, State: OwedWaiting}),
				db.SaveQueueEvents(ctx, []QueueEvent{{Number: int64(i + 1), At: at, Kind: "joined"}}),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		var ratings, requests, owed []string
		for last := (Rating{}); ; {
			n := 0
			for r, err := range db.RatingsBefore(ctx, "", time.Time{}, last, 2) {
				if err != nil {
					t.Fatal(err)
				}
				ratings, last, n = append(ratings, r.GivenIn), r, n+1
			}
			if n == 0 {
				break
			}
		}
		for last := (Request{}); ; {
			n := 0
			for r, err := range db.RequestsAfter(ctx, RequestOpen, last, 2) {
				if err != nil {
					t.Fatal(err)
				}
				requests, last, n = append(requests, r.ID), r, n+1
			}
			if n == 0 {
				break
			}
		}
		for last := (Owed{}); ; {
			n := 0
			for r, err := range db.OwedAfter(ctx, last, 2, OwedWaiting, OwedDone) {
				if err != nil {
					t.Fatal(err)
				}
				owed, last, n = append(owed, r.ID), r, n+1
			}
			if n == 0 {
				break
			}
		}
		if got := fmt.Sprint(ratings); got != "[x6 x3 x4 x5 x0 x1 x2]" {
			t.Errorf("ratings %s", got)
		}
		if got := fmt.Sprint(requests); got != "[x0 x1 x2 x3 x4 x5 x6]" {
			t.Errorf("requests %s", got)
		}
		if got := fmt.Sprint(owed); got != "[x6 x5 x4 x3 x2 x1 x0]" {
			t.Errorf("owed calls %s", got)
		}
		nodes, err := db.QueueNodes(ctx)
		if err != nil || len(nodes) != 1 {
			t.Fatalf("nodes %q, %v", nodes, err)
		}
		n := 0
		for e, err := range db.QueueEventsAfter(ctx, nodes[0], 3, 2) {
			if n++; err != nil || e.Number != int64(3+n) {
				t.Errorf("event %d, %v", e.Number, err)
			}
		}
		if first, last, err := db.QueueEventSpan(ctx, nodes[0]); n != 2 || first != 1 || last != 7 || err != nil {
			t.Errorf("read %d; there are %d to %d, %v", n, first, last, err)
		}
	})
}

package callback

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
)

// This test binary can be the process that is killed: it makes one owed call, says where it has come to, and stops
// there for ever.
const (
	childDir = "HATIF_CALLBACK_CHILD"
	childAt  = "HATIF_CALLBACK_AT" // where to stop

	established = "established" // what it says when the phone knows that its answer has arrived
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := callUntilKilled(dir, os.Getenv(childAt)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The places at which hatif is killed, in the order of a call.
const (
	atPromise  = "promised: the row is written, the call is not due"
	atLease    = "leasing: the attempt is about to be counted"
	atRinging  = "ringing: nobody has answered"
	atMissed   = "missed: they did not answer, and that is about to be written"
	atAnswered = "answered: they have picked up, and the mark is about to be written"
	atMarked   = "marked: nothing has been played yet"
	atTalking  = "talking"
	atEnd      = "over: the end is about to be written"
)

func callUntilKilled(dir, at string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	here := func(place string) {
		if place != at {
			return
		}
		fmt.Println("at", place)
		select {}
	}
	var network calltest.Network
	phone := calltest.Phone{Answers: true, Answered: func(*calltest.Leg) { fmt.Println(established) }}
	if at == atMissed {
		phone = calltest.Phone{Refuses: call.Busy}
	}
	phone.Decide = func() *calltest.Phone { here(atRinging); return nil }
	network.Plug("1001", phone)
	kept := &flaky{DB: db, swaps: func(was, now store.Owed) {
		switch {
		case now.State == store.OwedDialling:
			here(atLease)
		case was.State == store.OwedDialling && now.State == store.OwedWaiting:
			here(atMissed)
		case now.State == store.OwedAnswered:
			here(atAnswered)
		case now.State == store.OwedDone:
			here(atEnd)
		}
	}}
	book := New(ctx, Options{Store: kept, Dialer: &network, Serve: func(leg call.Leg, _ store.Owed, _ func()) {
		here(atMarked)
		leg.Hear(calltest.Sound("prompt", time.Second))
		here(atTalking)
	}})
	due := time.Now().UTC()
	if at == atPromise {
		due = due.Add(2 * time.Second)
	}
	if _, err := book.Owe(ctx, Promise{To: "1001", Run: "feedback", At: due, Tries: 3, Every: time.Second}); err != nil {
		return err
	}
	here(atPromise)
	return book.Run(ctx)
}

func TestAKillAtAnyMomentCallsNobodyTwiceAndForgetsNobody(t *testing.T) {
	for place, want := range map[string]struct {
		before   int // conversations before the kill
		calls    int // and after the restart
		attempts int
	}{
		atPromise:  {0, 1, 1},
		atLease:    {0, 1, 1},
		atRinging:  {0, 1, 2},
		atMissed:   {0, 1, 2},
		atAnswered: {0, 1, 2},
		atMarked:   {1, 0, 1},
		atTalking:  {1, 0, 1},
		atEnd:      {1, 0, 1},
	} {
		name, _, _ := strings.Cut(place, ":")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if before := kill(t, dir, place); before != want.before || want.before+want.calls != 1 {
				t.Errorf("%d conversations before the kill, want %d, and %d after it", before, want.before, want.calls)
			}
			db, err := store.Open(t.Context(), store.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var network calltest.Network
			network.Plug("1001", calltest.Phone{Answers: true})
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan struct{}, 10)
			book := New(ctx, Options{Store: db, Dialer: &network, Serve: func(call.Leg, store.Owed, func()) { served <- struct{}{} }})
			over := make(chan error, 1)
			go func() { over <- book.Run(ctx) }()
			row := settled(t, db)
			stop()
			if err := <-over; err != nil {
				t.Error(err)
			}
			if row.State != store.OwedDone || row.Attempts != want.attempts || len(served) != want.calls || len(network.Dialed()) != want.calls {
				t.Errorf("%s after %d attempts (%s); %d calls after the restart, %d answered; want %d attempts and %d calls",
					row.State, row.Attempts, row.Cause, len(network.Dialed()), len(served), want.attempts, want.calls)
			}
		})
	}
}

// kill runs a process that makes a call, and kills it where it has come to the place. It returns how many conversations
// there had been.
func kill(t *testing.T, dir, place string) (conversations int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir, childAt+"="+place)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	came := false
	for !came && lines.Scan() {
		came = lines.Text() == "at "+place
		if lines.Text() == established {
			conversations++
		}
	}
	if err := child.Process.Kill(); err != nil { // SIGKILL
		t.Error(err)
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended with %v", err)
	}
	if !came {
		t.Fatalf("the child never came to %q", place)
	}
	return conversations
}

// settled waits until the one owed call is over.
func settled(t *testing.T, db *store.DB) store.Owed {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		rows, err := db.OwedCalls(t.Context(), 10)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d owed calls, %v", len(rows), err)
		}
		if !rows[0].Ended.IsZero() {
			return rows[0]
		}
		if time.Now().After(deadline) {
			t.Fatalf("the call is still %s", rows[0].State)
		}
	}
}

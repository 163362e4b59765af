package queue

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A board shows a Floor, from what Watch tells alone.
type board struct {
	mu     sync.Mutex
	states map[string]State // guarded by mu
	line   map[string]int   // guarded by mu: callers in line, by queue
	anew   int              // guarded by mu: how often it had to begin anew
	order  uint64           // guarded by mu
}

func (b *board) take(t *testing.T, u Update) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := u.Snapshot; s != nil {
		b.states, b.line, b.order = make(map[string]State), make(map[string]int), s.Order
		b.anew++
		for _, a := range s.Agents {
			if len(a.Queues) > 0 {
				b.states[a.User] = a.State
			}
		}
		for _, q := range s.Queues {
			b.line[q.Name] = len(q.Line)
		}
	}
	for _, ev := range u.Events {
		if ev.Order != b.order+1 {
			t.Errorf("event %d is told after event %d", ev.Order, b.order)
		}
		b.order = ev.Order
		switch ev.Kind {
		case CallerJoined:
			b.line[ev.Queue]++
		case CallerLeft, CallerConnected:
			b.line[ev.Queue]--
		case AgentChanged:
			if b.states[ev.Agent] = ev.To; ev.To == "" {
				delete(b.states, ev.Agent)
			}
		}
	}
}

// shows compares the board with the Floor.
func (b *board) shows(t *testing.T, f *Floor) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range f.Snapshot().Agents {
		if len(a.Queues) > 0 && b.states[a.User] != a.State {
			t.Errorf("the board shows agent %s as %s, and they are %s", a.User, b.states[a.User], a.State)
		}
	}
	for _, q := range f.Snapshot().Queues {
		if b.line[q.Name] != len(q.Line) {
			t.Errorf("the board shows %d callers in %s, and there are %d", b.line[q.Name], q.Name, len(q.Line))
		}
	}
}

func TestAWatcherSeesEveryChangeOfABusyDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDay(1)
		ctx, stop := context.WithCancel(t.Context())
		boards := []*board{{}, {}, {}}
		var watching sync.WaitGroup
		for i, b := range boards {
			watching.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Second) // one comes in the middle of it
				for u := range d.Watch(ctx) {
					b.take(t, u)
				}
			})
		}
		for i := range 40 {
			d.done.Go(func() { d.caller(i) })
		}
		for range 12 {
			d.done.Go(d.trouble)
		}
		for range 120 {
			time.Sleep(grid)
			synctest.Wait()
			boards[0].shows(t, d.Floor)
		}
		d.done.Wait()
		synctest.Wait()
		for _, b := range boards {
			b.shows(t, d.Floor)
			b.mu.Lock()
			if b.anew != 1 || b.order < 100 {
				t.Errorf("a board began anew %d times and saw %d events", b.anew, b.order)
			}
			b.mu.Unlock()
		}
		stop()
		watching.Wait()
		if len(d.watchers) > 0 {
			t.Errorf("%d watchers are left", len(d.watchers))
		}
	})
}

func TestASlowWatcherKeepsNobodyWaitingAndBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Log: slog.New(slog.DiscardHandler)})
		f.Apply(map[string]Config{"q": {}}, []Member{{User: "1", Queue: "q"}})
		next, stop := iter.Pull(f.Watch(t.Context()))
		defer stop()
		var b board
		first, _ := next()
		b.take(t, first)
		for i := range 3 * mostBehind { // an odd number of changes, and nobody takes them
			f.SetRegistered("1", i%2 == 0)
		}
		f.SetRegistered("1", true)
		second, _ := next()
		if second.Snapshot == nil {
			t.Fatalf("a watcher who has missed events is told %d of them", len(second.Events))
		}
		b.take(t, second)
		b.shows(t, f)
		f.SetBusy("1", 1)
		third, _ := next()
		if b.take(t, third); len(third.Events) != 1 {
			t.Errorf("then they are told %+v", third)
		}
		b.shows(t, f)
	})
}

func TestNobodyListensToAFloorWithoutWatchers(t *testing.T) {
	f := New(Options{})
	f.Apply(map[string]Config{"q": {}}, []Member{{User: "1", Queue: "q"}})
	for u := range f.Watch(t.Context()) {
		if u.Snapshot == nil || u.Snapshot.Order != 1 {
			t.Errorf("told %+v", u)
		}
		break
	}
	for i := range 10 {
		f.SetBusy("1", i%2)
	}
	if f.engine.observe || len(f.engine.news) > 0 {
		t.Errorf("%d events are kept for nobody", len(f.engine.news))
	}
}

func ExampleFloor_Watch() {
	floor := New(Options{})
	floor.Apply(map[string]Config{"arabic": {}}, []Member{{User: "2001", Queue: "arabic"}})
	for update := range floor.Watch(context.Background()) {
		if update.Snapshot != nil {
			fmt.Println("agents:", len(update.Snapshot.Agents))
			floor.SetRegistered("2001", true)
			continue
		}
		fmt.Println(update.Events[0].Agent, "is", update.Events[0].To)
		break
	}

	// Output:
	// agents: 1
	// 2001 is available
}

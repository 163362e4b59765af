package queue

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"
)

// mostBehind is how many events wait for a watcher; one who is further behind begins anew.
const mostBehind = 1024

// An Update is what a watcher is told next.
type Update struct {
	// Snapshot is the Floor as it is now, in the first Update and in each that follows on events which the watcher was
	// too slow to take; whatever was told before is to be forgotten. nil: Events go on from there.
	Snapshot *Snapshot
	Events   []Event // what has happened since, in order; good until the next Update
}

// Watch tells how the Floor is, and then each change of it, until ctx ends or the loop is left. The loop's body runs on
// the caller's goroutine and may take its time: the Floor never waits for it, and tells it anew how everything is when
// it has missed something.
func (f *Floor) Watch(ctx context.Context) iter.Seq[Update] {
	return func(yield func(Update) bool) {
		w := &watcher{wake: make(chan struct{}, 1)}
		f.admit(w)
		defer f.dismiss(w)
		for {
			s := f.Snapshot()
			if !yield(Update{Snapshot: &s}) {
				return
			}
			for caughtUp := true; caughtUp; {
				select {
				case <-w.wake:
				case <-ctx.Done():
					return
				}
				var events []Event
				events, caughtUp = w.take(s.Order)
				if caughtUp && len(events) > 0 && !yield(Update{Events: events}) {
					return
				}
				clear(events)
				w.giveBack(kept(events))
			}
		}
	}
}

func (f *Floor) admit(w *watcher) {
	f.locked(func(e *engine, _ time.Time) {
		f.watchers = append(slices.Clip(f.watchers), w)
		e.observe = true
	})
}

func (f *Floor) dismiss(w *watcher) {
	f.locked(func(e *engine, _ time.Time) {
		f.watchers = slices.DeleteFunc(slices.Clone(f.watchers), func(o *watcher) bool { return o == w })
		if f.observe == nil && len(f.watchers) == 0 {
			e.observe, e.news = false, nil
		}
	})
}

// A watcher is somebody who looks on, and what they have not been told yet.
type watcher struct {
	mu      sync.Mutex
	waiting []Event       // guarded by mu
	room    []Event       // guarded by mu: of events that were taken, for the next
	behind  bool          // guarded by mu: events were left out
	wake    chan struct{} // capacity 1: one look takes all
}

// push leaves events for the watcher. It does not wait.
func (w *watcher) push(news []Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting)+len(news) > mostBehind {
		w.waiting, w.behind = nil, true
	}
	if !w.behind {
		w.waiting = append(w.waiting, news...)
	}
	select {
	case w.wake <- struct{}{}:
	default: // the sign is up already
	}
}

// take returns the events that wait, without those that are in the snapshot already; ok is false when some were left
// out.
func (w *watcher) take(snapshot uint64) (events []Event, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events, ok = w.waiting, !w.behind
	w.waiting, w.room, w.behind = w.room, nil, false
	return slices.DeleteFunc(events, func(ev Event) bool { return ev.Order <= snapshot }), ok
}

func (w *watcher) giveBack(room []Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.room = room
}

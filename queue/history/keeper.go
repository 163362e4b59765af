package history

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hatif/queue"
	"hatif/store"
)

const (
	// mostWaiting bounds the events that wait for a database that is away: at ten calls a second, some twenty minutes.
	mostWaiting = 100_000
	// mostAtOnce bounds one transaction.
	mostAtOnce = 1_000
	// retryPause is how soon a database that failed is tried again.
	retryPause = time.Second
)

// A Keeper brings the Floor's events to the store. Observe takes them, Run writes them.
type Keeper struct {
	save func(context.Context, []store.QueueEvent) error // (*store.DB).SaveQueueEvents
	log  *slog.Logger

	mu      sync.Mutex
	waiting []queue.Event // guarded by mu; in order
	behind  int           // guarded by mu: how many wait before those: the rest of taken
	lost    int           // guarded by mu: events that came since there was no more room
	wake    chan struct{} // capacity 1: one look takes all

	taken  []queue.Event // Run's: those that are being written
	stored int           // Run's: how many of taken are written
	number int64         // of the last event given to the store; Run's
	at     time.Time     // of that event; Run's
}

// New makes a Keeper that goes on where the last hatif on this database has ended. ctx bounds only the making.
func New(ctx context.Context, db *store.DB, log *slog.Logger) (*Keeper, error) {
	last, err := db.LastQueueEvent(ctx)
	if err != nil {
		return nil, err
	}
	k := &Keeper{save: db.SaveQueueEvents, log: log, number: last, wake: make(chan struct{}, 1)}
	k.Observe(queue.Event{At: time.Now(), Kind: queue.FloorOpened})
	return k, nil
}

// Observe takes one event and does not wait. It is made to be the Floor's observer.
func (k *Keeper) Observe(ev queue.Event) {
	k.take(ev)
	select {
	case k.wake <- struct{}{}:
	default: // the sign is up already
	}
}

func (k *Keeper) take(ev queue.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.behind+len(k.waiting) >= mostWaiting {
		k.lost++
		return
	}
	if k.lost > 0 { // there is room again, and a hole before this event
		k.waiting = append(k.waiting, queue.Event{At: ev.At, Kind: queue.EventsLost})
		k.log.Error("events of the queues were lost: the database was away for too long", "events", k.lost)
		k.lost = 0
	}
	k.waiting = append(k.waiting, ev)
}

// Run writes events until ctx ends, then those that are left. A database that is away is tried again for as long as it
// takes. The error is what was lost in the end.
func (k *Keeper) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case <-k.wake:
			k.write(ctx)
		case <-ctx.Done():
		}
	}
	k.Observe(queue.Event{At: time.Now(), Kind: queue.FloorClosed})
	ctx = context.WithoutCancel(ctx)
	for {
		batch := k.batch()
		if len(batch) == 0 {
			return nil
		}
		if err := k.save(ctx, batch); err != nil {
			return fmt.Errorf("the last %d events of the queues: %w", k.left(), err)
		}
		k.done(batch)
	}
}

// write brings what waits to the store, or gives up when ctx ends: Run tries once more.
func (k *Keeper) write(ctx context.Context) {
	failing := false
	for {
		batch := k.batch()
		if len(batch) == 0 {
			return
		}
		err := k.save(context.WithoutCancel(ctx), batch)
		if err == nil {
			if failing {
				k.log.Info("events of the queues are stored again")
			}
			failing = false
			k.done(batch)
			continue
		}
		if !failing {
			k.log.Error("events of the queues cannot be stored and wait", "error", err)
		}
		failing = true
		timer := time.NewTimer(retryPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// batch is the first events that wait, as rows; they wait until done. The same rows are given out until then.
func (k *Keeper) batch() []store.QueueEvent {
	if k.stored == len(k.taken) {
		k.swap()
	}
	events := k.taken[k.stored:]
	events = events[:min(len(events), mostAtOnce)]
	rows := make([]store.QueueEvent, len(events))
	at := k.at
	for i, ev := range events {
		if ev.At.After(at) { // a clock that was set back does not change the order
			at = ev.At
		}
		r, err := row(ev)
		if err != nil { // what stands in the columns is better than nothing
			k.log.Error("an event of the queues is stored without its details", "event", ev.Kind, "error", err)
		}
		r.Number, r.At = k.number+1+int64(i), at
		rows[i] = r
	}
	return rows
}

// done forgets events that are stored.
func (k *Keeper) done(batch []store.QueueEvent) {
	last := batch[len(batch)-1]
	k.number, k.at = last.Number, last.At
	k.stored += len(batch)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.behind = len(k.taken) - k.stored
}

// left is how many events are not stored.
func (k *Keeper) left() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.behind + len(k.waiting)
}

// swap takes what waits, and leaves the room of what is written for what comes.
func (k *Keeper) swap() {
	clear(k.taken)
	room := k.taken[:0]
	if cap(room) > mostAtOnce { // a database that was away has made it
		room = nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken, k.waiting, k.stored = k.waiting, room, 0
	k.behind = len(k.taken)
}

// row is an event as the store keeps it: what is asked for in columns, the rest as JSON.
func row(ev queue.Event) (store.QueueEvent, error) {
	r := store.QueueEvent{At: ev.At, Kind: string(ev.Kind), Queue: ev.Queue, Call: ev.Call, Agent: ev.Agent, Detail: "{}"}
	ev.At, ev.Order, ev.Kind, ev.Queue, ev.Call, ev.Agent = time.Time{}, 0, "", "", "", ""
	detail, err := json.Marshal(ev)
	if err != nil {
		return r, fmt.Errorf("queue event as JSON: %w", err)
	}
	r.Detail = string(detail)
	return r, nil
}

// event is what row made a row of.
func event(r store.QueueEvent) (queue.Event, error) {
	var ev queue.Event
	if err := json.Unmarshal([]byte(r.Detail), &ev); err != nil {
		return ev, fmt.Errorf("queue event %d: %w", r.Number, err)
	}
	ev.At, ev.Order, ev.Kind = r.At, uint64(r.Number), queue.Kind(r.Kind)
	ev.Queue, ev.Call, ev.Agent = r.Queue, r.Call, r.Agent
	return ev, nil
}

package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"hatif/call"
	"hatif/store"
)

// live is the calls in progress. A call is in it from before its first step until its record is stored.
type live struct {
	mu     sync.Mutex
	calls  map[string]liveCall // guarded by mu; by conversation
	closed bool                // guarded by mu: no new calls
	empty  chan struct{}       // guarded by mu: closed when closed and the last call is gone
}

// liveCall is a call, and the leg that it began with: another may be the caller's by now.
type liveCall struct {
	*call.Call
	began call.Info
}

func newLive() *live {
	return &live{calls: make(map[string]liveCall), empty: make(chan struct{})}
}

// add counts c in, unless the doors are closed.
func (l *live) add(c *call.Call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.calls[c.ID] = liveCall{c, c.Leg.Info()}
	return true
}

func (l *live) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls)
}

// find is the call of a conversation in progress; nil: it is not.
func (l *live) find(id string) *call.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[id].Call
}

// row is how far a call has come that is in progress, with the leg that it began with; false: it is not.
func (l *live) row(id string) (store.Call, bool) {
	l.mu.Lock()
	c, goes := l.calls[id]
	l.mu.Unlock()
	if !goes {
		return store.Call{}, false
	}
	r, in := c.Snapshot(), c.began
	if !slices.ContainsFunc(r.Legs, func(l call.LegRecord) bool { return l.ID == in.ID }) {
		r.Legs = append(r.Legs, call.LegRecord{
			ID: in.ID, User: in.User, Party: in.Party(), Inbound: in.Inbound, CallID: in.CallID, Remote: in.Remote, Device: in.Agent, Began: in.Began,
		})
	}
	return row(r), true
}

func (l *live) remove(c *call.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.calls, c.ID)
	if l.closed && len(l.calls) == 0 {
		close(l.empty)
	}
}

// close lets no new call in; the channel is closed when the last one has gone.
func (l *live) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		if len(l.calls) == 0 {
			close(l.empty)
		}
	}
	return l.empty
}

func (l *live) all() []*call.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*call.Call, 0, len(l.calls))
	for _, c := range l.calls {
		all = append(all, c.Call)
	}
	slices.SortFunc(all, func(a, b *call.Call) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// drain waits until the last call has gone, at most for limit or until ctx ends, and tells now and then, through
// waiting, what it waits for. It reports whether all calls ended by themselves.
func (l *live) drain(ctx context.Context, limit time.Duration, waiting func([]*call.Call, time.Duration)) bool {
	gone := l.close()
	deadline := time.Now().Add(limit)
	over := time.NewTimer(limit)
	defer over.Stop()
	every := time.NewTicker(5 * time.Second)
	defer every.Stop()
	if calls := l.all(); len(calls) > 0 {
		waiting(calls, limit)
	}
	for {
		select {
		case <-gone:
			return true
		case <-over.C:
		case <-ctx.Done():
		case <-every.C:
			waiting(l.all(), time.Until(deadline).Round(time.Second))
			continue
		}
		select {
		case <-gone:
			return true
		default:
			return false
		}
	}
}

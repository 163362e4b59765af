package sip

import (
	"sync/atomic"
	"time"
)

// TimeBounds are the upper bounds by which Times counts.
var TimeBounds = [...]time.Duration{
	time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
	2 * time.Second, 10 * time.Second, time.Minute,
}

// Times are how long many things of a kind took.
type Times struct {
	Count   uint64
	Sum     time.Duration
	Buckets [len(TimeBounds)]uint64 // as many took no longer than the bound of the same place, and longer than the one before
}

// times counts without a lock.
type times struct {
	count   atomic.Uint64
	sum     atomic.Int64
	buckets [len(TimeBounds)]atomic.Uint64
}

func (t *times) add(d time.Duration) {
	t.count.Add(1)
	t.sum.Add(int64(d))
	for i, bound := range TimeBounds {
		if d <= bound {
			t.buckets[i].Add(1)
			return
		}
	}
}

func (t *times) read() Times {
	r := Times{Count: t.count.Load(), Sum: time.Duration(t.sum.Load())}
	for i := range t.buckets {
		r.Buckets[i] = t.buckets[i].Load()
	}
	return r
}

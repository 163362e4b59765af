package media

import "time"

// LagBounds are the upper bounds by which Lag counts.
var LagBounds = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
}

// Lag is how late the loops come to what is due: a loop that is always late by a frame has more ports than its core can
// serve.
type Lag struct {
	Count   uint64                 // ticks that had something to do
	Sum     time.Duration          // by which they were late, all together
	Buckets [len(LagBounds)]uint64 // as many were no later than the bound of the same place, and later than the one before
}

// lagged counts a tick that came so many nanoseconds after it was due. Only the loop calls it.
func (c *counts) lagged(by int64) {
	c.ticks++
	c.lag += by
	for i, bound := range LagBounds {
		if by <= int64(bound) {
			c.behind[i]++
			return
		}
	}
}

// add takes a loop's share.
func (g *Lag) add(s *sharedCounts) {
	g.Count += s.ticks.Load()
	g.Sum += time.Duration(s.lag.Load())
	for i := range s.behind {
		g.Buckets[i] += s.behind[i].Load()
	}
}

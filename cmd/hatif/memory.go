package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How it is told that a rush is over: nearly nothing was allocated since the last look, and the one before.
const (
	lullLook  = 2 * time.Second
	lullCalm  = 1 << 20 // bytes allocated from look to look: people talk, and nobody calls
	lullWorth = 6 << 20 // bytes of garbage that are worth a collection
)

// giveBack collects what a rush of calls has left, and gives its memory back to the system, when the rush is over. Nothing
// is allocated while people talk, so that the next collection might be hours away, and what is left lying about would be
// the larger part of what a call takes. It returns when ctx ends.
func giveBack(ctx context.Context) {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(lullLook)
	defer tick.Stop()
	var before uint64
	calm := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		allocated, objects, live := sample[0].Value.Uint64(), sample[1].Value.Uint64(), sample[2].Value.Uint64()
		was := calm
		calm, before = allocated-before < lullCalm, allocated
		if was && calm && objects > live+lullWorth {
			debug.FreeOSMemory()
		}
	}
}

package recorder

import (
	"context"
	"time"
)

// interval is how often the writer empties the rings and writes: often enough for rings of tapPackets,
// seldom enough for large writes.
const interval = 250 * time.Millisecond

// Run writes the recordings until ctx ends; then it finishes those still open and returns nil. It is
// called once. Whoever stops calls before the recorder loses nothing.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.close()
			return nil
		case <-tick.C:
			r.serve()
		case <-r.wake:
			r.finishStopped(tick.C)
		}
	}
}

// serve brings every recording up to date.
func (r *Recorder) serve() {
	now := r.clock()
	r.mixer.all = r.recordings(r.mixer.all)
	for _, rec := range r.mixer.all {
		r.mixer.advance(rec, now)
	}
	clear(r.mixer.all)
}

// finishStopped finishes the recordings whose Stop waits. Each costs an fsync, which may take long:
// between two of them the others are served when it is time.
func (r *Recorder) finishStopped(tick <-chan time.Time) {
	for _, rec := range r.recordings(nil) {
		if !rec.isStopped() {
			continue
		}
		r.mixer.finish(rec)
		select {
		case <-tick:
			r.serve()
		default:
		}
	}
}

// close ends all recordings and lets no more begin.
func (r *Recorder) close() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	for _, rec := range r.recordings(nil) {
		rec.halt()
		r.mixer.finish(rec)
	}
}

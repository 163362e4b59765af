package app

import (
	"slices"
	"sync"
	"time"

	"hatif/internal/metrics"
	"hatif/web"
)

// reloads remembers what has become of readings of the file.
type reloads struct {
	mu    sync.Mutex
	known metrics.Reloads // guarded by mu
	last  web.Reload      // guarded by mu
}

// begin notes the settings that hatif was started with.
func (r *reloads) begin(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known, r.last = metrics.Reloads{Last: true, Since: at}, web.Reload{At: at}
}

// note notes a reading, and the keys whose change waits for a restart.
func (r *reloads) note(restart []string, err error) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known.Last, r.last.At = err == nil, now
	if err != nil {
		r.known.Refused++
		r.last.Err = err.Error()
		return
	}
	r.known.Applied++
	r.known.Since = now
	r.last.Err, r.last.Restart = "", slices.Clone(restart)
}

func (r *reloads) figures() metrics.Reloads {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

func (r *reloads) latest() web.Reload {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

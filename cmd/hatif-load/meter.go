package main

import (
	"sync"
	"time"

	"hatif/internal/softphone"
)

// A meter counts calls and how long they talked, while they come and go.
type meter struct {
	mu       sync.Mutex
	started  int                 // guarded by mu
	ended    int                 // guarded by mu
	talking  int                 // guarded by mu
	most     int                 // guarded by mu; talking at once
	talked   time.Duration       // guarded by mu; call time up to changed
	changed  time.Time           // guarded by mu; when talking last changed
	moved    time.Time           // guarded by mu; when a call last began, connected or ended
	failures map[string]int      // guarded by mu; by cause
	bad      map[string]int      // guarded by mu; calls whose sound was wrong, by what was wrong
	sound    softphone.Reception // guarded by mu; sums over both ends of the calls checked
	checked  int                 // guarded by mu
	answer   softphone.Latency   // guarded by mu; INVITE to 200
	agent    softphone.Latency   // guarded by mu; INVITE to the agent's voice
}

func newMeter() *meter {
	return &meter{failures: make(map[string]int), bad: make(map[string]int), changed: time.Now()}
}

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.started++
	m.moved = time.Now()
}

func (m *meter) answered(after time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer.Add(after)
}

func (m *meter) connected(after time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agent.Add(after)
	m.turn(1)
	m.most = max(m.most, m.talking)
}

// turn is called with mu held.
func (m *meter) turn(by int) {
	now := time.Now()
	m.talked += time.Duration(m.talking) * now.Sub(m.changed)
	m.talking += by
	m.changed, m.moved = now, now
}

// parted: a call that was connected talks no more.
func (m *meter) parted() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(-1)
}

// end counts a call that is over; cause is empty when it went well.
func (m *meter) end(cause string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended++
	m.moved = time.Now()
	if cause != "" {
		m.failures[cause]++
	}
}

// heard adds one call's sound, at one of its ends.
func (m *meter) heard(r softphone.Reception) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sound.Stamped += r.Stamped
	m.sound.Lost += r.Lost
	m.sound.Duplicated += r.Duplicated
	m.sound.Reordered += r.Reordered
}

func (m *meter) judged(wrong string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checked++
	if wrong != "" {
		m.bad[wrong]++
	}
}

// A moment is the state at a time.
type moment struct {
	at                      time.Time
	started, ended, talking int
	talked                  time.Duration
	moved                   time.Time
	failed                  int
	lost                    uint64
}

func (m *meter) now() moment {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := time.Now()
	failed := 0
	for _, n := range m.failures {
		failed += n
	}
	for _, n := range m.bad {
		failed += n
	}
	return moment{
		at: at, started: m.started, ended: m.ended, talking: m.talking,
		talked: m.talked + time.Duration(m.talking)*at.Sub(m.changed), moved: m.moved, failed: failed, lost: m.sound.Lost,
	}
}

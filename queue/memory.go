package queue

import (
	"time"

	"hatif/call"
)

// A memory knows who spoke with a caller last, for as long as any queue wants to know. It is as big as the
// calls of that time are many.
type memory struct {
	keep     time.Duration // 0: nobody wants to know
	meetings map[string]meeting
	order    []met // by time; some may have been overtaken by a later meeting
}

// A meeting is the last conversation of a caller.
type meeting struct {
	agent string
	over  time.Time
}

type met struct {
	number string
	over   time.Time
}

// note takes in that agent's conversation with caller is over now. Callers without a number are all the same.
func (m *memory) note(caller call.Identity, agent string, now time.Time) {
	m.forget(now)
	if m.keep <= 0 || caller.Number == "" {
		return
	}
	if m.meetings == nil {
		m.meetings = make(map[string]meeting)
	}
	m.meetings[caller.Number] = meeting{agent, now}
	m.order = append(m.order, met{caller.Number, now})
}

// forget drops what nobody wants to know any more.
func (m *memory) forget(now time.Time) {
	for len(m.order) > 0 && now.Sub(m.order[0].over) > m.keep {
		if oldest := m.order[0]; m.meetings[oldest.number].over.Equal(oldest.over) {
			delete(m.meetings, oldest.number)
		}
		m.order = m.order[1:]
	}
}

// last is who spoke with caller last, not longer ago than within; "" nobody.
func (m *memory) last(caller call.Identity, within time.Duration, now time.Time) string {
	if met, known := m.meetings[caller.Number]; known && now.Sub(met.over) <= within {
		return met.agent
	}
	return ""
}

// lastWith is the agent who has t's caller in the end: to whom the winner has given them, if that is one.
func (e *engine) lastWith(t *ticket) string {
	if heir := e.agents[t.heir]; heir != nil && len(heir.places) > 0 {
		return heir.user
	}
	return t.winner.user
}

// remembered is the agent who is rung first for t: the one who spoke with the caller last, if they may be
// rung for t now, have not missed t, and no phone rings for t yet.
func (l *lane) remembered(t *ticket) []Agent {
	if t.before == "" || len(t.held) > 0 || t.Missed[t.before] > 0 {
		return nil
	}
	for i, a := range l.bench {
		if a.User == t.before {
			return l.bench[i : i+1]
		}
	}
	return nil
}

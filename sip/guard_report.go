package sip

import (
	"log/slog"
	"net/netip"
	"time"
)

const (
	tellEvery  = time.Minute // one suspect's failures are told once in such a time
	tellAtMost = 30          // lines a minute, whoever fails: a flood of names or addresses must not fill the disk
)

// A report collects, within bounds, what the log is told of wrong credentials and of bans. Its guard's lock is held
// while it collects, and not while the log is written.
type report struct {
	log    *slog.Logger // nil: nobody reads it
	lines  []func()     // collected
	minute time.Time    // when the present minute began
	told   int          // lines of it
	unsaid int          // not told since the last line
}

// add collects a line.
func (r *report) add(write func(*slog.Logger, string, ...any), message string, attrs ...any) {
	if r.unsaid > 0 {
		attrs = append(attrs, "lines_omitted", r.unsaid)
		r.unsaid = 0
	}
	r.lines = append(r.lines, func() { write(r.log, message, attrs...) })
}

// take returns what was collected, to be written without the lock.
func (r *report) take() []func() {
	lines := r.lines
	r.lines = nil
	return lines
}

// may reports whether a line may be written; when it may not, that is counted.
func (r *report) may(now time.Time) bool {
	if r.log == nil {
		return false
	}
	if now.Sub(r.minute) >= time.Minute {
		r.minute, r.told = now, 0
	}
	if r.told >= tellAtMost {
		r.unsaid++
		return false
	}
	r.told++
	return true
}

func (r *report) failure(source netip.Addr, account, reason string, count int, now time.Time) {
	if r.may(now) {
		r.add((*slog.Logger).Warn, "wrong credentials", "source", source, "account", account, "reason", reason, "failures", count)
	}
}

func (r *report) banned(s suspect, count int, in, life time.Duration, now time.Time) {
	if r.may(now) {
		r.add((*slog.Logger).Warn, "source is banned", "source", s, "reason", "too many wrong credentials", "failures", count,
			"in", in.Round(time.Second), "for", life)
	}
}

func (r *report) lifted(s suspect, reason string, now time.Time) {
	if r.may(now) {
		r.add((*slog.Logger).Info, "ban is over", "source", s, "reason", reason)
	}
}

// LogValue shows a suspect as one text: an address alone, or one of its accounts.
func (s suspect) LogValue() slog.Value {
	source := s.source.String()
	if s.source.Addr().Is4() {
		source = s.source.Addr().String()
	}
	if s.account == "" {
		return slog.StringValue(source + " (all accounts)")
	}
	return slog.StringValue(source + " account " + s.account)
}

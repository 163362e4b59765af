// Package tail keeps the last records of a log in memory, so that they can be looked at in a browser.
//
// It stands between the program and the handler that writes the log, and changes nothing of what that handler sees. What
// an attribute says is kept out when its name is that of a secret. It knows nothing of who looks.
package tail

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	mostRecords = 1000
	mostBytes   = 1 << 20 // of all texts together
	mostValue   = 512     // bytes of an attribute
	mostRecord  = 4 << 10 // bytes of a record's texts
)

// A Record is one line of the log.
type Record struct {
	Number  uint64 // counts from 1
	At      time.Time
	Level   slog.Level
	Message string
	Attrs   string // "call=… cause=…"
}

func (r *Record) size() int { return len(r.Message) + len(r.Attrs) }

// A Ring is the last records. Its methods may be called from any goroutine.
type Ring struct {
	mu      sync.Mutex
	records []Record // guarded by mu: the oldest first
	bytes   int      // guarded by mu
	count   uint64   // guarded by mu
}

func (r *Ring) add(rec Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	rec.Number = r.count
	r.records = append(r.records, rec)
	r.bytes += rec.size()
	drop := 0
	for len(r.records)-drop > mostRecords || r.bytes > mostBytes {
		r.bytes -= r.records[drop].size()
		r.records[drop] = Record{}
		drop++
	}
	r.records = r.records[drop:]
}

// Last returns up to limit records of at least a level that have text in them, whatever its case; the newest first.
func (r *Ring) Last(limit int, level slog.Level, text string) []Record {
	text = strings.ToLower(text)
	r.mu.Lock()
	all := slices.Clone(r.records)
	r.mu.Unlock()
	var found []Record
	for _, rec := range slices.Backward(all) {
		if len(found) == limit {
			break
		}
		if rec.has(level, text) {
			found = append(found, rec)
		}
	}
	return found
}

// Span is the numbers of the oldest record that is kept and of the last one; first is one more when there is none.
func (r *Ring) Span() (first, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count - uint64(len(r.records)) + 1, r.count
}

// After returns up to limit records that follow the one of a number, of at least a level, that have text in them, whatever
// its case; the oldest first. last is the number of the last one that was looked at, and first that of the oldest kept.
func (r *Ring) After(number uint64, limit int, level slog.Level, text string) (found []Record, last, first uint64) {
	text = strings.ToLower(text)
	r.mu.Lock()
	all, count := slices.Clone(r.records), r.count
	r.mu.Unlock()
	first = count - uint64(len(all)) + 1
	for _, rec := range all {
		if rec.Number <= number {
			continue
		}
		if len(found) == limit {
			return found, last, first
		}
		if last = rec.Number; rec.has(level, text) {
			found = append(found, rec)
		}
	}
	return found, max(number, count), first
}

// has reports whether r is of a level, and has a text of small letters in it.
func (r *Record) has(level slog.Level, text string) bool {
	return r.Level >= level && (text == "" || strings.Contains(strings.ToLower(r.Message+" "+r.Attrs), text))
}

// Handler keeps what is logged in the ring and hands it on to next.
func (r *Ring) Handler(next slog.Handler) slog.Handler { return &handler{ring: r, next: next} }

type handler struct {
	ring  *Ring
	next  slog.Handler
	attrs string // of With, as text
	group string // of WithGroup, with a dot at its end
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		write(&b, h.group, a)
		return b.Len() < mostRecord
	})
	h.ring.add(Record{At: r.Time, Level: r.Level, Message: clip(r.Message, mostRecord), Attrs: clip(strings.TrimSpace(b.String()), mostRecord)})
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.attrs)
	for _, a := range attrs {
		write(&b, h.group, a)
	}
	return &handler{ring: h.ring, next: h.next.WithAttrs(attrs), attrs: b.String(), group: h.group}
}

func (h *handler) WithGroup(name string) slog.Handler {
	group := h.group
	if name != "" {
		group += name + "."
	}
	return &handler{ring: h.ring, next: h.next.WithGroup(name), attrs: h.attrs, group: group}
}

// write appends " key=value".
func write(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, inner := range v.Group() {
			write(b, group, inner)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	b.WriteByte(' ')
	b.WriteString(group)
	b.WriteString(a.Key)
	b.WriteByte('=')
	switch {
	case secret(a.Key):
		b.WriteString("***")
	default:
		b.WriteString(clip(v.String(), mostValue))
	}
}

// secrets are parts of names whose values nobody is shown.
var secrets = []string{"secret", "password", "passwd", "token", "authorization", "cookie", "credential"}

func secret(key string) bool {
	key = strings.ToLower(key)
	return key == "pin" || slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(key, s) })
}

// clip cuts a text at most bytes, between two letters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

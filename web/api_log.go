package web

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"hatif/internal/tail"
)

type logList struct {
	Records []logData `json:"records" doc:"The oldest first."`
	Next    string    `json:"next" doc:"The cursor of what follows, now or later."`
}

// logData is a line of the log.
type logData struct {
	At      time.Time `json:"at"`
	Level   string    `json:"level"`
	Message string    `json:"message"`
	Attrs   string    `json:"attributes,omitempty" doc:"key=value, with blanks between them. Secrets are left out."`
}

func logOf(r tail.Record) logData {
	return logData{r.At.UTC(), strings.ToLower(r.Level.String()), r.Message, r.Attrs}
}

func (s *Server) logAPI() []endpoint {
	log := get("/log", "The last records of hatif's log: all at once, or as they come with Accept: text/event-stream", s.apiLog, seeSystem).asking(
		parameter{name: "since", doc: "What follows this cursor. When left out, the last ones, and of a stream what comes from now on. A stream's Last-Event-ID counts instead."},
		parameter{name: "level", words: logLevels, doc: "At least this one; info when it is left out."},
		parameter{name: "text", doc: "Only records that have it in them, whatever its case."}, limitParameter)
	return []endpoint{log.following(func(x *exchange) (feed, error) { return s.logFeed(x) }, s)}
}

// A logFeed is the records that follow one another in this life of hatif: the next one counts from 1 again, so that the
// cursor names the life, too.
type logFeed struct {
	ring  *tail.Ring
	life  int64
	at    uint64
	level slog.Level
	text  string
}

func (f *logFeed) cursor() string { return fmt.Sprintf("%d-%d", f.life, f.at) }

func (s *Server) logFeed(x *exchange) (*logFeed, error) {
	if s.System.Log == nil {
		return nil, errNotFound
	}
	f := &logFeed{ring: s.System.Log, life: s.System.State(x.r.Context()).Started.Unix(), text: x.query["text"]}
	if err := f.level.UnmarshalText([]byte(cmp.Or(x.query["level"], "info"))); err != nil {
		return nil, err
	}
	first, last := f.ring.Span()
	since := x.query["since"]
	if since == "" {
		f.at = last
		return f, nil
	}
	life, number, is := strings.Cut(since, "-")
	at, err := strconv.ParseUint(number, 10, 63)
	switch {
	case !is || err != nil:
		return nil, troubleCursor.of("since", "write the next of the answer before")
	case life != strconv.FormatInt(f.life, 10) || at > last:
		return nil, troubleGone.of("since", "hatif has been started again since then; begin anew without since")
	case at+1 < first:
		return nil, troubleGone.of("since", "so many records have come since then that some are not kept any more; begin anew without since")
	}
	f.at = at
	return f, nil
}

func (f *logFeed) next(_ context.Context, limit int) ([]told, error) {
	found, last, first := f.ring.After(f.at, limit, f.level, f.text)
	if f.at+1 < first {
		return nil, troubleGone.of("since", "records were dropped before they could be sent")
	}
	var all []told
	for _, r := range found {
		all = append(all, told{fmt.Sprintf("%d-%d", f.life, r.Number), "log", logOf(r)})
	}
	f.at = last
	return all, nil
}

func (s *Server) apiLog(x *exchange) (logList, error) {
	f, err := s.logFeed(x)
	if err != nil {
		return logList{}, err
	}
	page := logList{Records: []logData{}}
	if limit := x.number("limit", apiPage); x.query["since"] == "" {
		last := f.ring.Last(limit, f.level, f.text)
		for i := range last {
			page.Records = append(page.Records, logOf(last[len(last)-1-i]))
		}
	} else {
		all, err := f.next(x.r.Context(), limit)
		if err != nil {
			return page, err
		}
		for _, t := range all {
			page.Records = append(page.Records, t.data.(logData)) // f makes no others
		}
	}
	page.Next = f.cursor()
	return page, nil
}

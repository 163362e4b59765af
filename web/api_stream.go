package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	streamEvery  = 500 * time.Millisecond // how often new events are looked for
	streamAlive  = 15 * time.Second       // something is sent at least so often
	streamCheck  = 10 * time.Second       // how often it is asked whether the visitor may still look
	streamWrite  = 10 * time.Second       // how long a consumer may take for what it is sent: what it has missed it asks for again
	streamPage   = 100                    // events in memory for a consumer
	mostStreams  = 64                     // consumers at a time
	streamBefore = "retry: 2000\n"        // milliseconds after which a consumer comes again
)

// stream sends a feed's events as they come, until the consumer or hatif leaves. The id of each message is the cursor
// behind it: a consumer that comes again with it (Last-Event-ID) misses nothing and hears nothing twice.
func (s *Server) stream(x *exchange, f feed, needs []right) error {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return troubleStreams.with("%d are served at a time", mostStreams)
	}
	stream := http.NewResponseController(x.w)
	send := func(text string) bool {
		if err := stream.SetWriteDeadline(time.Now().Add(s.slowest)); err != nil {
			return false
		}
		_, err := x.w.Write([]byte(text))
		return err == nil && stream.Flush() == nil
	}
	x.w.Header().Set("Content-Type", mediaEvents)
	x.w.Header().Set("X-Accel-Buffering", "no")             // proxies pass it on at once
	if !send(streamBefore + "id: " + f.cursor() + "\n\n") { // an id without data is heard of no one, and kept (WHATWG HTML, 9.2.6)
		return nil
	}
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	for sent, checked := time.Now(), time.Now(); ; {
		before := f.cursor()
		all, err := f.next(x.r.Context(), streamPage)
		if err != nil {
			if x.r.Context().Err() == nil {
				s.log.Warn("a stream of events breaks off", "path", x.r.URL.Path, "error", err)
			}
			return nil // the consumer comes again, and is told why
		}
		if text := messages(all, f.cursor(), time.Since(sent) > streamAlive); text != "" {
			if !send(text) {
				return nil
			}
			sent = time.Now()
		}
		if time.Since(checked) > streamCheck {
			if checked = time.Now(); !s.stillCalls(x, needs) {
				return nil
			}
		}
		if f.cursor() != before {
			continue // there may be more
		}
		select {
		case <-tick.C:
		case <-x.r.Context().Done():
			return nil
		case <-s.leaving.Done():
			return nil
		}
	}
}

// messages are events as a stream has them; with alive, something in any case.
func messages(all []told, cursor string, alive bool) string {
	var b strings.Builder
	for _, t := range all {
		data, err := json.Marshal(t.data)
		if err != nil {
			panic(err) // it came out of the database as JSON
		}
		fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: %s\n\n", t.cursor, t.kind, data)
	}
	if b.Len() == 0 && alive {
		fmt.Fprintf(&b, ": still here\nid: %s\n\n", cursor)
	}
	return b.String()
}

// stillCalls reports whether who made a request may still make it: the token was not revoked, the browser not logged off.
func (s *Server) stillCalls(x *exchange, needs []right) bool {
	var v *visitor
	var err error
	if _, token, is := strings.Cut(x.r.Header.Get("Authorization"), " "); is {
		v, err = s.bearer(x.r, strings.TrimSpace(token))
	} else {
		v, err = s.visitor(x.r)
	}
	if err != nil {
		s.log.Error("whether a consumer of events may still look is not known", "error", err)
	}
	return err == nil && v != nil && v.role == x.v.role && slices.ContainsFunc(needs, v.role.may)
}

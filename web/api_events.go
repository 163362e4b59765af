package web

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"hatif/store"
)

// eventShapes are what an event's data may be.
var eventShapes = []reflect.Type{
	reflect.TypeFor[store.CallData](), reflect.TypeFor[store.RatingData](), reflect.TypeFor[store.CallbackRequestData](),
	reflect.TypeFor[store.MessageData](), reflect.TypeFor[store.OwedCallData](),
}

// eventNeeds is the right that an event needs, by the beginning of its kind: what one may not look up one is not told.
var eventNeeds = map[string]right{
	"call": seeCalls, "rating": seeRatings, "callback_request": seeRequests, "message": seeCalls, "owed_call": seeCalls,
}

func maySee(role Role, kind string) bool {
	about, _, _ := strings.Cut(kind, ".")
	return role.may(eventNeeds[about])
}

type eventList struct {
	Events []store.EventData `json:"events" doc:"In the order in which they were written."`
	Next   string            `json:"next" doc:"The cursor of what follows, now or later."`
}

func (s *Server) eventsAPI() []endpoint {
	since := parameter{name: "since", doc: "What follows this cursor; 0: everything that is kept. When left out, what comes from now on. A stream's Last-Event-ID counts instead."}
	events := get("/events", "What has happened: all at once, or as it happens with Accept: text/event-stream", s.apiEvents, seeCalls, seeRatings, seeRequests).
		asking(since, parameter{name: "types", doc: "Only these, with commas between them: " + strings.Join(store.EventKinds(), ", ") + "."}, limitParameter)
	events = events.following(func(x *exchange) (feed, error) { return s.eventFeed(x) }, s)
	queues := get("/queue-events", "What has happened in the queues: all at once, or as it happens with Accept: text/event-stream", s.apiQueueEvents, seeCalls).
		asking(since, limitParameter)
	queues = queues.following(func(x *exchange) (feed, error) { return s.queueFeed(x) }, s)
	return []endpoint{events, queues}
}

// following is e where it answers with a stream to who asks for one.
func (e endpoint) following(open func(*exchange) (feed, error), s *Server) endpoint {
	e.streams = true
	once := e.serve
	e.serve = func(x *exchange) error {
		wanted := slices.ContainsFunc(x.r.Header.Values("Accept"), func(a string) bool { return strings.Contains(a, mediaEvents) })
		if !wanted || x.r.Method == http.MethodHead {
			return once(x)
		}
		if last := x.r.Header.Get("Last-Event-ID"); last != "" {
			x.query["since"] = last
		}
		f, err := open(x)
		if err != nil {
			return err
		}
		return s.stream(x, f, e.needs)
	}
	return e
}

// A feed is events that follow one another, with a cursor.
type feed interface {
	// next returns the events that follow, at most limit, and moves on behind them. Nothing is returned twice.
	next(ctx context.Context, limit int) ([]told, error)
	// cursor is where it is: behind what was returned, and what was passed over.
	cursor() string
}

// told is one event of a feed.
type told struct {
	cursor string // behind it
	kind   string
	data   any
}

// eventFeed is the feed of the events that the visitor asks for and may see.
type eventFeed struct {
	db   *store.DB
	at   int64
	want []string
}

func (s *Server) eventFeed(x *exchange) (*eventFeed, error) {
	f := &eventFeed{db: s.store}
	kinds := store.EventKinds()
	if asked := x.query["types"]; asked != "" {
		kinds = strings.Split(asked, ",")
	}
	for _, kind := range kinds {
		switch {
		case !slices.Contains(store.EventKinds(), kind):
			return nil, troubleParameter.of("types", "there is no event %q: there are %s", kind, strings.Join(store.EventKinds(), ", "))
		case maySee(x.v.role, kind):
			f.want = append(f.want, kind)
		case x.query["types"] != "":
			return nil, troubleForbidden.of("types", "the role %s is not told of %s", x.v.role, kind)
		}
	}
	first, last, err := s.store.EventSpan(x.r.Context())
	if err != nil {
		return nil, err
	}
	f.at, err = begin(x.query["since"], first, last)
	return f, err
}

// begin is where a feed of numbers from first to last begins: behind since, at the end when it is "".
func begin(since string, first, last int64) (int64, error) {
	switch since {
	case "":
		return last, nil
	case "0":
		return max(first-1, 0), nil
	}
	at, err := strconv.ParseInt(since, 10, 64)
	switch {
	case err != nil || at < 0:
		return 0, troubleCursor.of("since", "write the id of the last event that you have, or 0")
	case at < first-1:
		return 0, troubleGone.of("since", "events are kept from %d on; begin anew with since=0, and look up what you have missed", first)
	case at > last:
		return 0, troubleGone.of("since", "there are only %d events: the database is an older one; begin anew with since=0", last)
	}
	return at, nil
}

func (f *eventFeed) cursor() string { return strconv.FormatInt(f.at, 10) }

func (f *eventFeed) next(ctx context.Context, limit int) ([]told, error) {
	var all []told
	for e, err := range f.db.Events(ctx, f.at, limit) {
		switch {
		case err != nil:
			return nil, err
		case e.ID != f.at+1:
			return nil, troubleGone.of("since", "events were removed before they could be sent")
		}
		if f.at = e.ID; slices.Contains(f.want, e.Kind) {
			all = append(all, told{f.cursor(), e.Kind, e.Shown()})
		}
	}
	return all, nil
}

func (s *Server) apiEvents(x *exchange) (eventList, error) {
	f, err := s.eventFeed(x)
	if err != nil {
		return eventList{}, err
	}
	page := eventList{Events: []store.EventData{}}
	all, err := f.next(x.r.Context(), x.number("limit", apiPage))
	for _, t := range all {
		page.Events = append(page.Events, t.data.(store.EventData)) // f makes no others
	}
	page.Next = f.cursor()
	return page, err
}

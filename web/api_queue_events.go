package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/queue"
	"hatif/store"
)

type queueEventList struct {
	Events []queueEventData `json:"events" doc:"Those of one node in their order."`
	Next   string           `json:"next" doc:"The cursor of what follows, now or later."`
}

// queueEventData is a queue.Event; what is zero is left out.
type queueEventData struct {
	Node   string    `json:"node,omitempty" doc:"Which hatif it happened on, where several share a database."`
	Number int64     `json:"number" doc:"The order on the node."`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" doc:"joined, refused, connected, parted, left, kept, rung, missed, released, changed, and more."`
	Queue  string    `json:"queue,omitempty"`
	Call   string    `json:"call,omitempty"`
	Agent  string    `json:"agent,omitempty"`

	Caller   string    `json:"caller,omitempty"`
	Priority int       `json:"priority,omitempty"`
	Skills   string    `json:"skills,omitempty" doc:"What the agent must have."`
	Result   string    `json:"result,omitempty" doc:"How the caller has left."`
	Key      string    `json:"key,omitempty" doc:"By which the caller left."`
	Next     string    `json:"next,omitempty" doc:"The queue gone to."`
	Switch   string    `json:"switch,omitempty" doc:"How the queue was opened or closed by hand."`
	Cause    string    `json:"cause,omitempty" doc:"Why the agent did not take the call."`
	From     string    `json:"from,omitempty" doc:"The agent's state before."`
	To       string    `json:"to,omitempty" doc:"The agent's state since."`
	Via      string    `json:"via,omitempty" doc:"What has brought it about."`
	Reason   string    `json:"reason,omitempty" doc:"Of the pause."`
	Until    time.Time `json:"until,omitzero" doc:"The end of the wrap-up."`
	Position int       `json:"position,omitempty" doc:"In line, from 1."`
	Entered  int       `json:"entered_at_position,omitempty" doc:"In line, when joining."`
	Waited   float64   `json:"waited_seconds,omitempty"`
	Rang     float64   `json:"rang_seconds,omitempty"`
	Talked   float64   `json:"talked_seconds,omitempty"`
	By       string    `json:"by,omitempty" doc:"Who ended the conversation."`
	Heir     string    `json:"heir,omitempty" doc:"To whom the agent has transferred the caller."`
}

func queueEventOf(r store.QueueEvent) (queueEventData, error) {
	var e queue.Event
	if err := json.Unmarshal([]byte(r.Detail), &e); err != nil {
		return queueEventData{}, fmt.Errorf("queue event %d: %w", r.Number, err)
	}
	d := queueEventData{
		Node: r.Node, Number: r.Number, At: r.At.UTC(), Kind: r.Kind, Queue: r.Queue, Call: r.Call, Agent: r.Agent, Caller: e.Caller,
		Priority: e.Priority, Skills: e.Skills, Result: string(e.Result), Key: e.Key, Next: e.Next, Switch: string(e.Switch), From: string(e.From),
		To: string(e.To), Via: string(e.Via), Reason: e.Reason, Until: e.Until.UTC(), Position: e.Position, Entered: e.Entered,
		Waited: e.Waited.Seconds(), Rang: e.Rang.Seconds(), Talked: e.Talked.Seconds(), By: string(e.By), Heir: e.Heir,
	}
	if e.Cause != nil {
		d.Cause = e.Cause.Name
	}
	return d, nil
}

// queueFeed is the feed of what happened in the queues: a place for each node.
type queueFeed struct {
	db *store.DB
	at map[string]int64
}

func (s *Server) queueFeed(x *exchange) (*queueFeed, error) {
	nodes, err := s.store.QueueNodes(x.r.Context())
	if err != nil {
		return nil, err
	}
	since := x.query["since"]
	given, err := url.ParseQuery(since)
	if since != "" && since != "0" && (err != nil || !strings.Contains(since, "=")) {
		return nil, troubleCursor.of("since", "write the next of the page before, or 0")
	}
	f := &queueFeed{db: s.store, at: make(map[string]int64)}
	for _, node := range nodes {
		first, last, err := s.store.QueueEventSpan(x.r.Context(), node)
		if err != nil {
			return nil, err
		}
		from := since
		if since != "" && since != "0" {
			if from = given.Get(node); from == "" {
				from = "0" // a node that was not there yet
			}
		}
		if f.at[node], err = begin(from, first, last); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *queueFeed) cursor() string {
	v := make(url.Values)
	for node, at := range f.at {
		v.Set(node, strconv.FormatInt(at, 10))
	}
	if len(v) == 0 {
		return "0"
	}
	return v.Encode()
}

func (f *queueFeed) next(ctx context.Context, limit int) ([]told, error) {
	nodes, err := f.db.QueueNodes(ctx) // one may have come
	if err != nil {
		return nil, err
	}
	for _, node := range nodes {
		f.at[node] += 0 // from its first
	}
	var all []told
	for _, node := range slices.Sorted(maps.Keys(f.at)) {
		for e, err := range f.db.QueueEventsAfter(ctx, node, f.at[node], limit-len(all)) {
			if err != nil {
				return nil, err
			}
			d, err := queueEventOf(e)
			if err != nil {
				return nil, err
			}
			f.at[node] = e.Number
			all = append(all, told{f.cursor(), e.Kind, d})
		}
	}
	return all, nil
}

func (s *Server) apiQueueEvents(x *exchange) (queueEventList, error) {
	f, err := s.queueFeed(x)
	if err != nil {
		return queueEventList{}, err
	}
	page := queueEventList{Events: []queueEventData{}}
	all, err := f.next(x.r.Context(), x.number("limit", apiPage))
	for _, t := range all {
		page.Events = append(page.Events, t.data.(queueEventData)) // f makes no others
	}
	page.Next = f.cursor()
	return page, err
}

package web

import (
	"errors"
	"time"

	"hatif/store"
)

// How many rows a page has when nobody says, and at most.
const (
	apiPage     = 100
	apiPageMost = 1000
)

// The parameters that several lists have.
var (
	limitParameter  = parameter{name: "limit", form: "number", least: 1, most: apiPageMost, doc: "How many at most; 100 when it is left out."}
	cursorParameter = parameter{name: "cursor", doc: "The next of the page before."}
)

type callList struct {
	Calls []store.CallData `json:"calls" doc:"The newest first."`
	Next  string           `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

// A wholeCall is a call with all that is known of it.
type wholeCall struct {
	store.CallData
	Path []noteData `json:"path" doc:"What happened in it, in order."`
	Legs []legData  `json:"legs" doc:"The parties, the caller first."`
}

type noteData struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

type legData struct {
	ID         string          `json:"id"`
	User       string          `json:"user" doc:"The account."`
	Number     string          `json:"number"`
	Name       string          `json:"name"`
	Inbound    bool            `json:"inbound"`
	CallID     string          `json:"sip_call_id"`
	Remote     string          `json:"remote" doc:"The signalling address."`
	Device     string          `json:"device" doc:"What the phone says that it is."`
	BeganAt    time.Time       `json:"began_at,omitzero"`
	RangAt     time.Time       `json:"rang_at,omitzero"`
	AnsweredAt time.Time       `json:"answered_at,omitzero"`
	EndedAt    time.Time       `json:"ended_at,omitzero"`
	Cause      store.CauseData `json:"cause"`
	HungUpBy   string          `json:"hung_up_by" doc:"party, hatif or network."`
	Quality    qualityData     `json:"quality"`
}

type qualityData struct {
	Codec     string  `json:"codec"`
	Sent      uint64  `json:"packets_sent"`
	Received  uint64  `json:"packets_received"`
	Lost      uint64  `json:"packets_lost"`
	Rejected  uint64  `json:"packets_rejected"`
	Jitter    float64 `json:"jitter_ms"`
	MaxJitter float64 `json:"max_jitter_ms"`
	RoundTrip float64 `json:"round_trip_ms"`
	MOS       float64 `json:"mos"`
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func legOf(l store.Leg) legData {
	q := l.Quality
	return legData{
		ID: l.ID, User: l.User, Number: l.Number, Name: l.Name, Inbound: l.Inbound, CallID: l.CallID, Remote: l.Remote, Device: l.Device,
		BeganAt: l.Began.UTC(), RangAt: l.Rang.UTC(), AnsweredAt: l.Answered.UTC(), EndedAt: l.Ended.UTC(), Cause: l.Cause.Data(), HungUpBy: l.HungUpBy,
		Quality: qualityData{
			Codec: q.Codec, Sent: q.PacketsSent, Received: q.PacketsReceived, Lost: q.PacketsLost, Rejected: q.PacketsRejected,
			Jitter: milliseconds(q.Jitter), MaxJitter: milliseconds(q.MaxJitter), RoundTrip: milliseconds(q.RoundTrip), MOS: q.MOS,
		},
	}
}

func (s *Server) callsAPI() []endpoint {
	return []endpoint{
		get("/calls", "The call log", s.apiCalls, seeCalls, seeOwnCalls).asking(
			parameter{name: "since", form: "time", doc: "Calls that began then or later."},
			parameter{name: "until", form: "time", doc: "Calls that began before then."},
			parameter{name: "number", doc: "The caller's, the one dialled, or the agent."},
			parameter{name: "agent"}, parameter{name: "queue"}, parameter{name: "result", words: callResults}, limitParameter, cursorParameter),
		get("/calls/{id}", "One call that is over, with its way and its parties", s.apiCall, seeCalls, seeOwnCalls),
		raw("/recordings/{day}/{file}", "A recording, by the name that its call has for it", mediaSound, func(x *exchange) error { return s.recording(x.w, x.r, x.v) }, listen).
			asking(parameter{name: "download", doc: "Anything: it is noted as a download, and a browser saves it."}),
	}
}

func (s *Server) apiCalls(x *exchange) (callList, error) {
	limit := x.number("limit", apiPage)
	f := store.Filter{
		Since: x.moment("since"), Until: x.moment("until"), Number: x.query["number"], Agent: x.query["agent"], Queue: x.query["queue"],
		Result: x.query["result"], After: x.query["cursor"], Limit: limit,
	}
	if !x.v.role.may(seeCalls) {
		if x.v.account.Person == "" {
			return callList{}, errForbidden
		}
		f.Agent = x.v.account.Person
	}
	calls, err := s.store.Calls(x.r.Context(), f)
	if errors.Is(err, store.ErrCursor) {
		return callList{}, troubleCursor.of("cursor", "write the next of the page before")
	}
	page := callList{Calls: []store.CallData{}}
	for _, c := range calls {
		page.Calls = append(page.Calls, c.Data())
	}
	if len(calls) == limit {
		page.Next = calls[limit-1].Cursor()
	}
	return page, err
}

func (s *Server) apiCall(x *exchange) (wholeCall, error) {
	c, err := s.store.Call(x.r.Context(), x.r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && !x.v.role.may(seeCalls) && !s.took(c, x.v) {
		err = errNotFound // not told apart
	}
	if err != nil {
		return wholeCall{}, err
	}
	whole := wholeCall{CallData: c.Data(), Path: []noteData{}, Legs: []legData{}}
	for _, n := range c.Path {
		whole.Path = append(whole.Path, noteData{n.At.UTC(), n.Text})
	}
	for _, l := range c.Legs {
		whole.Legs = append(whole.Legs, legOf(l))
	}
	return whole, nil
}

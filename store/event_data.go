package store

import (
	"encoding/json"
	"strconv"
	"time"
)

// The shapes in which rows are shown to other programs: in events, in what webhooks are sent, and by the API. They are a
// format: fields are added, never changed. Times are RFC 3339 in UTC; what is not known is left out.

// shown is a time as the database keeps it, so that an event says the same as what is looked up later.
func shown(t time.Time) time.Time { return instant(micros(t)) }

// CallData is a Call without its path and legs.
type CallData struct {
	ID          string    `json:"id" doc:"The conversation."`
	Node        string    `json:"node,omitempty" doc:"Which hatif carried it, where several share a database."`
	BeganAt     time.Time `json:"began_at"`
	AnsweredAt  time.Time `json:"answered_at,omitzero" doc:"Left out: it never was."`
	ConnectedAt time.Time `json:"connected_at,omitzero" doc:"When the caller first spoke with a person. Left out: never."`
	EndedAt     time.Time `json:"ended_at"`
	Duration    float64   `json:"duration_seconds" doc:"The whole conversation's."`
	Talk        float64   `json:"talk_seconds" doc:"With a person; 0 when there was none."`
	Number      string    `json:"caller_number"`
	Name        string    `json:"caller_name"`
	User        string    `json:"user" doc:"The caller's account."`
	Called      string    `json:"called" doc:"What was dialled."`
	Context     string    `json:"context"`
	Language    string    `json:"language"`
	Queue       string    `json:"queue"`
	Agent       string    `json:"agent" doc:"Who spoke with the caller."`
	Result      string    `json:"result" doc:"One or two words, such as answered or abandoned."`
	Cause       CauseData `json:"cause"`
	Recordings  []string  `json:"recordings" doc:"What /api/v1/recordings/ has, by name."`
}

// CauseData is a Cause.
type CauseData struct {
	Name string `json:"name" doc:"One word, such as normal or busy."`
	Q850 int    `json:"q850" doc:"The ITU-T Q.850 cause value."`
	SIP  int    `json:"sip" doc:"The SIP status code."`
	Text string `json:"text,omitempty"`
}

// Data is c for other programs.
func (c Cause) Data() CauseData { return CauseData(c) }

// Data is c for other programs.
func (c *Call) Data() CallData {
	d := CallData{
		ID: c.ID, Node: c.Node, BeganAt: shown(c.Began), AnsweredAt: shown(c.Answered), ConnectedAt: shown(c.Connected), EndedAt: shown(c.Ended),
		Duration: c.Duration().Seconds(), Talk: c.Talk().Seconds(), Number: c.Number, Name: c.Name, User: c.User, Called: c.Called,
		Context: c.Context, Language: c.Language, Queue: c.Queue, Agent: c.Agent, Result: c.Result, Cause: c.Cause.Data(),
		Recordings: c.Recordings,
	}
	if d.Recordings == nil {
		d.Recordings = []string{}
	}
	return d
}

// RatingData is a Rating.
type RatingData struct {
	Call     string    `json:"call" doc:"The conversation that is rated."`
	GivenIn  string    `json:"given_in" doc:"The conversation in which it was asked for."`
	GivenAt  time.Time `json:"given_at"`
	Number   string    `json:"caller_number"`
	Name     string    `json:"caller_name"`
	Agent    string    `json:"agent"`
	Queue    string    `json:"queue"`
	Language string    `json:"language"`
	Rating   *int      `json:"rating,omitempty" doc:"From 0 to 10. Left out: it was asked for and not given."`
}

// Data is r for other programs.
func (r *Rating) Data() RatingData {
	d := RatingData{
		Call: r.Call, GivenIn: r.GivenIn, GivenAt: shown(r.Created), Number: r.Caller, Name: r.Name, Agent: r.Agent, Queue: r.Queue,
		Language: r.Language,
	}
	if r.Answered {
		d.Rating = &r.Rating
	}
	return d
}

// CallbackRequestData is a Request.
type CallbackRequestData struct {
	ID           string    `json:"id"`
	CreatedAt    time.Time `json:"created_at"`
	CallerNumber string    `json:"caller_number" doc:"What the caller called from."`
	CallerName   string    `json:"caller_name"`
	Number       string    `json:"number" doc:"What the caller left."`
	Alternative  string    `json:"alternative,omitempty" doc:"Another number."`
	Language     string    `json:"language"`
	Queue        string    `json:"queue"`
	Call         string    `json:"call" doc:"The conversation in which it was left."`
	State        string    `json:"state" enum:"open,taken,called back,unreachable"`
	By           string    `json:"by,omitempty" doc:"Who has taken or closed it."`
	ChangedAt    time.Time `json:"changed_at"`
}

// Data is r for other programs.
func (r *Request) Data() CallbackRequestData {
	return CallbackRequestData{
		ID: r.ID, CreatedAt: shown(r.Created), CallerNumber: r.Caller, CallerName: r.Name, Number: r.Number, Alternative: r.Alternative,
		Language: r.Language, Queue: r.Queue, Call: r.Call, State: r.State, By: r.By, ChangedAt: shown(r.Changed),
	}
}

// MessageData is a Message.
type MessageData struct {
	ID          string    `json:"id"`
	Mailbox     string    `json:"mailbox"`
	Folder      string    `json:"folder"`
	Urgent      bool      `json:"urgent"`
	Number      string    `json:"caller_number"`
	Name        string    `json:"caller_name"`
	Call        string    `json:"call,omitempty" doc:"The conversation in which it was left."`
	ForwardedBy string    `json:"forwarded_by,omitempty" doc:"The mailbox that sent it on."`
	ReceivedAt  time.Time `json:"received_at"`
	Duration    float64   `json:"duration_seconds"`
	HeardAt     time.Time `json:"heard_at,omitzero" doc:"For the first time. Left out: never."`
}

// Data is m for other programs.
func (m *Message) Data() MessageData {
	return MessageData{
		ID: m.ID, Mailbox: m.Mailbox, Folder: m.Folder, Urgent: m.Urgent, Number: m.Number, Name: m.Name, Call: m.Call,
		ForwardedBy: m.ForwardedBy, ReceivedAt: shown(m.Received), Duration: m.Duration.Seconds(), HeardAt: shown(m.Heard),
	}
}

// OwedCallData is an Owed.
type OwedCallData struct {
	ID         string            `json:"id"`
	To         string            `json:"to" doc:"Who is called."`
	Run        string            `json:"run" doc:"The context that is run when they answer."`
	Language   string            `json:"language"`
	As         string            `json:"as" doc:"The number on their display."`
	Variables  map[string]string `json:"variables"`
	Hours      string            `json:"hours,omitempty" doc:"When they may be called. Left out: at any time."`
	Tries      int               `json:"tries" doc:"At most so many."`
	Every      float64           `json:"every_seconds" doc:"Between two tries."`
	Ring       float64           `json:"ring_seconds" doc:"How long the phone rings."`
	InLine     bool              `json:"in_line" doc:"It is due by its turn in a queue, not by the clock."`
	Call       string            `json:"call,omitempty" doc:"The conversation in which it was promised."`
	Agent      string            `json:"agent,omitempty"`
	Queue      string            `json:"queue,omitempty"`
	CreatedAt  time.Time         `json:"created_at"`
	DueAt      time.Time         `json:"due_at" doc:"When it is tried next, at the earliest."`
	State      string            `json:"state" enum:"waiting,in line,dialling,answered,done,failed,cancelled"`
	Attempts   int               `json:"attempts" doc:"Begun so far."`
	Cause      string            `json:"cause,omitempty" doc:"Why the last attempt failed, or who cancelled it."`
	Placed     string            `json:"placed_call,omitempty" doc:"The conversation that came of it."`
	AnsweredAt time.Time         `json:"answered_at,omitzero"`
	EndedAt    time.Time         `json:"ended_at,omitzero"`
}

// Data is o for other programs.
func (o *Owed) Data() OwedCallData {
	d := OwedCallData{
		ID: o.ID, To: o.Account, Run: o.Context, Language: o.Language, As: o.Shown, Variables: o.Variables, Hours: o.Hours,
		Tries: o.Tries, Every: o.Pause.Seconds(), Ring: o.Ring.Seconds(), InLine: o.Place != "", Call: o.Call, Agent: o.Agent,
		Queue: o.Queue, CreatedAt: shown(o.Created), DueAt: shown(o.Due), State: o.State, Attempts: o.Attempts, Cause: o.Cause,
		Placed: o.Placed, AnsweredAt: shown(o.Answered), EndedAt: shown(o.Ended),
	}
	if d.Variables == nil {
		d.Variables = map[string]string{}
	}
	return d
}

// EventData is an Event.
type EventData struct {
	ID        string          `json:"id" doc:"The cursor: what follows it are the events that were written later."`
	Node      string          `json:"node,omitempty" doc:"Which hatif it happened on, where several share a database."`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp" doc:"When it was written."`
	Data      json.RawMessage `json:"data" anyof:"Call,Rating,CallbackRequest,Message,OwedCall" doc:"By the type: of call.… a Call, and so on."`
}

// Shown is e for other programs.
func (e *Event) Shown() EventData {
	return EventData{ID: strconv.FormatInt(e.ID, 10), Node: e.Node, Type: e.Kind, Timestamp: shown(e.At), Data: e.Data}
}

// Name tells e from all other events, also from those of the same number in another database, or in an older state of
// this one. It has no dot in it, as Standard Webhooks wants it.
func (e *Event) Name() string {
	return "evt_" + strconv.FormatInt(e.At.UnixMicro(), 36) + "_" + strconv.FormatInt(e.ID, 10)
}

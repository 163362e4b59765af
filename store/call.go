package store

import (
	"encoding/json"
	"strings"
	"time"
)

// A Call is one conversation's row of the call log. Times are kept to the microsecond and come back in UTC.
type Call struct {
	ID        string // the conversation's; it is the key
	Node      string // which hatif carried it, where several share a database; filled in by the store
	Began     time.Time
	Answered  time.Time `json:",omitzero"` // zero: never
	Connected time.Time `json:",omitzero"` // when the caller first spoke with a person; zero: never
	Ended     time.Time `json:",omitzero"`

	Number   string // the caller's
	Name     string // the caller's
	User     string // the caller's account
	Called   string // what was dialled
	Context  string
	Language string
	Queue    string
	Agent    string

	Result string // one word: "answered"; ResultInterrupted when the process was killed during the call
	Cause  Cause

	Path       []Note
	Recordings []string // file names below the recordings folder
	Legs       []Leg    // the caller's first; filled in by DB.Call only
}

// ResultInterrupted is the result of a call that was in progress when hatif was killed. Its Ended is the last
// moment that is known of it.
const ResultInterrupted = "interrupted"

// A Cause says why a call or a leg ended.
type Cause struct {
	Name string // "busy"
	Q850 int    // ITU-T Q.850 cause value
	SIP  int    // status code
	Text string
}

// A Note is one thing that happened in a call.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// A Leg is one party's part in a conversation.
type Leg struct {
	ID       string
	User     string // account
	Number   string
	Name     string
	Inbound  bool
	CallID   string // SIP Call-ID
	Remote   string // signalling address
	Device   string // User-Agent
	Began    time.Time
	Rang     time.Time `json:",omitzero"` // zero: never
	Answered time.Time `json:",omitzero"` // zero: never
	Ended    time.Time `json:",omitzero"`
	Cause    Cause
	HungUpBy string // "party", "hatif", "network"
	Quality  Quality
}

// Quality is how a leg sounded.
type Quality struct {
	Codec           string
	PacketsSent     uint64
	PacketsReceived uint64
	PacketsLost     uint64
	PacketsRejected uint64
	Jitter          time.Duration // kept to the microsecond, as all durations
	MaxJitter       time.Duration
	RoundTrip       time.Duration
	MOS             float64
}

// Duration is the whole conversation's.
func (c *Call) Duration() time.Duration { return c.Ended.Sub(c.Began) }

// Talk is the time with a person; 0 when there was none.
func (c *Call) Talk() time.Duration {
	if c.Connected.IsZero() {
		return 0
	}
	return c.Ended.Sub(c.Connected)
}

// callColumns are the columns of a Call, in the order of values and scan.
const callColumns = `id, node, began, answered, connected, ended, caller_number, caller_name, account, called, context,
language, queue, agent, result, cause, cause_q850, cause_sip, cause_text, path, recordings`

const insertCall = `INSERT INTO calls (` + callColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO NOTHING`

func (c *Call) values() ([]any, error) {
	path, err := json.Marshal(c.Path)
	if err != nil {
		return nil, err
	}
	recordings, err := json.Marshal(c.Recordings)
	if err != nil {
		return nil, err
	}
	return []any{
		text(c.ID), text(c.Node), micros(c.Began), micros(c.Answered), micros(c.Connected), micros(c.Ended),
		text(c.Number), text(c.Name), text(c.User), text(c.Called), text(c.Context), text(c.Language),
		text(c.Queue), text(c.Agent), text(c.Result), text(c.Cause.Name), c.Cause.Q850, c.Cause.SIP,
		text(c.Cause.Text), text(string(path)), text(string(recordings)),
	}, nil
}

// scanner is a row, of one or of many.
type scanner interface{ Scan(dest ...any) error }

func scanCall(row scanner) (Call, error) {
	var c Call
	var began, answered, connected, ended int64
	var path, recordings []byte
	err := row.Scan(&c.ID, &c.Node, &began, &answered, &connected, &ended, &c.Number, &c.Name, &c.User, &c.Called,
		&c.Context, &c.Language, &c.Queue, &c.Agent, &c.Result, &c.Cause.Name, &c.Cause.Q850, &c.Cause.SIP,
		&c.Cause.Text, &path, &recordings)
	if err != nil {
		return Call{}, err
	}
	c.Began, c.Answered, c.Connected, c.Ended = instant(began), instant(answered), instant(connected), instant(ended)
	if err := json.Unmarshal(path, &c.Path); err != nil {
		return Call{}, err
	}
	return c, json.Unmarshal(recordings, &c.Recordings)
}

const legColumns = `call, position, id, account, number, name, inbound, call_id, remote, device, began, rang, answered,
ended, cause, cause_q850, cause_sip, cause_text, hung_up_by, codec, packets_sent, packets_received, packets_lost,
packets_rejected, jitter, max_jitter, round_trip, mos`

const legValues = `(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

// insertLegs is the statement for so many legs.
func insertLegs(n int) string {
	return `INSERT INTO legs (` + legColumns + `) VALUES ` + strings.Repeat(legValues+`,`, n-1) + legValues
}

// legsAtOnce are those of most calls, of one statement: it costs as much as its rows.
const legsAtOnce = 2

func (l *Leg) appendValues(args []any, call string, position int) []any {
	q := &l.Quality
	return append(args,
		text(call), position, text(l.ID), text(l.User), text(l.Number), text(l.Name), l.Inbound, text(l.CallID),
		text(l.Remote), text(l.Device), micros(l.Began), micros(l.Rang), micros(l.Answered), micros(l.Ended),
		text(l.Cause.Name), l.Cause.Q850, l.Cause.SIP, text(l.Cause.Text), text(l.HungUpBy), text(q.Codec),
		int64(q.PacketsSent), int64(q.PacketsReceived), int64(q.PacketsLost), int64(q.PacketsRejected),
		q.Jitter.Microseconds(), q.MaxJitter.Microseconds(), q.RoundTrip.Microseconds(), q.MOS,
	)
}

func scanLeg(row scanner) (Leg, error) {
	var l Leg
	var call string
	var position int
	var began, rang, answered, ended, sent, received, lost, rejected, jitter, maxJitter, roundTrip int64
	q := &l.Quality
	err := row.Scan(&call, &position, &l.ID, &l.User, &l.Number, &l.Name, &l.Inbound, &l.CallID, &l.Remote, &l.Device,
		&began, &rang, &answered, &ended, &l.Cause.Name, &l.Cause.Q850, &l.Cause.SIP, &l.Cause.Text, &l.HungUpBy,
		&q.Codec, &sent, &received, &lost, &rejected, &jitter, &maxJitter, &roundTrip, &q.MOS)
	l.Began, l.Rang, l.Answered, l.Ended = instant(began), instant(rang), instant(answered), instant(ended)
	q.PacketsSent, q.PacketsReceived = uint64(sent), uint64(received)
	q.PacketsLost, q.PacketsRejected = uint64(lost), uint64(rejected)
	q.Jitter, q.MaxJitter, q.RoundTrip = span(jitter), span(maxJitter), span(roundTrip)
	return l, err
}

package call

import (
	"time"

	"hatif/media"
)

// A Record is the one row of the call log that a conversation leaves: from the first INVITE to the last
// goodbye, through queues, holds and transfers.
type Record struct {
	ID        string // the conversation's
	Began     time.Time
	Answered  time.Time // when we picked up; zero: never
	Connected time.Time // when the caller first spoke with a person; zero: never
	Ended     time.Time

	Caller   Identity
	User     string // the caller's account
	Called   string // what was dialled
	Context  string // where the call entered the dialplan
	Language string // chosen on the way
	Queue    string // the last queue entered
	Agent    string // the person who spoke with the caller last

	Result Result
	Cause  Cause // why it ended

	Path       []Note      // what happened, in order: "menu welcome", "digit 1", "queue arabic"
	Legs       []LegRecord // the caller's first
	Recordings []string    // file names below the recordings folder
	Taped      bool        // the last of Recordings is being made

	// Merged is the conversation that this one has become a part of, when a party has connected the other parties of
	// two calls: everything above is in that record as well, and this one is not kept. "": none.
	Merged string
}

// Result is a conversation's outcome in one word.
type Result string

const (
	ResultAnswered  Result = "answered"  // the caller spoke with a person
	ResultService   Result = "service"   // served by the machine alone: menu, voicemail, echo
	ResultAbandoned Result = "abandoned" // the caller hung up while waiting for a person
	ResultNoAnswer  Result = "no answer" // nobody answered, or the wait ran out
	ResultCallBack  Result = "call back" // the caller keeps a place in line, and is called when its turn comes
	ResultBusy      Result = "busy"
	ResultFailed    Result = "failed"  // an error of ours or of the network
	ResultRefused   Result = "refused" // no such extension, no right, draining, full
)

// A Note is one thing that happened in a call.
type Note struct {
	At   time.Time
	Text string
}

// A LegRecord is one party's part in a conversation.
type LegRecord struct {
	ID       string
	User     string // account
	Party    Identity
	Inbound  bool
	CallID   string
	Remote   string
	Device   string // User-Agent
	Began    time.Time
	Rang     time.Time // zero: never
	Heard    time.Time // when the party began to hear us before the answer; zero: not before
	Answered time.Time // zero: never
	Ended    time.Time
	Cause    Cause
	HungUpBy string // "party", "hatif", or "network"
	Quality  media.Quality
}

// Duration is the whole conversation's.
func (r *Record) Duration() time.Duration { return r.Ended.Sub(r.Began) }

// Talk is the time with a person; 0 when there was none.
func (r *Record) Talk() time.Duration {
	if r.Connected.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Connected)
}

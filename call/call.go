package call

import (
	"log/slog"
	"maps"
	"sync"
	"time"
)

// A Call is a caller on the way through the dialplan, with all that belongs to them alone: the leg,
// the variables, the record being written. The script's goroutine owns it; what touches the record alone
// (Note, Update, Joined, Snapshot) may be called from any.
type Call struct {
	ID       string       // the conversation's
	Leg      Leg          // who is on the line: the caller, or whom the caller has left in their place
	Log      *slog.Logger // carries call=ID
	Language string       // in force now: prompts are looked up in it
	Recorder Recorder     // set by the record step: conversations are recorded from now on; nil: not

	vars      map[string]string
	caller    Leg       // whose call it is: Leg until somebody else takes their place
	recording Recording // of the conversation; nil: none is being made
	silenced  bool      // a party has stopped the recording: it does not begin again by itself

	mu  sync.Mutex
	rec Record // guarded by mu: the live board reads it
}

// New begins a call on leg. id names the conversation, language is the one to begin with.
func New(id string, leg Leg, language string, log *slog.Logger) *Call {
	in := leg.Info()
	c := &Call{
		ID: id, Leg: leg, caller: leg, Language: language, vars: make(map[string]string),
		Log: log.With("call", id),
	}
	c.rec = Record{
		ID: id, Began: in.Began, Caller: in.Caller, User: in.User,
		Called: in.Called, Context: in.Context, Language: language,
	}
	return c
}

// Caller is the leg that the call came in on. It is over before the call is when the caller has transferred the
// other party: Leg is then that party.
func (c *Call) Caller() Leg { return c.caller }

// Set keeps a variable of this call; it is forgotten with the call.
func (c *Call) Set(name, value string) { c.vars[name] = value }

// Var returns a variable, "" when it was never set.
func (c *Call) Var(name string) string { return c.vars[name] }

// Vars returns a copy of all variables.
func (c *Call) Vars() map[string]string { return maps.Clone(c.vars) }

// SetLanguage changes the call's language from here on, and the record's.
func (c *Call) SetLanguage(language string) {
	c.Language = language
	c.Update(func(r *Record) { r.Language = language })
}

// Note adds a line to the record's path.
func (c *Call) Note(text string) {
	now := time.Now()
	c.Update(func(r *Record) { r.Path = append(r.Path, Note{At: now, Text: text}) })
}

// Update changes the record under its lock; f must not block.
func (c *Call) Update(f func(*Record)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.rec)
}

// Snapshot returns the record as it is now, safe to keep.
func (c *Call) Snapshot() Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rec
	r.Path = append([]Note(nil), r.Path...)
	r.Legs = append([]LegRecord(nil), r.Legs...)
	r.Recordings = append([]string(nil), r.Recordings...)
	return r
}

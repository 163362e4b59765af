package callback

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hatif/calendar"
	"hatif/store"
)

// A Promise is a call that we shall make.
type Promise struct {
	To        string            // the account to call
	Run       string            // the context that is run when they answer
	At        time.Time         // not before; in the time zone that Hours are meant in
	Hours     calendar.Hours    // when they may be called
	Tries     int               // in all; 0 is DefaultTries
	Every     time.Duration     // between two tries; 0 is DefaultEvery
	Ring      time.Duration     // how long the phone rings; 0 is DefaultRing
	Language  string            // that they are spoken to in; "": their own
	Shown     string            // the number on their display
	Variables map[string]string // that the context knows from the start
	Place     Place             // they are called when its turn comes, after At; nil: at At

	// The conversation that it is about: Call is its id, and "" when there is none.
	Call, Agent, Queue string
}

// A Request is a number that a caller leaves, to be called back by a person.
type Request struct {
	Caller, Name string // who calls
	Number       string
	Alternative  string // "": none
	Language     string
	Queue        string
	Call         string // the conversation's id
}

// A Rating is what a caller thinks of a conversation.
type Rating struct {
	Caller, Name string
	Answered     bool // false: they were asked and did not say
	Value        int
	Call         string // the conversation that is rated
	GivenIn      string // the one in which it is asked for
	Agent, Queue string // of Call
	Language     string
}

// Row is the promise as the store keeps it, made now. Its due time is the first moment from At on that is within
// Hours.
func (p Promise) Row(now time.Time) store.Owed {
	c := Config{Tries: p.Tries, Every: p.Every, Ring: p.Ring}.Filled()
	return store.Owed{
		ID: newID(now), Account: p.To, Context: p.Run, Language: p.Language, Shown: p.Shown, Variables: p.Variables,
		Hours: p.Hours.String(), Zone: p.At.Location().String(), Tries: c.Tries, Pause: c.Every, Ring: c.Ring,
		Call: p.Call, Agent: p.Agent, Queue: p.Queue,
		Created: now, Due: p.Hours.Next(p.At), State: store.OwedWaiting,
	}
}

// Owed is what a promise has become.
type Owed struct {
	ID  string
	Due time.Time // when the call will be made first

	Waits error // why the promise is only in memory for now: the database cannot be written; nil: it is kept
}

// promiseLimit is how long somebody may have to wait on the line for a promise to be durable.
const promiseLimit = time.Second

// Owe keeps a promise: when it returns, the call will be made though hatif be killed. While the database cannot be
// written a promise waits in memory, and Owed says so; one of a place in line is refused then, since the place must not
// be given up for it.
func (b *Book) Owe(ctx context.Context, p Promise) (Owed, error) {
	row := p.Row(time.Now())
	if p.Place != nil {
		place, err := json.Marshal(p.Place)
		if err != nil {
			return Owed{}, fmt.Errorf("owe call %s: %w", row.ID, err)
		}
		row.Place, row.State = string(place), store.OwedInLine
	}
	owed := Owed{ID: row.ID, Due: row.Due}
	if p.Place != nil {
		if err := b.store.AddOwed(ctx, row); err != nil {
			return Owed{}, err
		}
		b.expect(row, p.Place)
		b.look()
		return owed, nil
	}
	ctx, cancel := context.WithTimeout(ctx, promiseLimit)
	defer cancel()
	switch err := b.store.KeepOwed(ctx, row); {
	case errors.Is(err, store.ErrWaiting):
		owed.Waits = err
	case err != nil:
		return Owed{}, err
	}
	b.look()
	return owed, nil
}

// Request keeps a number that was left.
func (b *Book) Request(ctx context.Context, r Request) error {
	now := time.Now()
	return b.store.AddRequest(ctx, store.Request{
		ID: newID(now), Created: now, Caller: r.Caller, Name: r.Name, Number: r.Number, Alternative: r.Alternative,
		Language: r.Language, Queue: r.Queue, Call: r.Call, State: store.RequestOpen, Changed: now,
	})
}

// Rate keeps a rating. A second one for the same question replaces the first.
func (b *Book) Rate(ctx context.Context, r Rating) error {
	return b.store.SaveRating(ctx, store.Rating{
		GivenIn: r.GivenIn, Call: r.Call, Created: time.Now(), Caller: r.Caller, Name: r.Name, Agent: r.Agent,
		Queue: r.Queue, Language: r.Language, Answered: r.Answered, Rating: r.Value,
	})
}

// newID names a row: when it was made, for people, and chance, so that no two are the same.
func newID(now time.Time) string {
	var b [3]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error
	return now.UTC().Format("060102-150405-") + hex.EncodeToString(b[:])
}

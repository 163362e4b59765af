package transfer

import (
	"context"
	"errors"
	"sync"

	"hatif/call"
)

// A Switchboard is all conversations in progress, by the legs that take part, and all calls that somebody may take
// who was not called: those that are parked, and those that ring. It is what makes one conversation of two, when
// somebody who is in both connects the others. Its methods may be called from any goroutine.
type Switchboard struct {
	mu      sync.Mutex
	talks   map[string]*talk       // guarded by mu; by the id of each leg
	parked  map[string]*parked     // guarded by mu; by place
	fetched map[*call.Call]*parked // guarded by mu; calls whose script has not seen yet that they were
	ringing map[*ringing]bool      // guarded by mu; what may be picked up

	dialling map[string]*ringing // guarded by mu; by the id of the leg for which somebody is dialled
}

// New makes a Switchboard without conversations.
func New() *Switchboard {
	return &Switchboard{
		talks: make(map[string]*talk), parked: make(map[string]*parked),
		fetched: make(map[*call.Call]*parked), ringing: make(map[*ringing]bool),
		dialling: make(map[string]*ringing),
	}
}

// Talks returns how many legs are in a conversation, parked or being rung for.
func (b *Switchboard) Talks() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.talks) + len(b.parked) + len(b.fetched) + len(b.ringing) + len(b.dialling)
}

// A request is what one conversation asks of another. It ends the other's bridge, whose script then answers.
type request struct {
	shared call.Leg // the leg, in the conversation asked, of the party who is in both
	bring  *estate  // what the asking conversation brings; nil: it wants to have what the one asked has
	into   string   // the asking conversation
	reply  chan reply

	instead call.Leg       // nobody's conversation asks, but who wants to be in the place of shared; nil otherwise
	record  *recordRequest // nobody's conversation asks, but somebody who is in none; nil otherwise
}

// A reply is the answer to a request. The channel has room for it, so that nobody waits for a reader.
type reply struct {
	estate *estate // what was wanted; nil when something was brought
	err    error
}

// An estate is all that a conversation leaves to the one that it becomes a part of. Whoever gets it owns the legs.
type estate struct {
	leg     call.Leg      // who goes on talking
	leaving call.Leg      // the leg of the one who connected the others: to be hung up
	asked   call.Transfer // what is to be answered before that; the zero value: nothing
	record  call.Record
}

var (
	errNoTalk    = errors.New("no such conversation")
	errBusy      = errors.New("the conversation is doing something else")
	errOver      = errors.New("the other party has hung up")
	errRequested = errors.New("another conversation asks for something")
)

// enter makes t the conversation of its legs.
func (b *Switchboard) enter(t *talk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.talks[t.call.Leg.Info().ID] = t
	if t.other != nil {
		b.talks[t.other.Info().ID] = t
	}
}

// leave takes a leg out of its conversation.
func (b *Switchboard) leave(l call.Leg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.talks, l.Info().ID)
}

// open lets others ask something of t while it is bridged; interrupt ends the bridge. It does so at once when somebody has
// asked already.
func (b *Switchboard) open(t *talk, interrupt context.CancelCauseFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.interrupt, t.wants = interrupt, nil
	if t.request != nil {
		interrupt(errRequested)
	}
}

// close is the end of that, and returns what was asked; nil: nothing. wants is the leg of the conversation with which t is
// to be connected now; nil: it is not.
func (b *Switchboard) close(t *talk, wants call.Leg) *request {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := t.request
	t.interrupt, t.request, t.wants = nil, nil, wants
	return r
}

// ask puts r to the conversation of r.shared and waits for the answer, which comes at once: a conversation that is
// not bridged is not asked, but for the one whose own request crosses with r.
func (b *Switchboard) ask(by *talk, r *request) (*estate, error) {
	r.reply = make(chan reply, 1)
	if err := b.put(by, r); err != nil {
		return nil, err
	}
	answer := <-r.reply
	return answer.estate, answer.err
}

func (b *Switchboard) put(by *talk, r *request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.asked(r)
	switch {
	case t == nil || t == by:
		return errNoTalk
	case t.request != nil || t.interrupt == nil && !b.cross(by, t, r):
		return errBusy
	}
	t.request = r
	if t.interrupt != nil {
		t.interrupt(errRequested)
	}
	return nil
}

// cross reports whether t is about to ask by for the same that r asks of t. Each would find the other busy, and nobody would
// be connected: so the younger one, which brings what it has, is told that by is busy, and finds r when it is bridged again.
// mu is held.
func (b *Switchboard) cross(by, t *talk, r *request) bool {
	return by != nil && by.request == nil && r.bring == nil && t.wants != nil && b.talks[t.wants.Info().ID] == by
}

// asked is the conversation that r is for; nil: there is none. It is called with mu held.
func (b *Switchboard) asked(r *request) *talk {
	if r.record == nil {
		return b.talks[r.shared.Info().ID]
	}
	for _, t := range b.talks {
		if t.call.ID == r.record.conversation {
			return t
		}
	}
	return nil
}

// callOf is the call that a leg talks in; nil: it does not talk with anybody.
func (b *Switchboard) callOf(l call.Leg) *call.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.talks[l.Info().ID]; t != nil {
		return t.call
	}
	return nil
}

package sip

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A Message is one SIP message of a call, as it was sent, or as it was understood: a received header that was folded over
// several lines is on one.
type Message struct {
	At            time.Time
	Received      bool   // by us; else sent
	Network       string // "UDP" or "TCP"
	Local, Remote netip.AddrPort
	Text          []byte // nobody changes it
}

// Bounds of what is kept. A call that goes beyond them has its beginning; others have what there is room for.
const (
	usualTrace    = 16        // messages of one conversation, with an agent
	maxTraced     = 400       // at most
	maxTraceBytes = 256 << 10 // of one conversation
	maxStranger   = 8 << 10   // bytes of an INVITE that has not become a call, with our answer
	maxTracing    = 48 << 20  // bytes of all
	maxLoose      = 4096      // traces that no call holds: it is over and will be asked for, or has not begun
	traceOverhead = 160       // bytes that a message costs besides its text
)

// A trace is the messages of a conversation: of the dialog that began it and of those that were made for it.
type trace struct {
	open  int      // guarded by traces.mu: dialogs in progress
	ids   []string // guarded by traces.mu: their Call-IDs, and those of dialogs that are over
	loose uint64   // guarded by traces.mu: when it was let go last
	held  bool     // guarded by traces.mu: it has been a call's
	gone  bool     // guarded by traces.mu

	messages []Message   // guarded by traces.mu: the texts of the first are in packs
	packs    []tracePack // guarded by traces.mu: in order
	packed   int         // guarded by traces.mu: messages whose texts are in packs
	bytes    int         // guarded by traces.mu
}

// traces are those of a UA. A nil *traces keeps nothing. Nothing is copied: messages that are sent and received are in
// memory of their own anyway.
type traces struct {
	mu     sync.Mutex
	byCall map[string]*trace // guarded by mu: by Call-ID
	loose  []letGo           // guarded by mu: in order; those held again meanwhile are in it, too
	count  uint64            // guarded by mu: of loose, ever
	bytes  int               // guarded by mu: of all
}

type letGo struct {
	t    *trace
	when uint64
}

func newTraces() *traces { return &traces{byCall: make(map[string]*trace)} }

// seen begins the trace of an INVITE that is no dialog yet: most are asked for credentials first.
func (ts *traces) seen(callID string) {
	if ts == nil {
		return
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.byCall[callID] == nil {
		ts.release(ts.begin(callID))
	}
}

func (ts *traces) begin(callID string) *trace {
	t := &trace{ids: []string{callID}}
	ts.byCall[callID] = t
	return t
}

// hold keeps the trace of a dialog until letGo. The dialog is made for another one, whose trace it shares, or for none.
func (ts *traces) hold(callID, of string) *trace {
	if ts == nil {
		return nil
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byCall[callID]
	if other := ts.byCall[of]; t == nil && of != "" && other != nil {
		t = other
		t.ids = append(t.ids, callID)
		ts.byCall[callID] = t
	}
	if t == nil {
		t = ts.begin(callID)
	}
	if !t.held {
		t.messages = slices.Grow(t.messages, usualTrace)
	}
	t.open, t.held = t.open+1, true
	return t
}

// letGo is called once for each hold.
func (ts *traces) letGo(t *trace) {
	if t == nil {
		return
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.open--; t.open == 0 && !t.gone {
		ts.release(t)
	}
}

// release lets a trace be forgotten when there is no more room. mu is held.
func (ts *traces) release(t *trace) {
	ts.count++
	t.loose = ts.count
	ts.loose = append(ts.loose, letGo{t, ts.count})
	for len(ts.loose) > maxLoose {
		ts.forgetOldest()
	}
}

// forgetOldest reports whether there was one that could be forgotten, or that had been. mu is held.
func (ts *traces) forgetOldest() bool {
	if len(ts.loose) == 0 {
		return false
	}
	first := ts.loose[0]
	ts.loose[0] = letGo{}
	ts.loose = ts.loose[1:]
	if first.t.open == 0 && first.t.loose == first.when {
		ts.forget(first.t)
	}
	return true
}

// forget drops a trace. mu is held.
func (ts *traces) forget(t *trace) {
	if t.gone {
		return
	}
	for _, id := range t.ids {
		if ts.byCall[id] == t {
			delete(ts.byCall, id)
		}
	}
	ts.bytes -= t.bytes
	t.gone, t.messages, t.packs = true, nil, nil
}

// find is the trace of a Call-ID; nil: there is none.
func (ts *traces) find(m sip.Message) *trace {
	if ts == nil {
		return nil
	}
	id := m.CallID()
	if id == nil {
		return nil
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.byCall[id.Value()]
}

// note keeps a message. text is nobody's to change from now on.
func (ts *traces) note(t *trace, f flow, received bool, text []byte) {
	if t == nil || !f.valid() || len(text) == 0 {
		return
	}
	m := Message{At: time.Now(), Received: received, Network: f.wire.network(), Local: f.wire.local(), Remote: f.remote, Text: text}
	size := cap(text) + traceOverhead
	ts.mu.Lock()
	defer ts.mu.Unlock()
	most := maxTraceBytes
	if !t.held {
		most = maxStranger
	}
	if t.gone || len(t.messages) >= maxTraced || t.bytes+size > most {
		return
	}
	for ts.bytes+size > maxTracing {
		if !ts.forgetOldest() {
			return
		}
	}
	if t.gone { // it was the oldest
		return
	}
	t.messages = append(t.messages, m)
	t.bytes += size
	ts.bytes += size
}

// Trace is every message that is kept of the conversations in which the Call-IDs are, in order, without secrets.
func (ua *UA) Trace(callIDs ...string) []Message {
	ts := ua.traces
	if ts == nil {
		return nil
	}
	ts.mu.Lock()
	var all []Message
	var seen []*trace
	for _, id := range callIDs {
		if t := ts.byCall[id]; t != nil && !slices.Contains(seen, t) {
			seen = append(seen, t)
			all = t.appendTo(all)
		}
	}
	ts.mu.Unlock()
	slices.SortStableFunc(all, func(a, b Message) int { return a.At.Compare(b.At) })
	for i := range all {
		m := &all[i]
		m.Text = withoutSecrets(m.Text)
		if m.Local.Addr().IsUnspecified() {
			m.Local = netip.AddrPortFrom(ua.routes.from(m.Remote), m.Local.Port())
		}
	}
	return all
}

// ForgetTrace drops what is kept of conversations that are over.
func (ua *UA) ForgetTrace(callIDs ...string) {
	ts := ua.traces
	if ts == nil {
		return
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, id := range callIDs {
		if t := ts.byCall[id]; t != nil && t.open == 0 {
			ts.forget(t)
		}
	}
}

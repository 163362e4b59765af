package softphone

import (
	"context"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Message is one SIP message as it stood on the wire.
type Message struct {
	At   time.Time
	Out  bool   // the phone sent it
	Peer string // the other end, "127.0.0.1:5060"
	Lost bool   // a Lose filter took it: it never arrived
	Raw  string
}

// StartLine is the first line.
func (m Message) StartLine() string {
	line, _, _ := strings.Cut(m.Raw, "\r\n")
	return line
}

// Code is a response's status; 0 for a request.
func (m Message) Code() int {
	rest, ok := strings.CutPrefix(m.StartLine(), "SIP/2.0 ")
	if !ok {
		return 0
	}
	digits, _, _ := strings.Cut(rest, " ")
	code, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return code
}

// Method is a request's method, or that of the request that a response answers.
func (m Message) Method() string {
	if m.Code() == 0 {
		method, _, _ := strings.Cut(m.StartLine(), " ")
		return method
	}
	_, method, _ := strings.Cut(m.Header("CSeq"), " ")
	return method
}

// IsRequest reports whether the message is a request of the method.
func (m Message) IsRequest(method string) bool { return m.Code() == 0 && m.Method() == method }

// IsResponse reports whether the message answers a request of the method with code.
func (m Message) IsResponse(method string, code int) bool {
	return m.Code() == code && m.Method() == method
}

// Header is the first value of the header, in either spelling; "" when there is none.
func (m Message) Header(name string) string {
	if all := m.Headers(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// compact are the short spellings of headers (RFC 3261 §7.3.3, RFC 4028, RFC 3515).
var compact = map[string]string{
	"V": "Via", "F": "From", "T": "To", "I": "Call-Id", "M": "Contact", "C": "Content-Type",
	"L": "Content-Length", "X": "Session-Expires", "R": "Refer-To", "B": "Referred-By", "K": "Supported", "O": "Event",
}

// Headers are the header's values in order.
func (m Message) Headers(name string) []string {
	head, _, _ := strings.Cut(m.Raw, "\r\n\r\n")
	want := canonical(name)
	var all []string
	for line := range strings.SplitSeq(head, "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		if ok && canonical(strings.TrimSpace(key)) == want {
			all = append(all, strings.TrimSpace(value))
		}
	}
	return all
}

func canonical(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	if long, ok := compact[name]; ok {
		return long
	}
	return name
}

// Body is what follows the headers.
func (m Message) Body() string {
	_, body, _ := strings.Cut(m.Raw, "\r\n\r\n")
	return body
}

// String shows the message with its time and direction.
func (m Message) String() string {
	arrow := "<-"
	if m.Out {
		arrow = "->"
	}
	if m.Lost {
		arrow += " (lost)"
	}
	return fmt.Sprintf("%s %s %s\n%s", m.At.Format("15:04:05.000"), arrow, m.Peer, m.Raw)
}

// traceLimit is how many messages a phone remembers: the oldest give way.
const traceLimit = 4096

// A trace remembers messages and decides which of them are lost on the way.
type trace struct {
	off bool // nothing is remembered and nothing is lost: for load

	mu       sync.Mutex
	messages []Message          // guarded by mu
	changed  chan struct{}      // guarded by mu; closed and replaced by each message
	lose     func(Message) bool // guarded by mu; nil loses nothing
}

func newTrace(off bool) *trace { return &trace{off: off, changed: make(chan struct{})} }

// note remembers a message and reports whether it is to be lost.
func (t *trace) note(out bool, peer string, raw []byte) (lost bool) {
	if t.off {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	m := Message{At: time.Now(), Out: out, Peer: peer, Raw: string(raw)}
	m.Lost = t.lose != nil && t.lose(m)
	if len(t.messages) == traceLimit {
		t.messages = append(t.messages[:0], t.messages[traceLimit/2:]...)
	}
	t.messages = append(t.messages, m)
	close(t.changed)
	t.changed = make(chan struct{})
	return m.Lost
}

func (t *trace) all() ([]Message, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Message(nil), t.messages...), t.changed
}

// Trace is every SIP message that the phone's socket sent and received, in order; the phones of a Fleet
// keep none. At most the last few thousand are kept.
func (p *Phone) Trace() []Message {
	all, _ := p.end.trace.all()
	return all
}

// WaitMessage returns the first message, past or future, that match accepts. When ctx ends first, the error
// says what was seen instead.
func (p *Phone) WaitMessage(ctx context.Context, match func(Message) bool) (Message, error) {
	for {
		all, changed := p.end.trace.all()
		for _, m := range all {
			if match(m) {
				return m, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("%s: the message did not come (%w); seen:%s", p, context.Cause(ctx), startLines(all))
		}
	}
}

func startLines(all []Message) string {
	var b strings.Builder
	for _, m := range all {
		arrow := "<-"
		if m.Out {
			arrow = "->"
		}
		fmt.Fprintf(&b, "\n  %s %s %s", m.At.Format("05.000"), arrow, m.StartLine())
	}
	return b.String()
}

// Lose lets messages vanish on the wire: those for which filter returns true are written into the trace and
// go no further. Over TCP only what the phone sends can be lost. The filter is called under a lock: it must
// be quick and must not call the phone. nil loses nothing. A Fleet's phones lose nothing.
func (p *Phone) Lose(filter func(Message) bool) {
	t := p.end.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lose = filter
}

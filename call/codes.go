package call

import (
	"slices"
	"strings"
	"time"
)

// DefaultGap is the longest pause between two keys of one feature code: Asterisk's featuredigittimeout.
const DefaultGap = time.Second

// A Code is a feature code that a party has keyed in: "*2". The other party has heard nothing of it.
type Code string

func (Code) event() {}

// A Matcher finds feature codes among the keys of one party. Keys that may yet become a code are withheld, and
// given out in their order as soon as they cannot. It belongs to the script that reads the party's events, and
// costs nothing until a key that begins a code is pressed.
type Matcher struct {
	Codes []string      // what may be keyed in; none is the beginning of another
	Gap   time.Duration // the longest pause within a code; 0: DefaultGap

	held  []Digit
	timer *time.Timer // nil until the first key was withheld
}

// Press takes the party's next key. code is the code that it completes, or ""; pass are the keys that are no part
// of a code, in order, for the other party to hear.
func (m *Matcher) Press(d Digit) (code Code, pass []Digit) {
	m.held = append(m.held, d)
	for len(m.held) > 0 {
		keys := keysOf(m.held)
		if slices.Contains(m.Codes, keys) {
			m.drop()
			return Code(keys), pass
		}
		if slices.ContainsFunc(m.Codes, func(code string) bool { return strings.HasPrefix(code, keys) }) {
			m.wait()
			return "", pass
		}
		pass = append(pass, m.held[0])
		m.held = m.held[1:]
	}
	m.drop()
	return "", pass
}

// Due fires when the party has paused for longer than a code allows: then Expire is called.
func (m *Matcher) Due() <-chan time.Time {
	if m.timer == nil {
		return nil
	}
	return m.timer.C
}

// Expire gives up on the code that was begun, and returns its keys for the other party to hear.
func (m *Matcher) Expire() (pass []Digit) {
	pass = m.held
	m.drop()
	return pass
}

func (m *Matcher) drop() {
	m.held = nil
	if m.timer != nil {
		m.timer.Stop()
	}
}

func (m *Matcher) wait() {
	gap := orDefault(m.Gap, DefaultGap)
	if m.timer == nil {
		m.timer = time.NewTimer(gap)
		return
	}
	m.timer.Reset(gap)
}

func keysOf(digits []Digit) string {
	keys := make([]byte, len(digits))
	for i, d := range digits {
		keys[i] = d.Key
	}
	return string(keys)
}
